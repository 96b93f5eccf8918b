"""From which probability on a label is given."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from litmus.component import param
from litmus.errors import LitmusError, ParameterError
from litmus.metrics.predictions import Predictions
from litmus.naming import nearest
from litmus.postprocessing.base import Postprocessor
from litmus.task import TaskKind

__all__ = ["Threshold"]

_CANDIDATES = 200


@dataclass
class Threshold(Postprocessor):
    """Give a label from a probability on that a metric chose on out-of-fold predictions, or that is fixed.

    A row gets `label` when the label's probability is at least the threshold, and else the likeliest other class.
    Multilabel tasks have a threshold for each label.

    Args:
        metric: what the threshold maximises (or minimises, if smaller is better): a metric's name or a `Metric`; balanced
            accuracy when left out, or the mean F1 of the labels for multilabel tasks.
        value: a fixed threshold instead.
        label: the class it is for; the second one of a binary task when left out.

    Raises:
        ParameterError: when both `metric` and `value` are given, the task has no such label, or the metric does not
            depend on the decided labels.

    Example:
        >>> p = np.array([0.1, 0.2, 0.3, 0.4])
        >>> truth = np.array([0, 0, 1, 1])
        >>> threshold = Threshold()
        >>> threshold.fit(Predictions("binary", truth, np.column_stack([1 - p, p]), truth * 0, ("no", "yes")))
        >>> round(threshold.threshold_, 2), threshold.decide(np.array([[0.7, 0.3]])).tolist()
        (0.25, [1])
    """

    metric: Any = None
    value: float | None = param(None, minimum=0.0, maximum=1.0)
    label: Any = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.metric is not None and self.value is not None:
            raise ParameterError("Threshold got both metric= and value=; give one of them.")
        if self.metric is not None:
            self._score()

    def _score(self) -> tuple[Callable[[Predictions], float], bool]:
        """The function that scores predictions, and whether larger is better."""
        from litmus.metrics import resolve_metric

        metric = self.metric
        if not hasattr(metric, "score"):
            metric = resolve_metric(metric)
        if getattr(metric, "needs", "labels") != "labels":
            raise ParameterError(
                f"Threshold cannot use {_written(metric)}: it is computed from probabilities, so no threshold changes it. "
                "Use a metric of decided labels, such as 'f1' or 'balanced_accuracy'."
            )
        return metric.score, bool(getattr(metric, "maximize", True))

    def settings(self) -> dict[str, Any]:
        """The parameters; a metric object by its label, and one of the user's own by the threshold it chose."""
        settings = super().settings()
        if self.metric is not None and not isinstance(self.metric, str):
            from litmus.metrics import resolve_metric

            try:
                resolve_metric(_written(self.metric))
                settings["metric"] = _written(self.metric)
            except LitmusError:
                settings["metric"] = None
        return settings

    def fit(self, predictions: Predictions) -> None:
        """Choose the threshold on out-of-fold predictions."""
        self.task_: TaskKind = predictions.task
        if self.task_ == "regression":
            raise ParameterError(
                "Threshold turns probabilities into classes, and a regression task has none; remove it."
            )
        if self.task_ == "multilabel":
            self.thresholds_ = self._of_labels(predictions)
            return
        self.class_code_ = self._code(predictions)
        score = np.asarray(predictions.scores[:, self.class_code_], dtype=np.float64)
        others = _likeliest_other(predictions.scores, self.class_code_)

        def decided(threshold: float) -> np.ndarray:
            return np.where(score >= threshold, self.class_code_, others)

        self.threshold_ = float(self.value) if self.value is not None else self._best(predictions, score, decided)

    def _code(self, predictions: Predictions) -> int:
        """The code of the class the threshold is for."""
        classes = list(predictions.classes) or list(range(predictions.scores.shape[1]))
        if self.label is None:
            if self.task_ == "binary":
                return 1
            shown = ", ".join(repr(label) for label in classes[:20])
            raise ParameterError(f"Threshold needs label= for {len(classes)} classes; give one of {shown}.")
        if self.label not in classes:
            close = nearest(str(self.label), [str(label) for label in classes])
            hint = f" Did you mean {close!r}?" if close else ""
            shown = ", ".join(repr(label) for label in classes[:20])
            raise ParameterError(f"Threshold has label={self.label!r}, which is no class.{hint} Classes: {shown}.")
        return classes.index(self.label)

    def _of_labels(self, predictions: Predictions) -> np.ndarray:
        """The threshold of each label: one label after the other, the others as decided so far."""
        scores = np.asarray(predictions.scores, dtype=np.float64)
        thresholds = np.full(scores.shape[1], 0.5 if self.value is None else float(self.value))
        chosen = range(scores.shape[1]) if self.label is None else [list(predictions.classes).index(self.label)]
        for place in chosen if self.value is None else ():

            def decided(threshold: float, place: int = place) -> np.ndarray:
                trial = thresholds.copy()
                trial[place] = threshold
                return (scores >= trial).astype(np.int8)

            thresholds[place] = self._best(predictions, scores[:, place], decided)
        return thresholds

    def _best(self, predictions: Predictions, score: np.ndarray, decided: Callable[[float], np.ndarray]) -> float:
        """The threshold with the best score; of several, the one nearest to one half."""
        if self.metric is None:
            measure, maximize = _default_score(predictions.task), True
        else:
            measure, maximize = self._score()
        sign = 1.0 if maximize else -1.0

        def value(threshold: float) -> float:
            try:
                found = float(measure(dataclasses.replace(predictions, y_pred=decided(threshold))))
            except LitmusError:  # undefined there, such as a precision without any positive answer
                return -np.inf
            return -np.inf if np.isnan(found) else sign * found

        candidates = _between(score)
        for _ in range(2):  # coarse, then fine between the neighbours of the best
            tried = candidates[np.unique(np.linspace(0, len(candidates) - 1, _CANDIDATES).astype(int))]
            values = np.array([value(float(threshold)) for threshold in tried])
            best = _middle(np.flatnonzero(values == values.max()), tried)
            if len(tried) == len(candidates):
                break
            low, high = tried[max(best - 1, 0)], tried[min(best + 1, len(tried) - 1)]
            candidates = candidates[(candidates >= low) & (candidates <= high)]
        return float(tried[best])

    def decide(self, scores: np.ndarray) -> np.ndarray | None:
        """Class codes int64 (rows,), or int8 (rows, labels) for multilabel tasks."""
        if self.task_ == "multilabel":
            return (scores >= self.thresholds_).astype(np.int8)
        others = _likeliest_other(scores, self.class_code_)
        return np.where(scores[:, self.class_code_] >= self.threshold_, self.class_code_, others).astype(np.int64)

    def report(self) -> list[str]:
        """The threshold."""
        if self.task_ == "multilabel":
            return [f"Thresholds of the labels: {', '.join(f'{value:.3g}' for value in self.thresholds_)}."]
        reason = "fixed" if self.value is not None else f"chosen by {_written(self.metric) or 'balanced accuracy'}"
        return [f"Class {self.class_code_} is given from a probability of {self.threshold_:.3g} on ({reason})."]


