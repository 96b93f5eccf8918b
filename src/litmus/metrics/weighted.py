"""Weighted sums over many resamples at once: the pieces that metrics are made of."""

from __future__ import annotations

import numpy as np

from litmus.metrics.definition import Evaluation

__all__ = ["divide", "mean_of", "share_of", "sum_by_group"]


def divide(numerator: np.ndarray, denominator: np.ndarray, otherwise: float = 0.0) -> np.ndarray:
    """The quotient, and `otherwise` where the denominator is 0."""
    numerator, denominator = np.broadcast_arrays(numerator, denominator)
    result = np.full(numerator.shape, otherwise, dtype=np.float64)
    return np.divide(numerator, denominator, out=result, where=denominator > 0)


def sum_by_group(weights: np.ndarray, groups: np.ndarray, n_groups: int) -> np.ndarray:
    """Weights (resamples, units) summed by the group of each unit (units,) → (resamples, groups)."""
    resamples = len(weights)
    if resamples == 1:
        return np.bincount(groups, weights=weights[0], minlength=n_groups)[np.newaxis]
    index = (np.arange(resamples)[:, np.newaxis] * n_groups + groups).ravel()
    return np.bincount(index, weights=weights.ravel(), minlength=resamples * n_groups).reshape(resamples, n_groups)


def mean_of(values: np.ndarray) -> Evaluation:
    """The weighted mean of one value a row (rows,)."""
    values = np.asarray(values, dtype=np.float64)
    return Evaluation(lambda weights: weights @ values / weights.sum(axis=1))


def share_of(mask: np.ndarray) -> Evaluation:
    """The weighted share of rows where the mask (rows,) is true."""
    return Evaluation(lambda weights: weights[:, 1] / weights.sum(axis=1), cells=mask.astype(np.int64), n_cells=2)
