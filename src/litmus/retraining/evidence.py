"""What two models say about the same rows, in the one form that both can be compared in."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal, Protocol

import numpy as np
import pandas as pd

from litmus.data import Schema, Target
from litmus.data.kept_rows import TestRows
from litmus.errors import DataError
from litmus.metrics import Predictions

__all__ = ["Answering", "Evidence", "gather"]


class Answering(Protocol):
    """What is needed of a model: a `litmus.Model` has it."""

    schema: Schema
    target: Target
    classes: tuple[Any, ...]

    def answer(self, rows: Any) -> Any:
        """Labels and probabilities."""


@dataclasses.dataclass(frozen=True)
class Evidence:
    """The incumbent's and the challenger's answers to the same rows, which neither learned from.

    Attributes:
        kind: "past" for the rows that the incumbent was tested on, "new" for later ones.
        inputs: the rows.
        incumbent, challenger: what they said.
    """

    kind: Literal["past", "new"]
    inputs: pd.DataFrame
    incumbent: Predictions
    challenger: Predictions

    def __len__(self) -> int:
        return len(self.inputs)

    def take(self, rows: np.ndarray) -> Evidence:
        """Some rows (a mask)."""
        return Evidence(self.kind, self.inputs[rows], self.incumbent.take(rows), self.challenger.take(rows))

    def beside(self, other: Evidence) -> Evidence:
        """These rows and others."""
        return Evidence(
            other.kind,
            pd.concat([self.inputs, other.inputs], ignore_index=True),
            _together(self.incumbent, other.incumbent),
            _together(self.challenger, other.challenger),
        )


def gather(kind: Literal["past", "new"], rows: TestRows, incumbent: Answering, challenger: Answering) -> Evidence:
    """Ask both models.

    Args:
        kind: which rows they are.
        rows: the rows with what came true.
        incumbent: the model that is served; its labels are those in which both are compared.
        challenger: the model that may take its place.

    Raises:
        PredictionError: when a model cannot take the rows.
        DataError: when a label is unknown to the incumbent.
    """
    target = incumbent.target
    y_true = target.encode(rows.labels if len(target.names) > 1 else rows.labels.iloc[:, 0])
    said = [_predictions(each, rows, target, y_true) for each in (incumbent, challenger)]
    return Evidence(kind, rows.inputs.reset_index(drop=True), said[0], said[1])


def _predictions(model: Answering, rows: TestRows, target: Target, y_true: np.ndarray) -> Predictions:
    answers = model.answer(rows.inputs.reset_index(drop=True))
    if target.task == "regression":
        values = np.asarray(answers.labels, dtype=np.float64)
        return Predictions(target.task, y_true, values, values, (), rows.weight)
    places = _places(model, target)
    scores = np.zeros((len(y_true), len(target.classes)))
    scores[:, places] = answers.probabilities
    if target.task == "multilabel":
        flags = answers.labels
        listed = pd.DataFrame(flags) if len(flags) and isinstance(flags[0], dict) else list(flags)
        y_pred = target.encode(listed) if len(flags) else np.zeros_like(y_true)
        return Predictions(target.task, y_true, scores, y_pred, tuple(target.classes), rows.weight)
    y_pred = scores.argmax(axis=1).astype(np.int64)
    if len(set(model.classes)) == len(model.target.classes):
        names = {str(name): place for name, place in zip(model.classes, places, strict=True)}
        y_pred = np.array([names[str(label)] for label in answers.labels], dtype=np.int64)
    return Predictions(target.task, y_true, scores, y_pred, tuple(target.classes), rows.weight)


def _places(model: Answering, target: Target) -> list[int]:
    """For each class of a model, its place among the target's."""
    known = {str(label): place for place, label in enumerate(target.classes)}
    places = [known.get(str(label)) for label in model.target.classes]
    if None in places:
        raise DataError(
            f"The challenger knows the class {model.target.classes[places.index(None)]!r}, which the incumbent does not."
        )
    return [place for place in places if place is not None]


def _together(one: Predictions, other: Predictions) -> Predictions:
    weights = None
    if one.sample_weight is not None or other.sample_weight is not None:
        weights = np.concatenate(
            [np.ones(len(each)) if each.sample_weight is None else each.sample_weight for each in (one, other)]
        )
    return dataclasses.replace(
        one,
        y_true=np.concatenate([one.y_true, other.y_true]),
        scores=np.concatenate([one.scores, other.scores]),
        y_pred=np.concatenate([one.y_pred, other.y_pred]),
        sample_weight=weights,
    )
