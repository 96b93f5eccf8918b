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

_BOLDEST = 0.3  # shrinkage; beyond, trees correct each other's mistakes
_LEAST_PATIENCE = 5  # rounds


def reduced(pipeline: Pipeline, task: TaskKind, fidelity: float) -> tuple[Pipeline, float]:
    """The pipeline at a share of the full effort, and the share of the training rows it should get.

    Where the algorithm names a parameter for its rounds (`Algorithm.rounds_parameter`: boosting rounds, epochs), that
    parameter is multiplied and all rows are used. Where rounds may also count more (`Algorithm.shrinkage_parameter`:
    boosting), they do, up to 0.3, and the patience of early stopping shrinks with them: otherwise a cautious configuration
    would only look bad for having been cut off, and one that stops early by itself would cost as much as ever. Other
    algorithms get a share of the rows.

    Raises:
        ParameterError: when `fidelity` is not above 0 and at most 1.

    Example:
        >>> reduced(Pipeline("XGBoost"), "binary", 0.25)
        (Pipeline(XGBoost(n_estimators=250, learning_rate=0.2, early_stopping_rounds=12), name=None), 1.0)
        >>> reduced(Pipeline("DecisionTree"), "binary", 0.25)[1]
        0.25
    """
    if not 0 < fidelity <= 1:
        raise ParameterError(
            f"fidelity={fidelity!r} is not allowed; it is a share of the full effort, above 0 up to 1."
        )
    algorithm = pipeline.algorithm
    resolved = algorithm.for_task(task) if isinstance(algorithm, Family) else algorithm
    name = resolved.rounds_parameter if isinstance(resolved, Algorithm) else None
    if fidelity == 1 or name is None or getattr(resolved, name) is None:
        return pipeline, float(fidelity)
    fewer = {name: max(1, round(getattr(resolved, name) * fidelity)), **_bolder(resolved, fidelity)}
    return pipeline.with_algorithm(with_parameters(algorithm, fewer)), 1.0


def _bolder(algorithm: Algorithm, fidelity: float) -> dict[str, Any]:
    """What makes each of fewer rounds count more, and early stopping less patient."""
    name = algorithm.shrinkage_parameter
    if name is None:
        return {}
    shrinkage, patience = getattr(algorithm, name), getattr(algorithm, "early_stopping_rounds", 0)
    changed = {name: min(shrinkage / fidelity, max(shrinkage, _BOLDEST))}
    return (
        {**changed, "early_stopping_rounds": max(_LEAST_PATIENCE, round(patience * fidelity))} if patience else changed
    )
