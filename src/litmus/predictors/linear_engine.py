"""Linear models of several folds and members as one product."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from math import isfinite

import numpy as np

from litmus.predictors.engine import Engine, Row, Rows
from litmus.predictors.form import Form
from litmus.predictors.linear import Linear, add_block, repaired

__all__ = ["LinearEngine"]

_CHUNK = 4_096  # rows whose features are held in float64 at once


class LinearEngine(Engine):
    """Linear models as one product with all dense features, and one with each sparse block."""

    name = "linear"

    def __init__(self, forms: Sequence[Linear], threads: int) -> None:
        del threads
        self._count = len(forms)
        self._intercepts = np.concatenate([form.intercepts for form in forms])
        here = [np.flatnonzero(form.places.block < 0) for form in forms]
        self._columns = np.unique(
            np.concatenate([form.places.column[at] for form, at in zip(forms, here, strict=True)])
        )
        self._matrix = np.zeros((len(self._columns), len(self._intercepts)))
        squares = np.zeros_like(self._matrix)
        self._blocks: list[tuple[int, slice, np.ndarray, np.ndarray | None]] = []
        raw = 0
        for form, at in zip(forms, here, strict=True):
            mine = slice(raw, raw + len(form.intercepts))
            raw = mine.stop
            lines = np.searchsorted(self._columns, form.places.column[at])
            np.add.at(self._matrix[:, mine], lines, form.coefficients[at])
            if form.squares is not None:
                np.add.at(squares[:, mine], lines, form.squares[at])
            for number in np.unique(form.places.block[form.places.block >= 0]):
                self._blocks.append((int(number), mine, *form.block_weights(int(number))))
        self._squares = squares if squares.any() else None
        self._terms = _Terms.of(self._blocks, [len(form.intercepts) for form in forms])

    @classmethod
    def takes(cls, forms: Sequence[Form]) -> bool:
        """See `Engine.takes`."""
        return all(isinstance(form, Linear) for form in forms)

    @property
    def said(self) -> str:
        """See `Engine.said`."""
        return f"{self._count:,} linear models in one product"

    def row(self, row: Row) -> np.ndarray:
        """See `Engine.row`."""
        if len(self._columns):
            values = repaired(row.dense[0].take(self._columns)).astype(np.float64)
            out: np.ndarray = values @ self._matrix + self._intercepts
            if self._squares is not None:
                out += (values * values) @ self._squares
        else:
            out = self._intercepts.copy()
        if self._terms is not None:
            out += self._terms.row(row.sparse)
            return out
        for number, mine, weights, squares in self._blocks:
            indices, held = row.sparse[number]
            given = repaired(held).astype(np.float64)
            out[mine] += given @ weights.take(indices, axis=0, mode="clip")
            if squares is not None:
                out[mine] += (given * given) @ squares.take(indices, axis=0, mode="clip")
        return out

    def rows(self, rows: Rows) -> np.ndarray:
        """See `Engine.rows`."""
        out = np.empty((len(rows.dense), len(self._intercepts)))
        for low in range(0, len(out), _CHUNK):
            values = repaired(rows.dense[low : low + _CHUNK, self._columns]).astype(np.float64)
            part = np.matmul(values, self._matrix, out=out[low : low + _CHUNK])
            if self._squares is not None:
                part += np.square(values, out=values) @ self._squares
        out += self._intercepts
        for number, mine, weights, squares in self._blocks:
            add_block(out[:, mine], rows.sparse[number], weights, squares)
        return out


class _Terms:
    """The weights of all sparse blocks below each other, so that one row looks into one table once."""

    def __init__(self, numbers: list[int], tables: list[np.ndarray], form_of: np.ndarray, forms: int) -> None:
        self._numbers = numbers
        # what lies behind a block's known columns counts nothing
        self._table = np.concatenate([part for table in tables for part in (table, np.zeros((1, table.shape[1])))])
        ends = np.cumsum([len(table) + 1 for table in tables])
        self._bounds = np.array([[len(table) for table in tables], [0, *ends[:-1]]], dtype=np.int64)
        self._added = np.zeros((forms, len(tables)))
        self._added[form_of, np.arange(len(tables))] = 1.0
        self._several = not np.array_equal(form_of, np.arange(forms))

    @classmethod
    def of(
        cls, blocks: Sequence[tuple[int, slice, np.ndarray, np.ndarray | None]], widths: Sequence[int]
    ) -> _Terms | None:
        """The blocks together where there are several, all forms have equally many raw numbers, and none has squares."""
        if len(blocks) < 2 or len(set(widths)) > 1 or any(squares is not None for *_, squares in blocks):
            return None
        form_of = np.array([mine.start // widths[0] for _, mine, _, _ in blocks])
        return cls([number for number, *_ in blocks], [weights for _, _, weights, _ in blocks], form_of, len(widths))

    def row(self, sparse: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
        """What the blocks of one row add to the raw numbers (raw,)."""
        held = [sparse[number] for number in self._numbers]
        sizes = [len(indices) for indices, _ in held]
        indices = np.concatenate([indices for indices, _ in held])
        if not len(indices):
            return np.zeros(self._added.shape[0] * self._table.shape[1])
        values = np.concatenate([values for _, values in held])
        if not isfinite(values.sum(dtype=np.float64)):
            values = repaired(values)
        last, first = self._bounds.repeat(sizes, axis=1)
        places = np.minimum(indices, last)
        places += first
        weighed = self._table.take(places, axis=0)
        weighed *= values[:, None]
        starts = [*itertools.accumulate(sizes[:-1], initial=0)]
        if all(sizes):
            sums = np.add.reduceat(weighed, starts, axis=0)
        else:
            some = [number for number, size in enumerate(sizes) if size]
            sums = np.zeros((len(sizes), weighed.shape[1]))
            sums[some] = np.add.reduceat(weighed, [starts[number] for number in some], axis=0)
        added: np.ndarray = (self._added @ sums).ravel() if self._several else sums.ravel()
        return added
