"""The result of one candidate on one data set."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

import numpy as np

from litmus.deployment import Violation
from litmus.estimate import Estimate
from litmus.evaluate.searched import Searched
from litmus.metrics.predictions import Predictions

__all__ = ["Cause", "Score", "Trial", "not_computed"]

Cause = Literal["", "hopeless", "effort", "time"]
"""Why a trial was stopped early: it was hopeless, it was tried with a part of the effort only, or time was over."""


@dataclasses.dataclass(frozen=True)
class Score:
    """A metric's value on one split.

    Attributes:
        metric: the metric's label.
        value: mean over the folds (validation), or the value on all rows of the split (train, test).
        maximize: whether larger is better.
        spread: standard deviation over the folds, or None.
        low, high: bounds of the 95 % bootstrap interval over all rows, set around `value`, or None.
        folds: the value on each fold.
        details: what else the metric tells, such as the threshold it chose.
    """

    metric: str
    value: float
    maximize: bool
    spread: float | None = None
    low: float | None = None
    high: float | None = None
    folds: tuple[float, ...] = ()
    details: dict[str, float | None] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Trial:
    """One candidate trained on one data set.

    Attributes:
        id: number within the run, from 1.
        name: unique within the run, such as "XGBoost" or "XGBoost(max_depth=5)".
        data: name of the data set.
        algorithm: name of the algorithm.
        settings: the algorithm's parameters that differ from its defaults.
        status: "complete", "failed" with a reason, or "stopped" with one: it did not get all its folds, and has no rank.
        reason: why it failed or was stopped, one sentence.
        cause: the kind of reason it was stopped for.
        scores: split ("train", "validation", "test") → metric label → `Score`.
        fit_seconds: mean time of one fold's fit, steps included.
        cost_seconds: time of all its work together, over every fold, what failed or was stopped included.
        started, finished: when it began and ended, seconds since the run began; None where it was not under way in one.
        predict_seconds: mean time to predict 1,000 rows, steps included.
        importance: feature → share of importance, largest first.
        notes: what its steps dropped or changed and why.
        validation: out-of-fold predictions of the rows that were held out, in the order of `validation_rows`.
        validation_rows: positions of those rows in the training table.
        test: predictions on the test rows.
        folders: where the fitted fold models are.
        members: id of a trial → its weight, for an ensemble; empty for other trials.
        allowance: by how much the objective may be behind another trial's and still rank before it: what the best of many
            trials owes to having been picked by its score, which an ensemble's score, of weights fitted on other rows, does not.
        searched: its settings in the space that was searched; None where nothing was.
        fold_scores: the objective on the first folds, of a trial that did not get all of them.
        estimate: what its model is expected to take once it is served; None where that was not estimated.
        not_estimated: why there is no estimate, where one was wanted.
        misses: the limits of the deployment that it misses, as estimated, or as simulated where it was.
        learned_rows: rows that each of its fits learned from, where that was a part of those there were; else None.
        bar_violation: by how much it misses the bars, as shares of their bounds; 0 when it meets them all.
    """

    id: int
    name: str
    data: str
    algorithm: str
    settings: dict[str, Any]
    status: Literal["complete", "failed", "stopped"] = "complete"
    reason: str = ""
    cause: Cause = ""
    scores: dict[str, dict[str, Score]] = dataclasses.field(default_factory=dict)
    fit_seconds: float = 0.0
    predict_seconds: float = 0.0
    cost_seconds: float = 0.0
    started: float | None = None
    finished: float | None = None
    importance: dict[str, float] = dataclasses.field(default_factory=dict)
    notes: tuple[str, ...] = ()
    validation: Predictions | None = None
    validation_rows: np.ndarray = dataclasses.field(default_factory=lambda: np.empty(0, np.int64))
    test: Predictions | None = None
    folders: tuple[str, ...] = ()
    members: dict[int, float] = dataclasses.field(default_factory=dict)
    allowance: float = 0.0
    searched: Searched | None = None
    fold_scores: tuple[float, ...] = ()
    estimate: Estimate | None = None
    not_estimated: str = ""
    misses: tuple[Violation, ...] = ()
    bar_violation: float = 0.0
    learned_rows: int | None = None

    @property
    def violation(self) -> float:
        """By how much it misses what models have to meet, bars and deployment together; 0 when it meets it all."""
        unknown = 1.0 if self.not_estimated else 0.0
        return self.bar_violation + sum(miss.excess for miss in self.misses) + unknown

    def score(self, metric: str, split: str = "validation") -> Score | None:
        """The score of a metric on a split, or None when it was not computed."""
        return self.scores.get(split, {}).get(metric)

    def why_not(self, metric: str, split: str = "validation") -> str:
        """Why a metric was not computed on a split, as its note says; empty when there is no such note."""
        start = not_computed(split, metric, "")
        return next((note.removeprefix(start) for note in self.notes if note.startswith(start)), "")


def not_computed(split: str, metric: str, reason: str) -> str:
    """The note of a trial about a metric that is undefined on a split."""
    return f"{split} {metric} was not computed: {reason}"
