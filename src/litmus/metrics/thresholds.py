"""Metrics of a model that answers only where it is confident, at a threshold that they choose.

A row has a *confidence*, and is *accepted* when its confidence is at least the threshold:

- binary tasks, and several classes or multi-label with `label`: the confidence is the probability of one class (the
  positive class, or `label`), and an accepted row is right when it is of that class;
- several classes without `label`: the prediction is the likeliest class (the first of equally likely ones), the
  confidence is its probability, and an accepted row is right when that class is the true one.

Over weighted rows, precision = right among accepted, coverage = accepted among all rows, and recall = right accepted
rows among all rows of the class (without `label` on several classes: among all rows). Thresholds are confidences that
occur, so rows of equal confidence are accepted together or not at all.

A threshold that is chosen and scored on the same rows flatters. Choose it on out-of-fold predictions with
`Metric.threshold` and score other rows with `Metric.score_at`.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from litmus.errors import MetricError, ParameterError
from litmus.metrics.classes import class_position, positive_position
from litmus.metrics.definition import Definition
from litmus.metrics.evaluation import Evaluation
from litmus.metrics.parameter import Parameter
from litmus.metrics.predictions import Predictions
from litmus.metrics.ranking import tie_ends
from litmus.metrics.weighted import divide, dot, row_weights
from litmus.task import TaskKind

__all__ = ["DEFINITIONS", "Acceptance", "acceptance", "check_threshold", "details"]

_SLACK = 1e-9
"""A precision this close below the one asked for has reached it: 0.55 times 100 is 55.00000000000001 in floating point."""

_WHY_NOTHING = "no row reaches the threshold."


@dataclasses.dataclass(frozen=True)
class Acceptance:
    """How sure each row's answer is (rows,), whether it is right (rows,), and which rows recall counts (rows,)."""

    confidence: np.ndarray
    right: np.ndarray
    wanted: np.ndarray

    def curve(self) -> Curve:
        """The accepted rows at every threshold."""
        order = np.argsort(-self.confidence, kind="stable")
        return Curve(
            order, tie_ends(self.confidence[order]), self.confidence[order], self.right[order].astype(np.float64)
        )


@dataclasses.dataclass(frozen=True)
class Point:
    """The last accepted row (resamples,) in a curve's order, and the weight of accepted and of right accepted rows."""

    last: np.ndarray
    accepted: np.ndarray
    right: np.ndarray


@dataclasses.dataclass(frozen=True)
class Curve:
    """Rows by falling confidence; `ends` are the last rows of equal confidence. Weights are given in this `order`."""

    order: np.ndarray
    ends: np.ndarray
    confidence: np.ndarray
    right: np.ndarray

    def widest(self, weights: np.ndarray, precision: float) -> Point:
        """The point that accepts most rows at this precision; its weights are 0 where no threshold reaches it."""
        surplus = np.cumsum(weights * (self.right - (precision - _SLACK)), axis=1)[:, self.ends]
        reached = surplus >= 0
        last = self.ends[len(self.ends) - 1 - reached[:, ::-1].argmax(axis=1)]
        return self._point(weights, np.where(reached.any(axis=1), last, -1))

    def first_covering(self, weights: np.ndarray, coverage: float) -> Point:
        """The point that accepts fewest rows and at least this share of them."""
        accepted = np.cumsum(weights, axis=1)
        last = (accepted >= (coverage - _SLACK) * accepted[:, -1:]).argmax(axis=1)
        return self._point(weights, self.ends[np.searchsorted(self.ends, last)])

    def _point(self, weights: np.ndarray, last: np.ndarray) -> Point:
        pairs = list(zip(weights, (last + 1).tolist(), strict=True))  # one a resample
        accepted = np.array([weight[:size].sum() for weight, size in pairs])
        return Point(last, accepted, np.array([(weight[:size] * self.right[:size]).sum() for weight, size in pairs]))


def acceptance(predictions: Predictions, label: object = None) -> Acceptance:
    """Confidence and rightness of each row, by the definitions at the top of this file."""
    scores, truth = predictions.scores, predictions.y_true
    if predictions.task == "multiclass" and label is None:
        likeliest = scores.argmax(axis=1)
        confidence = scores[np.arange(len(scores)), likeliest]
        return Acceptance(confidence.astype(np.float64), likeliest == truth, np.ones(len(truth), dtype=bool))
    position = positive_position("label", predictions.classes, label)
    right = truth[:, position] == 1 if truth.ndim == 2 else truth == position
    return Acceptance(scores[:, position].astype(np.float64), right, right)


