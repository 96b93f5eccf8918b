"""How far a regression's answers are off, and where."""

from __future__ import annotations

import numpy as np

from litmus.evaluate.number_text import count_text, decimals_for, number_text
from litmus.metrics.predictions import Predictions
from litmus.report.blocks import Cell, Chart, Heading, Table
from litmus.report.limits import MOST_SCATTER_POINTS
from litmus.report.vega import axis, chart_spec, records, significant

__all__ = ["actual_chart", "largest_errors_table", "residual_chart", "residual_histogram"]

_MOST_ERRORS = 10
_N_BANDS = 10


def _sample(n_rows: int) -> tuple[np.ndarray, str]:
    """Positions to draw, and a sentence when they are not all."""
    if n_rows <= MOST_SCATTER_POINTS:
        return np.arange(n_rows), ""
    rows = np.random.default_rng(0).choice(n_rows, MOST_SCATTER_POINTS, replace=False)
    return np.sort(rows), f"{MOST_SCATTER_POINTS:,} of {n_rows:,} rows are drawn, picked at random."


def _bands_table(predictions: Predictions) -> Table:
    """Typical error by the size of the prediction."""
    predicted, residual = _parts(predictions)
    order = np.argsort(predicted, kind="stable")
    lines = []
    for part in np.array_split(order, min(_N_BANDS, len(order))):
        error = np.abs(residual[part])
        values = (predicted[part].min(), predicted[part].max(), residual[part].mean(), np.median(error), error.max())
        lines.append((*(Cell(number_text(float(value))) for value in values), Cell(count_text(len(part)))))
    names = ("predicted from", "to", "mean of actual - predicted", "median error", "largest error", "rows")
    return Table(tuple(Heading(name, numeric=True) for name in names), tuple(lines), "Errors by size of the prediction")


def _parts(predictions: Predictions) -> tuple[np.ndarray, np.ndarray]:
    predicted = np.asarray(predictions.y_pred, np.float64)
    return predicted, np.asarray(predictions.y_true, np.float64) - predicted


def actual_chart(predictions: Predictions, target: str) -> Chart:
    """Predicted against actual values."""
    predicted, _ = _parts(predictions)
    actual = np.asarray(predictions.y_true, np.float64)
    rows, note = _sample(len(predictions))
    ends = significant(
        [min(actual[rows].min(), predicted[rows].min()), max(actual[rows].max(), predicted[rows].max())], 6
    )
    x, y = axis("predicted", f"predicted {target}", scale=_SCALE), axis("actual", f"actual {target}", scale=_SCALE)
    diagonal = {
        "data": {"values": [{"predicted": end, "actual": end} for end in ends]},
        "mark": {"type": "line", "strokeDash": [4, 4], "color": "theme:muted", "strokeWidth": 1},
        "encoding": {"x": x, "y": y},
    }
    points = {
        "mark": _POINT,
        "encoding": {"x": x, "y": y, "tooltip": [axis("predicted", "predicted"), axis("actual", "actual")]},
    }
    data = records(predicted=significant(predicted[rows], 5), actual=significant(actual[rows], 5))
    spec = chart_spec(f"Predicted against actual {target}.", layers=[points, diagonal], data=data)
    caption = f"On the dashed line the prediction is exact. {note}"
    return Chart("Predicted and actual", caption.strip(), spec, _bands_table(predictions))


def residual_chart(predictions: Predictions, target: str) -> Chart:
    """What is left unexplained, against the prediction."""
    predicted, residual = _parts(predictions)
    rows, note = _sample(len(predictions))
    x = axis("predicted", f"predicted {target}", scale=_SCALE)
    y = axis("residual", "actual - predicted", scale={"nice": True})
    zero = {
        "data": {"values": [{"residual": 0}]},
        "mark": {"type": "rule", "strokeDash": [4, 4], "color": "theme:muted"},
        "encoding": {"y": y},
    }
    tooltip = [axis("predicted", "predicted"), axis("residual", "actual - predicted")]
    data = records(predicted=significant(predicted[rows], 5), residual=significant(residual[rows], 5))
    layers = [{"mark": _POINT, "encoding": {"x": x, "y": y, "tooltip": tooltip}}, zero]
    spec = chart_spec(f"Residuals against predicted {target}.", layers=layers, data=data)
    caption = (
        f"A good model leaves a shapeless band around zero; a bend or a funnel is something it has not learned. {note}"
    )
    return Chart("Residuals", caption.strip(), spec, _bands_table(predictions))


def residual_histogram(predictions: Predictions) -> Chart:
    """How often errors of each size occur, the widest 1 % on either side left out."""
    _, residual = _parts(predictions)
    low, high = np.quantile(residual, [0.01, 0.99])
    counts, edges = np.histogram(residual, bins=40, range=(low, high) if high > low else None)
    places = significant(edges, 4)
    data = records(low=places[:-1], high=places[1:], rows=counts.tolist())
    layer = {
        "mark": {"type": "bar", "color": "theme:accent", "binSpacing": 1},
        "encoding": {
            "x": {**axis("low", "actual - predicted"), "bin": {"binned": True}},
            "x2": {"field": "high"},
            "y": axis("rows", "rows"),
            "tooltip": [axis("low", "from"), axis("high", "to"), axis("rows", "rows", format=",d")],
        },
    }
    sizes = (0.5, 0.8, 0.9, 0.95, 0.99)
    error = np.abs(residual)
    lines = tuple(
        (Cell(f"{share:.0%}".replace("%", " %")), Cell(number_text(float(np.quantile(error, share)))))
        for share in sizes
    )
    headings = (Heading("share of rows"), Heading("error at most", numeric=True))
    caption = f"Half of the answers are off by at most {lines[0][1].text}, nine in ten by at most {lines[2][1].text}."
    spec = chart_spec("Histogram of residuals.", layers=[layer], data=data)
    return Chart("Sizes of errors", caption, spec, Table(headings, lines, "Errors by share of rows"))


def largest_errors_table(predictions: Predictions, rows: np.ndarray | None) -> Table:
    """The rows that are furthest off; `rows` are their positions in the training table."""
    predicted, residual = _parts(predictions)
    actual = np.asarray(predictions.y_true, np.float64)
    order = np.argsort(-np.abs(residual), kind="stable")[:_MOST_ERRORS]
    decimals = decimals_for(actual.tolist()[:1000])
    lines = []
    for at in order.tolist():
        values = (Cell(number_text(float(value), decimals)) for value in (actual[at], predicted[at], residual[at]))
        lines.append((Cell(count_text(at if rows is None else int(rows[at]))), *values))
    names = ("training row", "actual", "predicted", "actual - predicted")
    return Table(
        tuple(Heading(name, numeric=True) for name in names),
        tuple(lines),
        "The rows that are furthest off",
        titled=True,
    )


_SCALE = {"zero": False, "nice": True}
_POINT = {"type": "point", "filled": True, "size": 18, "opacity": 0.35, "color": "theme:accent"}
