"""How the scores of a model's parts become the scores of the model."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from litmus.predictors import Predictor
from litmus.program import Program, Row, Rows
from litmus.runtime.adjusting import Adjusting

__all__ = ["CompiledStacker", "NativePipeline", "Scoring", "StackerLike", "Voice", "log_odds"]


class NativePipeline(Protocol):
    """A pipeline that could not be compiled: it runs with its own library, on a litsdf frame."""

    def scores(self, frame: Any) -> np.ndarray:
        """Scores of the rows of a frame with canonical columns."""


class StackerLike(Protocol):
    """What puts the members' scores together."""

    def combine(self, scores: Sequence[np.ndarray]) -> np.ndarray:
        """The scores for the members' adjusted scores."""


@dataclasses.dataclass(frozen=True)
class Voice:
    """One member of a model, or all of them where their scores are only added up.

    Attributes:
        weight: its share of the model's scores.
        predictor: what answers for its compiled pipelines together, weights included; None when there are none.
        native: the other pipelines with the weights of their scores.
        adjusting: what is done to its scores before they are put together.
    """

    weight: float
    predictor: Predictor | None
    native: tuple[tuple[NativePipeline, float], ...] = ()
    adjusting: tuple[Adjusting, ...] = ()

    def scores(self, made: Rows | None, frame: Any) -> np.ndarray:
        """Float64 (rows, outputs), or (rows,) for regression."""
        total: Any = None if self.predictor is None or made is None else self.predictor.rows(made)
        for pipeline, weight in self.native:
            part = np.asarray(pipeline.scores(frame), dtype=np.float64) * weight
            total = part if total is None else total + part
        for adjusting in self.adjusting:
            total = adjusting.adjust(total)
        return np.asarray(total)


@dataclasses.dataclass(frozen=True)
class CompiledStacker:
    """A stacker in plain numbers; the meaning is that of `litmus.stacker.Stacker`.

    Attributes:
        task: the kind of task.
        center, scale: mean and standard deviation of each feature (features,).
        predictor: the algorithm.
    """

    task: str
    center: np.ndarray
    scale: np.ndarray
    predictor: Predictor

    def combine(self, scores: Sequence[np.ndarray]) -> np.ndarray:
        """Scores for the members' adjusted scores, in the order of the fit."""
        features = (log_odds(scores, self.task) - self.center) / self.scale
        return np.asarray(self.predictor.rows(Rows(np.ascontiguousarray(features, dtype=np.float32), [])))


@dataclasses.dataclass(frozen=True)
class Scoring:
    """All that turns parsed rows into a model's scores.

    Attributes:
        program: what makes the features of the compiled pipelines; None when there are none.
        voices: the members.
        stacker: what puts their scores together instead of their weights, or None.
        postprocessing: parts that adjust the scores, decide and relabel, in order.
    """

    program: Program | None
    voices: tuple[Voice, ...]
    stacker: StackerLike | None = None
    postprocessing: tuple[Adjusting, ...] = ()

    @property
    def has_native(self) -> bool:
        """Whether a pipeline runs with its own library."""
        return any(voice.native for voice in self.voices)

    def settle(self) -> None:
        """Wait until what predictors open in the background is there."""
        for voice in self.voices:
            if voice.predictor is not None:
                voice.predictor.settle()

    def one(self, values: Mapping[str, Any], frame: Any) -> np.ndarray:
        """Scores float64 (1, outputs) or (1,) of one parsed row."""
        row = None if self.program is None else self.program.row(values)
        scores = [_one_of(voice, row, frame) for voice in self.voices]
        return self._together(scores)

    def many(self, columns: Mapping[str, Any], n_rows: int, frame: Any) -> np.ndarray:
        """Scores float64 (rows, outputs) or (rows,) of parsed columns."""
        made = None if self.program is None else self.program.rows(columns, n_rows)
        return self._together([voice.scores(made, frame) for voice in self.voices])

    def of_features(self, made: Rows) -> np.ndarray:
        """Scores float64 (rows, outputs) or (rows,) of rows whose features are made already; only where nothing runs natively."""
        return self._together([voice.scores(made, None) for voice in self.voices])

    def _together(self, scores: list[np.ndarray]) -> np.ndarray:
        if self.stacker is not None:
            total = self.stacker.combine(scores)
        elif len(scores) == 1:
            total = scores[0]
        else:
            total = scores[0] * np.float64(self.voices[0].weight)
            for part, voice in zip(scores[1:], self.voices[1:], strict=True):
                total += part * np.float64(voice.weight)
        for adjusting in self.postprocessing:
            total = adjusting.adjust(total)
        return total


def _one_of(voice: Voice, row: Row | None, frame: Any) -> np.ndarray:
    """One member's scores of one row."""
    total: Any = None
    if voice.predictor is not None and row is not None:
        scores = voice.predictor.row(row)
        total = scores.reshape(1, -1) if voice.predictor.outputs else scores.reshape(1)
    for pipeline, weight in voice.native:
        part = np.asarray(pipeline.scores(frame), dtype=np.float64) * weight
        total = part if total is None else total + part
    for adjusting in voice.adjusting:
        total = adjusting.adjust(total)
    return np.asarray(total)


_SMALLEST = 1e-6


def log_odds(scores: Sequence[np.ndarray], task: str) -> np.ndarray:
    """The members' scores side by side: log odds, or values in regression, float64 (rows, features)."""
    if task == "regression":
        return np.column_stack(scores).astype(np.float64)
    columns = [part[:, 1:] if task == "binary" else part for part in scores]
    inside = np.clip(np.column_stack(columns).astype(np.float64), _SMALLEST, 1 - _SMALLEST)
    return np.asarray(np.log(inside) if task == "multiclass" else np.log(inside / (1 - inside)))