def coverage_at_precision(predictions: Predictions, *, precision: float, label: object = None) -> Evaluation:
    """Largest share of rows that can be accepted by a confidence threshold with at least this precision among them.

    Rows of equal confidence are accepted together. When no threshold reaches the precision the coverage is 0.
    At a threshold chosen elsewhere: the share of rows whose confidence is at least the threshold.
    """
    curve = acceptance(predictions, label).curve()
    return Evaluation(
        lambda weights: curve.widest(weights, precision).accepted / weights.sum(axis=1), order=curve.order
    )


def recall_at_precision(predictions: Predictions, *, precision: float, label: object = None) -> Evaluation:
    """Largest recall that a confidence threshold gives with at least this precision among the accepted rows.

    Several classes without label: the share of all rows that are accepted and right. 0 when no threshold reaches the
    precision. At a threshold chosen elsewhere: the recall there.
    """
    accepted = acceptance(predictions, label)
    curve = accepted.curve()
    wanted = accepted.wanted[curve.order].astype(np.float64)

    def values(weights: np.ndarray) -> np.ndarray:
        return divide(curve.widest(weights, precision).right, dot(weights, wanted), otherwise=np.nan)

    return Evaluation(values, "no row is of the class.", order=curve.order)


def threshold_at_precision(predictions: Predictions, *, precision: float, label: object = None) -> Evaluation:
    """Lowest confidence threshold with at least this precision among the accepted rows, the one of the widest coverage.

    Undefined when no threshold reaches the precision. At a threshold chosen elsewhere: that threshold.
    """
    curve = acceptance(predictions, label).curve()

    def values(weights: np.ndarray) -> np.ndarray:
        point = curve.widest(weights, precision)
        return np.where(point.accepted > 0, curve.confidence[point.last], np.nan)

    return Evaluation(values, f"no threshold reaches a precision of {precision:g}.", order=curve.order)


def precision_at_coverage(predictions: Predictions, *, coverage: float, label: object = None) -> Evaluation:
    """Precision among the most confident rows, as many as make up at least this share of all rows.

    Rows of equal confidence are accepted together, so more than that share may be accepted. At a threshold chosen
    elsewhere: the precision among the rows whose confidence is at least the threshold.
    """
    curve = acceptance(predictions, label).curve()

    def values(weights: np.ndarray) -> np.ndarray:
        point = curve.first_covering(weights, coverage)
        return divide(point.right, point.accepted, otherwise=np.nan)

    return Evaluation(values, order=curve.order)


def _choose_at_precision(predictions: Predictions, *, precision: float, label: object = None) -> float:
    curve = acceptance(predictions, label).curve()
    point = curve.widest(row_weights(predictions)[curve.order][np.newaxis], precision)
    return float(curve.confidence[point.last[0]]) if point.accepted[0] > 0 else math.inf


def _choose_at_coverage(predictions: Predictions, *, coverage: float, label: object = None) -> float:
    curve = acceptance(predictions, label).curve()
    point = curve.first_covering(row_weights(predictions)[curve.order][np.newaxis], coverage)
    return float(curve.confidence[point.last[0]])


@dataclasses.dataclass(frozen=True)
class _Outcome:
    """Weights (resamples,) of accepted, right accepted, wanted and all rows, at a fixed threshold."""

    accepted: np.ndarray
    right: np.ndarray
    wanted: np.ndarray
    total: np.ndarray


_SCORES: dict[str, Callable[[_Outcome], np.ndarray]] = {
    "coverage": lambda outcome: outcome.accepted / outcome.total,
    "precision": lambda outcome: divide(outcome.right, outcome.accepted, otherwise=np.nan),
    "recall": lambda outcome: divide(outcome.right, outcome.wanted, otherwise=np.nan),
}


