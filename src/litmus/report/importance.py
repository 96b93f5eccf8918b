"""What the best model looks at."""

from __future__ import annotations

from collections.abc import Mapping

from litmus.evaluate.number_text import one_line, percent_text
from litmus.report.blocks import Cell, Chart, Heading, Table
from litmus.report.limits import LONGEST_NAME, MOST_FEATURES, left_out
from litmus.report.vega import axis, chart_spec

__all__ = ["importance_chart"]


def importance_chart(importance: Mapping[str, float]) -> Chart | None:
    """A bar for each of the most important features, or None when the model tells nothing."""
    ordered = sorted(((name, share) for name, share in importance.items() if share > 0), key=lambda item: -item[1])
    if not ordered:
        return None
    shown = ordered[:MOST_FEATURES]
    names: dict[str, float] = {}
    for i, (name, share) in enumerate(shown, 1):
        label = one_line(name, 32) or repr(name)
        names[label if label not in names else f"{label} ({i})"] = share
    labels = list(names)
    data = [{"feature": label, "share": round(share, 5)} for label, share in names.items()]
    rest = {"labelLimit": 220, "grid": False, "domain": False, "ticks": False}
    layer = {
        "mark": {"type": "bar", "color": "theme:accent", "cornerRadiusEnd": 2, "height": {"band": 0.68}},
        "encoding": {
            "y": axis("feature", None, kind="nominal", sort=labels, axis=rest),
            "x": axis("share", "share of importance", axis={"format": "%", "tickCount": 5}),
            "tooltip": [axis("feature", "feature", kind="nominal"), axis("share", "share", format=".1%")],
        },
    }
    height = max(22 * len(data), 66)
    spec = chart_spec(
        f"Importance of {len(data)} features; first {labels[0]}.", layers=[layer], data=data, height=height
    )
    lines = tuple(
        (Cell(one_line(name, LONGEST_NAME)), Cell(percent_text(share), bar=min(share, 1.0))) for name, share in shown
    )
    note = left_out(len(shown), len(ordered), "feature", by="the most important")
    table = Table((Heading("feature"), Heading("share", numeric=True)), lines, "Importance of the features", note)
    first = ", ".join(labels[:3])
    half = _count_for_half(list(importance.values()))
    caption = f"Most used: {first}. {half} of {len(importance)} features carry half of the importance. {note}"
    return Chart("Feature importance", caption.strip(), spec, table, wide=True)


def _count_for_half(shares: list[float]) -> int:
    """How many features, the most important first, add up to half."""
    total, running = sum(shares), 0.0
    for count, share in enumerate(sorted(shares, reverse=True), 1):
        running += share
        if running >= total / 2:
            return count
    return len(shares)
