"""What pictures of predictions are drawn from: curves, the confusion matrix and residuals, as plain lists and numbers.

Rows count by their sample weights. Curves have at most 200 points, spaced evenly along their length, so that a
straight piece takes few points and a bend many.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from litmus.errors import MetricError
from litmus.metrics.classes import positive_position
from litmus.metrics.predictions import Predictions
from litmus.metrics.probability import bin_of
from litmus.metrics.ranking import tie_ends
from litmus.metrics.weighted import row_weights, sum_by_group

__all__ = ["MOST_POINTS", "calibration_curve", "confusion_matrix", "precision_recall_curve", "residuals", "roc_curve"]

MOST_POINTS = 200
"""How many points a curve has at most."""

_OTHER = "other classes"


def roc_curve(predictions: Predictions, *, label: object = None) -> dict[str, list[float]]:
    """The ROC curve of a class against the rest.

    Args:
        predictions: binary, multi-class or multi-label predictions.
        label: the class; default: the positive class of a binary task.

    Returns:
        "false_positive_rate", "true_positive_rate" and "threshold", from (0, 0) at a threshold above every probability
        (given as 1) to (1, 1); equal lengths.

    Raises:
        MetricError: when all rows are of the class, or none, or the task has no such curve.
        ParameterError: when the class is unknown.

    Example:
        >>> scores = np.array([[0.8, 0.2], [0.3, 0.7], [0.4, 0.6], [0.1, 0.9]])
        >>> predictions = Predictions("binary", np.array([0, 0, 1, 1]), scores, scores.argmax(axis=1), ("no", "yes"))
        >>> roc_curve(predictions)["true_positive_rate"]
        [0.0, 0.5, 0.5, 1.0, 1.0]
    """
    threshold, found, taken = _cumulated("The ROC curve", predictions, label)
    false = taken - found
    if found[-1] <= 0 or false[-1] <= 0:
        raise MetricError("The ROC curve is undefined: it needs rows of the class and rows of another.")
    x, y = np.append(0.0, false / false[-1]), np.append(0.0, found / found[-1])
    chosen = _spread_evenly(x, y)
    threshold = np.append(1.0, threshold)
    return {
        "false_positive_rate": x[chosen].tolist(),
        "true_positive_rate": y[chosen].tolist(),
        "threshold": threshold[chosen].tolist(),
    }


def precision_recall_curve(predictions: Predictions, *, label: object = None) -> dict[str, list[float]]:
    """Precision and recall of a class at falling thresholds.

    Args:
        predictions: binary, multi-class or multi-label predictions.
        label: the class; default: the positive class of a binary task.

    Returns:
        "recall", "precision" and "threshold", equal lengths; the first point accepts the rows of highest probability,
        the last one every row.

    Raises:
        MetricError: when no row is of the class, or the task has no such curve.
        ParameterError: when the class is unknown.
    """
    threshold, found, taken = _cumulated("The precision-recall curve", predictions, label)
    if found[-1] <= 0:
        raise MetricError("The precision-recall curve is undefined: it needs rows of the class.")
    recall, precision = found / found[-1], found / taken
    chosen = _spread_evenly(recall, precision)
    return {
        "recall": recall[chosen].tolist(),
        "precision": precision[chosen].tolist(),
        "threshold": threshold[chosen].tolist(),
    }


def calibration_curve(predictions: Predictions, *, label: object = None, bins: int = 10) -> dict[str, list[float]]:
    """How often a class is true where it is given a probability, in bins of equal width; empty bins are left out.

    Args:
        predictions: binary, multi-class or multi-label predictions.
        label: the class; default: the positive class of a binary task.
        bins: number of bins, at most 200.

    Returns:
        "predicted" (mean probability), "observed" (share of rows of the class) and "rows" (their weight), one a bin.

    Raises:
        MetricError: when there are no rows, or the task has no such curve.
        ParameterError: when the class is unknown.
    """
    positive, probability, weight = _of_class("The calibration curve", predictions, label)
    bins = max(1, min(bins, MOST_POINTS))
    index = bin_of(probability, bins)
    stacked = np.stack([weight, weight * probability, weight * positive])
    rows, predicted, observed = sum_by_group(stacked, index, bins)
    filled = rows > 0
    return {
        "predicted": (predicted[filled] / rows[filled]).tolist(),
        "observed": (observed[filled] / rows[filled]).tolist(),
        "rows": rows[filled].tolist(),
    }


def confusion_matrix(predictions: Predictions, *, most_classes: int = 25) -> dict[str, Any]:
    """The weight of rows by true (row) and predicted class (column).

    Args:
        predictions: binary or multi-class predictions.
        most_classes: above this many classes the rarest ones are counted together as "other classes"; rows whose true
            and predicted classes are different rare ones then stand on the diagonal.

    Returns:
        "classes": names, in the order of the codes; "counts": a list of rows, as long as "classes".

    Raises:
        MetricError: when the task is not binary or multi-class.
    """
    if predictions.task not in ("binary", "multiclass"):
        raise MetricError(f"A confusion matrix needs one class a row, which {predictions.task} tasks do not have.")
    names = [str(name) for name in predictions.classes]
    place = np.arange(len(names))
    weight = row_weights(predictions)
    if len(names) > most_classes:
        frequency = np.bincount(predictions.y_true, weights=weight, minlength=len(names))
        kept = np.sort(np.argsort(-frequency, kind="stable")[: most_classes - 1])
        place = np.full(len(names), len(kept))
        place[kept] = np.arange(len(kept))
        names = [names[code] for code in kept] + [_OTHER]
    cells = place[predictions.y_true] * len(names) + place[predictions.y_pred]
    counts = np.bincount(cells, weights=weight, minlength=len(names) ** 2).reshape(len(names), len(names))
    return {"classes": names, "counts": counts.tolist()}


def residuals(predictions: Predictions, *, bins: int = 30) -> dict[str, Any]:
    """True value minus predicted value: a sample of rows to draw, a histogram, and a summary.

    Args:
        predictions: regression predictions.
        bins: number of bars of the histogram, which holds the central 99 % of the residuals; the first and the last bar
            also count what lies beyond.

    Returns:
        "predicted", "true" and "residual": at most 200 rows, spread evenly over the predicted values;
        "histogram": {"edges": bins + 1 values, "counts": bins weights};
        "summary": "mean", "standard_deviation", "lowest", "quarter", "median", "three_quarters", "highest".

    Raises:
        MetricError: when the task is not regression, or there are no rows.
    """
    if predictions.task != "regression" or len(predictions) == 0:
        raise MetricError("Residuals need regression predictions with at least one row.")
    residual = (predictions.y_true - predictions.y_pred).astype(np.float64)
    order = np.argsort(predictions.y_pred, kind="stable")
    drawn = order[np.linspace(0, len(order) - 1, min(len(order), MOST_POINTS)).round().astype(np.int64)]
    weight = row_weights(predictions)
    low, high = np.quantile(residual, [0.005, 0.995])
    if low == high:
        low, high = low - 0.5, high + 0.5
    counts, edges = np.histogram(residual.clip(low, high), bins=max(1, bins), range=(low, high), weights=weight)
    mean = float(np.average(residual, weights=weight))
    quartiles = np.quantile(residual, [0, 0.25, 0.5, 0.75, 1]).tolist()
    return {
        "predicted": predictions.y_pred[drawn].tolist(),
        "true": predictions.y_true[drawn].tolist(),
        "residual": residual[drawn].tolist(),
        "histogram": {"edges": edges.tolist(), "counts": counts.astype(np.float64).tolist()},
        "summary": {
            "mean": mean,
            "standard_deviation": float(np.sqrt(np.average((residual - mean) ** 2, weights=weight))),
            **dict(zip(("lowest", "quarter", "median", "three_quarters", "highest"), quartiles, strict=True)),
        },
    }


def _of_class(what: str, predictions: Predictions, label: object) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Whether each row is of the class, its probability, and its weight, all (rows,)."""
    if predictions.task == "regression":
        raise MetricError(f"{what} needs probabilities, which regression does not have; draw residuals.")
    if label is None and predictions.task != "binary":
        raise MetricError(f"{what} of a {predictions.task} task is of one class: give label.")
    if len(predictions) == 0:
        raise MetricError(f"{what} needs at least one row.")
    position = positive_position("label", predictions.classes, label)
    truth = predictions.y_true
    positive = truth[:, position] == 1 if truth.ndim == 2 else truth == position
    return positive, predictions.scores[:, position].astype(np.float64), row_weights(predictions)


def _cumulated(what: str, predictions: Predictions, label: object) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Falling thresholds, and the weight of rows of the class and of all rows at or above each."""
    positive, probability, weight = _of_class(what, predictions, label)
    order = np.argsort(-probability, kind="stable")
    order = order[weight[order] > 0]
    if len(order) == 0:
        raise MetricError(f"{what} needs at least one row with a weight above 0.")
    ends = tie_ends(probability[order])
    found, taken = np.cumsum(weight[order] * positive[order])[ends], np.cumsum(weight[order])[ends]
    return probability[order][ends], found, taken


def _spread_evenly(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Positions of at most 200 points, the first and the last among them, spaced evenly along the curve."""
    if len(x) <= MOST_POINTS:
        return np.arange(len(x))
    length = np.append(0.0, np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y))))
    wanted = np.linspace(0.0, length[-1], MOST_POINTS)
    chosen = np.searchsorted(length, wanted).clip(max=len(x) - 1)
    chosen[0], chosen[-1] = 0, len(x) - 1
    return np.unique(chosen)
