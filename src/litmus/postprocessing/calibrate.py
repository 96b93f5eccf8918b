"""Probabilities that mean what they say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from litmus.component import Choice, param
from litmus.errors import ParameterError
from litmus.metrics.predictions import Predictions
from litmus.postprocessing.base import Postprocessor
from litmus.task import TaskKind

__all__ = ["Calibrate"]

_SMALLEST = 1e-7
_CELLS = 100_000
"""Numbers, rows times classes, that a temperature is learned from; more would change it in the third decimal place."""


@dataclass
class Calibrate(Postprocessor):
    """Make probabilities match how often they come true.

    With several classes, "sigmoid" and "isotonic" treat each class against the rest and then make each row sum to 1
    (Zadrozny and Elkan 2002); a class that the predictions lack, or that fills them, is left as it is.

    Args:
        method: "sigmoid": a logistic curve of the log odds, for few rows (Platt 1999); "isotonic": any rising curve, for
            thousands of rows; "temperature": all log odds divided by one number (Guo et al. 2017), which never changes
            which class is likeliest.

    Raises:
        ParameterError: when it is fitted on a regression task.

    Example:
        >>> p = np.repeat([0.6, 0.9], 10)
        >>> y = np.array([1] * 3 + [0] * 7 + [1] * 7 + [0] * 3)
        >>> scores = np.column_stack([1 - p, p])
        >>> calibrate = Calibrate(method="isotonic")
        >>> calibrate.fit(Predictions("binary", y, scores, (p > 0.5).astype(int), (0, 1)))
        >>> calibrate.adjust(scores)[[0, 10], 1].astype(float).round(2).tolist()
        [0.3, 0.7]
    """

    method: str = param("sigmoid", Choice("sigmoid", "isotonic", "temperature"))

    def fit(self, predictions: Predictions) -> None:
        """Learn one curve a class or label, or one temperature, from out-of-fold predictions."""
        if predictions.task == "regression":
            raise ParameterError("Calibrate works on probabilities, and a regression task has none; remove it.")
        self.task_: TaskKind = predictions.task
        scores = np.asarray(predictions.scores, dtype=np.float64)
        truth = _membership(predictions)
        weight = np.ones(len(predictions)) if predictions.sample_weight is None else predictions.sample_weight
        self.curves_: list[dict[str, Any]] = []
        if self.method == "temperature" and self.task_ != "multilabel":
            self.curves_.append({"temperature": _temperature(scores, truth, weight)})
            return
        columns = [1] if self.task_ == "binary" else range(scores.shape[1])
        for column in columns:
            self.curves_.append(self._curve(scores[:, column], truth[:, column], weight))

    def _curve(self, score: np.ndarray, truth: np.ndarray, weight: np.ndarray) -> dict[str, Any]:
        """The curve of one class: an empty dict leaves its probabilities as they are."""
        if not truth[weight > 0].any() or truth[weight > 0].all():
            return {}
        if self.method == "sigmoid":
            return _sigmoid(score, truth, weight)
        if self.method == "isotonic":
            return _isotonic(score, truth, weight)
        pair = np.column_stack([1 - score, score])
        return {"temperature": _temperature(pair, np.column_stack([1 - truth, truth]), weight)}

    def adjust(self, scores: np.ndarray) -> np.ndarray:
        """Calibrated probabilities, float32, of the same shape."""
        values = np.asarray(scores, dtype=np.float64)
        if self.task_ == "multilabel":
            columns = [_applied(curve, values[:, place]) for place, curve in enumerate(self.curves_)]
            return np.column_stack(columns).astype(np.float32)
        if self.method == "temperature":
            return _softened(values, self.curves_[0]["temperature"]).astype(np.float32)
        if self.task_ == "binary":
            positive = _applied(self.curves_[0], values[:, 1])
            return np.column_stack([1 - positive, positive]).astype(np.float32)
        made = np.column_stack([_applied(curve, values[:, place]) for place, curve in enumerate(self.curves_)])
        total = made.sum(axis=1, keepdims=True)
        return np.where(total > 0, made / np.where(total > 0, total, 1), values).astype(np.float32)

    def report(self) -> list[str]:
        """How the probabilities were calibrated."""
        return [f"Calibrated probabilities ({self.method}) on out-of-fold predictions."]


def _membership(predictions: Predictions) -> np.ndarray:
    """Whether each row is of each class or has each label, float64 (rows, classes)."""
    y = np.asarray(predictions.y_true)
    if y.ndim == 2:
        return y.astype(np.float64)
    return (y[:, None] == np.arange(predictions.scores.shape[1])).astype(np.float64)


def _log_odds(score: np.ndarray) -> np.ndarray:
    inside = np.clip(score, _SMALLEST, 1 - _SMALLEST)
    return np.asarray(np.log(inside / (1 - inside)))


def _sigmoid(score: np.ndarray, truth: np.ndarray, weight: np.ndarray) -> dict[str, Any]:
    """Slope and offset of the logistic curve of the log odds with the smallest log loss, on Platt's softened targets."""
    from scipy.optimize import minimize
    from scipy.special import expit

    odds = _log_odds(score)
    positives, negatives = float((weight * truth).sum()), float((weight * (1 - truth)).sum())
    target = np.where(truth > 0, (positives + 1) / (positives + 2), 1 / (negatives + 2))

    def loss(values: np.ndarray) -> tuple[float, np.ndarray]:
        line = values[0] * odds + values[1]
        error = weight * (expit(line) - target)
        total = float((weight * (np.logaddexp(0, line) - target * line)).sum())
        scale = weight.sum()
        return total / scale, np.array([(error * odds).sum(), error.sum()]) / scale

    found = minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=[(1e-3, 1e3), (None, None)])
    return {"slope": float(found.x[0]), "offset": float(found.x[1])}


