"""ROC and precision-recall curves: one for two classes, one for each of the worst classes of many."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from litmus.errors import MetricError
from litmus.evaluate.number_text import number_text, percent_text
from litmus.metrics import Metric
from litmus.metrics.curves import precision_recall_curve, roc_curve
from litmus.metrics.predictions import Predictions
from litmus.report.blocks import Cell, Chart, Heading, Table
from litmus.report.confusion import class_names
from litmus.report.limits import MOST_CURVE_CLASSES, left_out
from litmus.report.vega import axis, chart_spec, records, significant

__all__ = ["Curve", "precision_recall_chart", "roc_chart", "worst_curves"]

_TABLE_STEPS = np.linspace(0, 1, 11)
_LEGEND = {"orient": "bottom", "labelLimit": 150, "symbolType": "stroke", "title": None}


@dataclasses.dataclass(frozen=True)
class Curve:
    """One class against the rest.

    Attributes:
        name: what the line is called: the class, or the rows it was measured on.
        area: area under the ROC curve.
        prevalence: share of the class among the rows, which is the precision of guessing.
        roc: false positive rates and recalls (points,).
        precision_recall: recalls and precisions (points,).
    """

    name: str
    area: float
    prevalence: float
    roc: tuple[list[float], list[float]]
    precision_recall: tuple[list[float], list[float]]


def worst_curves(splits: Mapping[str, Predictions]) -> tuple[list[Curve], str, str]:
    """The curves to draw, what tells them apart ("rows", "class" or "label"), and a sentence on those left out.

    Two classes: the positive class on each split. More classes and labels: on the first split, each class against the
    rest, those with the smallest area. Classes that all rows or no rows have are left out.
    """
    first = next(iter(splits.values()))
    if first.task == "binary":
        drawn = [
            _curve(name, predictions, 1) for name, predictions in splits.items() if _area(predictions, 1) is not None
        ]
        return drawn, "rows", ""
    noun, many = ("label", None) if first.task == "multilabel" else ("class", "classes")
    areas = {code: area for code in range(len(first.classes)) if (area := _area(first, code)) is not None}
    worst = sorted(areas, key=lambda code: areas[code])[:MOST_CURVE_CLASSES]
    names = class_names(first.classes, 28)
    note = left_out(len(worst), len(first.classes), noun, many=many, by="those that are hardest to tell from the rest")
    return [_curve(names[code], first, code) for code in worst], noun, note


def _positive(predictions: Predictions, code: int) -> np.ndarray:
    truth = np.asarray(predictions.y_true)
    return truth[:, code] == 1 if truth.ndim == 2 else truth == code


def _area(predictions: Predictions, code: int) -> float | None:
    """The area under the ROC curve of a class, or None where it is undefined."""
    try:
        return Metric("roc_auc", {"label": predictions.classes[code]}).score(predictions)
    except MetricError:
        return None


def _curve(name: str, predictions: Predictions, code: int) -> Curve:
    label = predictions.classes[code]
    roc = roc_curve(predictions, label=label)
    both = precision_recall_curve(predictions, label=label)
    return Curve(
        name,
        _area(predictions, code) or 0.0,
        float(np.average(_positive(predictions, code), weights=predictions.sample_weight)),
        (roc["false_positive_rate"], roc["true_positive_rate"]),
        (both["recall"], both["precision"]),
    )


def roc_chart(curves: list[Curve], kind: str, note: str) -> Chart:
    """Recall against the false positive rate."""
    lines = [(curve.name, *curve.roc) for curve in curves]
    x = axis("x", "false positive rate", scale={"domain": [0, 1]}, axis={"format": "%"})
    y = axis("y", "recall (true positive rate)", scale={"domain": [0, 1]}, axis={"format": "%"})
    chance = {
        "data": {"values": [{"x": 0, "y": 0}, {"x": 1, "y": 1}]},
        "mark": {"type": "line", "strokeDash": [4, 4], "color": "theme:muted", "strokeWidth": 1},
        "encoding": {"x": x, "y": y},
    }
    areas = ", ".join(f"{curve.name} {number_text(curve.area, 3)}" for curve in curves)
    spec = _curve_spec(f"ROC curves. Area under the curve: {areas}.", lines=lines, kind=kind, x=x, y=y, below=[chance])
    table = _table(lines, kind, "false positive rate", "recall", "ROC curve")
    caption = f"The nearer to the upper left corner, the better; the dashed line is guessing. Area: {areas}. {note}"
    return Chart("ROC curve", caption.strip(), spec, table)


def precision_recall_chart(curves: list[Curve], kind: str, note: str) -> Chart:
    """Precision against recall."""
    lines = [(curve.name, *curve.precision_recall) for curve in curves]
    x = axis("x", "recall", scale={"domain": [0, 1]}, axis={"format": "%"})
    y = axis("y", "precision", scale={"domain": [0, 1]}, axis={"format": "%"})
    below = []
    if kind == "rows":
        share = curves[0].prevalence
        below.append(
            {
                "data": {"values": [{"x": 0, "y": share}, {"x": 1, "y": share}]},
                "mark": {"type": "line", "strokeDash": [4, 4], "color": "theme:muted", "strokeWidth": 1},
                "encoding": {"x": x, "y": y},
            }
        )
        note = f"The dashed line is guessing. {note}"
    spec = _curve_spec("Precision against recall.", lines=lines, kind=kind, x=x, y=y, below=below)
    table = _table(lines, kind, "recall", "precision", "Precision-recall curve")
    caption = (
        f"What finding more of a class costs in wrong alarms; the nearer to the upper right corner, the better. {note}"
    )
    return Chart("Precision and recall", caption.strip(), spec, table)


_Line = tuple[str, list[float], list[float]]
"""Name, places across and heights."""


def _curve_spec(
    description: str,
    *,
    lines: list[_Line],
    kind: str,
    x: dict[str, Any],
    y: dict[str, Any],
    below: list[dict[str, Any]],
) -> dict[str, Any]:
    names = [name for name, _, _ in lines]
    data = []
    for name, across, up in lines:
        order = list(range(len(across)))
        data += records(line=[name] * len(order), i=order, x=significant(across), y=significant(up))
    color = axis("line", kind, kind="nominal", sort=names, scale={"domain": names}, legend=_legend(names))
    mark: dict[str, Any] = {
        "mark": {"type": "line", "strokeWidth": 2, "interpolate": "linear"},
        "encoding": {
            "x": x,
            "y": y,
            "order": {"field": "i", "type": "quantitative"},
            "color": color,
            "tooltip": [
                axis("line", kind, kind="nominal"),
                axis("x", x["title"], format=".1%"),
                axis("y", y["title"], format=".1%"),
            ],
        },
    }
    if len(names) > 2:  # one of many lines can be picked out
        choice = {"input": "select", "options": [None, *names], "labels": [f"every {kind}", *names], "name": f"{kind} "}
        mark["params"] = [{"name": "shown", "select": {"type": "point", "fields": ["line"]}, "bind": choice}]
        mark["encoding"]["opacity"] = {"condition": {"param": "shown", "value": 1}, "value": 0.08}
    return chart_spec(description, layers=[*below, mark], data=data)


def _legend(names: list[str]) -> dict[str, Any] | None:
    """A key in as many columns as the names leave room for; one line needs none."""
    longest = max(map(len, names))
    return {**_LEGEND, "columns": 5 if longest <= 6 else 3 if longest <= 12 else 2} if len(names) > 1 else None


def _table(lines: list[_Line], kind: str, across: str, up: str, caption: str) -> Table:
    """The curves read off at eleven places across."""
    headings = (Heading(across), *(Heading(name, numeric=True) for name, _, _ in lines))
    rows = []
    for step in _TABLE_STEPS:
        values = [heights[min(int(np.searchsorted(places, step)), len(heights) - 1)] for _, places, heights in lines]
        rows.append((Cell(percent_text(float(step), 0)), *(Cell(percent_text(float(value))) for value in values)))
    return Table(headings, tuple(rows), f"{caption}: {up} at each {across}, for each {kind}")
