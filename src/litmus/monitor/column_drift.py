"""How far each column is from its baseline."""

from __future__ import annotations

import dataclasses

import numpy as np

from litmus.monitor.columns import CategoryColumn, NumberColumn, ReferenceColumn, TextColumn
from litmus.monitor.distances import chi_square, jensen_shannon, population_stability, total_variation
from litmus.monitor.tallies import CategoryTally, NumberTally, Tally, TextTally
from litmus.monitor.tests_of_change import kolmogorov_smirnov_of_counts

__all__ = ["ColumnDrift", "binned", "drift_of", "drift_of_numbers"]

_MOST_CATEGORIES = 50
"""Categories that are compared each for itself; the rest together."""


@dataclasses.dataclass(frozen=True)
class ColumnDrift:
    """How far a column is from its baseline.

    Attributes:
        distance: Kolmogorov-Smirnov of numbers, the share of rows in other categories else; 0 to 1.
        measure: which of the two it is.
        stability: the population stability index.
        jensen_shannon: the distance, 0 to 1.
        statistic: of the chi-square test over the coarse bins or categories.
        p_value: of both tests of a number together, or of the one.
        reference, current: means of numbers; None for others.
    """

    distance: float
    measure: str
    stability: float
    jensen_shannon: float
    statistic: float
    p_value: float
    reference: float | None = None
    current: float | None = None


def drift_of(reference: ReferenceColumn, tally: Tally) -> ColumnDrift | None:
    """Compare the values that are there; missing ones are a matter of data quality. None where nothing can be compared."""
    if isinstance(reference, TextColumn) and isinstance(tally, TextTally):
        return drift_of_numbers(reference.lengths, tally.lengths)
    if isinstance(reference, NumberColumn) and isinstance(tally, NumberTally):
        return drift_of_numbers(reference, tally)
    if not isinstance(reference, CategoryColumn) or not isinstance(tally, CategoryTally):
        return None
    if not reference.present or not tally.present:
        return None
    _, before, now = binned(reference, tally)
    statistic, p_value = chi_square(before, now)
    return ColumnDrift(
        total_variation(before, now),
        "share moved",
        population_stability(before, now),
        jensen_shannon(before, now),
        statistic,
        p_value,
    )


def drift_of_numbers(reference: NumberColumn, tally: NumberTally) -> ColumnDrift | None:
    """Compare numbers over the bins of their reference.

    The Kolmogorov-Smirnov test sees shifts, and the chi-square test over tenths sees changes of shape; the smaller p-value,
    doubled, is that of both (Bonferroni).
    """
    before = np.asarray(reference.counts, dtype=np.float64)
    if not before.sum() or not tally.counts.sum():
        return None
    groups = reference.coarse()
    coarse_before = np.bincount(groups, weights=before)
    coarse_now = np.bincount(groups, weights=tally.counts)
    statistic, p_value = chi_square(coarse_before, coarse_now)
    tested = kolmogorov_smirnov_of_counts(before, tally.counts)
    return ColumnDrift(
        tested.value,
        "ks",
        population_stability(coarse_before, coarse_now),
        jensen_shannon(coarse_before, coarse_now),
        statistic,
        min(1.0, 2 * min(tested.p_value, p_value)),
        reference.mean,
        tally.mean,
    )


def binned(reference: CategoryColumn, tally: CategoryTally) -> tuple[list[str], np.ndarray, np.ndarray]:
    """The most frequent categories of then and now, with their counts; the rest is one more, "other"."""
    before = dict(zip(reference.names, reference.counts, strict=True))
    n, m = max(1, reference.present), max(1, tally.present)
    share = {name: before.get(name, 0) / n + count / m for name, count in tally.counts.items()}
    names = sorted(share, key=lambda name: (-share[name], name))[:_MOST_CATEGORIES]
    old = [before.get(name, 0) for name in names]
    new = [tally.counts[name] for name in names]
    rest = (reference.present - sum(old), tally.present - sum(new))
    if any(rest):
        names, old, new = [*names, "other"], [*old, rest[0]], [*new, rest[1]]
    return names, np.asarray(old, dtype=np.float64), np.asarray(new, dtype=np.float64)
