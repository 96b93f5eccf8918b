"""Tests of whether two samples differ by more than chance: each gives the size of the difference and a p-value."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

__all__ = [
    "Tested",
    "area_under_roc",
    "binomial_tail",
    "exceedances",
    "kolmogorov_smirnov",
    "kolmogorov_smirnov_of_counts",
    "means",
    "proportions",
]


@dataclasses.dataclass(frozen=True)
class Tested:
    """A difference and the probability of one at least as large without a change.

    Attributes:
        value: the difference, in the unit the test says.
        p_value: from 0 to 1.
    """

    value: float
    p_value: float


def kolmogorov_smirnov(reference: np.ndarray, current: np.ndarray) -> Tested:
    """The largest distance between the cumulative distributions of two samples, with its large-sample p-value.

    Smirnov 1939; the p-value is the survival function of Kolmogorov's distribution at sqrt(n m / (n + m)) D, as
    `scipy.stats.ks_2samp(method="asymp")` has it nearly.

    Args:
        reference, current: numbers without missing ones, in any order.

    Example:
        >>> kolmogorov_smirnov(np.arange(100), np.arange(50, 150)).value
        0.5
    """
    n, m = len(reference), len(current)
    if not n or not m:
        return Tested(0.0, 1.0)
    left, right = np.sort(reference), np.sort(current)
    points = np.concatenate([left, right])
    distance = np.abs(np.searchsorted(left, points, "right") / n - np.searchsorted(right, points, "right") / m).max()
    return Tested(float(distance), _kolmogorov(float(distance), n, m))


def kolmogorov_smirnov_of_counts(reference: np.ndarray, current: np.ndarray) -> Tested:
    """The same from counts over bins: the largest distance at the bins' edges.

    It is never larger than the distance of the values themselves, and smaller by at most the largest share of rows that one
    bin holds between its edges.

    Args:
        reference, current: counts (bins,), in the order of the values.
    """
    n, m = int(reference.sum()), int(current.sum())
    if not n or not m:
        return Tested(0.0, 1.0)
    distance = float(np.abs(np.cumsum(reference) / n - np.cumsum(current) / m).max())
    return Tested(distance, _kolmogorov(distance, n, m))


def _kolmogorov(distance: float, n: int, m: int) -> float:
    from scipy.special import kolmogorov

    return float(kolmogorov(math.sqrt(n * m / (n + m)) * distance))


def proportions(had: float, of: float, has: float, among: float) -> Tested:
    """Whether a share of rows changed: the difference of two proportions.

    The p-value is that of the z-test with pooled variance where ten rows of each kind are expected on the smaller side, else
    Fisher's exact test (Fisher 1935; Agresti 2013, "Categorical Data Analysis", section 3.5).

    Args:
        had, of: rows that had it, of how many, in the reference.
        has, among: the same in the current rows.

    Returns:
        The current share less the reference's, and a two-sided p-value.

    Example:
        >>> tested = proportions(10, 1000, 40, 1000)
        >>> round(tested.value, 3), tested.p_value < 0.001
        (0.03, True)
    """
    if of <= 0 or among <= 0:
        return Tested(0.0, 1.0)
    difference = has / among - had / of
    pooled = (had + has) / (of + among)
    if pooled in (0.0, 1.0):
        return Tested(difference, 1.0)
    if min(pooled, 1 - pooled) * min(of, among) >= 10:
        z = difference / math.sqrt(pooled * (1 - pooled) * (1 / of + 1 / among))
        return Tested(difference, math.erfc(abs(z) / math.sqrt(2)))
    return Tested(difference, _fisher(round(had + has), round(of), round(has), round(among)))


def _fisher(had: int, of: int, has: int, among: int) -> float:
    """Twice the smaller tail of the hypergeometric distribution: `had` of all rows have it, `has` of them among the last."""
    from scipy.special import gammaln

    def ways(total: int, chosen: np.ndarray) -> np.ndarray:
        return np.asarray(gammaln(total + 1) - gammaln(chosen + 1) - gammaln(total - chosen + 1))

    counts = np.arange(max(0, had - of), min(had, among) + 1)
    weights = ways(among, counts) + ways(of, had - counts)
    chances = np.exp(weights - weights.max())
    chances /= chances.sum()
    return min(1.0, 2 * min(float(chances[counts >= has].sum()), float(chances[counts <= has].sum())))


def means(reference: np.ndarray, current: np.ndarray) -> Tested:
    """Whether a mean changed: Welch's test (Welch 1947, "The generalization of Student's problem") with the normal limit.

    Args:
        reference, current: the values of each side (rows,).

    Returns:
        The current mean less the reference's, and a two-sided p-value.
    """
    difference = float(current.mean() - reference.mean())
    error = math.sqrt(float(reference.var()) / len(reference) + float(current.var()) / len(current))
    if error == 0:
        return Tested(difference, 1.0 if difference == 0 else 0.0)
    return Tested(difference, math.erfc(abs(difference) / error / math.sqrt(2)))


def exceedances(beyond: int, n: int, m: int) -> float:
    """The probability that at least so many of m new rows lie beyond the largest of n earlier ones, without a change.

    All arrangements of the n + m rows are equally likely, so that it is the product of (m - i) / (n + m - i) (Epstein 1954,
    "Tables for the distribution of the number of exceedances").

    Example:
        >>> exceedances(1, 9, 1), exceedances(0, 9, 1)
        (0.1, 1.0)
    """
    if beyond <= 0:
        return 1.0
    if beyond > m:
        return 0.0
    if n == 0:
        return 1.0
    steps = np.arange(min(beyond, 10_000), dtype=np.float64)
    return float(np.exp(np.log((m - steps) / (n + m - steps)).sum()))


def binomial_tail(count: int, among: int, chance: float) -> float:
    """The probability of at least `count` among so many when each has this chance.

    Example:
        >>> round(binomial_tail(2, 2, 0.5), 6)
        0.25
    """
    if count <= 0:
        return 1.0
    from scipy.special import betainc

    return float(betainc(count, among - count + 1, min(max(chance, 0.0), 1.0)))


def area_under_roc(positive: np.ndarray, negative: np.ndarray) -> tuple[float, float]:
    """The area under the ROC curve and its variance.

    DeLong, DeLong and Clarke-Pearson 1988, "Comparing the areas under two or more correlated receiver operating
    characteristic curves": the variance of the placements of the rows of each class among those of the other.

    Args:
        positive, negative: scores of the rows of each class.

    Returns:
        0.5 and infinity when a class has no rows.

    Example:
        >>> area_under_roc(np.array([0.8, 0.4]), np.array([0.1, 0.6]))[0]
        0.75
    """
    n, m = len(positive), len(negative)
    if not n or not m:
        return 0.5, math.inf
    high, low = np.sort(positive), np.sort(negative)
    above = (np.searchsorted(low, positive, "left") + np.searchsorted(low, positive, "right")) / (2 * m)
    below = 1 - (np.searchsorted(high, negative, "left") + np.searchsorted(high, negative, "right")) / (2 * n)
    spread = float(above.var(ddof=1)) / n if n > 1 else 0.25
    spread += float(below.var(ddof=1)) / m if m > 1 else 0.25
    return float(above.mean()), max(spread, 1e-12)
