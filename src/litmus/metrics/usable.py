"""Whether predictions can be scored at all, and the rows of them that count."""

from __future__ import annotations

import numpy as np

from litmus.errors import MetricError
from litmus.metrics.predictions import Predictions

__all__ = ["usable_rows"]


def usable_rows(owner: str, predictions: Predictions, *, of_probabilities: bool) -> Predictions:
    """The rows with a positive weight, once it is known that they can be scored.

    Args:
        owner: the metric's label, for errors.
        predictions: any predictions.
        of_probabilities: whether the metric is of probabilities, or of decided labels or values.

    Raises:
        MetricError: when there are no rows, weights cannot be used, values are missing or infinite, or there is not one
            probability a class.
    """
    if len(predictions) == 0:
        raise MetricError(f"{owner} cannot be computed: there are no rows.")
    outputs = predictions.scores.shape[1:]
    if predictions.task != "regression" and outputs != (len(predictions.classes),):
        raise MetricError(
            f"{owner} cannot be computed: there are {len(predictions.classes)} classes, "
            f"but each row has {outputs[0] if outputs else 1} probabilities."
        )
    predictions = _weighted_rows(owner, predictions)
    _check_finite(owner, "predictions", predictions.scores if of_probabilities else predictions.y_pred)
    if predictions.task == "regression":
        _check_finite(owner, "true values", predictions.y_true)
    return predictions


def _weighted_rows(owner: str, predictions: Predictions) -> Predictions:
    weight = predictions.sample_weight
    if weight is None:
        return predictions
    if not np.isfinite(weight).all() or (weight < 0).any():
        raise MetricError(f"{owner} cannot be computed: sample weights must be finite and not negative.")
    counts = np.asarray(weight) > 0
    if not counts.any():
        raise MetricError(f"{owner} cannot be computed: every sample weight is 0.")
    return predictions if counts.all() else predictions.take(counts)


def _check_finite(owner: str, what: str, values: np.ndarray) -> None:
    finite = np.isfinite(values).reshape(len(values), -1).all(axis=1)
    if not finite.all():
        missing = int((~finite).sum())
        raise MetricError(f"{owner} cannot be computed: {missing} of {len(values)} {what} are missing or infinite.")
