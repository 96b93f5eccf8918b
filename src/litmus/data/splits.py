"""How test rows are set aside, before anything is fitted."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np
import pandas as pd

from litmus.data.allocation import draw
from litmus.data.counted import counted, listed, percent
from litmus.data.rows import Rows
from litmus.errors import DataError, ParameterError

__all__ = [
    "TEST",
    "TRAIN",
    "VALIDATION",
    "GroupedSplit",
    "NoSplit",
    "OrderedSplit",
    "PredefinedSplit",
    "RandomSplit",
    "Split",
    "StratifiedSplit",
]

TRAIN, VALIDATION, TEST = 0, 1, 2
_PARTS = {
    "train": TRAIN,
    "training": TRAIN,
    "validation": VALIDATION,
    "valid": VALIDATION,
    "val": VALIDATION,
    "test": TEST,
}


@dataclasses.dataclass(frozen=True)
class Split:
    """Base of the ways to set test rows aside. Write `parts`."""

    leaves_table: ClassVar[bool] = False
    """Whether the column in `by` only serves the split and is no feature."""

    @property
    def column(self) -> str | None:
        """The column the split reads, or None."""
        return getattr(self, "by", None)

    def parts(self, rows: Rows, seed: int) -> np.ndarray:  # noqa: ARG002  # subclasses write this
        """TRAIN, VALIDATION or TEST for each row, int64 (rows,).

        Args:
            rows: classes, copies and the values of `column`.
            seed: the source of randomness.
        """
        raise TypeError(f"{type(self).__name__} must define parts().")

    def describe(self) -> str:
        """How test rows are chosen, to follow "test rows:"."""
        raise TypeError(f"{type(self).__name__} must define describe().")


def _check_share(owner: object, test: float) -> None:
    if isinstance(test, bool) or not isinstance(test, int | float) or not 0 < test < 1:
        raise ParameterError(f"{type(owner).__name__}: test={test!r} must be a share between 0 and 1, such as 0.2.")


def _check_column(owner: object, by: str) -> None:
    if not isinstance(by, str) or not by:
        raise ParameterError(f"{type(owner).__name__}: by={by!r} must be the name of a column.")


@dataclasses.dataclass(frozen=True)
class RandomSplit(Split):
    """Test rows are drawn at random; exact copies of a row stay together.

    Attributes:
        test: the share of rows to set aside.
    """

    test: float = 0.2

    def __post_init__(self) -> None:
        _check_share(self, self.test)

    def parts(self, rows: Rows, seed: int) -> np.ndarray:
        """Draw the test rows."""
        return np.where(draw(rows.units, self.test, seed=seed), TEST, TRAIN)

    def describe(self) -> str:
        """The share, at random."""
        return f"{percent(self.test)} at random"


@dataclasses.dataclass(frozen=True)
class NoSplit(Split):
    """No test rows: all rows are learned from, for who keeps test rows elsewhere. Models are ranked on folds as ever."""

    def parts(self, rows: Rows, seed: int) -> np.ndarray:  # noqa: ARG002 - nothing is drawn
        """Every row is a training row."""
        return np.full(len(rows), TRAIN)

    def describe(self) -> str:
        """Nothing is set aside."""
        return "none, as asked for"


@dataclasses.dataclass(frozen=True)
class StratifiedSplit(Split):
    """Test rows are drawn so that each class has the same share in them; a class with one row stays in training.

    Attributes:
        test: the share of rows to set aside.
    """

    test: float = 0.2

    def __post_init__(self) -> None:
        _check_share(self, self.test)

    def parts(self, rows: Rows, seed: int) -> np.ndarray:
        """Draw the test rows class by class; regression targets are cut into ten ranges of equal size."""
        drawn = draw(rows.units, self.test, strata=rows.strata(), seed=seed, keep_rare=rows.task != "multilabel")
        return np.where(drawn, TEST, TRAIN)

    def describe(self) -> str:
        """The share, stratified."""
        return f"{percent(self.test)}, stratified by the target"


@dataclasses.dataclass(frozen=True)
class OrderedSplit(Split):
    """The latest rows are test rows; rows of one moment stay together.

    Attributes:
        by: the column that orders the rows: a date, a time or a number.
        test: the share of rows to set aside.
    """

    by: str
    test: float = 0.2

    def __post_init__(self) -> None:
        _check_column(self, self.by)
        _check_share(self, self.test)

    def parts(self, rows: Rows, seed: int) -> np.ndarray:  # noqa: ARG002  # nothing is random here
        """Find the moment from which on rows are test rows."""
        rank = rows.rank()
        boundary = np.sort(rank)[min(len(rank) - 1, int(np.ceil(len(rank) * (1 - self.test))))]
        test = rank >= max(boundary, rank.min() + 1)
        if not test.any():
            raise DataError(
                f"Column {self.by!r} has one value only, so it cannot order the rows; choose another column."
            )
        return np.where(test, TEST, TRAIN)

    def describe(self) -> str:
        """The latest share."""
        return f"the latest {percent(self.test)} by {self.by}"


@dataclasses.dataclass(frozen=True)
class GroupedSplit(Split):
    """Test rows are whole groups, drawn at random: no group is on both sides.

    Attributes:
        by: the column whose values are the groups, such as a customer; it is no feature.
        test: the share of groups to set aside.
    """

    leaves_table: ClassVar[bool] = True

    by: str
    test: float = 0.2

    def __post_init__(self) -> None:
        _check_column(self, self.by)
        _check_share(self, self.test)

    def parts(self, rows: Rows, seed: int) -> np.ndarray:
        """Draw groups, with classes about as frequent on both sides."""
        groups = rows.groups()
        if groups.max() == 0:
            raise DataError(f"Column {self.by!r} has one group only; at least two are needed for a grouped split.")
        strata = rows.strata() if rows.is_classes else None
        return np.where(draw(groups, self.test, strata=strata, seed=seed), TEST, TRAIN)

    def describe(self) -> str:
        """The share of the groups."""
        return f"{percent(self.test)} of the groups of {self.by}"


@dataclasses.dataclass(frozen=True)
class PredefinedSplit(Split):
    """A column says of each row whether it is "train", "validation" or "test".

    Attributes:
        by: that column; it is no feature.
    """

    leaves_table: ClassVar[bool] = True

    by: str

    def __post_init__(self) -> None:
        _check_column(self, self.by)

    def parts(self, rows: Rows, seed: int) -> np.ndarray:  # noqa: ARG002  # nothing is random here
        """Read the column."""
        values = pd.Series(rows.by).reset_index(drop=True)
        parts = values.astype("str").str.strip().str.lower().map(_PARTS)
        if parts.isna().any():
            wrong = values[parts.isna()].unique()
            raise DataError(
                f"Column {self.by!r} holds {listed(wrong)} in {counted(int(parts.isna().sum()), 'row')}; "
                "each row must say 'train', 'validation' or 'test'."
            )
        found = parts.to_numpy(dtype=np.int64)
        if not (found == TRAIN).any():
            raise DataError(f"Column {self.by!r} marks no row as 'train'.")
        return found

    def describe(self) -> str:
        """The column that says so."""
        return f"as column {self.by} says"
