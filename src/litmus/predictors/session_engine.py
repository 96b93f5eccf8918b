"""Trees in one session of ONNX Runtime."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from litmus.predictors.engine import SMALL_BATCH, Engine, Row, Rows
from litmus.predictors.form import Form
from litmus.predictors.leaf_values import LeafSums
from litmus.predictors.set_columns import SetColumns
from litmus.predictors.tree_session import MOST_ROWS, OUTPUT, tree_model
from litmus.predictors.tree_walk import TreeWalk
from litmus.predictors.trees import Trees
from litmus.predictors.widening import Widening

__all__ = ["SessionEngine", "open_session"]

_CHUNK_BYTES = 64_000_000  # of the features that a session gets at once
_LARGE = 100_000  # nodes whose session takes a fifth of a second and more to open
_NODES_OF_A_TREE = 50  # what a tree adds to that time, in nodes
_OUTPUT = [OUTPUT]


def open_session(model: bytes, threads: int) -> Any:
    """A session that computes on so many threads, which sleep when there is nothing to do."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.enable_mem_pattern = False
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


class SessionEngine(Engine):
    """All trees of some forms as one node of one session.

    The session adds up leaves of one value in float32. Where leaves have several values, such as one for each class, it says which
    leaves are reached, and NumPy adds up their values. Opening a session of a large forest takes seconds: it goes on in a
    thread while NumPy answers single rows.
    """

    name = "session"

    def __init__(self, forms: Sequence[Trees], threads: int) -> None:
        self._widening = Widening(forms)
        dense = self._widening.forms
        width = 1 + max(int(form.places.column.max(initial=0)) for form in dense)
        self._sets = SetColumns(dense, width)
        self._dense_width, self._threads = width, threads
        self._trees = sum(len(form.target) for form in forms)
        self._sums = LeafSums(forms) if any(form.leaves.shape[1] > 1 for form in forms) else None
        self._model = tree_model(self._sets.forms, self._sets.width, numbers=self._sums is not None)
        nodes = sum(len(form.right) for form in forms)
        self._bytes = nodes * 24
        self._base = np.concatenate([form.base for form in forms])
        self._many: Any = None
        self._lock = threading.Lock()
        self._session: Any = None
        self._run: Any = None
        self._walk: TreeWalk | None = None
        self._opening: threading.Thread | None = None
        if nodes + _NODES_OF_A_TREE * self._trees > _LARGE:
            self._walk = TreeWalk(self._sets.forms)
            self._opening = threading.Thread(target=self._open, name="litmus-open-session")
            self._opening.start()
        else:
            self._open()

    def _open(self) -> None:
        session = open_session(self._model, 1)
        if self._threads == 1:
            self._model = b""  # kept for a session with more threads, opened when it is needed
        self._session, self._walk = session, None
        self._run = session._sess.run  # noqa: SLF001 - the method around it checks names again at every call

    def settle(self) -> None:
        """Wait until the session is open."""
        if self._run is None:
            if self._opening is not None:
                self._opening.join()
            with self._lock:
                if self._run is None:  # the thread failed, or stayed in the process that this one was forked from
                    self._open()

    @classmethod
    def takes(cls, forms: Sequence[Form]) -> bool:
        """See `Engine.takes`."""
        return all(isinstance(form, Trees) and form.right.any() and len(form.leaves) <= MOST_ROWS for form in forms)

    @property
    def said(self) -> str:
        """See `Engine.said`."""
        return f"{self._trees:,} trees in one ONNX Runtime session"

    @property
    def n_bytes(self) -> int:
        """See `Engine.n_bytes`."""
        return self._bytes

    def row(self, row: Row) -> np.ndarray:
        """See `Engine.row`."""
        dense = self._sets.widened(self._widening.row(row)[None, : self._dense_width])
        walk = self._walk
        if self._run is None:
            if walk is not None and self._opening is not None and self._opening.is_alive():
                return walk.row(dense[0]) + self._base
            self.settle()
        numbers: np.ndarray = self._run(_OUTPUT, {"x": dense}, None)[0]
        if self._sums is not None:
            numbers = self._sums.of(numbers.astype(np.int32))
        return numbers[0] + self._base

    def rows(self, rows: Rows) -> np.ndarray:
        """See `Engine.rows`."""
        self.settle()
        dense = self._widening.rows(rows.dense, rows.sparse)[:, : self._dense_width]
        held = self._sets.width if self._sums is None else self._sets.width + 2 * self._trees
        chunk = max(1, _CHUNK_BYTES // (4 * held))
        session = self._session if len(dense) < SMALL_BATCH or self._threads == 1 else self._with_threads()
        out = np.empty((len(dense), len(self._base)))
        for low in range(0, len(dense), chunk):
            part = np.ascontiguousarray(self._sets.widened(dense[low : low + chunk]), dtype=np.float32)
            numbers = session.run(_OUTPUT, {"x": part})[0]
            out[low : low + chunk] = numbers if self._sums is None else self._sums.of(numbers.astype(np.int32))
        out += self._base
        return out

    def _with_threads(self) -> Any:
        with self._lock:
            if self._many is None:
                self._many, self._model = open_session(self._model, self._threads), b""
            return self._many
