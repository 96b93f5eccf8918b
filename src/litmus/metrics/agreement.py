"""Metrics of decided classes: accuracy, precision, recall, F1, and agreement beyond chance."""

from __future__ import annotations

from typing import Literal

import numpy as np

from litmus.metrics.counts import AVERAGE, LABEL, Average, ClassCounts, averaged, check_average, count_cells
from litmus.metrics.definition import Definition
from litmus.metrics.evaluation import Evaluation, share_of
from litmus.metrics.parameter import Parameter
from litmus.metrics.predictions import Predictions
from litmus.metrics.weighted import divide, dot
from litmus.task import TaskKind

__all__ = ["DEFINITIONS", "f1_of", "precision_of", "recall_of"]


def accuracy(predictions: Predictions) -> Evaluation:
    """Share of rows whose predicted class is the true one."""
    return share_of(predictions.y_true == predictions.y_pred)


def balanced_accuracy(predictions: Predictions) -> Evaluation:
    """Mean recall over the classes that occur in the truth, so that rare classes count as much as frequent ones."""
    counted = count_cells(predictions)

    def values(weights: np.ndarray) -> np.ndarray:
        counts = counted.counts(weights)
        return recall_of(counts).sum(axis=1) / (counts.true > 0).sum(axis=1)

    return counted.evaluation(values)


def precision_of(counts: ClassCounts) -> np.ndarray:
    """Right among predicted; 0 where nothing was predicted."""
    return divide(counts.right, counts.predicted)


def recall_of(counts: ClassCounts) -> np.ndarray:
    """Right among true; 0 where nothing is true."""
    return divide(counts.right, counts.true)


def f1_of(counts: ClassCounts) -> np.ndarray:
    """Harmonic mean of precision and recall; 0 where nothing is predicted or true."""
    return divide(2 * counts.right, counts.predicted + counts.true)


def precision(predictions: Predictions, *, average: Average | None = None, label: object = None) -> Evaluation:
    """Share of the rows predicted as a class that are of that class; 0 when none was predicted."""
    return averaged("precision", precision_of, predictions, average, label)


def recall(predictions: Predictions, *, average: Average | None = None, label: object = None) -> Evaluation:
    """Share of the rows of a class that were predicted as that class; 0 when there are none."""
    return averaged("recall", recall_of, predictions, average, label)


def f1(predictions: Predictions, *, average: Average | None = None, label: object = None) -> Evaluation:
    """Harmonic mean of precision and recall."""
    return averaged("f1", f1_of, predictions, average, label)


def mcc(predictions: Predictions) -> Evaluation:
    """Matthews correlation between true and predicted classes: 1 perfect, 0 no better than chance.

    It is 0 when only one class is true or only one is predicted. Several classes: Gorodkin (2004), doi
    10.1016/j.compbiolchem.2004.09.006.
    """
    counted = count_cells(predictions)

    def values(weights: np.ndarray) -> np.ndarray:
        counts = counted.counts(weights)
        total = weights.sum(axis=1)
        right, true, predicted = (
            counts.right.sum(axis=1),
            counts.true / total[:, None],
            counts.predicted / total[:, None],
        )
        covariance = right / total - (true * predicted).sum(axis=1)
        spread = (1 - (true**2).sum(axis=1)) * (1 - (predicted**2).sum(axis=1))
        constant = (counts.true > 0).sum(axis=1).clip(max=2) + (counts.predicted > 0).sum(axis=1).clip(max=2) < 4
        return np.where(constant, 0.0, divide(covariance, np.sqrt(np.maximum(spread, 0.0))))

    return counted.evaluation(values)


def kappa(predictions: Predictions, *, weights: Literal["none", "linear", "quadratic"] = "none") -> Evaluation:
    """Cohen's kappa: agreement of true and predicted classes beyond what their frequencies give by chance.

    With linear or quadratic weights a disagreement costs the distance of the two classes, or its square, in the order
    of the classes, which suits grades and sizes.
    """
    counted = count_cells(predictions)
    distance = np.abs(counted.true - counted.predicted).astype(np.float64)
    cost = {"none": (distance > 0).astype(np.float64), "linear": distance, "quadratic": distance**2}[weights]

    def values(cell_weights: np.ndarray) -> np.ndarray:
        counts, total = counted.counts(cell_weights), cell_weights.sum(axis=1)
        chance = _cost_by_chance(counts.true / total[:, None], counts.predicted / total[:, None], weights)
        return 1.0 - divide(dot(cell_weights, cost) / total, chance, otherwise=np.nan)

    return counted.evaluation(values, "the truth and the predictions hold the same single class.")


def _cost_by_chance(true: np.ndarray, predicted: np.ndarray, weights: str) -> np.ndarray:
    """Mean cost (resamples,) of independent true and predicted classes with these shares (resamples, classes)."""
    if weights == "none":
        return 1.0 - (true * predicted).sum(axis=1)
    if weights == "linear":  # a distance of d crosses d borders between neighbouring classes
        below, predicted_below = np.cumsum(true, axis=1), np.cumsum(predicted, axis=1)
        return (below * (1 - predicted_below) + predicted_below * (1 - below))[:, :-1].sum(axis=1)
    codes = np.arange(true.shape[1], dtype=np.float64)
    squares = dot(true, codes**2) + dot(predicted, codes**2)
    return squares - 2 * dot(true, codes) * dot(predicted, codes)


_CLASSES: tuple[TaskKind, ...] = ("binary", "multiclass")
_ALL_CLASSES: tuple[TaskKind, ...] = ("binary", "multiclass", "multilabel")
_KAPPA_WEIGHTS = Parameter(
    "weights", "choice", "none", choices=("none", "linear", "quadratic"), help="what a disagreement costs"
)

DEFINITIONS = (
    Definition("accuracy", _CLASSES, "labels", True, accuracy),
    Definition("balanced_accuracy", _CLASSES, "labels", True, balanced_accuracy),
    Definition("precision", _ALL_CLASSES, "labels", True, precision, (AVERAGE, LABEL), check=check_average),
    Definition("recall", _ALL_CLASSES, "labels", True, recall, (AVERAGE, LABEL), check=check_average),
    Definition("f1", _ALL_CLASSES, "labels", True, f1, (AVERAGE, LABEL), check=check_average),
    Definition("mcc", _CLASSES, "labels", True, mcc, bounds=(-1.0, 1.0)),
    Definition("kappa", _CLASSES, "labels", True, kappa, (_KAPPA_WEIGHTS,), bounds=(-1.0, 1.0)),
)