def _isotonic(score: np.ndarray, truth: np.ndarray, weight: np.ndarray) -> dict[str, Any]:
    """The corners of the rising step curve with the smallest squared error, never quite 0 or 1."""
    from sklearn.isotonic import IsotonicRegression

    fitted = IsotonicRegression(out_of_bounds="clip").fit(score, truth, sample_weight=weight)
    edge = 0.5 / (len(score) + 1)  # as sure as so many rows can make one
    return {"scores": fitted.X_thresholds_, "shares": np.clip(fitted.y_thresholds_, edge, 1 - edge)}


def _temperature(scores: np.ndarray, truth: np.ndarray, weight: np.ndarray) -> float:
    """The temperature with the smallest log loss; of many rows, every second, third, … is looked at."""
    from scipy.optimize import minimize_scalar

    step = max(1, scores.size // _CELLS)
    logs, weight = np.log(np.maximum(scores[::step], _SMALLEST)), weight[::step]
    logs -= logs.max(axis=1, keepdims=True)
    of_truth = (logs * truth[::step]).sum(axis=1)

    def loss(log_temperature: float) -> float:
        temperature = float(np.exp(log_temperature))
        likelihood = of_truth / temperature - np.log(np.exp(logs / temperature).sum(axis=1))
        return float(-(weight * np.maximum(likelihood, np.log(_SMALLEST))).sum() / weight.sum())

    return float(np.exp(minimize_scalar(loss, bounds=(-3.0, 3.0), method="bounded").x))


def _softened(scores: np.ndarray, temperature: float) -> np.ndarray:
    """Probabilities (rows, classes) with their logarithms divided by the temperature."""
    logs = np.log(np.maximum(scores, _SMALLEST)) / temperature
    powers = np.exp(logs - logs.max(axis=1, keepdims=True, initial=-np.inf))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _applied(curve: dict[str, Any], score: np.ndarray) -> np.ndarray:
    """The calibrated probabilities of one class."""
    from scipy.special import expit

    if "slope" in curve:
        return np.asarray(expit(curve["slope"] * _log_odds(score) + curve["offset"]))
    if "scores" in curve:
        return np.interp(score, curve["scores"], curve["shares"])
    if "temperature" in curve:
        return _softened(np.column_stack([1 - score, score]), curve["temperature"])[:, 1]
    return score