def _outcome_at(predictions: Predictions, threshold: float, label: object, score: str, undefined: str) -> Evaluation:
    """A score at a fixed threshold, from the weights of eight cells: accepted or not, right or not, wanted or not."""
    rows = acceptance(predictions, label)
    cells = 4 * (rows.confidence >= threshold).astype(np.int64) + 2 * rows.right + rows.wanted

    def values(weights: np.ndarray) -> np.ndarray:
        outcome = _Outcome(
            accepted=weights[:, 4:].sum(axis=1),
            right=weights[:, 6:].sum(axis=1),
            wanted=weights[:, 1::2].sum(axis=1),
            total=weights.sum(axis=1),
        )
        return _SCORES[score](outcome)

    return Evaluation(values, undefined, cells=cells, n_cells=8)


def _coverage_at(
    predictions: Predictions,
    threshold: float,
    *,
    precision: float,  # noqa: ARG001
    label: object = None,
) -> Evaluation:
    return _outcome_at(predictions, threshold, label, "coverage", "")


def _recall_at(
    predictions: Predictions,
    threshold: float,
    *,
    precision: float,  # noqa: ARG001
    label: object = None,
) -> Evaluation:
    return _outcome_at(predictions, threshold, label, "recall", "no row is of the class.")


def _precision_at(
    predictions: Predictions,
    threshold: float,
    *,
    coverage: float,  # noqa: ARG001
    label: object = None,
) -> Evaluation:
    return _outcome_at(predictions, threshold, label, "precision", _WHY_NOTHING)


def _threshold_at(
    predictions: Predictions,  # noqa: ARG001
    threshold: float,
    *,
    precision: float,
    label: object = None,  # noqa: ARG001
) -> Evaluation:
    value = threshold if math.isfinite(threshold) else math.nan
    why = f"no threshold reached a precision of {precision:g} where it was chosen."
    return Evaluation(lambda weights: np.full(len(weights), value), why)


def details(predictions: Predictions, threshold: float, label: object = None) -> dict[str, Any]:
    """What happens at a threshold: coverage, precision and recall, weighted, and how many rows are accepted.

    Returns:
        "threshold", "coverage", "precision", "recall" (floats, or None where undefined: the threshold when it is
        infinite because none was found, the precision when no row is accepted), "accepted_rows" and "rows" (int).
    """
    weight = row_weights(predictions)
    found: dict[str, Any] = {"threshold": float(threshold) if math.isfinite(threshold) else None}
    for name in _SCORES:
        value = _outcome_at(predictions, threshold, label, name, "").score(weight)
        found[name] = None if math.isnan(value) else min(value, 1.0)
    accepted = acceptance(predictions, label).confidence >= threshold
    return {**found, "accepted_rows": int(accepted.sum()), "rows": len(predictions)}


def _check(task: TaskKind, classes: Sequence[object], *, owner: str, label: object = None, **_: object) -> None:
    if label is not None:
        class_position(owner, classes, label)
    elif task == "multilabel":
        shown = str(classes[0]) if classes else "…"
        raise ParameterError(f"{owner}: multilabel tasks need a label, as in '{owner}[{shown}]'.")


def check_threshold(threshold: float) -> None:
    """Raise MetricError when a threshold is not a number."""
    if isinstance(threshold, bool) or not isinstance(threshold, int | float | np.number) or math.isnan(threshold):
        raise MetricError(f"A threshold must be a number, not {threshold!r}; Metric.threshold(predictions) gives one.")


_TASKS: tuple[TaskKind, ...] = ("binary", "multiclass", "multilabel")
_PRECISION = Parameter(
    "precision", "number", required=True, above=0, maximum=1, help="the precision that accepted rows must have"
)
_COVERAGE = Parameter("coverage", "number", required=True, above=0, maximum=1, help="the share of rows to accept")
_LABEL = Parameter("label", "class", help="the class whose probability is the confidence")


def _define(
    prepare: Callable[..., Evaluation],
    prepare_at: Callable[..., Evaluation],
    *,
    maximize: bool = True,
    parameter: Parameter = _PRECISION,
    choose: Callable[..., float] = _choose_at_precision,
) -> Definition:
    return Definition(
        prepare.__name__,
        _TASKS,
        "probabilities",
        maximize,
        prepare,
        (parameter, _LABEL),
        check=_check,
        choose=choose,
        prepare_at=prepare_at,
    )


DEFINITIONS = (
    _define(coverage_at_precision, _coverage_at),
    _define(recall_at_precision, _recall_at),
    _define(threshold_at_precision, _threshold_at, maximize=False),
    _define(precision_at_coverage, _precision_at, parameter=_COVERAGE, choose=_choose_at_coverage),
)
