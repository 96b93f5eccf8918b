"""What arrived in one column, counted in the bins and categories of its baseline: pieces add up, and none is kept."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from litmus.monitor.columns import (
    CategoryColumn,
    NumberColumn,
    ReferenceColumn,
    TextColumn,
    as_numbers,
    category_counts,
)

__all__ = ["Tally", "CategoryTally", "NumberTally", "TextTally", "tally_for"]  # noqa: RUF022 - the base first

_MOST_NAMES = 100_000
"""New categories that are counted by name: a column of ever new values must not fill the memory."""


class Tally:
    """Counts of one column.

    Attributes:
        rows: how many were added, whether or not they had the column.
        missing: without a value.
        unreadable: with a value that does not fit the column's kind.
        absent: rows of pieces that did not have the column at all.
        examples: a few values that did not fit.
    """

    def __init__(self) -> None:
        self.rows = 0
        self.missing = 0
        self.unreadable = 0
        self.absent = 0
        self.examples: list[str] = []

    @property
    def present(self) -> int:
        """Rows with a value of the right kind."""
        return self.rows - self.missing - self.unreadable - self.absent

    def add_absent(self, rows: int) -> None:
        """Count rows of a piece without the column."""
        self.rows += rows
        self.absent += rows

    def add(self, values: pd.Series, unreadable: np.ndarray | None, raw: pd.Series) -> None:
        """Count a piece.

        Args:
            values: canonical values.
            unreadable: rows whose raw value does not fit, bool (rows,), or None.
            raw: the values as they came, for examples.
        """
        wrong = 0 if unreadable is None else int(unreadable.sum())
        if unreadable is not None and len(self.examples) < 3:
            shown = raw[unreadable].astype(object).map(repr).unique()[:3]
            self.examples = list(dict.fromkeys([*self.examples, *(text[:40] for text in shown)]))[:3]
        self.rows += len(values)
        self.unreadable += wrong
        self.missing += int(values.isna().sum()) - wrong
        self._count(values)

    def _count(self, values: pd.Series) -> None:
        """Count the values of a piece."""


class NumberTally(Tally):
    """Counts of numbers over the bins of a reference, and beyond its range.

    Attributes:
        counts: rows of each bin of the reference.
        below, above: rows beyond the reference's smallest and largest value.
        minimum, maximum: of what arrived.
        mean: of what arrived.
    """

    def __init__(self, reference: NumberColumn) -> None:
        super().__init__()
        self._reference = reference
        self._points = np.asarray(reference.points)
        self.counts = np.zeros(len(reference.counts), dtype=np.int64)
        self.below = 0
        self.above = 0
        self.minimum = math.inf
        self.maximum = -math.inf
        self._sum = 0.0
        self._count_of_values = 0

    @property
    def mean(self) -> float:
        """The mean of the values; NaN when there was none."""
        return self._sum / self._count_of_values if self._count_of_values else math.nan

    def _count(self, values: pd.Series) -> None:
        self.add_numbers(as_numbers(values))

    def add_numbers(self, numbers: np.ndarray) -> None:
        """Count float64 values; NaN ones are passed over."""
        numbers = numbers[~np.isnan(numbers)]
        if not len(numbers):
            return
        self.counts += np.bincount(np.searchsorted(self._points, numbers, side="left"), minlength=len(self.counts))
        self.above = int(self.counts[-1])
        low = float(numbers.min())
        if low < self._reference.minimum:
            self.below += int((numbers < self._reference.minimum).sum())
        self.minimum, self.maximum = min(self.minimum, low), max(self.maximum, float(numbers.max()))
        with np.errstate(over="ignore", invalid="ignore"):
            self._sum += float(numbers.sum())
        self._count_of_values += len(numbers)


class CategoryTally(Tally):
    """Counts of categories.

    Attributes:
        counts: category → rows.
        beyond: rows of categories after the first 100,000.
    """

    def __init__(self, reference: CategoryColumn) -> None:
        super().__init__()
        self.counts: dict[str, int] = dict.fromkeys(reference.names, 0)
        self._known = frozenset(reference.names)
        self.beyond = 0

    @property
    def new(self) -> dict[str, int]:
        """Categories that the reference does not name, the most frequent first."""
        found = {name: count for name, count in self.counts.items() if name not in self._known and count}
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    @property
    def new_rows(self) -> int:
        """Rows of categories that the reference does not name."""
        return sum(self.new.values()) + self.beyond

    def _count(self, values: pd.Series) -> None:
        counts = self.counts
        for name, count in category_counts(values).items():
            if name in counts:
                counts[name] += count
            elif len(counts) < _MOST_NAMES:
                counts[name] = count
            else:
                self.beyond += count


class TextTally(Tally):
    """Counts of texts by their length.

    Attributes:
        lengths: counts over the reference's bins of lengths.
    """

    def __init__(self, reference: TextColumn) -> None:
        super().__init__()
        self.lengths = NumberTally(reference.lengths)

    def _count(self, values: pd.Series) -> None:
        self.lengths.add_numbers(values.dropna().str.len().to_numpy(dtype=np.float64))


def tally_for(reference: ReferenceColumn) -> Tally:
    """An empty tally for a column of a baseline."""
    if isinstance(reference, NumberColumn):
        return NumberTally(reference)
    if isinstance(reference, CategoryColumn):
        return CategoryTally(reference)
    if isinstance(reference, TextColumn):
        return TextTally(reference)
    return Tally()