def _written(metric: Any) -> str:
    """The metric as a string names it."""
    if metric is None or isinstance(metric, str):
        return metric or ""
    return str(getattr(metric, "label", None) or getattr(metric, "__name__", type(metric).__name__))


def _likeliest_other(scores: np.ndarray, code: int) -> np.ndarray:
    """The likeliest class of each row beside this one."""
    without = np.array(scores, dtype=np.float64)
    without[:, code] = -np.inf
    return without.argmax(axis=1).astype(np.int64)


def _between(score: np.ndarray) -> np.ndarray:
    """The thresholds that can differ: halfway between neighbouring scores, and below and above all of them."""
    distinct = np.unique(score[~np.isnan(score)])
    if not len(distinct):
        return np.array([0.5])
    middle = (distinct[1:] + distinct[:-1]) / 2
    return np.concatenate(([distinct[0] / 2], middle, [(distinct[-1] + 1) / 2]))


def _middle(places: np.ndarray, thresholds: np.ndarray) -> int:
    """Of the equally good places, the one nearest to one half."""
    return int(places[np.abs(thresholds[places] - 0.5).argmin()])


def _default_score(task: TaskKind) -> Callable[[Predictions], float]:
    return _mean_f1 if task == "multilabel" else _balanced_accuracy


def _balanced_accuracy(predictions: Predictions) -> float:
    """The mean share of rows found of each class (balanced accuracy)."""
    weight = np.ones(len(predictions)) if predictions.sample_weight is None else predictions.sample_weight
    total = np.bincount(predictions.y_true, weights=weight)
    found = np.bincount(
        predictions.y_true, weights=weight * (predictions.y_true == predictions.y_pred), minlength=len(total)
    )
    return float((found[total > 0] / total[total > 0]).mean())


def _mean_f1(predictions: Predictions) -> float:
    """The mean over the labels of the F1 score."""
    truth, answer = predictions.y_true > 0, predictions.y_pred > 0
    both, either = (truth & answer).sum(axis=0), truth.sum(axis=0) + answer.sum(axis=0)
    return float(np.where(either > 0, 2 * both / np.maximum(either, 1), 0.0).mean())
