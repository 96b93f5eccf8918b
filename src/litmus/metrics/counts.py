"""How often each class was right, predicted and true, for many resamples at once, and averages over classes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from litmus.errors import ParameterError
from litmus.metrics.classes import class_position, positive_position
from litmus.metrics.evaluation import Evaluation, mean_of
from litmus.metrics.parameter import Parameter
from litmus.metrics.predictions import Predictions
from litmus.metrics.weighted import divide, sum_by_group
from litmus.task import TaskKind

__all__ = ["AVERAGE", "LABEL", "Average", "ClassCounts", "CountedCells", "averaged", "check_average", "count_cells"]

Average = Literal["binary", "macro", "micro", "weighted", "samples"]

AVERAGE = Parameter(
    "average",
    "choice",
    choices=("binary", "macro", "micro", "weighted", "samples"),
    help="how classes are averaged; default: binary (the positive class alone) on binary tasks, macro otherwise",
)
LABEL = Parameter("label", "class", help="score this class alone, against all others")


@dataclasses.dataclass(frozen=True)
class ClassCounts:
    """Total weights (resamples, classes) of rows of the class that were predicted so, predicted rows, and true rows."""

    right: np.ndarray
    predicted: np.ndarray
    true: np.ndarray


Formula = Callable[[ClassCounts], np.ndarray]
"""A score from counts, elementwise: 0 where it would divide by zero."""


@dataclasses.dataclass(frozen=True)
class CountedCells:
    """The cells of the confusion matrix that occur: the cell of each row, and the true and predicted code of each cell."""

    cells: np.ndarray
    true: np.ndarray
    predicted: np.ndarray
    n_classes: int

    def counts(self, weights: np.ndarray) -> ClassCounts:
        """Counts by class from weights of cells (resamples, cells)."""
        right = weights * (self.true == self.predicted)
        return ClassCounts(
            right=sum_by_group(right, self.true, self.n_classes),
            predicted=sum_by_group(weights, self.predicted, self.n_classes),
            true=sum_by_group(weights, self.true, self.n_classes),
        )

    def evaluation(self, values: Callable[[np.ndarray], np.ndarray], undefined: str = "no row counts.") -> Evaluation:
        """An evaluation whose units are these cells."""
        return Evaluation(values, undefined, cells=self.cells, n_cells=len(self.true))


def count_cells(predictions: Predictions) -> CountedCells:
    """The occurring cells of the confusion matrix of a binary or multi-class task."""
    n_classes = len(predictions.classes)
    flat = predictions.y_true.astype(np.int64) * n_classes + predictions.y_pred
    used, cells = np.unique(flat, return_inverse=True)
    return CountedCells(cells, used // n_classes, used % n_classes, n_classes)


def check_average(
    task: TaskKind, classes: Sequence[object], *, owner: str, average: Average | None = None, label: object = None
) -> None:
    """Raise ParameterError when average and label do not fit the task or each other."""
    if label is not None:
        class_position(owner, classes, label)
        if average not in (None, "binary"):
            raise ParameterError(
                f"{owner}: label={label!r} scores one class, average={average!r} all of them; give one of the two."
            )
    elif average == "binary" and task != "binary":
        raise ParameterError(
            f"{owner}: average='binary' is for binary tasks; for {task} tasks use macro, micro or weighted, "
            f"or name one class: Metric('{owner}', {{'label': {str(classes[0]) if classes else '…'!r}}})."
        )
    elif average == "samples" and task != "multilabel":
        raise ParameterError(f"{owner}: average='samples' is for multilabel tasks; use macro, micro or weighted.")


def averaged(
    owner: str, formula: Formula, predictions: Predictions, average: Average | None, label: object
) -> Evaluation:
    """The formula for one class, or averaged over classes.

    macro: the mean over the classes that occur in the truth or the predictions; micro: the formula of the summed
    counts; weighted: the mean weighted by how often each class is true; samples: the formula for each row's set of
    labels, then the mean over rows.
    """
    if average == "samples":
        return mean_of(_of_each_row(formula, predictions))
    one_class = label is not None or (predictions.task == "binary" and average in (None, "binary"))
    position = positive_position(owner, predictions.classes, label) if one_class else None

    def value(counts: ClassCounts) -> np.ndarray:
        return formula(counts)[:, position] if position is not None else _average(formula, counts, average or "macro")

    undefined = "no class occurs in the truth or the predictions."
    if predictions.task == "multilabel":
        true, predicted = predictions.y_true.astype(np.float64), predictions.y_pred.astype(np.float64)
        right = true * predicted
        return Evaluation(
            lambda weights: value(ClassCounts(weights @ right, weights @ predicted, weights @ true)), undefined
        )
    counted = count_cells(predictions)
    return counted.evaluation(lambda weights: value(counted.counts(weights)), undefined)


def _average(formula: Formula, counts: ClassCounts, average: Average) -> np.ndarray:
    if average == "micro":
        summed = [part.sum(axis=1, keepdims=True) for part in (counts.right, counts.predicted, counts.true)]
        return formula(ClassCounts(*summed))[:, 0]
    share = counts.true if average == "weighted" else ((counts.predicted + counts.true) > 0).astype(np.float64)
    return divide((formula(counts) * share).sum(axis=1), share.sum(axis=1), otherwise=np.nan)


def _of_each_row(formula: Formula, predictions: Predictions) -> np.ndarray:
    true, predicted = predictions.y_true.astype(bool), predictions.y_pred.astype(bool)
    parts = [part.sum(axis=1, dtype=np.float64) for part in (true & predicted, predicted, true)]
    return formula(ClassCounts(*parts))
