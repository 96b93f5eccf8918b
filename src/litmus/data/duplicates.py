"""Rows that are exact copies of each other, found by a hash of every column."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np
import pandas as pd

__all__ = ["RowHashes", "hash_rows", "units_of"]

_FACTOR = np.uint64(0x9E3779B97F4A7C15)


@dataclasses.dataclass(frozen=True)
class RowHashes:
    """64-bit hashes (rows,) of the features alone and of the features with the target."""

    features: np.ndarray
    rows: np.ndarray

    def take(self, positions: np.ndarray) -> RowHashes:
        """The hashes of some rows."""
        return RowHashes(self.features[positions], self.rows[positions])

    def conflicting(self) -> int:
        """How many rows share all features with a row that has another target."""
        pairs = pd.DataFrame({"features": self.features, "rows": self.rows})
        targets = pairs.drop_duplicates()["features"].value_counts()
        torn = targets.index[targets > 1]
        return int(np.isin(self.features, torn.to_numpy()).sum()) if len(torn) else 0


def hash_rows(columns: Iterable[pd.Series], y: np.ndarray) -> RowHashes:
    """Hash rows over their columns; equal rows have equal hashes, in every process and on every machine."""
    rows = len(y)
    features = np.zeros(rows, dtype=np.uint64)
    for column in columns:
        features = _mix(features, _hash_column(column))
    target = y if y.ndim == 2 else y[:, None]
    both = features
    for position in range(target.shape[1]):
        both = _mix(both, pd.util.hash_array(np.ascontiguousarray(target[:, position])))
    return RowHashes(features, both)


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
    codes, _ = pd.factorize(hashes)
    return codes.astype(np.int64)
