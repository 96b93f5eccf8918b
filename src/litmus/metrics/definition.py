"""What a metric is made of: its facts, and how its value follows from the weights of the rows.

Every built-in metric is written once, as a function of row weights. The score is its value at the sample weights; a
bootstrap resample is its value at those weights multiplied by how often each row was drawn, and many resamples are one
matrix of weights.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from litmus.metrics.parameter import Parameter
from litmus.task import TaskKind

__all__ = ["Definition", "Evaluation", "Needs", "RowEvaluation"]

Needs = Literal["labels", "probabilities"]


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """A metric prepared on some predictions.

    Attributes:
        values: weights (resamples, units) → values (resamples,), NaN where the metric is undefined. A unit is a row,
            or a cell where `cells` is given.
        undefined: why the value can be NaN, to follow "… is undefined: ".
        cells: the cell of each row (rows,), where the metric only needs the total weight in each of a few cells.
        n_cells: how many cells there are.
        passes: how many times `values` goes over the rows, for dividing the work of a bootstrap.
    """

    values: Callable[[np.ndarray], np.ndarray]
    undefined: str = "it would divide by zero on these rows."
    cells: np.ndarray | None = None
    n_cells: int = 0
    passes: int = 1

    def score(self, weight: np.ndarray) -> float:
        """The value at these row weights (rows,), or NaN."""
        units = weight if self.cells is None else np.bincount(self.cells, weights=weight, minlength=self.n_cells)
        return float(self.values(units[np.newaxis])[0])


@dataclasses.dataclass(frozen=True)
class RowEvaluation:
    """A user's metric prepared on some predictions: it can only be called with rows, not with weights.

    Attributes:
        value: row positions (any number), or None for all rows → the value; raises MetricError where undefined.
        undefined: as in `Evaluation`.
    """

    value: Callable[[np.ndarray | None], float]
    undefined: str = "the function gave no number."

    def score(self, weight: np.ndarray) -> float:  # noqa: ARG002 (the same call as Evaluation.score)
        """The value on all rows; weights reach the function by its own `sample_weight` parameter."""
        return self.value(None)


@dataclasses.dataclass(frozen=True)
class Definition:
    """The facts of a metric.

    Attributes:
        name: what strings name it by.
        tasks: the tasks it is for.
        needs: "labels" (the decided labels or values) or "probabilities".
        maximize: whether larger is better.
        prepare: (predictions, **parameters) → `Evaluation` or `RowEvaluation`; its docstring defines the metric.
        parameters: what it can be told.
        bounds: the smallest and largest possible value.
        check: (task, classes, **parameters) → None, raising ParameterError for parameters that do not fit together.
        choose: (predictions, **parameters) → threshold, for metrics that choose one.
        prepare_at: (predictions, threshold, **parameters) → `Evaluation` at a threshold that was chosen elsewhere.
        function: the user's function, for custom metrics.
    """

    name: str
    tasks: tuple[TaskKind, ...]
    needs: Needs
    maximize: bool
    prepare: Callable[..., Evaluation | RowEvaluation]
    parameters: tuple[Parameter, ...] = ()
    bounds: tuple[float, float] = (0.0, 1.0)
    check: Callable[..., None] | None = None
    choose: Callable[..., float] | None = None
    prepare_at: Callable[..., Evaluation] | None = None
    function: Callable[..., Any] | None = None

    @property
    def summary(self) -> str:
        """What the metric measures, in one sentence."""
        text = (self.function or self.prepare).__doc__ or ""
        return " ".join(text.strip().split("\n\n")[0].split())
