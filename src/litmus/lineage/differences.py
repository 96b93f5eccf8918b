"""Finding what differs between two lineages; each difference is (what, first, second, sentence)."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from litmus.environment import COMPUTING

__all__ = [
    "code_differences",
    "data_differences",
    "environment_differences",
    "parameter_differences",
    "score_differences",
]

Found = tuple[str, Any, Any, str]
Facts = Mapping[str, Any]
_MOST_COLUMNS = 20
_NOT_PARAMETERS = ("format", "data", "resources", "executor", "remembered")
_OF_DATA = ("task", "target", "given", "k_fold", "split", "group", "weight", "markers")


def data_differences(first: Facts, second: Facts) -> Iterator[Found]:
    """Rows, columns, values, sources and folds."""
    sets = [facts.get("data_sets") or _by_name(facts.get("data")) for facts in (first, second)]
    for name in dict.fromkeys([*sets[0], *sets[1]]):
        held = [one.get(name) for one in sets]
        if len(sets[0]) == len(sets[1]) == 1:
            held = [next(iter(one.values())) for one in sets]
        if held[0] is None or held[1] is None:
            where = "first" if held[1] is None else "second"
            yield name, held[0] is not None, held[1] is not None, f"the data set {name!r} is in the {where} only"
            continue
        yield from _of_data_set(held[0], held[1])
        if len(sets[0]) == len(sets[1]) == 1:
            return


def _by_name(data: Any) -> dict[str, Any]:
    return {data["name"]: data} if data else {}


def _of_data_set(first: Facts, second: Facts) -> Iterator[Found]:
    for what in ("name", "sources", "target", "fold_plan", "judged"):
        yield from _if_other(what.replace("_", " "), first.get(what), second.get(what))
    for what, words in (("rows", "training rows"), ("test_rows", "test rows")):
        a, b = first.get(what), second.get(what)
        if a != b:
            yield words, a, b, f"{words}: {a:,}, then {b:,}"
    if first.get("fingerprint") == second.get("fingerprint"):
        return
    yield from _columns(first, second)
    gone, come = first.get("classes") or [], second.get("classes") or []
    if gone != come:
        yield "classes", gone, come, f"classes of the target: {_shown(gone)}, then {_shown(come)}"
    hashes = [facts.get("column_hashes") or {} for facts in (first, second)]
    changed = [name for name in hashes[0] if name in hashes[1] and hashes[0][name] != hashes[1][name]]
    for name in changed[:_MOST_COLUMNS]:
        yield f"values of {name}", hashes[0][name], hashes[1][name], f"column {name!r} has other values"
    if len(changed) > _MOST_COLUMNS:
        more = len(changed) - _MOST_COLUMNS
        yield "values", None, None, f"and {more} more columns have other values"
    if hashes[0] and hashes[0] == hashes[1]:
        sentence = "the same values in each column, but other rows together, in another order or split differently"
        yield "order of rows", first["fingerprint"], second["fingerprint"], sentence
    elif not changed:
        yield "rows", first.get("fingerprint"), second.get("fingerprint"), "the rows have another hash"


def _columns(first: Facts, second: Facts) -> Iterator[Found]:
    before, after = first.get("columns") or {}, second.get("columns") or {}
    for name in before:
        if name not in after:
            yield f"column {name}", before[name], None, f"column {name!r} is gone"
        elif list(before[name]) != list(after[name]):
            a, b = before[name], after[name]
            yield f"column {name}", a, b, f"column {name!r}: {a[0]} ({a[1]}), then {b[0]} ({b[1]})"
    for name in after:
        if name not in before:
            yield f"column {name}", None, after[name], f"column {name!r} is new"


def code_differences(first: Facts, second: Facts) -> Iterator[Found]:
    """The commit, uncommitted changes, the user's own functions and classes, and the program."""
    codes = [facts.get("code") or {} for facts in (first, second)]
    repositories = [code.get("repository") or {} for code in codes]
    commits = [repository.get("commit") for repository in repositories]
    if commits[0] != commits[1]:
        a, b = [commit[:12] if commit else "no repository" for commit in commits]
        yield "commit", commits[0], commits[1], f"commit: {a}, then {b}"
    changes = [repository.get("changes") for repository in repositories]
    if changes[0] != changes[1]:
        a, b = ["changes that no commit holds" if one else "none" for one in changes]
        sentence = "other changes that no commit holds" if a == b else f"uncommitted changes: {a}, then {b}"
        yield "uncommitted changes", changes[0], changes[1], sentence
    yield from _if_other("program", codes[0].get("program"), codes[1].get("program"))
    own = [{one["name"]: one for one in code.get("own") or ()} for code in codes]
    for name in dict.fromkeys([*own[0], *own[1]]):
        a, b = own[0].get(name), own[1].get(name)
        if a is None or b is None:
            where = "first" if b is None else "second"
            yield name, a and a["sha256"], b and b["sha256"], f"{name} is in the {where} only"
        elif a["sha256"] != b["sha256"]:
            yield name, a["sha256"], b["sha256"], f"the source of {name} changed"
        elif a["module_sha256"] != b["module_sha256"]:
            sentence = f"the file of {name} changed elsewhere"
            yield f"file of {name}", a["module_sha256"], b["module_sha256"], sentence


