"""What a metric is: its facts and the functions that compute it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, Literal

from litmus.metrics.evaluation import Evaluation, RowEvaluation
from litmus.metrics.parameter import Parameter
from litmus.task import TaskKind

__all__ = ["Definition", "Needs"]

Needs = Literal["labels", "probabilities"]


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
