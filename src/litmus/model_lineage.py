"""Where a model comes from, as a dict that prints itself for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

__all__ = ["ModelLineage", "lineage_lines"]

_SHOWN = ("litmus", "numpy", "pandas", "scikit-learn", "xgboost", "xgboost-cpu", "lightgbm", "catboost")
_LONGEST = 110


class ModelLineage(dict[str, Any]):
    """The facts of a model's origin by name; a plain dict in all but its looks.

    Example:
        >>> ModelLineage({"run": "20261122-101500-a1b2c3", "algorithm": "XGBoost", "seed": 0})
        Run      20261122-101500-a1b2c3
        Model    XGBoost; seed 0
    """

    def __repr__(self) -> str:
        lines = list(lineage_lines(self))
        if not lines:
            return "Nothing is recorded of where the model comes from."
        width = max(len(title) for title, _ in lines)
        return "\n".join(f"{title:<{max(width, 7)}}  {text}" for title, text in lines)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{escape(title)}</th><td>{escape(text)}</td></tr>" for title, text in lineage_lines(self)
        )
        return f"<table><tbody>{rows}</tbody></table>"


def lineage_lines(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Title and text of each line about a model's origin; what is not known is left out."""
    makers = (
        ("Version", _version),
        ("Run", _run),
        ("Rows", _rows),
        ("Schema", _schema),
        ("Model", _model),
        ("Made of", _members),
        ("Scores", _scores),
        ("Code", _code),
        ("Own code", _own_code),
        ("Packages", _packages),
        ("Machine", _machine),
        ("Made from", _parent),
        ("Approval", _approval),
        ("Decided", _decisions),
        ("Served", _served),
    )
    for title, make in makers:
        text = make(facts)
        if text:
            yield title, text if len(text) <= 4 * _LONGEST else text[: 4 * _LONGEST - 1] + "…"


def _version(facts: Mapping[str, Any]) -> str:
    aliases = facts.get("aliases") or ()
    return f"{facts.get('version') or ''}" + (f" ({', '.join(aliases)})" if aliases else "")


def _run(facts: Mapping[str, Any]) -> str:
    run, created = facts.get("run"), str(facts.get("created") or "")[:16].replace("T", " ")
    return "" if not run else f"{run}" + (f", begun {created} UTC" if created else "")


def _rows(facts: Mapping[str, Any]) -> str:
    data = facts.get("data") or {}
    sources = ", ".join(dict.fromkeys(map(str, (facts.get("sources") or {}).values())))
    if not data:
        return f"from {sources}" if sources else ""
    tested = f" and {data['test_rows']:,} test rows" if data.get("test_rows") else ""
    return (
        f"{data['rows']:,} training rows{tested} from {sources}; target {', '.join(map(repr, data['target']))}; "
        f"{facts.get('folds') or data.get('fold_plan')}; hash {str(data['fingerprint'])[:12]}"
    )


def _schema(facts: Mapping[str, Any]) -> str:
    columns = (facts.get("data") or {}).get("columns") or {}
    kinds = Counter(kind for kind, _ in columns.values() if kind != "target")
    return ", ".join(f"{number} {kind}" for kind, number in kinds.items())


def _model(facts: Mapping[str, Any]) -> str:
    algorithm = facts.get("algorithm")
    if not algorithm:
        return ""
    settings = {} if algorithm == "Ensemble" else facts.get("settings") or {}
    text = ", ".join(f"{name}={_brief(value)}" for name, value in settings.items())
    trial = facts.get("trial")
    named = f"{trial}: " if trial and trial != algorithm else ""
    parts = [f"{named}{algorithm}" + (f"({text})" if text else "")]
    parts += [f"seed {facts['seed']}"] if facts.get("seed") is not None else []
    parts += [str(facts["final"])] if facts.get("final") else []
    parts += [f"{facts['learned_rows']:,} rows a fit"] if facts.get("learned_rows") else []
    return "; ".join(parts)


def _brief(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else repr(value)


def _members(facts: Mapping[str, Any]) -> str:
    weights = (facts.get("ensemble") or {}).get("weights") or {}
    return ", ".join(f"{weight:.0%} {name}" for name, weight in weights.items())


def _scores(facts: Mapping[str, Any]) -> str:
    scores = facts.get("scores") or {}
    parts = []
    for split, values in scores.items():
        shown = [f"{name} {value:.4f}" for name, value in (values or {}).items() if isinstance(value, int | float)]
        parts += [f"{split}: {', '.join(shown)}"] if shown else []
    return "; ".join(parts)


def _code(facts: Mapping[str, Any]) -> str:
    code = facts.get("code") or {}
    repository = code.get("repository")
    if not repository:
        return f"{code['program']}, in no git repository" if code.get("program") else ""
    branch = f" on {repository['branch']}" if repository.get("branch") else ""
    dirty = ", with changes that no commit holds" if repository.get("dirty") else ""
    of = f" of {repository['remote']}" if repository.get("remote") else ""
    return f"commit {repository['commit'][:12]}{branch}{of}{dirty}"


def _own_code(facts: Mapping[str, Any]) -> str:
    own = (facts.get("code") or {}).get("own") or ()
    return ", ".join(f"{one['name']} ({one['sha256'][:12]}{'' if one['kept'] else ', not kept'})" for one in own)


def _packages(facts: Mapping[str, Any]) -> str:
    environment, packages = facts.get("environment") or {}, facts.get("packages") or {}
    known = {**packages, **{name: value for name, value in environment.items() if isinstance(value, str)}}
    shown = [f"{name} {known[name]}" for name in ("python", *_SHOWN) if name in known]
    more = len(packages) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def _machine(facts: Mapping[str, Any]) -> str:
    machine, shared = facts.get("machine") or {}, (facts.get("inputs") or {}).get("executor") or {}
    if not machine:
        return ""
    parts = [str(machine["processor"]), f"{machine['usable_cores']} of {machine['cores']} cores"]
    parts += [f"{machine['memory_bytes'] / 2**30:.0f} GiB", str(machine["system"])]
    if shared:
        parts.append(f"{shared['workers']} workers with {shared['threads']} threads each")
    return ", ".join(parts)


def _parent(facts: Mapping[str, Any]) -> str:
    parent = facts.get("parent")
    if not parent:
        return ""
    return f"run {parent}" + (
        " (warm start)" if parent in ((facts.get("inputs") or {}).get("warm_start") or ()) else ""
    )


def _approval(facts: Mapping[str, Any]) -> str:
    approval = facts.get("approval")
    if not approval or approval == "none":
        return ""
    made = [one for one in facts.get("decisions") or () if one["what"] in ("approve", "reject")]
    by = f" by {made[-1]['who']} on {made[-1]['time'][:10]}" if made else ""
    why = f": {made[-1]['reason']}" if made and made[-1]["reason"] else ""
    return f"{approval}{by}{why}"


def _decisions(facts: Mapping[str, Any]) -> str:
    made = [one for one in facts.get("decisions") or () if one["what"] not in ("approve", "reject")]
    return "; ".join(f"{one['time'][:10]} {one['what']} {one['subject']} by {one['who']}" for one in made[-5:])


def _served(facts: Mapping[str, Any]) -> str:
    if "endpoints" not in facts:
        return ""
    return ", ".join(facts["endpoints"]) or "nowhere"
