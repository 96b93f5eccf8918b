"""Weighted sums over many resamples at once: the pieces that metrics are made of."""

from __future__ import annotations

import numpy as np

from litmus.metrics.predictions import Predictions

__all__ = ["divide", "dot", "row_weights", "sum_by_group"]


def divide(numerator: np.ndarray, denominator: np.ndarray, otherwise: float = 0.0) -> np.ndarray:
    """The quotient, and `otherwise` where the denominator is 0."""
    numerator, denominator = np.broadcast_arrays(numerator, denominator)
    result = np.full(numerator.shape, otherwise, dtype=np.float64)
    return np.divide(numerator, denominator, out=result, where=denominator > 0)


def dot(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Weights (resamples, units) times one value a unit (units,), summed → (resamples,).

    Not `@`: for vectors this long the threads that it starts cost more than the sums, above all on a busy machine.
    """
    return np.einsum("ij,j->i", weights, values)


def sum_by_group(weights: np.ndarray, groups: np.ndarray, n_groups: int) -> np.ndarray:
    """Weights (resamples, units) summed by the group of each unit (units,) → (resamples, groups)."""
    resamples = len(weights)
    if resamples == 1:
        return np.bincount(groups, weights=weights[0], minlength=n_groups)[np.newaxis]
    index = (np.arange(resamples)[:, np.newaxis] * n_groups + groups).ravel()
    return np.bincount(index, weights=weights.ravel(), minlength=resamples * n_groups).reshape(resamples, n_groups)


def row_weights(predictions: Predictions) -> np.ndarray:
    """The sample weights as float64 (rows,), ones where there are none."""
    if predictions.sample_weight is None:
        return np.ones(len(predictions))
    return np.asarray(predictions.sample_weight, dtype=np.float64)
