"""Bringing features into the form a library can take: dense or sparse, float32, free of what it cannot bear."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["is_sparse", "prepare", "writable"]

_LARGEST = 1e9  # stands for infinity where missing values cannot: far outside any scaled feature


def is_sparse(X: Any) -> bool:
    """Whether X is a scipy sparse matrix."""
    return hasattr(X, "tocsr") and hasattr(X, "nnz")


def prepare(X: Any, *, sparse: bool, missing: bool) -> Any:
    """X as float32, C-contiguous or csr, never changed in place.

    Args:
        sparse: whether a sparse matrix may stay one; otherwise it is made dense.
        missing: whether NaN may stay. Infinities become NaN then; otherwise NaN becomes 0 and infinities large numbers.
    """
    if is_sparse(X):
        if sparse:
            X = X.tocsr().astype(np.float32, copy=False)
            values = _repair(X.data, missing=missing)
            return X if values is X.data else type(X)((values, X.indices, X.indptr), shape=X.shape)
        X = X.toarray()
    return _repair(np.ascontiguousarray(X, dtype=np.float32), missing=missing)


def writable(X: Any) -> Any:
    """X itself, or a copy when its memory is read-only, which scikit-learn's tree code does not take."""
    return X.copy() if isinstance(X, np.ndarray) and not X.flags.writeable else X


def _repair(values: np.ndarray, *, missing: bool) -> np.ndarray:
    """A copy without the values that are not allowed, or the same array where there are none."""
    if values.size == 0:
        return values
    if not missing:
        with np.errstate(over="ignore", invalid="ignore"):
            if np.isfinite(values.sum(dtype=np.float64)):
                return values
        return np.nan_to_num(values, nan=0.0, posinf=_LARGEST, neginf=-_LARGEST)
    if np.isinf(np.fmax.reduce(values, axis=None)) or np.isinf(np.fmin.reduce(values, axis=None)):
        return np.where(np.isinf(values), np.float32(np.nan), values)
    return values
