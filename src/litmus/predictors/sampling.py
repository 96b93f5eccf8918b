"""Some of many rows, and rows one by one."""

from __future__ import annotations

import dataclasses

import numpy as np

from litmus.predictors.engine import Row, Rows
from litmus.predictors.form import SparseBlock

__all__ = ["single_rows", "some_rows"]


@dataclasses.dataclass(frozen=True)
class _OneRow:
    dense: np.ndarray
    sparse: tuple[tuple[np.ndarray, np.ndarray], ...]


@dataclasses.dataclass(frozen=True)
class _SomeRows:
    dense: np.ndarray
    sparse: tuple[SparseBlock, ...]


def some_rows(rows: Rows, low: int, high: int) -> Rows:
    """The rows from `low` up to `high`."""
    blocks = []
    for indptr, indices, values, width in rows.sparse:
        inside = slice(indptr[low], indptr[min(high, len(indptr) - 1)])
        blocks.append((indptr[low : high + 1] - indptr[low], indices[inside], values[inside], width))
    return _SomeRows(rows.dense[low:high], tuple(blocks))


def single_rows(rows: Rows, most: int) -> list[Row]:
    """The first rows, `most` of them, as they come when a model is asked for one row."""
    found: list[Row] = []
    for at in range(min(most, len(rows.dense))):
        blocks = []
        for indptr, indices, values, _ in rows.sparse:
            part = slice(indptr[at], indptr[at + 1])
            blocks.append((indices[part], values[part]))
        found.append(_OneRow(np.ascontiguousarray(rows.dense[at : at + 1]), tuple(blocks)))
    return found
