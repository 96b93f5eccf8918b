"""Which engine computes which forms: the fastest for one row among those that fit, measured on sample rows."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from litmus.predictors.engines import ENGINES, Row, Rows
from litmus.predictors.form import Form
from litmus.predictors.linear import Linear
from litmus.predictors.trees import Trees

__all__ = ["chosen_engines"]

_CANDIDATES = {"trees": ("tables", "session", "each"), "linear": ("linear",), "other": ("each",)}
_CLEARLY = 0.85  # a later candidate is taken when it needs less than this share of the time of an earlier one
_ROWS, _ROUNDS = 64, 5
_TOLERANCE = 1e-5


def chosen_engines(forms: Sequence[Form], sample: Rows | None) -> list[tuple[str, tuple[int, ...]]]:
    """Names of engines and the numbers of the forms each computes."""
    groups: dict[str, list[int]] = {}
    for number, form in enumerate(forms):
        kind = (
            "trees"
            if isinstance(form, Trees) and len(form.target)
            else "linear"
            if isinstance(form, Linear)
            else "other"
        )
        groups.setdefault(kind, []).append(number)
    return [
        (_best(kind, [forms[number] for number in members], sample), tuple(members)) for kind, members in groups.items()
    ]


@dataclasses.dataclass(frozen=True)
class _OneRow:
    dense: np.ndarray
    sparse: tuple[tuple[np.ndarray, np.ndarray], ...]


def _best(kind: str, forms: list[Any], sample: Rows | None) -> str:
    fitting = [name for name in _CANDIDATES[kind] if name in ENGINES and ENGINES[name].takes(forms)]
    if len(fitting) == 1 or sample is None or not len(sample.dense):
        return fitting[0]
    rows = _first_rows(sample)
    expected = ENGINES["each"](forms, 1).rows(_as_rows(sample, len(rows)))
    scale = 1.0 + np.abs(expected)
    best, shortest = "each", np.inf
    for name in fitting:
        engine = ENGINES[name](forms, 1)
        if not (np.abs(np.stack([engine.row(row) for row in rows]) - expected) <= _TOLERANCE * scale).all():
            continue
        seconds = min(_measured(engine, rows) for _ in range(_ROUNDS))
        if seconds < _CLEARLY * shortest:
            best, shortest = name, seconds
        if name == "tables" and shortest < 60e-6:
            break  # fast enough that trying others would only cost time
    return best


def _measured(engine: Any, rows: Sequence[Row]) -> float:
    times = []
    for row in rows:
        start = time.perf_counter()
        engine.row(row)
        times.append(time.perf_counter() - start)
    return float(np.median(times))


@dataclasses.dataclass(frozen=True)
class _SomeRows:
    dense: np.ndarray
    sparse: tuple[tuple[np.ndarray, np.ndarray, np.ndarray, int], ...]


def _as_rows(sample: Rows, count: int) -> Rows:
    blocks = []
    for indptr, indices, values, width in sample.sparse:
        end = indptr[count]
        blocks.append((indptr[: count + 1], indices[:end], values[:end], width))
    return _SomeRows(sample.dense[:count], tuple(blocks))


def _first_rows(sample: Rows) -> list[Row]:
    rows: list[Row] = []
    for at in range(min(_ROWS, len(sample.dense))):
        blocks = []
        for indptr, indices, values, _ in sample.sparse:
            part = slice(indptr[at], indptr[at + 1])
            blocks.append((indices[part], values[part]))
        rows.append(_OneRow(np.ascontiguousarray(sample.dense[at : at + 1]), tuple(blocks)))
    return rows
