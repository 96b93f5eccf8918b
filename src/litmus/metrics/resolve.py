"""From what a user gives to a metric, and the metrics of a task when nothing is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litmus.errors import ParameterError
from litmus.metrics.base import Metric
from litmus.task import TaskKind

__all__ = ["default_metrics", "resolve_metric"]

_DEFAULTS: dict[TaskKind, tuple[str, ...]] = {
    # The first one is what is optimised. ROC AUC: it needs no threshold and is not fooled by rare positives, where
    # accuracy rewards a model that always says "no".
    "binary": ("roc_auc", "accuracy", "f1", "log_loss"),
    # Accuracy: what people ask of several classes, and defined on every fold; log loss and balanced accuracy beside it
    # show bad probabilities and forgotten rare classes.
    "multiclass": ("accuracy", "log_loss", "balanced_accuracy", "f1"),
    # F1 of each label, averaged: the Hamming loss of rare labels is low for a model that never predicts any.
    "multilabel": ("f1", "subset_accuracy", "hamming_loss", "label_ranking_average_precision"),
    # RMSE: the loss that regressors minimise, in the target's unit.
    "regression": ("rmse", "mae", "r2"),
}


def default_metrics(task: TaskKind) -> tuple[Metric, ...]:
    """The metrics of a task when none are given; the first is the default objective.

    Example:
        >>> [metric.label for metric in default_metrics("regression")]
        ['rmse', 'mae', 'r2']
    """
    return tuple(Metric(name) for name in _DEFAULTS[task])


def resolve_metric(metric: str | Metric | Callable[..., Any]) -> Metric:
    """The metric that a user gave as a name, a `Metric` or a decorated function.

    Raises:
        UnknownNameError: when a string names no built-in metric.
        ParameterError: when it is something else, such as a function that does not say whether larger is better.

    Example:
        >>> resolve_metric("f1(average=macro)")
        Metric('f1', {'average': 'macro'})
    """
    if isinstance(metric, Metric):
        return metric
    if isinstance(metric, str):
        return Metric(metric)
    if callable(metric):
        name = getattr(metric, "__name__", "the function")
        raise ParameterError(
            f"{name} is a plain function, which does not say whether larger is better; "
            "write @litmus.metric(needs='labels', maximize=True) above it (or maximize=False)."
        )
    raise ParameterError(
        f"A metric must be a name such as 'accuracy', a Metric or a function decorated with @litmus.metric, not {metric!r}."
    )
