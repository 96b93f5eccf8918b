"""What a run tells while it goes on: trials that end, and how far it has come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litmus.events import Events
from litmus.training.attempt import Attempt
from litmus.training.budget import Clock
from litmus.training.study import Study

__all__ = ["Telling"]


class Telling:
    """Tells the subscribers of a run about its trials.

    Args:
        events: where it is told.
        studies: the data sets with their trials.
        clock: the time there is.

    Attributes:
        folds_done: how many fits have ended.
    """

    def __init__(self, events: Events, studies: Sequence[Study], clock: Clock) -> None:
        self._events, self._studies, self._clock = events, studies, clock
        self.folds_done = 0

    def time_passed(self) -> None:
        """Time went by and nothing happened."""
        self._events.tell("time.passed", "", **self._counts())

    def started(self, attempt: Attempt) -> None:
        """A trial was opened."""
        name = attempt.trial.name
        self._events.emit("trial.started", name, trial=name, data=attempt.trial.data, **self._counts())

    def fold_finished(self, attempt: Attempt, fold: int, seconds: float) -> None:
        """A fit ended."""
        self._events.emit(
            "fold.finished",
            f"{attempt.trial.name}, fold {fold + 1}: {seconds:.1f} s",
            trial=attempt.trial.name,
            data=attempt.trial.data,
            fold=fold,
            done=self.folds_done,
            seconds=seconds,
            **self._counts(),
        )

    def finished(self, study: Study, attempt: Attempt) -> None:
        """A trial ended."""
        trial, objective = attempt.trial, study.objective
        score = trial.score(objective.label)
        if trial.status == "complete":
            message = f"{trial.name}: {objective.label} {score.value:.4f}" if score else f"{trial.name}: no score"
        else:
            message = f"{trial.name} {'failed: ' if trial.status == 'failed' else ''}{trial.reason}"
        self._events.emit(
            "trial.finished",
            message,
            trial=trial.name,
            data=trial.data,
            status=trial.status,
            metric=objective.label,
            score=None if score is None else score.value,
            maximize=objective.maximize,
            reason=trial.reason,
            cost=trial.cost_seconds,
            **self._counts(),
        )

    def _counts(self) -> dict[str, Any]:
        """How far the run has come: trials by what became of them, folds known of, and the time left."""
        attempts = [attempt for study in self._studies for attempt in study.attempts]
        ended = [attempt.trial.status for attempt in attempts if attempt.state == "done"]
        planned = sum(one.to_begin * one.dataset.n_folds for one in self._studies)
        to_do = sum(len(one.folds) - len(one.results) for one in attempts if one.state == "open")
        return {
            "total": planned + self.folds_done + to_do,
            "complete": ended.count("complete"),
            "stopped": ended.count("stopped"),
            "failed": ended.count("failed"),
            "under_way": len(attempts) - len(ended),
            "seconds_left": None if self._clock.limit is None else max(self._clock.left(), 0.0),
        }
