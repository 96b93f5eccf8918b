"""Features of trees that are no dense column as they are: from sparse blocks, or with zeros that count as missing."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from litmus.predictors.form import SparseBlock
from litmus.predictors.places import Places
from litmus.predictors.statistics import Statistics
from litmus.predictors.trees import Trees

if TYPE_CHECKING:
    from litmus.predictors.engine import Row

__all__ = ["Widening"]

_Kind = tuple[int, bool, bool]  # the block, whether absent entries are missing, whether zeros are
_NO_BLOCK = -1


class Widening:
    """Columns to put before the dense ones, so that trees find all their features in one dense array.

    Attributes:
        forms: the trees, looking at the widened array.
    """

    def __init__(self, forms: Sequence[Trees]) -> None:
        wanted: dict[_Kind, set[int]] = {}
        for form in forms:
            for kind, mine in _odd_kinds(form):
                wanted.setdefault(kind, set()).update(form.places.column[mine].tolist())
        self._parts: list[tuple[_Kind, int, np.ndarray]] = []
        self._width = 0
        for kind, found in wanted.items():
            self._parts.append((kind, self._width, np.array(sorted(found), dtype=np.int64)))
            self._width += len(found)
        self._statistics: list[tuple[Statistics, int]] = []
        for form in forms:
            if form.statistics is not None:
                self._statistics.append((form.statistics, self._width))
                self._width += len(form.statistics.combination)
        self._absent = np.zeros(self._width, dtype=np.float32)
        for (_, missing, _), at, columns in self._parts:
            self._absent[at : at + len(columns)] = np.nan if missing else 0.0
        self.forms = tuple(self._placed(form) for form in forms) if self._width else tuple(forms)

    def _placed(self, form: Trees) -> Trees:
        column = form.places.column + self._width
        for kind, mine in _odd_kinds(form):
            at, columns = next((at, columns) for known, at, columns in self._parts if known == kind)
            column[mine] = at + np.searchsorted(columns, form.places.column[mine])
        if form.statistics is not None:
            derived = form.places.derived
            first = next(at for known, at in self._statistics if known is form.statistics)
            column[derived] = form.places.column[derived] + first
        return dataclasses.replace(form, places=Places.dense(column), zero_missing=False, statistics=None)

    def row(self, row: Row) -> np.ndarray:
        """The features of one row: the odd ones, then the dense ones."""
        dense: np.ndarray = row.dense[0]
        if not self._width:
            return dense
        odd = self._absent.copy()
        for (block, _, zero), at, columns in self._parts:
            if block == _NO_BLOCK:
                odd[at : at + len(columns)] = dense.take(columns)
            else:
                indices, values = row.sparse[block]
                found = np.minimum(columns.searchsorted(indices), len(columns) - 1)
                used = columns.take(found) == indices
                odd[at + found[used]] = values[used]
            if zero:
                part = odd[at : at + len(columns)]
                part[part == 0] = np.nan
        for statistics, at in self._statistics:
            odd[at : at + len(statistics.combination)] = statistics.columns(row.dense)[0]
        return np.concatenate([odd, dense])

    def rows(self, dense: np.ndarray, sparse: Sequence[SparseBlock]) -> np.ndarray:
        """The features of rows: the odd ones, then the dense ones."""
        if not self._width:
            return dense
        odd = np.tile(self._absent, (len(dense), 1))
        for (block, _, zero), at, columns in self._parts:
            part = odd[:, at : at + len(columns)]
            if block == _NO_BLOCK:
                part[:] = dense[:, columns]
            else:
                indptr, indices, values, _ = sparse[block]
                found = np.minimum(np.searchsorted(columns, indices), len(columns) - 1)
                used = columns[found] == indices
                rows = np.repeat(np.arange(len(dense)), np.diff(indptr))
                part[rows[used], found[used]] = values[used]
            if zero:
                part[part == 0] = np.nan
        for statistics, at in self._statistics:
            odd[:, at : at + len(statistics.combination)] = statistics.columns(dense)
        return np.concatenate([odd, dense], axis=1)


def _odd_kinds(form: Trees) -> list[tuple[_Kind, np.ndarray]]:
    """The features of a form that need a column of their own, by kind: masks over the form's features."""
    missing = bool(np.isnan(form.absent))
    found: list[tuple[_Kind, np.ndarray]] = []
    for block in np.unique(form.places.block).tolist():
        if block >= 0:
            found.append(((block, missing, form.zero_missing), form.places.block == block))
        elif block == _NO_BLOCK and form.zero_missing:
            found.append(((_NO_BLOCK, False, True), form.places.block == block))
    return found
