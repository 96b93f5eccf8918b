"""Choosing the threshold on a probability that is best for a metric."""

from __future__ import annotations

import dataclasses

import numpy as np

from litmus.errors import MetricError
from litmus.metrics.base import Metric
from litmus.metrics.predictions import Predictions

__all__ = ["choose_threshold"]

_MOST_TRIED = 200


def choose_threshold(predictions: Predictions, metric: Metric) -> float:
    """The threshold that is best for the metric on these predictions; choose it on out-of-fold predictions.

    A metric that chooses a threshold itself (`coverage_at_precision` and its like) is asked. For any other metric of
    decided labels on a binary task, a row is decided positive when the probability of the positive class is at least
    the threshold, and up to 200 of the occurring probabilities are tried; of equally good ones the nearest to one half
    is taken.

    Raises:
        MetricError: when the task is not binary, or the metric is of probabilities and has no threshold.

    Example:
        >>> scores = np.array([[0.9, 0.1], [0.7, 0.3], [0.6, 0.4], [0.2, 0.8]])
        >>> truth = np.array([0, 0, 1, 1])
        >>> predictions = Predictions("binary", truth, scores, scores.argmax(axis=1), ("no", "yes"))
        >>> choose_threshold(predictions, Metric("f1"))
        0.4
    """
    if metric.chooses_threshold:
        return metric.threshold(predictions)
    if predictions.task != "binary" or metric.needs != "labels":
        raise MetricError(
            f"No threshold can be chosen for {metric.label} on a {predictions.task} task: "
            "it takes a binary task and a metric of decided labels, or a metric such as coverage_at_precision."
        )
    probability = predictions.scores[:, 1].astype(np.float64)
    candidates = np.unique(probability)
    if len(candidates) > _MOST_TRIED:
        candidates = candidates[np.linspace(0, len(candidates) - 1, _MOST_TRIED).round().astype(np.int64)]
    sign = 1.0 if metric.maximize else -1.0

    def quality(threshold: float) -> tuple[float, float]:
        decided = dataclasses.replace(predictions, y_pred=(probability >= threshold).astype(np.int64))
        return sign * metric.score(decided), -abs(threshold - 0.5)

    return max(candidates.tolist(), key=quality)
