"""The engines that compute with NumPy, and all engines by name."""

from __future__ import annotations

import collections
import itertools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from litmus.predictors.engine import SMALL_BATCH, Engine, Row, Rows
from litmus.predictors.form import Form, RawForm, SparseBlock
from litmus.predictors.linear_engine import LinearEngine
from litmus.predictors.network_engine import NetworkEngine
from litmus.predictors.session_engine import SessionEngine
from litmus.predictors.tree_tables import TreeTables, tables_fit
from litmus.predictors.trees import Trees
from litmus.predictors.widening import Widening

__all__ = ["ENGINES", "EachEngine", "TablesEngine"]


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
    engine.name: engine for engine in (TablesEngine, SessionEngine, LinearEngine, NetworkEngine, EachEngine)
}
