"""Then and now, drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from litmus.data.counted import counted
from litmus.evaluate.number_text import number_text, one_line, percent_text, short_number
from litmus.monitor.collecting import score_columns
from litmus.monitor.column_drift import binned
from litmus.monitor.columns import CategoryColumn, NumberColumn, TextColumn
from litmus.monitor.prediction_drift import class_counts
from litmus.monitor.result import KindResult, MonitorResult
from litmus.monitor.tallies import CategoryTally, NumberTally, TextTally
from litmus.report.blocks import Cell, Chart, Heading, Table
from litmus.report.vega import axis, chart_spec, records

__all__ = ["column_chart", "groups_chart", "predictions_chart", "timeline_charts"]

_THEN, _NOW = "training", "now"
_MOST_BARS = 12


def column_chart(result: MonitorResult, name: str) -> Chart | None:
    """The values of a column in training and now; None where they cannot be drawn."""
    if result.evidence is None:
        return None
    reference = result.evidence.baseline.columns[name]
    tally = result.evidence.collected.tallies[name]
    drift = result.kinds["data_drift"].figures["columns"].get(name, {})
    caption = f"PSI {drift.get('psi', 0.0):.2f}, Jensen-Shannon distance {drift.get('jensen_shannon', 0.0):.2f}; the column has {percent_text(drift.get('importance', 0.0))} of the importance."
    if isinstance(reference, CategoryColumn) and isinstance(tally, CategoryTally):
        names, before, now = binned(reference, tally)
        return _bars(f"{one_line(name, 60)}", names, before, now, caption)
    if isinstance(reference, TextColumn) and isinstance(tally, TextTally):
        return _number_chart(f"{one_line(name, 60)}: characters", reference.lengths, tally.lengths, caption)
    if isinstance(reference, NumberColumn) and isinstance(tally, NumberTally):
        return _number_chart(one_line(name, 60), reference, tally, caption)
    return None


def predictions_chart(result: MonitorResult) -> list[Chart]:
    """What the model said then and now."""
    if result.evidence is None:
        return []
    charts = []
    counts = class_counts(result.evidence)
    if counts is not None:
        names, before, now = counts
        charts.append(_bars("Answers", names, before, now, "Share of the rows that are answered with each class."))
    references = score_columns(result.evidence.baseline)
    for name, tally in list(result.evidence.collected.scores.items())[:2]:
        if tally.counts.sum():
            title = "Predicted values" if name == "prediction" else f"Probability of {one_line(name, 40)}"
            charts.append(_number_chart(title, references[name], tally, "Share of the answers of each size."))
    return charts


def groups_chart(kind: KindResult) -> list[Chart | Table]:
    """The difference in positive answers of each group, then and now."""
    parts: list[Chart | Table] = []
    for column, groups in kind.figures.items():
        rows = [(group, values["positive answers"]) for group, values in groups.items() if "positive answers" in values]
        if not rows:
            continue
        lines = tuple(
            (
                Cell(one_line(group, 60)),
                Cell(f"{values['rows']:,}"),
                Cell(percent_text(values["share"])),
                Cell(f"{values['reference']:+.3f}"),
                Cell(f"{values['current']:+.3f}"),
                Cell(number_text(values["disparate impact"], 2)),
            )
            for group, values in rows
        )
        headings = tuple(
            Heading(text, numeric=number > 0)
            for number, text in enumerate(
                ("group", "rows", "positive", "difference then", "difference now", "disparate impact")
            )
        )
        parts.append(Table(headings, lines, f"Positive answers by {column}", titled=True))
    return parts


def timeline_charts(result: MonitorResult) -> list[Chart]:
    """Figures over the windows."""
    names = list(dict.fromkeys(name for window in result.windows for name in window.figures))
    charts = []
    for name in [each for each in names if each.endswith(("weighted drift", "roc_auc", "accuracy", "mae"))][:4]:
        places = [
            (number, window.figures[name]) for number, window in enumerate(result.windows, 1) if name in window.figures
        ]
        data = records(window=[place for place, _ in places], value=[round(value, 5) for _, value in places])
        layer = {
            "mark": {"type": "line", "point": True, "color": "theme:accent"},
            "encoding": {
                "x": axis("window", "window", axis={"tickMinStep": 1}),
                "y": axis("value", name, scale={"zero": name == "weighted drift"}),
                "tooltip": [axis("window", "window"), axis("value", name, format=".4f")],
            },
        }
        lines = tuple((Cell(str(place)), Cell(number_text(value))) for place, value in places)
        table = Table((Heading("window", numeric=True), Heading(name, numeric=True)), lines, name)
        charts.append(
            Chart(
                name,
                f"Over {counted(len(places), 'window')}.",
                chart_spec(f"{name} by window.", layers=[layer], data=data, height=180),
                table,
            )
        )
    return charts


def _bars(title: str, names: Sequence[str], before: np.ndarray, now: np.ndarray, caption: str) -> Chart:
    p, q = before / max(1.0, before.sum()), now / max(1.0, now.sum())
    most = np.argsort(-np.maximum(p, q), kind="stable")[:_MOST_BARS]
    labels: list[str] = []
    for place in most:
        label = one_line(str(names[place]), 32) or "(blank)"
        labels.append(label if label not in labels else f"{label} ({len(labels)})")
    data = [
        {"name": label, "when": when, "share": round(float(shares[place]), 5)}
        for label, place in zip(labels, most, strict=True)
        for when, shares in ((_THEN, p), (_NOW, q))
    ]
    layer = {
        "mark": {"type": "bar", "cornerRadiusEnd": 2},
        "encoding": {
            "y": axis(
                "name", None, kind="nominal", sort=labels, axis={"labelLimit": 200, "ticks": False, "domain": False}
            ),
            "yOffset": {"field": "when", "sort": [_THEN, _NOW]},
            "x": axis("share", "share of the rows", axis={"format": "%", "tickCount": 5}),
            "color": _color(),
            "tooltip": [
                axis("name", "value", kind="nominal"),
                axis("when", "when", kind="nominal"),
                axis("share", "share", format=".1%"),
            ],
        },
    }
    lines = tuple(
        (Cell(label), Cell(percent_text(float(p[place]))), Cell(percent_text(float(q[place]))))
        for label, place in zip(labels, most, strict=True)
    )
    table = Table((Heading("value"), Heading(_THEN, numeric=True), Heading(_NOW, numeric=True)), lines, title)
    spec = chart_spec(f"{title} in training and now.", layers=[layer], data=data, height=max(26 * len(labels), 80))
    return Chart(title, caption, spec, table)


def _number_chart(title: str, reference: NumberColumn, tally: NumberTally, caption: str) -> Chart:
    """Shares by bins of about a twentieth of the training rows, which lie closer where more rows are."""
    counts = np.asarray(reference.counts, dtype=np.float64)
    share = np.cumsum(counts) / max(1.0, counts.sum())
    groups = np.minimum((share * 20 - 1e-9).astype(np.int64), 19)
    groups[-1] = groups[-2] + 1 if tally.above and len(groups) > 1 else groups[-1]
    _, groups = np.unique(groups, return_inverse=True)
    before = np.bincount(groups, weights=counts) / max(1.0, counts.sum())
    now = np.bincount(groups, weights=tally.counts) / max(1.0, float(tally.counts.sum()))
    tops = [
        reference.points[min(int(np.flatnonzero(groups == group)[-1]), len(reference.points) - 1)]
        for group in range(int(groups.max()) + 1)
    ]
    names = [f"≤ {short_number(top)}" for top in tops]
    if groups[-1] != groups[-2 if len(groups) > 1 else -1]:
        names[-1] = f"> {short_number(reference.maximum)}"
    data = [
        {"order": place, "bin": name, "when": when, "share": round(float(shares[place]), 5)}
        for place, name in enumerate(names)
        for when, shares in ((_THEN, before), (_NOW, now))
    ]
    layer = {
        "mark": {"type": "line", "interpolate": "step", "strokeWidth": 2},
        "encoding": {
            "x": axis("order", "twentieths of the training rows, by size", axis={"labels": False, "ticks": False}),
            "y": axis("share", "share of the rows", axis={"format": "%"}),
            "color": _color(),
            "tooltip": [
                axis("bin", "values", kind="nominal"),
                axis("when", "when", kind="nominal"),
                axis("share", "share", format=".1%"),
            ],
        },
    }
    means = f" Mean {short_number(reference.mean)} then, {short_number(tally.mean)} now." if tally.counts.sum() else ""
    lines = tuple(
        (Cell(name), Cell(percent_text(float(before[place]))), Cell(percent_text(float(now[place]))))
        for place, name in enumerate(names)
    )
    table = Table((Heading("values"), Heading(_THEN, numeric=True), Heading(_NOW, numeric=True)), lines, title)
    return Chart(
        title,
        caption + means,
        chart_spec(f"{title} in training and now.", layers=[layer], data=data, height=180),
        table,
    )


def _color() -> dict[str, Any]:
    return {
        "field": "when",
        "type": "nominal",
        "title": None,
        "scale": {"domain": [_THEN, _NOW], "range": ["theme:muted", "theme:accent"]},
        "legend": {"orient": "top"},
    }
