"""How far two distributions are apart, from counts over the same bins."""

from __future__ import annotations

import numpy as np

__all__ = ["chi_square", "jensen_shannon", "population_stability", "total_variation"]


def population_stability(reference: np.ndarray, current: np.ndarray) -> float:
    """The population stability index, sum of (q - p) ln(q / p) over bins, freed of what chance alone adds to it.

    With no change the plain index is about (bins - 1)(1/n + 1/m) (Yurdakul and Naranjo 2020, "Statistical properties of
    the population stability index", Journal of Risk Model Validation), which would alarm every small window; that is
    taken off. Half a row is added to each bin so that an empty one does not make it infinite.

    Args:
        reference, current: counts (bins,).

    Returns:
        At least 0; 0.1 is commonly read as a change to look at, 0.25 as a large one (Siddiqi 2006, "Credit Risk Scorecards").

    Example:
        >>> round(population_stability(np.array([5000, 5000]), np.array([2000, 8000])), 3)
        0.415
    """
    n, m = float(reference.sum()), float(current.sum())
    if n == 0 or m == 0:
        return 0.0
    bins = len(reference)
    p = (reference + 0.5) / (n + 0.5 * bins)
    q = (current + 0.5) / (m + 0.5 * bins)
    plain = float(((q - p) * np.log(q / p)).sum())
    return max(0.0, plain - (bins - 1) * (1 / n + 1 / m))


def jensen_shannon(reference: np.ndarray, current: np.ndarray) -> float:
    """The Jensen-Shannon distance in bits: the root of the divergence, 0 (the same) to 1 (nothing in common).

    From Lin 1991, "Divergence measures based on the Shannon entropy"; the root is a metric (Endres and Schindelin 2003).

    Example:
        >>> jensen_shannon(np.array([1, 0]), np.array([0, 1])), jensen_shannon(np.array([2, 2]), np.array([1, 1]))
        (1.0, 0.0)
    """
    n, m = float(reference.sum()), float(current.sum())
    if n == 0 or m == 0:
        return 0.0
    p, q = reference / n, current / m
    middle = (p + q) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        left = np.where(p > 0, p * np.log2(p / middle), 0.0).sum()
        right = np.where(q > 0, q * np.log2(q / middle), 0.0).sum()
    return float(np.sqrt(max(0.0, (left + right) / 2)))


def total_variation(reference: np.ndarray, current: np.ndarray) -> float:
    """The share of rows that are in another bin than before: half the sum of |p - q|.

    Example:
        >>> round(total_variation(np.array([50, 50]), np.array([30, 70])), 6)
        0.2
    """
    n, m = float(reference.sum()), float(current.sum())
    if n == 0 or m == 0:
        return 0.0
    return float(np.abs(reference / n - current / m).sum() / 2)


def chi_square(reference: np.ndarray, current: np.ndarray) -> tuple[float, float]:
    """Pearson's test of homogeneity of two rows of counts; bins of which fewer than 5 rows are expected are put together.

    Pearson 1900; the rule of 5 is Cochran's (1954, "Some methods for strengthening the common chi-square tests").

    Returns:
        The statistic and the probability of one as large without a change; 0.0 and 1.0 where fewer than two bins are left.

    Example:
        >>> statistic, p_value = chi_square(np.array([50, 50]), np.array([30, 70]))
        >>> round(statistic, 3), round(p_value, 4)
        (8.333, 0.0039)
    """
    from scipy.special import gammaincc

    n, m = float(reference.sum()), float(current.sum())
    if n == 0 or m == 0:
        return 0.0, 1.0
    table = np.vstack([reference, current]).astype(np.float64)
    few = table.sum(axis=0) * min(n, m) / (n + m) < 5
    if few.any():
        rest = table[:, few].sum(axis=1, keepdims=True)
        table = table[:, ~few]
        if rest.sum() * min(n, m) / (n + m) >= 5 or not table.shape[1]:
            table = np.hstack([table, rest])
        elif rest.sum():  # too few even together: they go to the smallest bin that is left
            table[:, table.sum(axis=0).argmin()] += rest[:, 0]
    if table.shape[1] < 2:
        return 0.0, 1.0
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / table.sum()
    statistic = float(((table - expected) ** 2 / expected).sum())
    return statistic, float(gammaincc((table.shape[1] - 1) / 2, statistic / 2))
