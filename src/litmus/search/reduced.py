"""The same pipeline with less effort: fewer boosting rounds or epochs, or fewer rows."""

from __future__ import annotations

from typing import Any

from litmus.algorithms.base import Algorithm
from litmus.algorithms.family import Family
from litmus.errors import ParameterError
from litmus.pipeline import Pipeline
from litmus.pipeline.resolve import with_parameters
from litmus.task import TaskKind

__all__ = ["reduced"]


def reduced(pipeline: Pipeline, task: TaskKind, fidelity: float) -> tuple[Pipeline, float]:
    """The pipeline at a share of the full effort, and the share of the training rows it should get.

    Where the algorithm names a parameter for its rounds (`Algorithm.rounds_parameter`: boosting rounds, epochs), that
    parameter is multiplied and all rows are used. Other algorithms get a share of the rows.

    Raises:
        ParameterError: when `fidelity` is not above 0 and at most 1.

    Example:
        >>> reduced(Pipeline("XGBoost"), "binary", 0.25)
        (Pipeline(XGBoost(n_estimators=250), name=None), 1.0)
        >>> reduced(Pipeline("DecisionTree"), "binary", 0.25)[1]
        0.25
    """
    if not 0 < fidelity <= 1:
        raise ParameterError(
            f"fidelity={fidelity!r} is not allowed; it is a share of the full effort, above 0 up to 1."
        )
    algorithm = pipeline.algorithm
    name, rounds = _rounds(algorithm, task)
    if fidelity == 1 or name is None or rounds is None:
        return pipeline, float(fidelity)
    fewer = max(1, round(rounds * fidelity))
    return pipeline.with_algorithm(with_parameters(algorithm, {name: fewer})), 1.0


def _rounds(algorithm: Any, task: TaskKind) -> tuple[str | None, int | None]:
    """The parameter that counts the algorithm's rounds, and its value."""
    if isinstance(algorithm, Family):
        algorithm = algorithm.for_task(task)
    name = algorithm.rounds_parameter if isinstance(algorithm, Algorithm) else None
    return name, None if name is None else getattr(algorithm, name)
