"""Rows that are exact copies of each other, found by a hash of every column."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np
import pandas as pd

__all__ = ["RowHashes", "hash_rows", "repeats", "units_of"]

_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_PART = 250_000
"""Rows hashed at once, so that passing copies stay small."""


@dataclasses.dataclass(frozen=True)
class RowHashes:
    """64-bit hashes (rows,) of the features alone and of the features with the target.

    `sums` has for each column, and last for the target, the sum of its values' hashes, which tells whether it holds the
    same values, in any order.
    """

    features: np.ndarray
    rows: np.ndarray
    sums: tuple[int, ...] = ()

    def take(self, positions: np.ndarray) -> RowHashes:
        """The hashes of some rows."""
        return RowHashes(self.features[positions], self.rows[positions])

    def conflicting(self) -> int:
        """How many rows share all features with a row that has another target."""
        shared = np.flatnonzero(repeats(self.features))  # only rows with the features of another row can conflict
        pairs = pd.DataFrame({"features": self.features[shared], "rows": self.rows[shared]})
        targets = pairs.drop_duplicates()["features"].value_counts()
        torn = targets.index[targets > 1]
        return int(np.isin(pairs["features"], torn.to_numpy()).sum()) if len(torn) else 0


def hash_rows(columns: Iterable[pd.Series], y: np.ndarray) -> RowHashes:
    """Hash rows over their columns; equal rows have equal hashes, in every process and on every machine."""
    rows = len(y)
    features = np.zeros(rows, dtype=np.uint64)
    sums: list[int] = []
    for column in columns:
        total = 0
        for start in range(0, rows, _PART):
            part = slice(start, start + _PART)
            hashed = _hash_column(column.iloc[part])
            features[part] = _mix(features[part], hashed)
            total += int(hashed.sum(dtype=np.uint64))
        sums.append(total % 2**64)
    target = y if y.ndim == 2 else y[:, None]
    both = features.copy()
    for position in range(target.shape[1]):
        for start in range(0, rows, _PART):
            part = slice(start, start + _PART)
            both[part] = _mix(both[part], pd.util.hash_array(np.ascontiguousarray(target[part, position])))
    sums.append(int(pd.util.hash_array(np.ascontiguousarray(target.reshape(-1))).sum(dtype=np.uint64)))
    return RowHashes(features, both, tuple(sums))


def _mix(hashes: np.ndarray, other: np.ndarray) -> np.ndarray:
    mixed = (hashes ^ other) * _FACTOR
    return mixed ^ (mixed >> np.uint64(29))


def _hash_column(column: pd.Series) -> np.ndarray:
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iufb":
        return pd.util.hash_array(column.to_numpy())
    try:
        return pd.util.hash_pandas_object(column, index=False).to_numpy()
    except TypeError:  # values that cannot be hashed, such as lists
        return pd.util.hash_pandas_object(column.map(repr), index=False).to_numpy()


def units_of(hashes: np.ndarray) -> np.ndarray:
    """Number rows 0 … n_distinct - 1 so that copies share a number, in order of first appearance."""
    repeated = np.flatnonzero(repeats(hashes))
    if not len(repeated):
        return np.arange(len(hashes), dtype=np.int64)
    codes, distinct = pd.factorize(hashes[repeated])
    first = np.empty(len(distinct), dtype=np.int64)
    first[codes[::-1]] = repeated[::-1]  # of several values for one place the last one stays: the first row
    is_first = np.ones(len(hashes), dtype=bool)
    is_first[repeated] = False
    is_first[first] = True
    units = np.cumsum(is_first, dtype=np.int64) - 1
    units[repeated] = units[first[codes]]
    return units


def repeats(hashes: np.ndarray) -> np.ndarray:
    """Whether each hash occurs more than once, bool (rows,); found by sorting, which takes less memory than a table."""
    ordered = np.sort(hashes)
    again = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    del ordered
    if not len(again):
        return np.zeros(len(hashes), dtype=bool)
    found = np.zeros(len(hashes), dtype=bool)
    for start in range(0, len(hashes), _PART):
        part = slice(start, start + _PART)
        place = np.searchsorted(again, hashes[part]).clip(max=len(again) - 1)
        found[part] = again[place] == hashes[part]
    return found
