"""Linear models of several folds and members as one product."""

from __future__ import annotations

from collections.abc import Sequence

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
        values = repaired(row.dense[0].take(self._columns)).astype(np.float64)
        out: np.ndarray = values @ self._matrix + self._intercepts
        if self._squares is not None:
            out += (values * values) @ self._squares
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
