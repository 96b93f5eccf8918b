"""Metrics of sets of labels, beside precision, recall and F1, which take several kinds of task."""

from __future__ import annotations

import numpy as np

from litmus.metrics.counts import AVERAGE, LABEL, Average, ClassCounts, averaged, check_average
from litmus.metrics.definition import Definition
from litmus.metrics.evaluation import Evaluation, mean_of, share_of
from litmus.metrics.parameter import Parameter
from litmus.metrics.predictions import Predictions
from litmus.metrics.weighted import divide, dot
from litmus.task import TaskKind

__all__ = ["DEFINITIONS"]


def subset_accuracy(predictions: Predictions) -> Evaluation:
    """Share of rows whose predicted set of labels is exactly the true one."""
    return share_of((predictions.y_true == predictions.y_pred).all(axis=1))


def hamming_loss(predictions: Predictions) -> Evaluation:
    """Share of wrong answers over all rows and labels."""
    n_labels = predictions.y_true.shape[1]
    wrong = (predictions.y_true != predictions.y_pred).sum(axis=1)
    shares = np.arange(n_labels + 1) / n_labels
    return Evaluation(
        lambda weights: dot(weights, shares) / weights.sum(axis=1), cells=wrong.astype(np.int64), n_cells=n_labels + 1
    )


def jaccard(predictions: Predictions, *, average: Average = "samples", label: object = None) -> Evaluation:
    """Size of the intersection of true and predicted sets of labels over the size of their union."""
    return averaged("jaccard", _jaccard_of, predictions, average if label is None else None, label)


def _jaccard_of(counts: ClassCounts) -> np.ndarray:
    return divide(counts.right, counts.predicted + counts.true - counts.right)


def label_ranking_average_precision(predictions: Predictions) -> Evaluation:
    """Mean over rows and their true labels of the share of true labels among those ranked at least as high.

    A row with no true label, or with all, counts 1.
    """
    scores, truth = predictions.scores, predictions.y_true == 1
    summed = np.zeros(len(scores))
    for column in range(scores.shape[1]):
        at_least = scores >= scores[:, column : column + 1]
        share = (at_least & truth).sum(axis=1) / at_least.sum(axis=1)
        summed += np.where(truth[:, column], share, 0.0)
    n_true = truth.sum(axis=1)
    trivial = (n_true == 0) | (n_true == scores.shape[1])
    return mean_of(np.where(trivial, 1.0, summed / np.maximum(n_true, 1)))


_TASKS: tuple[TaskKind, ...] = ("multilabel",)
_BY_SAMPLES = Parameter("average", "choice", "samples", choices=AVERAGE.choices[1:], help="how labels are averaged")

DEFINITIONS = (
    Definition("subset_accuracy", _TASKS, "labels", True, subset_accuracy),
    Definition("hamming_loss", _TASKS, "labels", False, hamming_loss),
    Definition("jaccard", _TASKS, "labels", True, jaccard, (_BY_SAMPLES, LABEL), check=check_average),
    Definition("label_ranking_average_precision", _TASKS, "probabilities", True, label_ranking_average_precision),
)
