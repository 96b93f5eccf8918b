"""The engines that compute with NumPy, and all engines by name."""

from __future__ import annotations

import collections
import itertools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from litmus.predictors.engine import SMALL_BATCH, Engine, Row, Rows
from litmus.predictors.form import Form, RawForm, SparseBlock
from litmus.predictors.linear import Linear, repaired
from litmus.predictors.session_engine import SessionEngine
from litmus.predictors.tree_tables import TreeTables, tables_fit
from litmus.predictors.trees import Trees
from litmus.predictors.widening import Widening

__all__ = ["ENGINES", "EachEngine", "LinearEngine", "TablesEngine"]


class TablesEngine(Engine):
    """Trees as tables of bits; see `TreeTables`."""

    name = "tables"

    def __init__(self, forms: Sequence[Trees], threads: int) -> None:
        self._widening = Widening(forms)
        self._tables = TreeTables(self._widening.forms)
        self._threads = threads
        self._trees = sum(len(form.target) for form in forms)

    @classmethod
    def takes(cls, forms: Sequence[Form]) -> bool:
        """See `Engine.takes`."""
        trees = [form for form in forms if isinstance(form, Trees)]
        return len(trees) == len(forms) and tables_fit(trees)

    @property
    def said(self) -> str:
        """See `Engine.said`."""
        return f"{self._trees:,} trees in tables of {self.n_bytes / 1e6:.1f} MB"

    @property
    def n_bytes(self) -> int:
        """See `Engine.n_bytes`."""
        return self._tables.n_bytes

    def row(self, row: Row) -> np.ndarray:
        """See `Engine.row`."""
        return self._tables.row(self._widening.row(row))

    def rows(self, rows: Rows) -> np.ndarray:
        """See `Engine.rows`."""
        dense = rows.dense
        if self._threads == 1 or len(dense) < SMALL_BATCH:
            return self._tables.rows(self._widening.rows(dense, rows.sparse))
        dense = self._widening.rows(dense, rows.sparse)
        bounds = np.linspace(0, len(dense), self._threads + 1).astype(int)
        with ThreadPoolExecutor(self._threads) as pool:
            parts = pool.map(self._tables.rows, [dense[low:high] for low, high in itertools.pairwise(bounds)])
            return np.concatenate(list(parts))


class LinearEngine(Engine):
    """Linear models as one product with all dense features, and one with each sparse block."""

    name = "linear"

    def __init__(self, forms: Sequence[Linear], threads: int) -> None:
        del threads
        self._forms = tuple(forms)
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
        return f"{len(self._forms):,} linear models in one product"

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
        return np.concatenate([form.raw(rows.dense, rows.sparse) for form in self._forms], axis=1)


class EachEngine(Engine):
    """Each form by itself, as it is."""

    name = "each"

    def __init__(self, forms: Sequence[Form], threads: int) -> None:
        del threads
        self._forms = tuple(forms)

    @classmethod
    def takes(cls, forms: Sequence[Form]) -> bool:
        """Always: every form can compute by itself."""
        del forms
        return True

    @property
    def said(self) -> str:
        """See `Engine.said`."""
        kinds = collections.Counter(type(form).__name__ for form in self._forms)
        return ", ".join(f"{count} {kind} in NumPy" for kind, count in sorted(kinds.items()))

    def row(self, row: Row) -> np.ndarray:
        """See `Engine.row`."""
        sparse = [(np.array([0, len(indices)]), indices, values, 0) for indices, values in row.sparse]
        return np.concatenate([_numbers(form, row.dense, sparse)[0] for form in self._forms])

    def rows(self, rows: Rows) -> np.ndarray:
        """See `Engine.rows`."""
        return np.concatenate([_numbers(form, rows.dense, rows.sparse) for form in self._forms], axis=1)


def _numbers(form: Form, dense: np.ndarray, sparse: Sequence[SparseBlock]) -> np.ndarray:
    if isinstance(form, RawForm):
        return form.raw(dense, sparse)
    scores = form.scores(dense, sparse)
    return scores if form.outputs else scores[:, None]


ENGINES: dict[str, type[Engine]] = {
    engine.name: engine for engine in (TablesEngine, SessionEngine, LinearEngine, EachEngine)
}
