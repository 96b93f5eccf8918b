"""Figures of one column by itself: spread, histogram, frequent values, outliers."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

__all__ = ["Described", "Histogram", "NumberSummary", "describe_values", "histogram", "summary"]

_BINS = 20
_TOP = 10


@dataclasses.dataclass(frozen=True)
class NumberSummary:
    """Spread of some numbers, and how many lie outside the fences of Tukey's box plot.

    Attributes:
        minimum, lower_quartile, median, upper_quartile, maximum, mean, deviation: in the column's own unit.
        outliers: values more than 1.5 times the interquartile range beyond a quartile.
        low_fence, high_fence: the bounds that outliers lie beyond.
    """

    minimum: float
    lower_quartile: float
    median: float
    upper_quartile: float
    maximum: float
    mean: float
    deviation: float
    outliers: int
    low_fence: float
    high_fence: float


@dataclasses.dataclass(frozen=True)
class Histogram:
    """Counts over ranges: `edges` has one entry more than `counts`; numbers, or ISO times of a datetime column."""

    edges: tuple[float | str, ...]
    counts: tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class Described:
    """What one column holds."""

    distinct: int
    numbers: NumberSummary | None = None
    histogram: Histogram | None = None
    top: tuple[tuple[str, int], ...] = ()


def describe_values(values: pd.Series, kind: str) -> Described:
    """Figures of a canonical column."""
    if kind == "numeric":
        present = values.dropna().to_numpy(dtype=np.float64)
        return Described(len(pd.unique(present)), summary(present), histogram(present))
    if kind == "datetime":
        return Described(int(values.nunique()), None, _time_histogram(values.dropna()))
    if kind in ("categorical", "boolean"):
        counts = values.value_counts()
        top = tuple((str(value), int(count)) for value, count in counts.head(_TOP).items())
        return Described(len(counts), top=top)
    try:
        return Described(int(values.nunique()))
    except TypeError:  # values that cannot be compared, such as lists
        return Described(int(values.map(repr).nunique()))


def summary(values: np.ndarray) -> NumberSummary | None:
    """Spread of numbers without missing ones; None when there are none."""
    if not len(values):
        return None
    low, lower, middle, upper, high = (float(value) for value in np.quantile(values, [0, 0.25, 0.5, 0.75, 1]))
    reach = 1.5 * (upper - lower)
    outliers = int(((values < lower - reach) | (values > upper + reach)).sum()) if reach > 0 else 0
    return NumberSummary(
        low,
        lower,
        middle,
        upper,
        high,
        float(values.mean()),
        float(values.std()),
        outliers,
        lower - reach,
        upper + reach,
    )


def histogram(values: np.ndarray) -> Histogram | None:
    """Counts of numbers over equal ranges; None when there are none, or they are too far apart or too close for ranges."""
    if not len(values):
        return None
    try:
        counts, edges = np.histogram(values, bins=_BINS)
    except ValueError:  # no float lies between the bounds of two neighbouring ranges, or the whole range is infinite
        return None
    return Histogram(tuple(edges.tolist()), tuple(counts.tolist()))


def _time_histogram(values: pd.Series) -> Histogram | None:
    found = histogram(values.astype("int64").to_numpy(dtype=np.float64))
    if found is None:
        return None
    edges = pd.to_datetime(np.array(found.edges, dtype=np.float64).round().astype(np.int64), unit="us")
    return Histogram(tuple(edge.isoformat() for edge in edges), found.counts)
