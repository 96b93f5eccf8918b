"""Making forms smaller and faster where it costs no more than a stated loss of score on held-out rows."""

from __future__ import annotations

import dataclasses
import math
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from litmus.predictors.combine import Predictor, combined
from litmus.predictors.engine import Rows
from litmus.predictors.form import Form
from litmus.predictors.labels import Labels
from litmus.predictors.network import Network, Precision
from litmus.predictors.sampling import single_rows
from litmus.predictors.tree_cutting import first_trees
from litmus.predictors.trees import Trees

__all__ = ["Optimisation", "Sides", "fewer_trees", "lower_precision", "optimised"]

Parts = Sequence[tuple[Form, float]]

_TIMED_ROWS, _TIMED_ROUNDS = 50, 3


@dataclasses.dataclass(frozen=True)
class Sides:
    """A number before and after an optimisation."""

    before: float
    after: float


@dataclasses.dataclass(frozen=True)
class Optimisation:
    """What one optimisation did.

    Attributes:
        name: what was tried, in words.
        kept: whether the score stayed within the tolerance and something was gained.
        size: bytes on disk.
        latency_us: median microseconds of one row, here.
        score: on the held-out rows; larger is better.
        tolerance: by how much the score may fall.
    """

    name: str
    kept: bool
    size: Sides
    latency_us: Sides
    score: Sides
    tolerance: float

    def __str__(self) -> str:
        verdict = "kept" if self.kept else "refused"
        return (
            f"{self.name}: {verdict}; {self.size.before / 1e6:.2f} → {self.size.after / 1e6:.2f} MB, "
            f"{self.latency_us.before:.0f} → {self.latency_us.after:.0f} µs a row, "
            f"score {self.score.before:.5f} → {self.score.after:.5f} (may fall by {self.tolerance:g})"
        )


def optimised(
    parts: Parts,
    changed: Parts,
    name: str,
    *,
    rows: Rows,
    score: Callable[[np.ndarray], float],
    tolerance: float,
) -> tuple[Parts, Optimisation]:
    """The changed parts where they are good enough, else the parts as they were; and what was measured.

    Args:
        parts: forms on shared features and their weights, as `combined` takes them.
        changed: the parts after an optimisation, such as `fewer_trees(parts, 0.5)`.
        name: of the optimisation, in words.
        rows: features of held-out rows.
        score: of scores of those rows (rows, outputs) or (rows,); larger is better.
        tolerance: by how much the score may fall.

    Example:
        >>> from litmus.predictors.constant import Constant
        >>> parts = [(Constant.of(np.array([0.5, 0.5])), 1.0)]
        >>> class Given:
        ...     dense, sparse = np.zeros((4, 1), dtype=np.float32), ()
        >>> same, report = optimised(parts, parts, "nothing", rows=Given(), score=lambda scores: 1.0, tolerance=0.0)
        >>> report.kept
        False
    """
    before, after = combined(parts, rows), combined(changed, rows)
    scores = Sides(score(before.rows(rows)), score(after.rows(rows)))
    sizes = Sides(_saved_size(before), _saved_size(after))
    times = Sides(_one_row_us(before, rows), _one_row_us(after, rows))
    close = math.isfinite(scores.after) and scores.after >= scores.before - tolerance
    kept = close and sizes.after < sizes.before
    return changed if kept else parts, Optimisation(name, kept, sizes, times, scores, tolerance)


def lower_precision(parts: Parts, precision: Precision) -> Parts:
    """The parts with the weights of networks in fewer bits: "float16", or "int8" with a scale for each neuron."""
    return _each(parts, lambda form: form.rounded(precision) if isinstance(form, Network) else form)


def fewer_trees(parts: Parts, share: float) -> Parts:
    """The parts with the first `share` of each form's trees: fewer trees of a forest, fewer rounds of boosting."""
    return _each(parts, lambda form: first_trees(form, share) if isinstance(form, Trees) else form)


def _each(parts: Parts, change: Callable[[Any], Form]) -> Parts:
    def changed(form: Form) -> Form:
        return Labels(tuple(map(changed, form.forms))) if isinstance(form, Labels) else change(form)

    return [(changed(form), weight) for form, weight in parts]


def _saved_size(predictor: Predictor) -> float:
    with tempfile.TemporaryDirectory() as folder:
        predictor.save(Path(folder))
        return float(sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()))


def _one_row_us(predictor: Predictor, rows: Rows) -> float:
    """The lowest of a few medians: what else the machine does only adds to it."""
    predictor.settle()
    given = single_rows(rows, _TIMED_ROWS)
    medians = []
    for _ in range(_TIMED_ROUNDS):
        times = []
        for row in given:
            start = time.perf_counter()
            predictor.row(row)
            times.append(time.perf_counter() - start)
        medians.append(float(np.median(times)) if times else math.nan)
    return min(medians) * 1e6
