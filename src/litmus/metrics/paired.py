"""How much better one model scores than another on the same rows, by drawing the same rows for both."""

from __future__ import annotations

import dataclasses
import statistics

import numpy as np

from litmus.errors import MetricError
from litmus.metrics.evaluation import Evaluation, RowEvaluation

__all__ = ["Difference", "drawn_differences", "interval_of"]

_BLOCK = 250_000
"""Weights held at once (2 MB)."""
_MOST_VISITS = 50_000_000
_FEWEST_RESAMPLES = 20
_PERCENTILES_FROM = 100
_ROWS_TO_FUNCTION = 1_000_000


@dataclasses.dataclass(frozen=True)
class Difference:
    """Two scores on the same rows.

    Attributes:
        first, second: the scores.
        gain: by how much the second is better, whichever direction the metric has.
        low, high: the interval that holds the gain on unseen rows.
        rows: how many rows there are.
    """

    first: float
    second: float
    gain: float
    low: float
    high: float
    rows: int


def drawn_differences(
    first: Evaluation | RowEvaluation,
    second: Evaluation | RowEvaluation,
    weights: tuple[np.ndarray, np.ndarray],
    *,
    resamples: int,
    seed: int,
) -> np.ndarray:
    """The second's value less the first's on rows drawn with replacement, the same for both.

    Args:
        first, second: a metric prepared on the predictions of two models for the same rows.
        weights: the rows' weights (rows,) as each of the two has them.
        resamples: how often rows are drawn; fewer for many rows and for users' functions.
        seed: the source of all randomness.

    Returns:
        The finite differences.

    Raises:
        MetricError: when the metric is undefined on nearly all resamples.
    """
    rng = np.random.default_rng(seed)
    rows = len(weights[0])
    if isinstance(first, RowEvaluation) or isinstance(second, RowEvaluation):
        found = _of_functions(first, second, rows, resamples, rng)
    else:
        affordable = _MOST_VISITS // max(1, rows * max(first.passes, second.passes))
        found = _of_weights(first, second, weights, min(resamples, max(_FEWEST_RESAMPLES, affordable)), rng)
    found = found[np.isfinite(found)]
    if len(found) < min(_FEWEST_RESAMPLES, resamples):
        raise MetricError(f"on nearly all resamples of the {rows} rows {first.undefined}")
    return found


def _of_weights(
    first: Evaluation,
    second: Evaluation,
    weights: tuple[np.ndarray, np.ndarray],
    resamples: int,
    rng: np.random.Generator,
) -> np.ndarray:
    rows = len(weights[0])
    size = max(1, _BLOCK // rows)
    found = []
    for start in range(0, resamples, size):
        counts = np.empty((min(size, resamples - start), rows))
        for row in counts:
            row[:] = np.bincount(rng.integers(0, rows, rows), minlength=rows)
        one, other = (
            each.of_arranged(_arranged(each, counts * weight))
            for each, weight in zip((first, second), weights, strict=True)
        )
        found.append(other - one)
    return np.concatenate(found)


def _arranged(evaluation: Evaluation, weights: np.ndarray) -> np.ndarray:
    return weights if evaluation.order is None else weights[:, evaluation.order]


def _of_functions(
    first: Evaluation | RowEvaluation,
    second: Evaluation | RowEvaluation,
    rows: int,
    resamples: int,
    rng: np.random.Generator,
) -> np.ndarray:
    if not isinstance(first, RowEvaluation) or not isinstance(second, RowEvaluation):
        raise TypeError("both are the same metric")
    resamples = min(resamples, max(_FEWEST_RESAMPLES, _ROWS_TO_FUNCTION // rows))
    found = np.full(resamples, np.nan)
    for number in range(resamples):
        drawn = rng.integers(0, rows, rows)
        try:
            found[number] = second.value(drawn) - first.value(drawn)
        except MetricError:  # such as a resample with one class only
            continue
    return found


def interval_of(differences: np.ndarray, gain: float, level: float) -> tuple[float, float]:
    """The interval of a gain whose resamples are given; the normal one where few of them would lie beyond it."""
    beyond = len(differences) * (1 - level) / 2
    if len(differences) < _PERCENTILES_FROM or beyond < 5:
        reach = statistics.NormalDist().inv_cdf((1 + level) / 2) * float(differences.std(ddof=1))
        return gain - reach, gain + reach
    low, high = np.quantile(differences, [(1 - level) / 2, (1 + level) / 2])
    return min(float(low), gain), max(float(high), gain)
