"""The documentation's table of ranges says what the classes declare."""

from pathlib import Path

import litmus
from litmus.algorithms.registry import family, names
from litmus.search import space_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "search.md"


def table():
    """One line a parameter: what the classifier declares, and the regressor where it differs."""
    lines = ["| algorithm | parameter | default | range |", "|---|---|---|---|"]
    for name in names():
        classifier, regressor = (declared(name, task) for task in ("binary", "regression"))
        for parameter in dict.fromkeys([*classifier, *regressor]):
            told = [known[parameter] for known in (classifier, regressor) if parameter in known]
            if len(told) == 2 and told[0] == told[1]:
                told = told[:1]
            elif len(told) == 2:
                told = [
                    tuple(f"{one}; regression {two}" if one != two else one for one, two in zip(*told, strict=True))
                ]
            only = "" if parameter in classifier and parameter in regressor else " (classes)"
            only = " (numbers)" if parameter not in classifier else only
            only = "" if name == "NaiveBayes" else only
            lines.append(f"| {name} | `{parameter}`{only} | {told[0][0]} | {told[0][1]} |")
    return "\n".join(lines)


def declared(name, task):
    if (name == "NaiveBayes" and task == "regression") or name == "Baseline":
        return {}
    found, resolved = space_of(litmus.Pipeline(name), task), family(name).for_task(task)
    told = {}
    for parameter, domain in found.parameters.items():
        share = resolved.parameters()[parameter].metadata["share_of_rows"]
        limit = f", at most {share:.0%} of the rows" if share else ""
        told[parameter] = (f"`{found.defaults[parameter]!r}`", f"`{domain!r}`{limit}")
    return told


def test_the_table_is_what_is_declared():
    text = PAGE.read_text(encoding="utf-8")
    start, end = "<!-- ranges: begin -->\n", "<!-- ranges: end -->"
    written = text[text.index(start) + len(start) : text.index(end)].strip()
    assert written == table(), f"put this between the marks in docs/search.md:\n{table()}"
