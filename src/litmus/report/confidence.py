"""Whether stated probabilities can be believed, and how much can be answered when only sure answers count."""

from __future__ import annotations

from typing import Any

import numpy as np

from litmus.evaluate.number_text import count_text, percent_text
from litmus.metrics.predictions import Predictions
from litmus.metrics.thresholds import acceptance
from litmus.report.blocks import Cell, Chart, Heading, Table
from litmus.report.confusion import class_names
from litmus.report.limits import MOST_CURVE_POINTS
from litmus.report.vega import axis, chart_spec, records, significant, thinned

__all__ = ["Bin", "calibration_chart", "confidence_bins", "coverage_chart"]

_N_BINS = 10
_COVERAGES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)

Bin = tuple[float, float, int]
"""Mean stated probability, share that came true, rows."""


def confidence_bins(predictions: Predictions) -> list[Bin]:
    """Stated probability and what came true, in ten bands of equal width.

    Two classes: the probability of the positive class. More classes: that of the likeliest class. Labels: of each label.
    """
    scores = np.asarray(predictions.scores, np.float64)
    if predictions.task == "multilabel":
        stated, true = scores.ravel(), (np.asarray(predictions.y_true) == 1).ravel()
    elif predictions.task == "binary":
        stated, true = scores[:, 1], np.asarray(predictions.y_true) == 1
    else:
        likeliest = scores.argmax(axis=1)
        stated, true = scores[np.arange(len(scores)), likeliest], likeliest == predictions.y_true
    band = np.minimum((stated * _N_BINS).astype(np.int64), _N_BINS - 1)
    rows = np.bincount(band, minlength=_N_BINS)
    said = np.bincount(band, weights=stated, minlength=_N_BINS)
    came = np.bincount(band, weights=true, minlength=_N_BINS)
    return [(float(said[i] / rows[i]), float(came[i] / rows[i]), int(rows[i])) for i in range(_N_BINS) if rows[i]]


def calibration_chart(predictions: Predictions) -> Chart:
    """Stated probability against what came true."""
    bins = confidence_bins(predictions)
    what = {
        "binary": f"probability of {class_names(predictions.classes)[-1]}",
        "multilabel": "probability of a label",
    }.get(predictions.task, "probability of the chosen class")
    said, came, rows = (list(values) for values in zip(*bins, strict=True))
    x = axis("said", f"stated {what}", scale={"domain": [0, 1]}, axis={"format": "%"})
    y = axis("came", "came true", scale={"domain": [0, 1]}, axis={"format": "%"})
    tooltip = [
        axis("said", "stated", format=".1%"),
        axis("came", "came true", format=".1%"),
        axis("rows", "rows", format=",d"),
    ]
    size = axis("rows", "rows", scale={"type": "sqrt", "range": [20, 320]}, legend=None)
    layers = [
        {
            "data": {"values": [{"said": 0, "came": 0}, {"said": 1, "came": 1}]},
            "mark": {"type": "line", "strokeDash": [4, 4], "color": "theme:muted", "strokeWidth": 1},
            "encoding": {"x": x, "y": y},
        },
        {"mark": {"type": "line", "strokeWidth": 2, "color": "theme:accent"}, "encoding": {"x": x, "y": y}},
        {
            "mark": {"type": "point", "filled": True, "opacity": 1, "color": "theme:accent"},
            "encoding": {"x": x, "y": y, "size": size, "tooltip": tooltip},
        },
    ]
    data = records(said=significant(said), came=significant(came), rows=rows)
    spec = chart_spec("Calibration: stated probability against the share that came true.", layers=layers, data=data)
    headings = (Heading("stated", numeric=True), Heading("came true", numeric=True), Heading("rows", numeric=True))
    lines = tuple((Cell(percent_text(s)), Cell(percent_text(c)), Cell(count_text(n))) for s, c, n in bins)
    caption = (
        "On the dashed line, what is stated at 80 % comes true 80 % of the time. "
        "Below it the model is too sure, above it too careful. Larger points hold more rows."
    )
    return Chart("Calibration", caption, spec, Table(headings, lines, "Stated probability and what came true"))


