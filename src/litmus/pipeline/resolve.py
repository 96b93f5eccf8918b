"""From what a user may write for an algorithm or a step to the object itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litmus.algorithms.base import Algorithm, Classifier, Regressor
from litmus.algorithms.family import Family
from litmus.component import Component, Range, check_ranges
from litmus.errors import ParameterError
from litmus.steps.base import Resampler, Step
from litmus.task import TaskKind, is_classification

__all__ = [
    "AlgorithmLike",
    "StepLike",
    "algorithm_label",
    "check_algorithm",
    "resolve_algorithm",
    "resolve_step",
    "search_algorithm",
    "with_parameters",
]

AlgorithmLike = Any
"""A built-in's name, a family such as `XGBoost()`, an `Algorithm` object or class, or a scikit-learn estimator."""

StepLike = Any
"""A `Step`, `Encoder`, `Resampler` or `ClassWeights` object, or a plain function from table to table."""


def check_algorithm(algorithm: AlgorithmLike) -> AlgorithmLike:
    """What stands for an algorithm, with names looked up and classes instantiated, before the task is known.

    Raises:
        UnknownNameError: when a string names no built-in.
        ParameterError: when the object is no algorithm.
    """
    if isinstance(algorithm, str):
        from litmus.algorithms.registry import family

        found = family(algorithm)
        return found() if isinstance(found, type) else found
    if isinstance(algorithm, type) and issubclass(algorithm, Family | Algorithm):
        return algorithm()
    if isinstance(algorithm, Family | Algorithm) or _is_estimator(algorithm):
        return algorithm
    raise ParameterError(
        f"{algorithm!r} is no algorithm. Give a name such as 'XGBoost', an object such as litmus.XGBoost(), "
        "your own litmus.Classifier or litmus.Regressor, or a scikit-learn estimator."
    )


def resolve_algorithm(algorithm: AlgorithmLike, task: TaskKind) -> Algorithm:
    """A fresh, unfitted algorithm for this task.

    Raises:
        ParameterError: when the algorithm is for another kind of task.
    """
    algorithm = check_algorithm(algorithm)
    if isinstance(algorithm, Family):
        resolved = algorithm.for_task(task)
    elif isinstance(algorithm, Algorithm):
        resolved = algorithm.clone()
    else:
        from litmus.algorithms.sklearn_wrapper import wrap_estimator

        resolved = wrap_estimator(algorithm, task)
    wanted = Classifier if is_classification(task) else Regressor
    if not isinstance(resolved, wanted):
        raise ParameterError(
            f"{type(resolved).__name__} is a {'regressor' if wanted is Classifier else 'classifier'}, "
            f"and the task is {task}; a litmus.{wanted.__name__} is needed."
        )
    if task == "multilabel":
        from litmus.algorithms.multilabel import PerLabel

        return resolved if isinstance(resolved, PerLabel) else PerLabel(resolved)
    return resolved


def resolve_step(step: StepLike) -> Any:
    """The step object for what a user wrote; a plain function becomes a `FunctionStep`.

    Raises:
        ParameterError: when it is neither a step nor a function.
    """
    if isinstance(step, type) and issubclass(step, Component):
        return step()
    if isinstance(step, Step | Resampler) or hasattr(step, "weights"):
        return step
    if callable(step):
        from litmus.steps.function import FunctionStep

        return FunctionStep(step)
    raise ParameterError(
        f"{step!r} is no step. Give a litmus.Step object or a function that takes and returns a table."
    )


def algorithm_label(algorithm: AlgorithmLike) -> tuple[str, dict[str, Any]]:
    """The algorithm's name and the parameters that differ from its defaults, for the leaderboard."""
    if isinstance(algorithm, Family):
        return type(algorithm).__name__, dict(algorithm.values)
    if isinstance(algorithm, Algorithm):
        defaults = {name: field.default for name, field in algorithm.parameters().items()}
        return type(algorithm).__name__, {
            k: v for k, v in algorithm.settings().items() if v is not defaults.get(k) and v != defaults.get(k)
        }
    if _is_estimator(algorithm):
        text = repr(algorithm)
        return type(algorithm).__name__, {} if text.endswith("()") else {"estimator": " ".join(text.split())[:200]}
    return str(algorithm), {}


def search_algorithm(
    algorithm: AlgorithmLike, ranges: Mapping[str, Any], known: Mapping[str, Range]
) -> tuple[AlgorithmLike, dict[str, Range]]:
    """An algorithm that carries ranges; those of a scikit-learn estimator, which cannot carry them, come beside it.

    Args:
        algorithm: as `check_algorithm` gives it.
        ranges: parameter → what is tried, None, or a value.
        known: the ranges that an estimator has already.

    Raises:
        ParameterError: when a name is no parameter, or a range holds values that are not allowed.
    """
    if isinstance(algorithm, Family | Algorithm):
        return (algorithm.search(**ranges) if ranges else algorithm), {}
    check_ranges(type(algorithm).__name__, ranges, algorithm.get_params(deep=True))
    fixed = {name: value for name, value in ranges.items() if value is not None and not isinstance(value, Range)}
    merged = {**known, **ranges}
    return with_parameters(algorithm, fixed), {name: kept for name, kept in merged.items() if isinstance(kept, Range)}


def with_parameters(algorithm: AlgorithmLike, values: Mapping[str, Any]) -> AlgorithmLike:
    """A copy of an algorithm, a family or a scikit-learn estimator with other parameters."""
    if isinstance(algorithm, Family | Algorithm):
        return algorithm.hyperparams(**values)
    if not values:
        return algorithm
    from sklearn.base import clone

    return clone(algorithm).set_params(**values)


def _is_estimator(value: Any) -> bool:
    return not isinstance(value, type) and hasattr(value, "fit") and hasattr(value, "get_params")
