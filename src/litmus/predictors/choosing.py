"""Which engine computes which forms: the fastest for one row among those that fit, measured on sample rows."""

from __future__ import annotations

import dataclasses
import functools
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from litmus.predictors.engine import Engine, Row, Rows
from litmus.predictors.engines import ENGINES
from litmus.predictors.form import Form
from litmus.predictors.linear import Linear
from litmus.predictors.network import Network
from litmus.predictors.sampling import single_rows, some_rows
from litmus.predictors.tree_tables import forms_for_tables
from litmus.predictors.trees import Trees

__all__ = ["Chosen", "chosen_engines"]

_CLEARLY = 0.85  # a later candidate is taken when it needs less than this share of the time of an earlier one
_FAST = 60e-6  # seconds; a candidate that is faster is taken without trying others
_SET_COLUMN, _TREE = 5e-6, 5e-8  # seconds at least that a session needs for a form's sets of a column, and for a tree
_ROWS, _ROUNDS = 32, 4
_FEW = 4  # rows that show whether a candidate has a chance
_TOLERANCE = 1e-5


@dataclasses.dataclass(frozen=True)
class Chosen:
    """An engine that was chosen.

    Attributes:
        name: of the engine.
        members: the numbers of the forms that it computes.
        engine: the engine, where one was made in order to measure it.
    """

    name: str
    members: tuple[int, ...]
    engine: Engine | None = None


def chosen_engines(
    forms: Sequence[Form], sample: Rows | None, *, threads: int = 1, numbers: Sequence[np.ndarray | None] | None = None
) -> list[Chosen]:
    """The engines that compute some forms.

    Args:
        forms: the forms.
        sample: rows to measure engines on.
        threads: how many threads engines may use for many rows.
        numbers: of each form its raw numbers of the sample's rows, where they are known.
    """
    kinds: dict[str, list[int]] = {"trees": [], "linear": [], "networks": [], "each": []}
    for number, form in enumerate(forms):
        kinds[_kind(form)].append(number)
    trees: Any = {number: forms[number] for number in kinds["trees"]}
    small = forms_for_tables(list(trees.values()))
    in_tables = [number for number, fits in zip(trees, small, strict=True) if fits]
    large = [number for number in trees if number not in set(in_tables)]
    known = [None] * len(forms) if numbers is None else numbers

    def best(candidates: Sequence[str], members: list[int]) -> Chosen:
        trial = _Trial([trees[number] for number in members], sample, [known[number] for number in members], threads)
        return Chosen(*trial.best(candidates, tuple(members)))

    def as_wide(members: list[int]) -> list[list[int]]:
        """The trees in groups whose leaves have equally many values."""
        widths = sorted({trees[number].leaves.shape[1] for number in members})
        return [[number for number in members if trees[number].leaves.shape[1] == width] for width in widths]

    groups = [
        *(best(("tables", "session"), members) for members in as_wide(in_tables)),
        *(best(("session",), members) for members in as_wide(large)),
        Chosen("linear", tuple(kinds["linear"])),
        *(Chosen("networks", tuple(members)) for members in _alike(forms, kinds["networks"])),
        Chosen("each", tuple(kinds["each"])),
    ]
    return [group for group in groups if group.members]


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


class _Trial:
    """Candidates for some forms, tried on sample rows."""

    def __init__(
        self, forms: list[Any], sample: Rows | None, numbers: Sequence[np.ndarray | None], threads: int
    ) -> None:
        self._forms, self._threads, self._numbers = forms, threads, numbers
        self._sample = sample
        self._rows = [] if sample is None else single_rows(sample, _ROWS)

    def best(self, candidates: Sequence[str], members: tuple[int, ...]) -> tuple[str, tuple[int, ...], Engine | None]:
        """The candidate that gives the right numbers and is the fastest; each form by itself if none does."""
        if not self._rows:
            return candidates[0], members, None
        chosen: tuple[str, Engine | None] = "each", None
        shortest = np.inf
        for name in candidates:
            if name == "session" and self._session_seconds > shortest:
                continue
            engine = ENGINES[name](self._forms, self._threads)
            engine.settle()
            if not np.isinf(shortest) and _measured(engine, self._rows[:_FEW], _ROUNDS) > shortest / _CLEARLY:
                continue
            if not self._is_right(engine):
                continue
            if len(candidates) == 1:
                return name, members, engine
            seconds = _measured(engine, self._rows, _ROUNDS)
            if seconds < _CLEARLY * shortest:
                chosen, shortest = (name, engine), seconds
            if shortest < _FAST:
                break
        return chosen[0], members, chosen[1]

    @property
    def _session_seconds(self) -> float:
        """What a session takes for one row at least: it is not worth opening one, which takes long, only to find that out."""
        columns = sum(len(np.unique(form.feature[form.member >= 0])) for form in self._forms)
        return _SET_COLUMN * columns + _TREE * sum(len(form.target) for form in self._forms)

    def _is_right(self, engine: Engine) -> bool:
        found = np.stack([engine.row(row) for row in self._rows])
        return bool((np.abs(found - self._expected) <= _TOLERANCE * (1.0 + np.abs(self._expected))).all())

    @functools.cached_property
    def _expected(self) -> np.ndarray:
        """The raw numbers of the rows, side by side."""
        count = len(self._rows)
        if self._sample is None or any(part is None for part in self._numbers):
            return ENGINES["each"](self._forms, 1).rows(some_rows(self._sample, 0, count))  # type: ignore[arg-type]
        return np.concatenate([part[:count] for part in self._numbers if part is not None], axis=1)


def _measured(engine: Engine, rows: Sequence[Row], rounds: int) -> float:
    """Seconds of one row: the lowest of a few medians."""
    medians = []
    for _ in range(rounds):
        times = []
        for row in rows:
            start = time.perf_counter()
            engine.row(row)
            times.append(time.perf_counter() - start)
        medians.append(float(np.median(times)))
    return min(medians)