def coverage_chart(predictions: Predictions) -> Chart:
    """Precision among the rows that are answered, against the share of rows that are answered.

    Several classes: rows in order of the probability of the chosen class. Two classes: one line for each class,
    rows in order of its probability, as `coverage_at_precision` counts them.
    """
    binary = predictions.task == "binary"
    names = class_names(predictions.classes, 28) if binary else ["any class"]
    curves = [_coverage(predictions, label) for label in (predictions.classes if binary else (None,))]
    data = [
        point for name, curve in zip(names, curves, strict=True) for point in _points(name, curve, len(predictions))
    ]
    columns = [
        [precision[min(int(np.searchsorted(covered, share - 1e-12)), len(covered) - 1)] for share in _COVERAGES]
        for covered, precision, _ in curves
    ]
    headings = (Heading("coverage"), *(Heading(name, numeric=True) for name in names))
    lines = tuple(
        (Cell(percent_text(share, 0)), *(Cell(percent_text(float(column[i]))) for column in columns))
        for i, share in enumerate(_COVERAGES)
    )
    caption = (
        "Where a row is taken for a class only above a threshold: the share of rows taken, and how many of them are of "
        "the class. The threshold is in the tooltip."
        if binary
        else "If the model answers only where it is surest and a person takes the rest: how much it can answer, and how "
        "often it is right there. The threshold is in the tooltip."
    )
    spec = _coverage_spec(data, names, "rows taken for the class" if binary else "rows answered")
    return Chart("Coverage and precision", caption, spec, Table(headings, lines, "Precision at each coverage"))


_Coverage = tuple[np.ndarray, np.ndarray, np.ndarray]


def _points(name: str, curve: _Coverage, n_rows: int) -> list[dict[str, Any]]:
    """A line of the chart; it begins where the precision is of more than a handful of rows."""
    covered, precision, threshold = curve
    begin = int(np.searchsorted(covered, min(0.005, 50 / n_rows), side="left").clip(max=len(covered) - 1))
    at = begin + thinned(len(covered) - begin, MOST_CURVE_POINTS)
    places = {"x": significant(covered[at]), "y": significant(precision[at]), "at": significant(threshold[at])}
    return records(line=[name] * len(at), i=at.tolist(), **places)


def _coverage_spec(data: list[dict[str, Any]], names: list[str], what: str) -> dict[str, Any]:
    legend = {"orient": "bottom", "symbolType": "stroke", "title": None, "labelLimit": 200}
    encoding = {
        "x": axis("x", f"coverage: {what}", scale={"domain": [0, 1]}, axis={"format": "%"}),
        "y": axis("y", "precision: right among them", scale={"zero": False, "nice": True}, axis={"format": "%"}),
        "order": {"field": "i", "type": "quantitative"},
        "color": axis(
            "line", "class", kind="nominal", scale={"domain": names}, legend=legend if len(names) > 1 else None
        ),
        "tooltip": [
            axis("x", "coverage", format=".1%"),
            axis("y", "precision", format=".1%"),
            axis("at", "threshold", format=".3f"),
        ],
    }
    layer = {"mark": {"type": "line", "strokeWidth": 2}, "encoding": encoding}
    return chart_spec("Precision against coverage.", layers=[layer], data=data)


def _coverage(predictions: Predictions, label: object) -> _Coverage:
    """Share of rows accepted, share of those that are right, and the threshold, strictest first (thresholds,)."""
    rows = acceptance(predictions, label)
    given = predictions.sample_weight
    weight = np.ones(len(predictions)) if given is None else np.asarray(given, np.float64)
    order = np.argsort(-rows.confidence, kind="stable")
    confidence = rows.confidence[order]
    ends = np.flatnonzero(np.append(confidence[1:] != confidence[:-1], True))  # equally sure rows go together
    accepted = np.cumsum(weight[order])[ends]
    right = np.cumsum(weight[order] * rows.right[order])[ends]
    precision = np.divide(right, accepted, out=np.zeros(len(ends)), where=accepted > 0)
    return accepted / accepted[-1], precision, confidence[ends]
