"""Where a form finds its features: in columns of a shared dense array, or in columns of shared sparse blocks."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Self

import numpy as np

from litmus.predictors.form import SparseBlock
from litmus.predictors.stored import checked_array, damaged

__all__ = ["DERIVED", "Places"]

DERIVED = -2
"""The block of features that a form makes itself from others."""


@dataclasses.dataclass(frozen=True)
class Places:
    """The place of each feature of a form.

    Attributes:
        block: -1 for the dense array, `DERIVED`, or the number of a sparse block (features,).
        column: the column there (features,).
    """

    block: np.ndarray
    column: np.ndarray

    @classmethod
    def dense(cls, columns: np.ndarray) -> Self:
        """Features in these columns of the dense array."""
        return cls(np.full(len(columns), -1, dtype=np.int32), np.asarray(columns, dtype=np.int64))

    @classmethod
    def with_derived(cls, features: np.ndarray, first: int) -> Self:
        """Features in the columns of these numbers; numbers from `first` on count derived features."""
        derived = features >= first
        block = np.where(derived, DERIVED, -1).astype(np.int32)
        return cls(block, np.where(derived, features - first, features).astype(np.int64))

    @property
    def all_dense(self) -> bool:
        """Whether every feature lies in the dense array."""
        return bool((self.block == -1).all())

    @property
    def derived(self) -> np.ndarray:
        """The features that the form makes itself (derived,)."""
        return np.flatnonzero(self.block == DERIVED)

    def moved(self, columns: np.ndarray, sparse: Sequence[tuple[int, int]]) -> Places:
        """The places on shared features, for places that still count the algorithm's features; see `Form.moved`."""
        columns = np.asarray(columns, dtype=np.int64)
        derived = self.block == DERIVED
        known = (self.column < len(columns)) & ~derived
        column = np.full(len(self.column), -1, dtype=np.int64)
        column[known] = columns[self.column[known]]
        block = np.where(derived, DERIVED, -1).astype(np.int32)
        for number, first in sorted(sparse, key=lambda pair: pair[1]):
            block[(column < 0) & ~derived & (self.column >= first)] = number
        for number, first in sparse:
            mine = block == number
            column[mine] = self.column[mine] - first
        column[derived] = self.column[derived]
        if (column < 0).any():
            raise ValueError("a feature has neither a dense column nor a sparse block")
        return Places(block, column)

    def gathered(self, dense: np.ndarray, sparse: Sequence[SparseBlock], absent: float) -> np.ndarray:
        """The features side by side, float32 (rows, features); `absent` is what a sparse block does not hold."""
        if self.all_dense:
            return dense[:, self.column]
        out = np.full((len(dense), len(self.column)), absent, dtype=np.float32)
        here = self.block == -1
        out[:, here] = dense[:, self.column[here]]
        for number in np.unique(self.block[self.block >= 0]):
            mine = np.flatnonzero(self.block == number)
            indptr, indices, values, _ = sparse[number]
            order = mine[np.argsort(self.column[mine])]
            known = self.column[order]
            at = np.minimum(np.searchsorted(known, indices), len(known) - 1)
            used = known[at] == indices
            rows = np.repeat(np.arange(len(dense)), np.diff(indptr))
            out[rows[used], order[at[used]]] = values[used]
        return out

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays that make equal places."""
        return {"block": self.block, "column": self.column}

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> Self:
        """The places that `arrays` described; raises BundleError when they are malformed."""
        block, column = checked_array(arrays, "block", "i"), checked_array(arrays, "column", "i")
        if len(block) != len(column) or (block < DERIVED).any() or (column < 0).any():
            raise damaged("the places of features are malformed")
        return cls(block.astype(np.int32), column.astype(np.int64))
