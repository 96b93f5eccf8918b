"""Putting fitted algorithms together: one predictor for all folds and members of a model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from litmus.predictors.choosing import Chosen, chosen_engines
from litmus.predictors.engine import Engine, Row, Rows, answer_of
from litmus.predictors.engines import ENGINES
from litmus.predictors.form import Form
from litmus.predictors.labels import Labels
from litmus.predictors.mixing import Mix
from litmus.predictors.sampling import some_rows
from litmus.predictors.saved_forms import load_form
from litmus.predictors.stored import damaged

__all__ = ["Predictor", "combined", "load_predictor"]

_FILE = "predictor.json"
_CHUNK = 32_768  # rows that are computed together


class Predictor:
    """The weighted sum of the scores of some forms; made by `combined`, read by `load_predictor`.

    Safe to call from several threads at once.

    Attributes:
        outputs: columns of the scores; 0 for regression.
        threads: how many threads `rows` may use.
    """

    def __init__(self, parts: Sequence[tuple[Form, float]], groups: Sequence[Chosen], threads: int) -> None:
        self._parts, self._groups = tuple(parts), tuple((group.name, group.members) for group in groups)
        self.outputs, self.threads = parts[0][0].outputs, threads
        self._leaves = _flattened(parts)
        self._engines: list[Engine] = []
        voices = []
        for group in groups:
            members = group.members
            forms: Any = [self._leaves[number][0] for number in members]
            self._engines.append(group.engine or ENGINES[group.name](forms, threads))
            voices += [(answer_of(self._leaves[number][0]), self._leaves[number][1]) for number in members]
        self._mix = Mix(voices, max(self.outputs, 1))

    def row(self, row: Row) -> np.ndarray:
        """The scores of one row, float64 (outputs,), or (1,) for regression."""
        engines = self._engines
        raw = engines[0].row(row) if len(engines) == 1 else np.concatenate([engine.row(row) for engine in engines])
        return self._mix.scores(raw)

    def rows(self, rows: Rows) -> np.ndarray:
        """The scores of rows, float64 (rows, outputs), or (rows,) for regression; memory beside them is bounded."""
        count = len(rows.dense)
        scores = np.empty((count, max(self.outputs, 1)))
        for low in range(0, count, _CHUNK):
            part = rows if count <= _CHUNK else some_rows(rows, low, low + _CHUNK)
            raw = np.concatenate([engine.rows(part) for engine in self._engines], axis=1)
            scores[low : low + _CHUNK] = self._mix.scores(raw)
        return scores if self.outputs else scores[:, 0]

    def settle(self) -> None:
        """Wait until what was started in the background, to be faster, is done; answers are right before that too."""
        for engine in self._engines:
            engine.settle()

    @property
    def parts(self) -> list[str]:
        """What each group of forms became, for people."""
        return [engine.said for engine in self._engines]

    @property
    def n_bytes(self) -> int:
        """Memory that the tables and sessions take, about."""
        return sum(engine.n_bytes for engine in self._engines)

    def save(self, folder: Path) -> None:
        """Write the predictor into `folder`, which exists and is empty."""
        facts = {"weights": [weight for _, weight in self._parts], "engines": [[n, list(m)] for n, m in self._groups]}
        (folder / _FILE).write_text(json.dumps(facts, indent=1), encoding="utf-8")
        for number, (form, _) in enumerate(self._parts):
            inner = folder / f"form-{number:03d}"
            inner.mkdir()
            form.save(inner)

    @classmethod
    def load(cls, folder: Path, *, threads: int = 1) -> Self:
        """Read what `save` wrote; see `load_predictor`."""
        try:
            facts = json.loads((folder / _FILE).read_text(encoding="utf-8"))
            weights = [float(weight) for weight in facts["weights"]]
            groups = [(str(name), [int(number) for number in members]) for name, members in facts["engines"]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise damaged(f"{_FILE}: {error}") from error
        if not weights or not np.isfinite(weights).all() or any(name not in ENGINES for name, _ in groups):
            raise damaged(f"{_FILE} does not say what the predictor is made of")
        forms = [load_form(folder / f"form-{number:03d}") for number in range(len(weights))]
        parts = list(zip(forms, weights, strict=True))
        if len({form.outputs for form in forms}) > 1:
            raise damaged("the forms of the predictor have different outputs")
        leaves = [form for form, _ in _flattened(parts)]
        members = [number for _, numbers in groups for number in numbers]
        if sorted(members) != list(range(len(leaves))):
            raise damaged(f"{_FILE} does not name each form once")
        if not all(ENGINES[name].takes([leaves[number] for number in numbers]) for name, numbers in groups):
            raise damaged(f"{_FILE} names an engine for forms that it does not take")
        return cls(parts, [Chosen(name, tuple(numbers)) for name, numbers in groups], threads)


def _flattened(parts: Sequence[tuple[Form, float]]) -> list[tuple[Form, np.ndarray]]:
    """The forms that are no composites, each with how much its scores add to each output (outputs, scores)."""
    outputs = max(parts[0][0].outputs, 1)
    leaves: list[tuple[Form, np.ndarray]] = []
    for form, weight in parts:
        if isinstance(form, Labels):
            for number, inner in enumerate(form.forms):
                share = np.zeros((outputs, 2))
                share[number, 1] = weight
                leaves.append((inner, share))
        else:
            leaves.append((form, weight * np.eye(outputs)))
    return leaves


def combined(
    parts: Sequence[tuple[Form, float]],
    sample: Rows | None = None,
    *,
    threads: int = 1,
    numbers: Sequence[np.ndarray | None] | None = None,
) -> Predictor:
    """One predictor for the weighted sum of some forms, computed by the engines that are fastest here for one row.

    Args:
        parts: forms on shared features (see `Form.moved`) and their weights.
        sample: some rows to measure engines on that give the same scores; None takes the first engine that fits.
        threads: how many threads `Predictor.rows` may use.
        numbers: of each part the raw numbers of the sample's rows, where they are known already; engines have to give them.

    Raises:
        ValueError: when there are no parts, or parts of different outputs.
    """
    if not parts or len({form.outputs for form, _ in parts}) > 1:
        raise ValueError("a predictor needs at least one form, and all of the same outputs")
    known: list[np.ndarray | None] = []
    for number, (form, _) in enumerate(parts):
        count = len(form.forms) if isinstance(form, Labels) else 1
        known += [None if numbers is None or isinstance(form, Labels) else numbers[number]] * count
    groups = chosen_engines([form for form, _ in _flattened(parts)], sample, threads=threads, numbers=known)
    return Predictor(parts, groups, threads)


def load_predictor(folder: Path, *, threads: int = 1) -> Predictor:
    """The predictor that `Predictor.save` wrote.

    Raises:
        BundleError: when a file is absent or damaged; every index is checked before it is used.
    """
    return Predictor.load(folder, threads=threads)
