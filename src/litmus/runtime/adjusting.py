"""Fitted postprocessing in plain numbers: what is done to scores, which label they mean, and what it is called."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from litmus.errors import BundleError

__all__ = ["Adjusting", "Calibrated", "Decided", "Relabelled", "adjusting_from_json", "decided"]

_SMALLEST = 1e-7


class Adjusting(Protocol):
    """One part of postprocessing; the meaning is that of `litmus.postprocessing.Postprocessor`."""

    def adjust(self, scores: np.ndarray) -> np.ndarray:
        """Scores of the same shape."""

    def decide(self, scores: np.ndarray) -> np.ndarray | None:
        """The codes that scores mean, or None."""

    def relabel(self, labels: np.ndarray) -> np.ndarray:
        """The answers for the labels."""


@dataclasses.dataclass(frozen=True)
class _Part:
    """A part that leaves everything as it is."""

    def adjust(self, scores: np.ndarray) -> np.ndarray:
        return scores

    def decide(self, scores: np.ndarray) -> np.ndarray | None:  # noqa: ARG002 - what others decide by
        return None

    def relabel(self, labels: np.ndarray) -> np.ndarray:
        return labels

    def to_json(self) -> dict[str, Any]:
        """The part as plain JSON values."""
        return {"kind": type(self).__name__, **dataclasses.asdict(self)}


@dataclasses.dataclass(frozen=True)
class Calibrated(_Part):
    """What a fitted `Calibrate` does.

    Attributes:
        task: the kind of task.
        method: "sigmoid", "isotonic" or "temperature".
        curves: one a class or label; what a curve has says how it is applied, and an empty one changes nothing.
    """

    task: str
    method: str
    curves: tuple[Mapping[str, Any], ...]

    def adjust(self, scores: np.ndarray) -> np.ndarray:
        """Calibrated probabilities, float32."""
        values = np.asarray(scores, dtype=np.float64)
        if self.task != "multilabel":
            if self.method == "temperature":
                return _softened(values, self.curves[0]["temperature"]).astype(np.float32)
            if self.task == "binary":
                positive = _applied(self.curves[0], values[:, 1])
                return np.column_stack([1 - positive, positive]).astype(np.float32)
        made = np.column_stack([_applied(curve, values[:, place]) for place, curve in enumerate(self.curves)])
        if self.task == "multilabel":
            return made.astype(np.float32)
        total = made.sum(axis=1, keepdims=True)
        return np.where(total > 0, made / np.where(total > 0, total, 1), values).astype(np.float32)


@dataclasses.dataclass(frozen=True)
class Decided(_Part):
    """What a fitted `Threshold` does.

    Attributes:
        task: the kind of task.
        thresholds: the one threshold, or one a label for multi-label tasks.
        code: the class it is for; unused for multi-label tasks.
    """

    task: str
    thresholds: tuple[float, ...]
    code: int = 1

    def decide(self, scores: np.ndarray) -> np.ndarray:
        """Class codes int64 (rows,), or int8 (rows, labels)."""
        if self.task == "multilabel":
            return (scores >= np.array(self.thresholds)).astype(np.int8)
        others = np.array(scores, dtype=np.float64)
        others[:, self.code] = -np.inf
        chosen = np.where(scores[:, self.code] >= self.thresholds[0], self.code, others.argmax(axis=1))
        return chosen.astype(np.int64)


@dataclasses.dataclass(frozen=True)
class Relabelled(_Part):
    """What a `LabelMap` does: pairs of the model's label and the one to answer with."""

    pairs: tuple[tuple[Any, Any], ...]

    def relabel(self, labels: np.ndarray) -> np.ndarray:
        """The labels answered, an object array (rows,)."""
        given = np.asarray(labels, dtype=object)
        answered = given.copy()
        for old, new in self.pairs:
            mask = given == old
            filled = np.empty(int(mask.sum()), dtype=object)
            filled.fill(new)
            answered[mask] = filled
        return answered


def adjusting_from_json(values: Mapping[str, Any]) -> Adjusting:
    """The part that `to_json` wrote.

    Raises:
        BundleError: when it is none.
    """
    try:
        facts = {name: value for name, value in values.items() if name != "kind"}
        if values["kind"] == "Calibrated":
            return Calibrated(facts["task"], facts["method"], tuple(dict(curve) for curve in facts["curves"]))
        if values["kind"] == "Decided":
            return Decided(facts["task"], tuple(map(float, facts["thresholds"])), int(facts["code"]))
        if values["kind"] == "Relabelled":
            return Relabelled(tuple((old, new) for old, new in facts["pairs"]))
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(f"The compiled postprocessing is damaged ({error}); save the model again.") from error
    raise BundleError(f"The compiled postprocessing has a part {values['kind']!r}, which this Litmus does not know.")


def decided(parts: Sequence[Adjusting], task: str, scores: np.ndarray) -> np.ndarray:
    """The codes or values that adjusted scores mean; the last part that decides has the word."""
    if task == "regression":
        codes = scores
    elif task == "multilabel":
        codes = (scores >= 0.5).astype(np.int8)
    else:
        codes = scores.argmax(axis=1)
    for part in parts:
        own = part.decide(scores)
        codes = codes if own is None else own
    return codes


def _softened(scores: np.ndarray, temperature: float) -> np.ndarray:
    logs = np.log(np.maximum(scores, _SMALLEST)) / temperature
    powers = np.exp(logs - logs.max(axis=1, keepdims=True, initial=-np.inf))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _applied(curve: Mapping[str, Any], score: np.ndarray) -> np.ndarray:
    """The calibrated probabilities of one class."""
    if "slope" in curve:
        inside = np.clip(score, _SMALLEST, 1 - _SMALLEST)
        line = curve["slope"] * np.log(inside / (1 - inside)) + curve["offset"]
        return np.asarray(0.5 + 0.5 * np.tanh(0.5 * line))
    if "scores" in curve:
        return np.interp(score, curve["scores"], curve["shares"])
    if "temperature" in curve:
        return _softened(np.column_stack([1 - score, score]), curve["temperature"])[:, 1]
    return score
