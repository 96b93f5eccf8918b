"""Where the time of a search went."""

from __future__ import annotations

from collections import defaultdict

from litmus.evaluate.number_text import count_text, duration_text, percent_text
from litmus.report.blocks import Cell, Chart, Heading, Table
from litmus.report.search_charts import time_unit
from litmus.report.search_facts import SearchFacts
from litmus.report.vega import axis, chart_spec, significant

__all__ = ["cost_chart", "costs"]

_COLORS = {
    "complete": "theme:accent",
    "stopped early": "theme:series-2",
    "failed": "theme:bad",
    "ensemble": "theme:muted",
}


def costs(facts: SearchFacts) -> dict[tuple[str, str], float]:
    """(Family, outcome) → seconds that its trials cost together."""
    found: dict[tuple[str, str], float] = defaultdict(float)
    for one in facts.tried:
        found[one.family, one.status] += one.trial.cost_seconds
    return dict(found)


def cost_chart(facts: SearchFacts) -> Chart | None:
    """A bar for each family, split by what became of its trials; None when no cost is known."""
    found = costs(facts)
    total = sum(found.values())
    if total <= 0:
        return None
    families = sorted({family for family, _ in found}, key=lambda name: -_of_family(found, name))
    outcomes = [name for name in _COLORS if any(outcome == name for _, outcome in found)]
    factor, unit = time_unit(max(_of_family(found, family) for family in families))
    data = [
        {
            "family": family,
            "outcome": outcome,
            "time": significant([seconds / factor])[0],
            "told": duration_text(seconds),
        }
        for (family, outcome), seconds in found.items()
    ]
    layer = {
        "mark": {"type": "bar", "height": {"band": 0.68}},
        "encoding": {
            "y": axis(
                "family",
                None,
                kind="nominal",
                sort=families,
                axis={"labelLimit": 180, "grid": False, "domain": False, "ticks": False},
            ),
            "x": axis("time", f"time of all fits and scores together, {unit}", stack="zero", axis={"tickCount": 5}),
            "color": axis(
                "outcome",
                None,
                kind="nominal",
                scale={"domain": outcomes, "range": [_COLORS[name] for name in outcomes]},
                legend={"orient": "bottom", "title": None, "columns": 3},
            ),
            "tooltip": [
                axis("family", "of", kind="nominal"),
                axis("outcome", "outcome", kind="nominal"),
                axis("told", "time", kind="nominal"),
            ],
        },
    }
    spec = chart_spec(
        f"Time that the trials of {len(families)} algorithms took; the most, {families[0]}.",
        layers=[layer],
        data=data,
        height=max(30 * len(families), 90),
    )
    share = percent_text(sum(seconds for (_, outcome), seconds in found.items() if outcome == "complete") / total, 0)
    caption = (
        f"{duration_text(total)} of work in all, {share} of it on complete trials. "
        "Trials that run side by side each count in full."
    )
    return Chart("Where the time went", caption, spec, _table(facts, found, families, outcomes, total))


def _of_family(found: dict[tuple[str, str], float], family: str) -> float:
    return sum(seconds for (name, _), seconds in found.items() if name == family)


def _table(
    facts: SearchFacts, found: dict[tuple[str, str], float], families: list[str], outcomes: list[str], total: float
) -> Table:
    headings = (
        Heading("algorithm"),
        Heading("trials", numeric=True),
        *(Heading(outcome, numeric=True, help=f"time of the trials that are {outcome}") for outcome in outcomes),
        Heading("together", numeric=True),
        Heading("share", numeric=True),
    )
    rows = []
    for family in families:
        times = [found.get((family, outcome)) for outcome in outcomes]
        together = _of_family(found, family)
        rows.append(
            (
                Cell(family),
                Cell(count_text(sum(one.family == family for one in facts.tried))),
                *(Cell("—" if seconds is None else duration_text(seconds)) for seconds in times),
                Cell(duration_text(together)),
                Cell(percent_text(together / total), bar=together / total),
            )
        )
    return Table(headings, tuple(rows), "Time of the trials of each algorithm, by outcome")
