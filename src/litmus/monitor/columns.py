"""What a baseline keeps of one column: counts over bins, known categories, lengths of texts."""

from __future__ import annotations

import math
from typing import TypeAlias

import msgspec
import numpy as np
import pandas as pd

__all__ = [
    "CategoryColumn",
    "NumberColumn",
    "OtherColumn",
    "ReferenceColumn",
    "TextColumn",
    "as_numbers",
    "category_counts",
    "describe_column",
    "describe_numbers",
]

_POINTS = 200
"""Quantiles that are kept of a number: distances of distributions are exact to half a percent."""
_BINS = 10
"""Bins of the population stability index, of about a tenth of the reference each."""
_NAMES = 5_000
"""Categories that are kept by name."""
_MOST_ROWS = 200_000
"""Rows that a column is described by, at most."""


class NumberColumn(msgspec.Struct, frozen=True, tag="numbers"):
    """A column of numbers, or of times as seconds since 1970.

    Attributes:
        kind: "numeric" or "datetime".
        rows, missing: how many there were.
        points: quantiles, ascending: bin i holds what is above point i - 1 and at most point i; the last one what is above all.
        counts: rows of each bin, one more than points.
        mean, variance: of the values that were there.
        whole: whether all were whole numbers.
    """

    kind: str
    rows: int
    missing: int
    points: list[float]
    counts: list[int]
    mean: float
    variance: float
    whole: bool = False

    @property
    def present(self) -> int:
        """Rows with a value."""
        return self.rows - self.missing

    @property
    def minimum(self) -> float:
        """The smallest value; NaN when there was none."""
        return self.points[0] if self.points else math.nan

    @property
    def maximum(self) -> float:
        """The largest value; NaN when there was none."""
        return self.points[-1] if self.points else math.nan

    def bins_of(self, values: np.ndarray) -> np.ndarray:
        """The bin of each value; missing ones are in the last."""
        return np.searchsorted(np.asarray(self.points), values, side="left")

    def coarse(self) -> np.ndarray:
        """The coarse bin of each bin, (points + 1,): about ten of equal shares; a value that many rows have is one alone."""
        counts = np.asarray(self.counts, dtype=np.float64)
        share = counts / max(counts.sum(), 1)
        groups = np.zeros(len(counts), dtype=np.int64)
        group, held = 0, 0.0
        for position, part in enumerate(share):
            if held and held + part / 2 > 1 / _BINS:
                group, held = group + 1, 0.0
            groups[position] = group
            held += part
        return groups


class CategoryColumn(msgspec.Struct, frozen=True, tag="categories"):
    """A column of categories or truths.

    Attributes:
        kind: "categorical" or "boolean".
        rows, missing: how many there were.
        names: categories, the most frequent first.
        counts: rows of each.
        others: rows of categories beyond those.
        distinct: how many categories there were.
        singles: how many of them were seen once.
    """

    kind: str
    rows: int
    missing: int
    names: list[str]
    counts: list[int]
    others: int
    distinct: int
    singles: int

    @property
    def present(self) -> int:
        """Rows with a value."""
        return self.rows - self.missing


class TextColumn(msgspec.Struct, frozen=True, tag="text"):
    """A column of texts: their lengths in characters; the texts themselves are compared by the rows that a baseline keeps."""

    rows: int
    missing: int
    lengths: NumberColumn

    @property
    def kind(self) -> str:
        """The kind of the schema."""
        return "text"


class OtherColumn(msgspec.Struct, frozen=True, tag="other"):
    """A column of which only missing values are watched: identifiers and images."""

    kind: str
    rows: int
    missing: int


ReferenceColumn: TypeAlias = NumberColumn | CategoryColumn | TextColumn | OtherColumn


def describe_column(values: pd.Series, kind: str) -> ReferenceColumn:
    """Describe a canonical column; of long ones 200,000 rows evenly spread.

    Example:
        >>> describe_column(pd.Series([1.0, 2.0, None, 2.0]), "numeric").missing
        1
    """
    if len(values) > _MOST_ROWS:
        values = values.iloc[np.linspace(0, len(values) - 1, _MOST_ROWS).astype(np.int64)]
    if kind in ("numeric", "datetime"):
        return describe_numbers(as_numbers(values), kind)
    missing = int(values.isna().sum())
    if kind in ("categorical", "boolean"):
        return _describe_categories(values, kind, missing)
    if kind == "text":
        lengths = values.dropna().str.len().to_numpy(dtype=np.float64)
        return TextColumn(len(values), missing, describe_numbers(lengths, "numeric"))
    return OtherColumn(kind, len(values), missing)


def as_numbers(values: pd.Series) -> np.ndarray:
    """A canonical column of numbers or times as float64; times in seconds since 1970, missing ones NaN."""
    if values.dtype.kind == "M":
        seconds = values.to_numpy().astype("datetime64[us]").astype(np.int64) / 1e6
        return np.where(values.isna().to_numpy(), np.nan, seconds)
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


def describe_numbers(values: np.ndarray, kind: str) -> NumberColumn:
    """Describe float64 values, NaN where one is missing."""
    present = np.sort(values[~np.isnan(values)])
    missing = len(values) - len(present)
    if not len(present):
        return NumberColumn(kind, len(values), missing, [], [0], math.nan, math.nan)
    picked = present[np.linspace(0, len(present) - 1, _POINTS + 1).astype(np.int64)]
    points, repeated = np.unique(picked, return_counts=True)
    often = points[(repeated > 1) & (points > points[0])]
    points = np.unique(np.concatenate([points, np.nextafter(often, -np.inf)]))  # a value of many rows gets a bin alone
    ends = np.searchsorted(present, points, side="right")
    counts = np.diff(np.concatenate([[0], ends, [len(present)]]))
    with np.errstate(over="ignore", invalid="ignore"):
        mean, variance = float(present.mean()), float(present.var())
        whole = bool((present == np.floor(present)).all())
    return NumberColumn(kind, len(values), missing, points.tolist(), counts.tolist(), mean, variance, whole)


def _describe_categories(values: pd.Series, kind: str, missing: int) -> CategoryColumn:
    found = category_counts(values)
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    kept = ordered[:_NAMES]
    return CategoryColumn(
        kind,
        len(values),
        missing,
        [name for name, _ in kept],
        [count for _, count in kept],
        sum(count for _, count in ordered[_NAMES:]),
        len(ordered),
        sum(count == 1 for _, count in ordered),
    )


def category_counts(values: pd.Series) -> dict[str, int]:
    """How often each category of a canonical column occurs; truths are "True" and "False"."""
    if values.dtype == "boolean":
        truths = values.dropna().to_numpy(dtype=bool)
        counts = {"True": int(truths.sum()), "False": int(len(truths) - truths.sum())}
        return {name: count for name, count in counts.items() if count}
    import pyarrow as pa
    import pyarrow.compute as pc

    array = pa.array(values, type=pa.large_string(), from_pandas=True)
    pairs = pc.value_counts(array.drop_null())
    return dict(zip(pairs.field("values").to_pylist(), pairs.field("counts").to_pylist(), strict=True))
