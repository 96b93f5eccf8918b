"""What a mean of trials' answers is worth on some of the out-of-fold rows, many times over and quickly."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np

from litmus.errors import LitmusError, TrainingError
from litmus.evaluate.bar import Bar
from litmus.evaluate.trial import Trial
from litmus.metrics import Metric
from litmus.metrics.predictions import Predictions, decide

__all__ = ["Decide", "Judge"]

Decide = Callable[[np.ndarray], np.ndarray]

_ROWS = 20_000
"""Rows that weights are chosen on; more would cost time and change weights in the third decimal place."""
_CELLS = 1_000_000
"""Numbers of one trial that weights are chosen on, rows times classes."""
_FEWEST_ROWS = 5_000
_FEWEST_OF_A_CLASS = 300
"""Rows of the rarer class of a binary task that are kept on average, so that rare events still decide."""
_WORSE = 1e9
"""What missing a bar by its whole bound costs: far more than any metric has to give."""


class Judge:
    """The value of scores by a metric; larger is better, and minus infinity is undefined.

    Where there are many rows it looks at a random part of them. Rows are put in the order of their folds, so that a fold is
    a slice.

    Args:
        leader: any of the trials, for the truth.
        metric: what is to be good.
        folds: the fold of each out-of-fold row (rows,): then the value is the mean over the folds, where the metric can be
            computed on each; None values all rows together.
        rows: positions of the out-of-fold rows to look at; all when None.
        decided: scores → codes, when they are not simply the likeliest class.
        bars: what scores have to meet beside; where they do not, their value is far below that of any that do.
        seed: for drawing rows.
    """

    def __init__(
        self,
        leader: Trial,
        metric: Metric,
        *,
        folds: np.ndarray | None = None,
        rows: np.ndarray | None = None,
        decided: Decide | None = None,
        bars: Sequence[Bar] = (),
        seed: int = 0,
    ) -> None:
        truth = _validation(leader)
        positions = np.arange(len(truth)) if rows is None else np.asarray(rows)
        positions = positions[_some_of(truth, positions, seed)]
        if folds is not None:
            positions = positions[np.argsort(folds[positions], kind="stable")]
        self._positions = positions
        self._metric = metric
        self._whole = truth.take(positions)
        self._bars = [bar for bar in bars if bar.metric is not None]
        self._decided = decided or (lambda scores: decide(truth.task, scores))
        undecided = metric.needs == "probabilities" and metric.definition is None  # deciding costs more than scoring
        self._decides = self._decided if not undecided or truth.task == "regression" else (lambda _: None)
        self._slices = [slice(None)]
        if folds is not None and not metric.chooses_threshold:
            starts = np.flatnonzero(np.diff(folds[positions])) + 1
            edges = [0, *starts.tolist(), len(positions)]
            self._slices = [slice(low, high) for low, high in itertools.pairwise(edges)]
        self._truths = [self._whole.take(part) for part in self._slices]  # type: ignore[arg-type]
        if len(self._slices) > 1 and math.isinf(self(self.scores(leader))):
            self._slices, self._truths = (
                [slice(None)],
                [self._whole],
            )  # a fold is too small, such as by having one class

    @property
    def rows(self) -> int:
        """How many rows it looks at."""
        return len(self._positions)

    def scores(self, trial: Trial) -> np.ndarray:
        """A trial's adjusted scores on the rows, in the order in which they are judged."""
        return np.asarray(_validation(trial).scores[self._positions])

    def __call__(self, scores: np.ndarray) -> float:
        """The value of scores in the order of `scores`."""
        total = 0.0
        for part, truth in zip(self._slices, self._truths, strict=True):
            total += self._value(truth, scores[part])
            if total == -math.inf:
                break
        return total / len(self._slices) - (self._missed(scores) if self._bars else 0.0)

    def _missed(self, scores: np.ndarray) -> float:
        """What the bars that these scores miss cost."""
        answered = dataclasses.replace(self._whole, scores=scores, y_pred=self._decided(scores))
        total = 0.0
        for bar in self._bars:
            if bar.metric is None:
                continue
            try:
                total += bar.violation(bar.metric.score(answered))
            except LitmusError:
                total += bar.violation(None)
        return _WORSE * total

    def _value(self, truth: Predictions, scores: np.ndarray) -> float:
        try:
            value = self._metric.score(self._answered(truth, scores))
        except LitmusError:  # undefined there, such as a precision without any positive answer
            return -math.inf
        return -math.inf if math.isnan(value) else value if self._metric.maximize else -value

    def _answered(self, truth: Predictions, scores: np.ndarray) -> Predictions:
        codes = self._decides(scores)
        return dataclasses.replace(truth, scores=scores, y_pred=truth.y_pred if codes is None else codes)


def _validation(trial: Trial) -> Predictions:
    if trial.validation is None:
        raise TrainingError(f"{trial.name} has no out-of-fold predictions, so it cannot be combined.")
    return trial.validation


def _some_of(truth: Predictions, positions: np.ndarray, seed: int) -> np.ndarray:
    """Which of these rows to look at: all where there are few, else a random part of them, in order."""
    most = min(_ROWS, max(_FEWEST_ROWS, _CELLS // max(1, truth.scores[:1].size)))
    if len(positions) <= most:
        return np.arange(len(positions))
    share = most / len(positions)
    if truth.task == "binary":
        rarer = int(np.bincount(truth.y_true[positions], minlength=2).min())
        share = max(share, min(1.0, _FEWEST_OF_A_CLASS / max(rarer, 1)))
    drawn = np.random.default_rng(seed).permutation(len(positions))[: round(share * len(positions))]
    return np.sort(drawn)
