"""Which engine computes which forms: the fastest for one row among those that fit, measured on sample rows."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from litmus.predictors.engine import Row, Rows
from litmus.predictors.engines import ENGINES
from litmus.predictors.form import Form
from litmus.predictors.linear import Linear
from litmus.predictors.network import Network
from litmus.predictors.sampling import single_rows, some_rows
from litmus.predictors.tree_tables import forms_for_tables
from litmus.predictors.trees import Trees

__all__ = ["chosen_engines"]

_CLEARLY = 0.85  # a later candidate is taken when it needs less than this share of the time of an earlier one
_FAST = 40e-6  # seconds; a candidate that is faster is taken without trying others
_ROWS, _ROUNDS = 64, 5
_TOLERANCE = 1e-5


def chosen_engines(forms: Sequence[Form], sample: Rows | None) -> list[tuple[str, tuple[int, ...]]]:
    """Names of engines and the numbers of the forms each computes."""
    kinds: dict[str, list[int]] = {"trees": [], "linear": [], "networks": [], "each": []}
    for number, form in enumerate(forms):
        kinds[_kind(form)].append(number)
    trees: Any = {number: forms[number] for number in kinds["trees"]}
    small = forms_for_tables(list(trees.values()))
    in_tables = [number for number, fits in zip(trees, small, strict=True) if fits]
    large = [number for number in trees if number not in set(in_tables)]
    groups = [
        (_best(("tables", "session"), [trees[number] for number in in_tables], sample), in_tables),
        (_best(("session",), [trees[number] for number in large], sample), large),
        ("linear", kinds["linear"]),
        *(("networks", members) for members in _alike(forms, kinds["networks"])),
        ("each", kinds["each"]),
    ]
    return [(name, tuple(members)) for name, members in groups if members]


def _kind(form: Form) -> str:
    if isinstance(form, Trees) and form.right.any():
        return "trees"
    if isinstance(form, Network) and form.places.all_dense:
        return "networks"
    return "linear" if isinstance(form, Linear) else "each"


def _alike(forms: Sequence[Any], numbers: Sequence[int]) -> list[list[int]]:
    """The networks in groups of the same layers."""
    groups: dict[Any, list[int]] = {}
    for number in numbers:
        groups.setdefault(tuple(weights.shape for weights in forms[number].weights), []).append(number)
    return list(groups.values())


def _best(candidates: Sequence[str], forms: list[Any], sample: Rows | None) -> str:
    """The candidate that gives the right numbers for sample rows and is the fastest; each form by itself if none does."""
    if not forms or sample is None or not len(sample.dense):
        return candidates[0]
    rows = single_rows(sample, _ROWS)
    expected = ENGINES["each"](forms, 1).rows(some_rows(sample, 0, len(rows)))
    best, shortest = "each", np.inf
    for name in candidates:
        engine = ENGINES[name](forms, 1)
        found = np.stack([engine.row(row) for row in rows])
        if not (np.abs(found - expected) <= _TOLERANCE * (1.0 + np.abs(expected))).all():
            continue
        if len(candidates) == 1:
            return name
        seconds = min(_measured(engine, rows) for _ in range(_ROUNDS))
        if seconds < _CLEARLY * shortest:
            best, shortest = name, seconds
        if shortest < _FAST:
            break
    return best


def _measured(engine: Any, rows: Sequence[Row]) -> float:
    times = []
    for row in rows:
        start = time.perf_counter()
        engine.row(row)
        times.append(time.perf_counter() - start)
    return float(np.median(times))
