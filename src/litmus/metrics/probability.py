"""Metrics of how good the probabilities themselves are: log loss, Brier score, calibration error, top-k accuracy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from litmus.errors import ParameterError
from litmus.metrics.definition import Definition
from litmus.metrics.evaluation import Evaluation, mean_of, share_of
from litmus.metrics.parameter import Parameter
from litmus.metrics.predictions import Predictions
from litmus.metrics.weighted import sum_by_group
from litmus.task import TaskKind

__all__ = ["DEFINITIONS", "bin_of"]

_SMALLEST = float(np.finfo(np.float64).eps)
"""Probabilities below it count as this much: a class given probability 0 that was true costs 36, not infinity."""


def log_loss(predictions: Predictions) -> Evaluation:
    """Mean of minus the natural logarithm of the probability given to the true class.

    Probabilities are clipped to at least 2.2e-16. Multi-label: the mean over rows and labels.
    """
    scores = predictions.scores.astype(np.float64)
    if predictions.task == "multilabel":
        given = np.where(predictions.y_true == 1, scores, 1.0 - scores)
        return mean_of(-np.log(np.clip(given, _SMALLEST, 1.0)).mean(axis=1))
    given = scores[np.arange(len(scores)), predictions.y_true]
    return mean_of(-np.log(np.clip(given, _SMALLEST, 1.0)))


def brier(predictions: Predictions) -> Evaluation:
    """Mean squared difference between probability and outcome (0 or 1).

    Binary: of the positive class, from 0 to 1. Several classes: summed over the classes, from 0 to 2 (Brier 1950).
    Multi-label: the mean over labels.
    """
    scores = predictions.scores.astype(np.float64)
    if predictions.task == "binary":
        return mean_of((scores[:, 1] - predictions.y_true) ** 2)
    if predictions.task == "multilabel":
        return mean_of(((scores - predictions.y_true) ** 2).mean(axis=1))
    given = scores[np.arange(len(scores)), predictions.y_true]
    return mean_of((scores**2).sum(axis=1) - 2 * given + 1)


def bin_of(probability: np.ndarray, bins: int) -> np.ndarray:
    """The bin of equal width that each probability falls into, 0 … bins - 1; 1 belongs to the last."""
    return np.clip((probability * bins).astype(np.int64), 0, bins - 1)


def expected_calibration_error(predictions: Predictions, *, bins: int = 15) -> Evaluation:
    """Mean distance between probability and observed frequency over bins of equal width, weighted by their rows.

    Binary: the probability of the positive class against how often it is true (Naeini et al. 2015). Several classes:
    the probability of the likeliest class against how often it is right (Guo et al. 2017, arXiv 1706.04599).
    """
    scores = predictions.scores.astype(np.float64)
    if predictions.task == "binary":
        confidence, right = scores[:, 1], predictions.y_true == 1
    else:
        confidence, right = scores.max(axis=1), scores.argmax(axis=1) == predictions.y_true
    bin_index = bin_of(confidence, bins)
    gap = right - confidence

    def values(weights: np.ndarray) -> np.ndarray:
        return np.abs(sum_by_group(weights * gap, bin_index, bins)).sum(axis=1) / weights.sum(axis=1)

    return Evaluation(values)


def top_k_accuracy(predictions: Predictions, *, k: int) -> Evaluation:
    """Share of rows whose true class is among the k likeliest; of equally likely classes the first counts as likelier."""
    scores, truth = predictions.scores, predictions.y_true
    given = scores[np.arange(len(scores)), truth][:, np.newaxis]
    earlier = np.arange(scores.shape[1]) < truth[:, np.newaxis]
    ahead = (scores > given).sum(axis=1) + ((scores == given) & earlier).sum(axis=1)
    return share_of(ahead < k)


def _check_k(task: TaskKind, classes: Sequence[object], *, owner: str, k: int) -> None:  # noqa: ARG001
    if k >= len(classes):
        raise ParameterError(
            f"{owner}: with k={k} and {len(classes)} classes it is always 1; choose k from 1 to {len(classes) - 1}."
        )


_TASKS: tuple[TaskKind, ...] = ("binary", "multiclass", "multilabel")
_CLASSES: tuple[TaskKind, ...] = ("binary", "multiclass")
_BINS = Parameter("bins", "whole", 15, minimum=1, maximum=1000, help="number of bins of equal width")
_K = Parameter("k", "whole", required=True, minimum=1, help="how many of the likeliest classes count")

DEFINITIONS = (
    Definition("log_loss", _TASKS, "probabilities", False, log_loss, bounds=(0.0, float("inf"))),
    Definition("brier", _TASKS, "probabilities", False, brier, bounds=(0.0, 2.0)),
    Definition("expected_calibration_error", _CLASSES, "probabilities", False, expected_calibration_error, (_BINS,)),
    Definition("top_k_accuracy", ("multiclass",), "probabilities", True, top_k_accuracy, (_K,), check=_check_k),
)