def parameter_differences(first: Facts, second: Facts) -> Iterator[Found]:
    """What the runs were asked to do, and what the winners were trained with."""
    given = [facts.get("inputs") or {} for facts in (first, second)]
    flat = [
        dict(_flat({name: value for name, value in inputs.items() if name not in _NOT_PARAMETERS})) for inputs in given
    ]
    for number, inputs in enumerate(given):
        for data in inputs.get("data") or ():
            flat[number] |= dict(_flat({name: data.get(name) for name in _OF_DATA}, "data"))
    yield from _flat_differences(flat[0], flat[1])
    if first.get("trial") != second.get("trial"):
        a, b = first.get("trial"), second.get("trial")
        yield "trial", a, b, f"the trial that won: {a}, then {b}"
    winners = [_winner(facts) for facts in (first, second)]
    if any(winners) and (winners[0].get("algorithm") == winners[1].get("algorithm")):
        for name, a, b, sentence in _flat_differences(winners[0], winners[1]):
            yield f"winner's {name}", a, b, f"the winner's {sentence}"
    elif any(winners):
        a, b = winners[0].get("algorithm"), winners[1].get("algorithm")
        yield "algorithm", a, b, f"the algorithm that won: {a}, then {b}"
    weights = [(facts.get("ensemble") or {}).get("weights") for facts in (first, second)]
    yield from _if_other("members", weights[0], weights[1])


def _winner(facts: Facts) -> dict[str, Any]:
    """The parameters, defaults included, of the only configuration that won."""
    made_of: list[dict[str, Any]] = facts.get("configurations") or []
    if len(made_of) != 1:
        return {}
    return {"algorithm": made_of[0]["algorithm"], **dict(_flat(made_of[0]["parameters"]))}


def environment_differences(first: Facts, second: Facts) -> Iterator[Found]:
    """Python, packages (those that compute first), the machine and how the work was shared."""
    environments = [facts.get("environment") or {} for facts in (first, second)]
    yield from _if_other("python", environments[0].get("python"), environments[1].get("python"))
    packages = [facts.get("packages") or {} for facts in (first, second)]
    names = sorted({*packages[0], *packages[1]}, key=lambda name: (not is_computing(name), name))
    if all(packages):
        for name in names:
            a, b = packages[0].get(name), packages[1].get(name)
            if a != b:
                yield name, a, b, f"{name}: {a or 'not installed'}, then {b or 'not installed'}"
    machines = [facts.get("machine") or {} for facts in (first, second)]
    if all(machines):
        for what in dict.fromkeys([*machines[0], *machines[1]]):
            if what != "python":
                yield from _if_other(what.replace("_", " "), machines[0].get(what), machines[1].get(what))
    shared = [(facts.get("inputs") or {}).get("executor") or {} for facts in (first, second)]
    for what in ("executor", "workers", "threads"):
        words = {"threads": "threads of a fit"}.get(what, what)
        yield from _if_other(words, shared[0].get(what), shared[1].get(what))


def is_computing(name: str) -> bool:
    """Whether a package's version can change what is trained."""
    return name in COMPUTING


def score_differences(first: Facts, second: Facts) -> Iterator[Found]:
    """The scores of what won."""
    scores = [_scores_of(facts) for facts in (first, second)]
    for what in dict.fromkeys([*scores[0], *scores[1]]):
        a, b = scores[0].get(what), scores[1].get(what)
        if a != b and not (_is_nan(a) and _is_nan(b)):
            gap = f" ({b - a:+.4g})" if isinstance(a, int | float) and isinstance(b, int | float) else ""
            yield what, a, b, f"{what}: {_number(a)}, then {_number(b)}{gap}"


def _scores_of(facts: Facts) -> dict[str, Any]:
    """Split and metric → value; of a run of several data sets with the name of each in front."""
    if facts.get("scores"):
        return {f"{split} {name}": value for split, values in facts["scores"].items() for name, value in values.items()}
    return {
        f"{data}: {split} {name}": value
        for data, best in (facts.get("best") or {}).items()
        for split, values in best["scores"].items()
        for name, value in values.items()
    }


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted path → value, for each value inside; tags of the record are left out."""
    if isinstance(value, Mapping) and "$" in value and value["$"] in ("tuple", "set", "frozenset"):
        value = value["items"]
    if isinstance(value, Mapping) and value and not _is_small(value):
        for name, item in value.items():
            skipped = name in ("$", "class", "fields", "parameters") and not isinstance(item, str)
            yield from _flat(item, path if skipped else f"{path}.{name}" if path else str(name))
    elif isinstance(value, list) and value and any(isinstance(item, list | Mapping) for item in value):
        for place, item in enumerate(value):
            yield from _flat(item, f"{path}[{_label(item, place)}]")
    else:
        yield path, value


def _is_small(value: Mapping[str, Any]) -> bool:
    """Whether a tagged value is one thing to a reader, such as a metric or a function."""
    return value.get("$") in ("metric", "code", "choice", "float", "date", "datetime")


def _label(item: Any, place: int) -> str:
    return str(item["name"]) if isinstance(item, Mapping) and isinstance(item.get("name"), str) else str(place)


def _flat_differences(first: Mapping[str, Any], second: Mapping[str, Any]) -> Iterator[Found]:
    for name in dict.fromkeys([*first, *second]):
        yield from _if_other(name, first.get(name), second.get(name))


def _if_other(what: str, a: Any, b: Any) -> Iterator[Found]:
    if a != b and not (_is_nan(a) and _is_nan(b)):
        yield what, a, b, f"{what}: {_shown(a)}, then {_shown(b)}"


def _shown(value: Any) -> str:
    if isinstance(value, Mapping) and "$" in value:
        value = value.get("label") or value.get("name") or value.get("value") or value
    if value is None:
        return "none"
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 90 else text[:89] + "…"


def _number(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, int | float) else "none"


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)
