"""Metrics of how well probabilities rank rows: area under the ROC curve, and average precision.

Ties are handled together: rows with equal probabilities form one step of the curve.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

import numpy as np

from litmus.metrics.classes import class_position
from litmus.metrics.definition import Definition
from litmus.metrics.evaluation import Evaluation
from litmus.metrics.parameter import Parameter
from litmus.metrics.predictions import Predictions
from litmus.metrics.weighted import divide, dot
from litmus.task import TaskKind

__all__ = ["DEFINITIONS", "PrecisionRanking", "RocRanking", "tie_ends"]

ClassAverage = Literal["macro", "weighted"]


class Ranking(Protocol):
    """Rows sorted once, for areas at many weights."""

    @property
    def order(self) -> np.ndarray:
        """The row positions in the order that `area` wants the weights in (rows,)."""
        ...

    def area(self, weights: np.ndarray) -> np.ndarray:
        """Ordered weights (resamples, rows) → areas (resamples,), NaN where undefined."""
        ...


def tie_ends(ordered: np.ndarray) -> np.ndarray:
    """The last position of each run of equal values (rows,)."""
    return np.append(np.flatnonzero(ordered[1:] != ordered[:-1]), len(ordered) - 1)


class RocRanking:
    """Negative rows by rising probability, then positive ones: for each of these how many negatives rank below."""

    def __init__(self, positive: np.ndarray, probability: np.ndarray) -> None:
        by_probability = np.argsort(probability, kind="stable")
        is_positive = positive[by_probability]
        negatives, positives = by_probability[~is_positive], by_probability[is_positive]
        self.order = np.concatenate([negatives, positives])
        self.n_negative = len(negatives)
        self.below = np.searchsorted(probability[negatives], probability[positives], side="left")
        self.below_or_tied = np.searchsorted(probability[negatives], probability[positives], side="right")
        self.has_ties = not np.array_equal(self.below, self.below_or_tied)

    def area(self, weights: np.ndarray) -> np.ndarray:
        """The chance that a positive row ranks above a negative one, ties counting one half (resamples,)."""
        summed = np.zeros((len(weights), self.n_negative + 1))
        np.cumsum(weights[:, : self.n_negative], axis=1, out=summed[:, 1:])
        of_positives = weights[:, self.n_negative :]
        won = np.einsum("ij,ij->i", of_positives, summed[:, self.below])
        if self.has_ties:
            won = (won + np.einsum("ij,ij->i", of_positives, summed[:, self.below_or_tied])) / 2
        return divide(won, of_positives.sum(axis=1) * summed[:, -1], otherwise=np.nan)


class PrecisionRanking:
    """Rows by falling probability: at each positive one, the precision among the rows that rank as high."""

    def __init__(self, positive: np.ndarray, probability: np.ndarray) -> None:
        self.order = np.argsort(probability, kind="stable")[::-1]
        ends = tie_ends(probability[self.order])
        self.positives = np.flatnonzero(positive[self.order])
        self.taken_to = ends[np.searchsorted(ends, self.positives)]
        self.found_to = np.searchsorted(self.positives, self.taken_to, side="right") - 1

    def area(self, weights: np.ndarray) -> np.ndarray:
        """The mean of the precision at each positive row when rows are taken by falling probability (resamples,)."""
        of_positives = weights[:, self.positives]
        found = np.cumsum(of_positives, axis=1)[:, self.found_to]
        taken = np.cumsum(weights, axis=1)[:, self.taken_to]
        summed = np.einsum("ij,ij->i", of_positives, divide(found, taken))
        return divide(summed, of_positives.sum(axis=1), otherwise=np.nan)


def roc_auc(
    predictions: Predictions,
    *,
    label: object = None,
    multi_class: Literal["ovr", "ovo"] = "ovr",
    average: ClassAverage = "macro",
) -> Evaluation:
    """Area under the ROC curve: the chance that a row of the class ranks above a row of another class.

    Several classes: each class against the rest (`multi_class="ovr"`) or each pair of classes (`"ovo"`, Hand and Till
    2001, doi 10.1023/A:1010920819831), averaged over the classes (pairs) that occur in the truth, plainly ("macro") or
    by how often they are true ("weighted"). Multi-label: the mean over the labels that are true for some rows and not
    for all.
    """
    undefined = _one_class_only(predictions, "it needs rows of two classes.")
    if label is None and predictions.task == "multiclass" and multi_class == "ovo":
        passes = max(1, 2 * (predictions.scores.shape[1] - 1))
        return Evaluation(lambda weights: _each_pair(weights, predictions, average), undefined, passes=passes)
    return _each_class(RocRanking, predictions, _positions("roc_auc", predictions, label), average, undefined)


def pr_auc(predictions: Predictions, *, label: object = None, average: ClassAverage = "macro") -> Evaluation:
    """Average precision: the area under the precision-recall curve, as a sum over its steps, without interpolation.

    Several classes and multi-label: each class against the rest, averaged over the classes that occur in the truth.
    """
    undefined = "no row is of the class that it scores."
    return _each_class(PrecisionRanking, predictions, _positions("pr_auc", predictions, label), average, undefined)


def _one_class_only(predictions: Predictions, needs: str) -> str:
    if predictions.task == "multilabel":
        return "every label is true for all rows or for none; " + needs
    found = [str(predictions.classes[code]) for code in np.unique(predictions.y_true)]
    return f"every row has the class {found[0]!r}; {needs}" if len(found) == 1 else f"a class has no rows; {needs}"


def _positions(owner: str, predictions: Predictions, label: object) -> list[int]:
    """The codes of the classes to rank by: the one asked for, the positive one, or all."""
    if label is not None:
        return [class_position(owner, predictions.classes, label)]
    return [1] if predictions.task == "binary" else list(range(predictions.scores.shape[1]))


def _each_class(
    ranking_of: Callable[[np.ndarray, np.ndarray], Ranking],
    predictions: Predictions,
    positions: list[int],
    average: ClassAverage,
    undefined: str,
) -> Evaluation:
    """One class, or the average over the classes where the area is defined."""
    truth, scores = predictions.y_true, predictions.scores

    def is_positive(position: int) -> np.ndarray:
        return truth[:, position] == 1 if truth.ndim == 2 else truth == position

    if len(positions) == 1:
        ranking = ranking_of(is_positive(positions[0]), scores[:, positions[0]])
        return Evaluation(ranking.area, undefined, order=ranking.order)

    def values(weights: np.ndarray) -> np.ndarray:
        areas = np.empty((len(weights), len(positions)))
        share = np.empty_like(areas)
        for column, position in enumerate(positions):  # sorted for each block anew: many classes would fill the memory
            positive = is_positive(position)
            ranking = ranking_of(positive, scores[:, position])
            areas[:, column] = ranking.area(weights[:, ranking.order])
            share[:, column] = dot(weights, positive.astype(np.float64)) if average == "weighted" else 1.0
        return _mean_of_defined(areas, share)

    return Evaluation(values, undefined, passes=len(positions))


def _each_pair(weights: np.ndarray, predictions: Predictions, average: ClassAverage) -> np.ndarray:
    truth, scores = predictions.y_true, predictions.scores
    rows_of = {code: np.flatnonzero(truth == code) for code in np.unique(truth).tolist()}
    codes = list(rows_of)
    pairs = [(first, second) for at, first in enumerate(codes) for second in codes[at + 1 :]]
    areas = np.full((len(weights), max(1, len(pairs))), np.nan)
    share = np.ones_like(areas)
    for column, (first, second) in enumerate(pairs):
        rows = np.concatenate([rows_of[first], rows_of[second]])
        of_first = np.arange(len(rows)) < len(rows_of[first])
        pair_weights = weights[:, rows]
        there, back = RocRanking(of_first, scores[rows, first]), RocRanking(~of_first, scores[rows, second])
        both = there.area(pair_weights[:, there.order]) + back.area(pair_weights[:, back.order])
        areas[:, column] = both / 2
        if average == "weighted":
            share[:, column] = pair_weights.sum(axis=1)
    return _mean_of_defined(areas, share)


def _mean_of_defined(areas: np.ndarray, share: np.ndarray) -> np.ndarray:
    defined = np.isfinite(areas)
    total = np.where(defined, areas * share, 0.0).sum(axis=1)
    return divide(total, np.where(defined, share, 0.0).sum(axis=1), otherwise=np.nan)


def _check(_task: TaskKind, classes: Sequence[object], *, owner: str, label: object = None, **_: object) -> None:
    if label is not None:
        class_position(owner, classes, label)


_TASKS: tuple[TaskKind, ...] = ("binary", "multiclass", "multilabel")
_LABEL = Parameter("label", "class", help="score this class alone, against all others")
_AVERAGE = Parameter("average", "choice", "macro", choices=("macro", "weighted"), help="how classes are averaged")
_MULTI_CLASS = Parameter(
    "multi_class", "choice", "ovr", choices=("ovr", "ovo"), help="one class against the rest, or each pair"
)

DEFINITIONS = (
    Definition("roc_auc", _TASKS, "probabilities", True, roc_auc, (_LABEL, _MULTI_CLASS, _AVERAGE), check=_check),
    Definition("pr_auc", _TASKS, "probabilities", True, pr_auc, (_LABEL, _AVERAGE), check=_check),
)
