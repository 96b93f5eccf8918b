"""What splits and folds may know of the rows: classes, copies, and one column to split by."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from litmus.task import TaskKind

__all__ = ["Rows"]

_RANGES = 10


@dataclasses.dataclass(frozen=True)
class Rows:
    """The rows to be split.

    Attributes:
        task: the kind of task.
        y: class codes, 0/1 flags or values (rows,) or (rows, labels).
        units: int64 (rows,); exact copies of a row share a number.
        by: the column to split by, in its canonical type (rows,), or None.
    """

    task: TaskKind
    y: np.ndarray
    units: np.ndarray
    by: pd.Series | None = None

    def __len__(self) -> int:
        return len(self.units)

    @property
    def is_classes(self) -> bool:
        """Whether each row has one class."""
        return self.task in ("binary", "multiclass")

    def take(self, positions: np.ndarray) -> Rows:
        """Some of the rows."""
        if int(self.units.max(initial=-1)) + 1 == len(self.units):  # all differ, and so do some of them
            units = np.arange(len(positions))
        else:
            units, _ = pd.factorize(self.units[positions])
        by = None if self.by is None else self.by.iloc[positions]
        return Rows(self.task, self.y[positions], units.astype(np.int64), by)

    def strata(self) -> np.ndarray:
        """What should be alike in all parts: the class, the set of labels, or one of ten ranges of the value."""
        if self.is_classes:
            return self.y.astype(np.int64)
        if self.task == "multilabel":
            return np.unique(self.y, axis=0, return_inverse=True)[1].ravel().astype(np.int64)
        edges = np.quantile(self.y, np.linspace(0, 1, _RANGES + 1)[1:-1])
        return np.searchsorted(edges, self.y, side="right").astype(np.int64)

    def _column(self) -> pd.Series:
        if self.by is None:
            raise TypeError("These rows were made without the column to split by.")
        return self.by

    def groups(self) -> np.ndarray:
        """The group of each row, 0 … n_groups - 1; a row without a group is a group of its own."""
        codes, distinct = pd.factorize(self._column())
        absent = codes < 0
        codes = codes.astype(np.int64)
        codes[absent] = len(distinct) + np.arange(int(absent.sum()))
        return codes

    def numbered(self) -> tuple[np.ndarray, int]:
        """The values of `by` as 0 … n - 1 in sorted order, -1 where missing (rows,), and n."""
        codes, distinct = pd.factorize(self._column(), sort=True)
        return codes, len(distinct)

    def rank(self) -> np.ndarray:
        """The order of the rows, 0 for the earliest moment; rows of one moment share a rank, missing ones come first."""
        codes, _ = self.numbered()
        return codes.astype(np.int64) + 1 if (codes < 0).any() else codes.astype(np.int64)
