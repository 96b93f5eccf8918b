"""Metrics of predicted numbers."""

from __future__ import annotations

import numpy as np

from litmus.errors import MetricError
from litmus.metrics.definition import Definition
from litmus.metrics.evaluation import Evaluation, mean_of
from litmus.metrics.parameter import Parameter
from litmus.metrics.predictions import Predictions
from litmus.metrics.weighted import divide, dot
from litmus.task import TaskKind

__all__ = ["DEFINITIONS"]


def rmse(predictions: Predictions) -> Evaluation:
    """Root of the mean squared error, in the target's unit."""
    return _root(mean_of((predictions.y_true - predictions.y_pred) ** 2))


def mae(predictions: Predictions) -> Evaluation:
    """Mean absolute error, in the target's unit."""
    return mean_of(np.abs(predictions.y_true - predictions.y_pred))


def mape(predictions: Predictions) -> Evaluation:
    """Mean absolute error as a share of the true value: 0.1 is ten percent. Undefined when a true value is 0."""
    zeros = int((predictions.y_true == 0).sum())
    if zeros:
        raise MetricError(f"mape is undefined: {zeros} of {len(predictions)} true values are 0; use mae or rmsle.")
    return mean_of(np.abs((predictions.y_true - predictions.y_pred) / predictions.y_true))


def median_absolute_error(predictions: Predictions) -> Evaluation:
    """Median of the absolute errors, in the target's unit; with weights, the value in the middle of the weight."""
    errors = np.abs(predictions.y_true - predictions.y_pred).astype(np.float64)
    order = np.argsort(errors)
    ordered = errors[order]

    def values(weights: np.ndarray) -> np.ndarray:
        summed = np.cumsum(weights[:, order], axis=1)
        half = summed[:, -1:] / 2
        slack = 1e-12 * half  # sums of weights are not exact; without it an even split could miss the upper middle
        below, above = (summed >= half - slack).argmax(axis=1), (summed > half + slack).argmax(axis=1)
        return (ordered[below] + ordered[above]) / 2

    return Evaluation(values)


def r2(predictions: Predictions) -> Evaluation:
    """Share of the target's variance that is explained: 1 perfect, 0 no better than the mean. Undefined on a constant."""
    truth = predictions.y_true.astype(np.float64)
    centred = truth - truth.mean()  # keeps the difference of squares below exact for targets far from 0
    residual = (truth - predictions.y_pred) ** 2
    constant = f"every true value is {truth[0]:g}; it needs a target that varies."

    def values(weights: np.ndarray) -> np.ndarray:
        total = weights.sum(axis=1)
        mean = dot(weights, centred) / total
        square = dot(weights, centred**2)
        spread = square - total * mean**2
        flat = spread <= 1e-12 * np.maximum(square, np.finfo(np.float64).tiny)
        return 1.0 - divide(dot(weights, residual), np.where(flat, 0.0, spread), otherwise=np.nan)

    return Evaluation(values, constant)


def pinball(predictions: Predictions, *, quantile: float) -> Evaluation:
    """Pinball loss of a predicted quantile: an error below the truth costs `quantile`, one above 1 - `quantile`."""
    error = predictions.y_true - predictions.y_pred
    return mean_of(np.maximum(quantile * error, (quantile - 1) * error))


def rmsle(predictions: Predictions) -> Evaluation:
    """Root of the mean squared difference of log(1 + value): relative error for targets over orders of magnitude."""
    for values, words in ((predictions.y_true, "true values"), (predictions.y_pred, "predictions")):
        low = int((values <= -1).sum())
        if low:
            raise MetricError(
                f"rmsle is undefined: {low} of {len(values)} {words} are -1 or less (lowest {values.min():g}); "
                "use rmse, or a postprocessing function that clips predictions at 0."
            )
    return _root(mean_of((np.log1p(predictions.y_true) - np.log1p(predictions.y_pred)) ** 2))


def _root(mean: Evaluation) -> Evaluation:
    return Evaluation(lambda weights: np.sqrt(mean.values(weights)))


_TASKS: tuple[TaskKind, ...] = ("regression",)
_POSITIVE = (0.0, float("inf"))
_QUANTILE = Parameter("quantile", "number", required=True, above=0, below=1, help="the quantile that is predicted")

DEFINITIONS = (
    Definition("rmse", _TASKS, "labels", False, rmse, bounds=_POSITIVE),
    Definition("mae", _TASKS, "labels", False, mae, bounds=_POSITIVE),
    Definition("mape", _TASKS, "labels", False, mape, bounds=_POSITIVE),
    Definition("median_absolute_error", _TASKS, "labels", False, median_absolute_error, bounds=_POSITIVE),
    Definition("r2", _TASKS, "labels", True, r2, bounds=(-float("inf"), 1.0)),
    Definition("pinball", _TASKS, "labels", False, pinball, (_QUANTILE,), bounds=_POSITIVE),
    Definition("rmsle", _TASKS, "labels", False, rmsle, bounds=_POSITIVE),
)
