"""Whether columns still go together as they did: correlations of ranks, pair by pair."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from litmus.monitor.corrections import holm

__all__ = ["Dependence", "changed_dependence"]


@dataclasses.dataclass(frozen=True)
class Dependence:
    """The pair whose correlation changed most.

    Attributes:
        first, second: positions of the columns.
        reference, current: the correlation of their normal scores then and now.
        p_value: corrected for all pairs.
        pairs: how many pairs changed by chance with a probability below 0.001.
    """

    first: int
    second: int
    reference: float
    current: float
    p_value: float
    pairs: int

    @property
    def change(self) -> float:
        """By how much it changed, without its sign."""
        return abs(self.current - self.reference)


def changed_dependence(then: np.ndarray, now: np.ndarray) -> Dependence | None:
    """The pair of columns whose correlation changed most surely.

    Values become normal scores of their ranks, within each side (van der Waerden 1952), so that a column that only shifts
    changes nothing here: what is left is how columns go together. The variance of a correlation is the one that holds
    whatever the distribution (Steiger and Hakstian 1982, "The asymptotic distribution of elements of a correlation
    matrix"), but at least that of normal values; p-values are corrected over all pairs by Holm's procedure.

    Args:
        then, now: values (rows, columns), NaN where missing.

    Returns:
        None with fewer than two columns that vary, or fewer than 20 rows.
    """
    if then.shape[1] < 2 or min(len(then), len(now)) < 20:
        return None
    left, right = _normal_scores(then), _normal_scores(now)
    varies = (left.std(axis=0) > 0) & (right.std(axis=0) > 0)
    if varies.sum() < 2:
        return None
    places = np.flatnonzero(varies)
    before, spread = _correlations(left[:, varies])
    after, other_spread = _correlations(right[:, varies])
    rows, columns = np.triu_indices(len(places), 1)
    difference = (after - before)[rows, columns]
    error = np.sqrt((spread + other_spread)[rows, columns])
    p_values = np.array([math.erfc(abs(z) / math.sqrt(2)) for z in difference / error])
    adjusted = holm(p_values)
    best = int(np.lexsort((-np.abs(difference), adjusted))[0])
    first, second = int(rows[best]), int(columns[best])
    return Dependence(
        int(places[first]),
        int(places[second]),
        float(before[first, second]),
        float(after[first, second]),
        float(adjusted[best]),
        int((adjusted < 0.001).sum()),
    )


def _normal_scores(values: np.ndarray) -> np.ndarray:
    """Ranks of each column as values of a normal distribution; those that are alike get the mean rank, missing ones 0."""
    from scipy.special import ndtri

    scores = np.zeros(values.shape)
    for place in range(values.shape[1]):
        known = ~np.isnan(values[:, place])
        if known.any():
            _, alike, counts = np.unique(values[known, place], return_inverse=True, return_counts=True)
            scores[known, place] = ndtri((np.cumsum(counts) - counts / 2)[alike] / known.sum())
    return scores


def _correlations(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Correlations and their variances, both (columns, columns)."""
    count = len(scores)
    z = (scores - scores.mean(axis=0)) / scores.std(axis=0)
    squares = z**2
    r = z.T @ z / count
    both = squares.T @ squares / count
    cubes = (z**3).T @ z / count
    fourth = (squares**2).mean(axis=0)
    variance = (r**2 / 4 * (fourth[:, None] + fourth[None, :] + 2 * both) + both - r * (cubes + cubes.T)) / count
    return r, np.maximum(variance, (1 - r**2) ** 2 / count) + 1e-12
