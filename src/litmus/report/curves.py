"""ROC and precision-recall curves: one for two classes, one for each of the worst classes of many.

Rows of equal probability form one step of a curve, as in the metrics of the same names.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from litmus.evaluate.number_text import number_text, percent_text
from litmus.metrics.predictions import Predictions
from litmus.metrics.ranking import tie_ends
from litmus.report.blocks import Cell, Chart, Heading, Table
from litmus.report.confusion import class_names
from litmus.report.limits import MOST_CURVE_CLASSES, MOST_CURVE_POINTS, left_out
from litmus.report.vega import axis, chart_spec, records, significant, thinned

__all__ = ["Curve", "precision_recall_chart", "roc_chart", "worst_curves"]

_TABLE_STEPS = np.linspace(0, 1, 11)
_LEGEND = {"orient": "bottom", "labelLimit": 150, "symbolType": "stroke", "title": None}


@dataclasses.dataclass(frozen=True)
class Curve:
    """One class against the rest at every threshold, from the strictest to the laxest.

    Attributes:
        name: what the line is called: the class, or the split.
        false_positive_rate, recall, precision: at each threshold (thresholds,).
        area: area under the ROC curve.
        prevalence: share of positive rows, which is the precision of guessing.
    """

    name: str
    false_positive_rate: np.ndarray
    recall: np.ndarray
    precision: np.ndarray
    area: float
    prevalence: float

    @classmethod
    def of(
        cls, name: str, positive: np.ndarray, probability: np.ndarray, weight: np.ndarray | None = None
    ) -> Curve | None:
        """The curve of some rows (rows,), or None when they are all positive or all negative."""
        weights = np.ones(len(positive)) if weight is None else np.asarray(weight, np.float64)
        order = np.argsort(-np.asarray(probability, np.float64), kind="stable")
        ends = tie_ends(np.asarray(probability)[order])
        found = np.cumsum(weights[order] * positive[order])[ends]
        taken = np.cumsum(weights[order])[ends]
        if not len(ends) or found[-1] <= 0 or found[-1] >= taken[-1]:
            return None
        recall = np.append(0.0, found / found[-1])
        false = np.append(0.0, (taken - found) / (taken[-1] - found[-1]))
        precision = np.divide(found, taken, out=np.ones_like(found), where=taken > 0)
        return cls(
            name,
            false,
            recall,
            np.append(precision[0], precision),
            float(np.trapezoid(recall, false)),
            float(found[-1] / taken[-1]),
        )


def worst_curves(splits: Mapping[str, Predictions]) -> tuple[list[Curve], str, str]:
    """The curves to draw, what tells them apart ("rows" or "class"), and a sentence on those left out.

    Two classes: the positive class on each split. More classes and labels: on the first split, each class against the
    rest, those with the smallest area.
    """
    first = next(iter(splits.values()))
    if first.task == "binary":
        pairs = [Curve.of(name, p.y_true == 1, p.scores[:, 1], p.sample_weight) for name, p in splits.items()]
        return [curve for curve in pairs if curve is not None], "rows", ""
    noun, many = ("label", None) if first.task == "multilabel" else ("class", "classes")
    curves = []
    for code, name in enumerate(class_names(first.classes, 28)):
        positive = first.y_true[:, code] == 1 if first.task == "multilabel" else first.y_true == code
        curve = Curve.of(name, positive, first.scores[:, code], first.sample_weight)
        if curve is not None:
            curves.append(curve)
    worst = sorted(curves, key=lambda curve: curve.area)[:MOST_CURVE_CLASSES]
    note = left_out(len(worst), len(first.classes), noun, many=many, by="those that are hardest to tell from the rest")
    return worst, noun, note


def roc_chart(curves: list[Curve], kind: str, note: str) -> Chart:
    """Recall against the false positive rate."""
    lines = [(curve, curve.false_positive_rate, curve.recall) for curve in curves]
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
    lines = [(curve, curve.recall, curve.precision) for curve in curves]
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


_Line = tuple[Curve, np.ndarray, np.ndarray]


def _curve_spec(
    description: str,
    *,
    lines: list[_Line],
    kind: str,
    x: dict[str, Any],
    y: dict[str, Any],
    below: list[dict[str, Any]],
) -> dict[str, Any]:
    names = [curve.name for curve, _, _ in lines]
    data = []
    for curve, across, up in lines:
        at = thinned(len(across), MOST_CURVE_POINTS)
        data += records(line=[curve.name] * len(at), i=at.tolist(), x=significant(across[at]), y=significant(up[at]))
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
    headings = (Heading(across), *(Heading(curve.name, numeric=True) for curve, _, _ in lines))
    rows = []
    for step in _TABLE_STEPS:
        values = [heights[min(np.searchsorted(places, step), len(heights) - 1)] for _, places, heights in lines]
        rows.append((Cell(percent_text(float(step), 0)), *(Cell(percent_text(float(value))) for value in values)))
    return Table(headings, tuple(rows), f"{caption}: {up} at each {across}, for each {kind}")
