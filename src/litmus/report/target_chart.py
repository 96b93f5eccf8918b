"""The target: rows by class or label, or the spread of its values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litmus.data.profile import TargetProfile
from litmus.data.profile_columns import Histogram
from litmus.evaluate.number_text import (
    count_text,
    decimals_for,
    number_text,
    one_line,
    percent_text,
    plural,
    short_number,
)
from litmus.report.blocks import Cell, Chart, Heading, Table
from litmus.report.limits import LONGEST_NAME, MOST_CLASSES, left_out
from litmus.report.vega import axis, chart_spec, records, significant

__all__ = ["target_chart"]

_MOST_CHART_CLASSES = 30


def target_chart(target: TargetProfile) -> Chart | None:
    """Rows by class or label, or the spread of the target's values."""
    if target.histogram is not None:
        return _target_histogram(target, target.histogram)
    return _class_bars(target) if target.counts else None


def _class_bars(target: TargetProfile) -> Chart:
    total = max(sum(count for _, count in target.counts), 1)
    ranked = sorted(target.counts, key=lambda pair: -pair[1])
    shown = ranked[:_MOST_CHART_CLASSES]
    noun, many = ("label", "labels") if target.task == "multilabel" else ("class", "classes")
    cut = left_out(len(shown), len(ranked), noun, many=many, by="the most frequent")
    (most, most_rows), (least, least_rows) = ranked[0], ranked[-1]
    caption = f"Most frequent: {one_line(most, 40)} ({percent_text(most_rows / total)})"
    if len(ranked) > 1:
        caption += f"; least frequent: {one_line(least, 40)} ({percent_text(least_rows / total)})"
    lines = tuple(
        (
            Cell(one_line(label, LONGEST_NAME)),
            Cell(count_text(count)),
            Cell(percent_text(count / total), bar=count / total),
        )
        for label, count in ranked[:MOST_CLASSES]
    )
    headings = (Heading(noun), Heading("rows", numeric=True), Heading("share", numeric=True))
    note = left_out(len(lines), len(ranked), noun, many=many, by="the most frequent")
    table = Table(headings, lines, f"Training rows by {noun}", note)
    spec = _bars_spec(shown, total, noun)
    return Chart(f"Target: {one_line(target.name, 60)}", f"{caption}. {cut}".strip(), spec, table, wide=True)


def _bars_spec(counts: Sequence[tuple[str, int]], total: int, noun: str) -> dict[str, Any]:
    labels: dict[str, int] = {}
    for i, (label, count) in enumerate(counts, 1):
        name = one_line(label, 32) or repr(label)
        labels[name if name not in labels else f"{name} ({i})"] = count
    names = list(labels)
    data = records(
        label=names, rows=list(labels.values()), share=[round(count / total, 5) for count in labels.values()]
    )
    tooltip = [
        axis("label", noun, kind="nominal"),
        axis("rows", "rows", format=",d"),
        axis("share", "share", format=".1%"),
    ]
    y = axis(
        "label",
        None,
        kind="nominal",
        sort=names,
        axis={"labelLimit": 220, "grid": False, "domain": False, "ticks": False},
    )
    bar = {"type": "bar", "color": "theme:accent", "cornerRadiusEnd": 2, "height": {"band": 0.68}}
    layer = {
        "mark": bar,
        "encoding": {"y": y, "x": axis("rows", "training rows", axis={"tickCount": 5}), "tooltip": tooltip},
    }
    return chart_spec(f"Training rows by {noun}.", layers=[layer], data=data, height=max(22 * len(data), 66))


def _target_histogram(target: TargetProfile, histogram: Histogram) -> Chart:
    edges = significant([float(edge) for edge in histogram.edges], 5)
    counts = list(histogram.counts)
    data = records(low=edges[:-1], high=edges[1:], rows=counts)
    layer = {
        "mark": {"type": "bar", "color": "theme:accent", "binSpacing": 1},
        "encoding": {
            "x": {**axis("low", one_line(target.name, 60)), "bin": {"binned": True}},
            "x2": {"field": "high"},
            "y": axis("rows", "training rows"),
            "tooltip": [axis("low", "from"), axis("high", "to"), axis("rows", "rows", format=",d")],
        },
    }
    spec = chart_spec("Spread of the target.", layers=[layer], data=data, height=220)
    decimals = decimals_for([edge for edge in edges if edge is not None])
    lines = tuple(
        (Cell(number_text(low, decimals)), Cell(number_text(high, decimals)), Cell(count_text(count)))
        for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)
    )
    headings = (Heading("from", numeric=True), Heading("to", numeric=True), Heading("rows", numeric=True))
    caption = "How often values of each size occur in the training rows."
    if target.numbers is not None:
        n = target.numbers
        caption = (
            f"Median {short_number(n.median)}, half of the rows between {short_number(n.lower_quartile)} and "
            f"{short_number(n.upper_quartile)}; {plural(n.outliers, 'outlier')} beyond 1.5 interquartile ranges."
        )
    table = Table(headings, lines, "Training rows by size of the target")
    return Chart(f"Target: {one_line(target.name, 60)}", caption, spec, table, wide=True)
