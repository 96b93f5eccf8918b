"""A user's function as a metric."""

from __future__ import annotations

import dataclasses
import inspect
import math
import numbers
from collections.abc import Callable, Sequence
from typing import Any, get_args

import numpy as np

from litmus.errors import MetricError, ParameterError
from litmus.metrics.base import Metric
from litmus.metrics.definition import Definition, Needs
from litmus.metrics.evaluation import RowEvaluation
from litmus.metrics.parameter import Parameter, ParameterKind
from litmus.metrics.predictions import Predictions
from litmus.metrics.registry import metric_names
from litmus.task import TaskKind, parse_task

__all__ = ["metric"]

_GIVEN = ("sample_weight", "classes")
"""Parameters that a function may declare to be told more; they are no parameters of the metric."""


def metric(
    *, maximize: bool, needs: Needs = "labels", name: str | None = None, tasks: Sequence[str] | None = None
) -> Callable[[Callable[..., Any]], Metric]:
    """Turn a function into a metric, usable wherever a metric's name is.

    The function gets `(y_true, y_pred)` and returns a number. Further parameters of the function are parameters of the
    metric, except two that are filled in when it declares them: `sample_weight` (rows,) or None, and `classes`, the
    labels in the order of the probability columns. Bootstrap intervals call it with rows drawn with replacement.

    Args:
        maximize: whether larger is better.
        needs: what `y_pred` is. "labels": the decided labels (rows,) in the user's own values; multi-label: 0/1
            (rows, labels); regression: predicted values. "probabilities": (rows, classes or labels).
            `y_true` is always labels, 0/1 or values.
        name: the metric's name; default: the function's.
        tasks: the tasks it is for; default: all of "binary", "multiclass", "multilabel" and "regression", without
            the last when it needs probabilities.

    Raises:
        ParameterError: when the function, the name or another argument cannot be used.

    Example:
        >>> @metric(maximize=False)
        ... def refund_cost(y_true, y_pred, *, refund=20.0):
        ...     return refund * ((y_true == "kept") & (y_pred == "returned")).sum()
        >>> refund_cost.with_parameters({"refund": 35.0}).label
        'refund_cost(refund=35)'
    """
    if not isinstance(maximize, bool):
        raise ParameterError(f"maximize must be True or False, not {maximize!r}.")
    if needs not in get_args(Needs):
        raise ParameterError(f"needs must be 'labels' or 'probabilities', not {needs!r}.")
    kinds = tuple(parse_task(task) for task in tasks) if tasks is not None else get_args(TaskKind)
    if needs == "probabilities":
        if tasks is not None and "regression" in kinds:
            raise ParameterError("A metric of probabilities cannot be for regression, which has no probabilities.")
        kinds = tuple(kind for kind in kinds if kind != "regression")

    def decorate(function: Callable[..., Any]) -> Metric:
        if not callable(function):
            raise ParameterError(f"@litmus.metric(…) goes above a function of (y_true, y_pred), not {function!r}.")
        own = name or str(getattr(function, "__name__", ""))
        if not own.isidentifier():
            raise ParameterError(
                f"{own!r} cannot name a metric; give one of letters and _: metric(name='refund_cost')."
            )
        if own in metric_names():
            raise ParameterError(f"{own!r} is a built-in metric; give yours another name: metric(name='my_{own}').")
        parameters, given = _parameters(own, function)
        prepare = _FunctionMetric(own, function, needs, given)
        bounds = (-float("inf"), float("inf"))
        return Metric(
            own, definition=Definition(own, kinds, needs, maximize, prepare, parameters, bounds, function=function)
        )

    return decorate


@dataclasses.dataclass(frozen=True)
class _FunctionMetric:
    """Prepares a user's function on predictions; a class, and no closure, so that it can be pickled."""

    name: str
    function: Callable[..., Any]
    needs: Needs
    given: frozenset[str]

    def __call__(self, predictions: Predictions, **parameters: Any) -> RowEvaluation:
        truth, answer = predictions.y_true, predictions.y_pred
        if predictions.task in ("binary", "multiclass"):
            labels = _label_array(predictions.classes)
            truth = labels[truth]
            answer = labels[answer] if self.needs == "labels" else answer
        if self.needs == "probabilities":
            answer = predictions.scores
        told: dict[str, Any] = {"classes": predictions.classes} if "classes" in self.given else {}
        weight = predictions.sample_weight

        def value(rows: np.ndarray | None) -> float:
            chosen = np.arange(len(truth)) if rows is None else rows  # taking rows copies: the function may change them
            if "sample_weight" in self.given:
                told["sample_weight"] = None if weight is None else weight[chosen]
            return self._call(truth[chosen], answer[chosen], {**parameters, **told})

        return RowEvaluation(value)

    def _call(self, truth: np.ndarray, answer: np.ndarray, keywords: dict[str, Any]) -> float:
        try:
            result = self.function(truth, answer, **keywords)
        except Exception as error:
            raise MetricError(f"The metric {self.name} raised {type(error).__name__}: {error}") from error
        plain = result.item() if hasattr(result, "item") and np.size(result) == 1 else result
        if isinstance(plain, bool) or not isinstance(plain, numbers.Real):
            raise MetricError(f"The metric {self.name} must return a number, not {result!r}.")
        if not math.isfinite(plain):
            raise MetricError(f"The metric {self.name} returned {float(plain)}; return a finite number.")
        return float(plain)


def _label_array(classes: tuple[object, ...]) -> np.ndarray:
    """The user's labels by code: an array of their own type, of objects when the types differ."""
    if len({type(label) for label in classes}) == 1 and isinstance(classes[0], str | bool | int | float):
        return np.asarray(classes)
    array = np.empty(len(classes), dtype=object)
    array[:] = classes
    return array


def _parameters(owner: str, function: Callable[..., Any]) -> tuple[tuple[Parameter, ...], frozenset[str]]:
    """The metric's parameters from the function's signature, and which of the filled-in ones it declares."""
    declared = list(inspect.signature(function).parameters.values())
    if any(parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD) for parameter in declared):
        raise ParameterError(f"The metric {owner} takes *args or **kwargs; name each parameter.")
    if len(declared) < 2 or any(parameter.kind == parameter.KEYWORD_ONLY for parameter in declared[:2]):
        raise ParameterError(f"The metric {owner} must take (y_true, y_pred) first.")
    given = frozenset(parameter.name for parameter in declared[2:]) & frozenset(_GIVEN)
    own = [parameter for parameter in declared[2:] if parameter.name not in given]
    for parameter in own:
        if parameter.default is parameter.empty:
            raise ParameterError(f"The parameter {parameter.name!r} of the metric {owner} needs a default value.")
    return tuple(Parameter(p.name, _kind_of(p.default), p.default) for p in own), given


def _kind_of(default: object) -> ParameterKind:
    return "number" if isinstance(default, numbers.Real) and not isinstance(default, bool) else "any"
