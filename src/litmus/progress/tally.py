"""How far a run has come, counted from its events."""

from __future__ import annotations

import dataclasses
import math

from litmus.evaluate.number_text import duration_text, number_text, one_line, plural
from litmus.events import Event

__all__ = ["Tally"]


@dataclasses.dataclass
class Tally:
    """The facts that a progress display shows; `update` reads them from each event.

    Attributes:
        done, total: folds finished and folds in all.
        complete, failed: (data set, name) of the trials that ended well and badly.
        started, now: when the run started and when the last event came, seconds since the epoch.
        best: data set → (score, metric, trial) of the best trial so far.
        finished: whether the run is over.
    """

    done: int = 0
    total: int = 0
    complete: set[tuple[str, str]] = dataclasses.field(default_factory=set)
    failed: set[tuple[str, str]] = dataclasses.field(default_factory=set)
    started: float | None = None
    now: float = 0.0
    best: dict[str, tuple[float, str, str]] = dataclasses.field(default_factory=dict)
    finished: bool = False

    def update(self, event: Event) -> None:
        """Count one event; kinds that say nothing about progress are ignored."""
        self.started = event.time if self.started is None else self.started
        self.now = event.time
        values = event.values
        if event.kind == "run.started":
            self.total = int(values.get("jobs", values.get("folds", 0)) or 0)
        elif event.kind == "fold.finished":
            self.done = int(values.get("done", self.done + 1))
            self.total = max(int(values.get("total", self.total)), self.done)
        elif event.kind == "trial.finished":
            self._count_trial(event)
        elif event.kind == "run.finished":
            self.finished = True

    def _count_trial(self, event: Event) -> None:
        values = event.values
        key = (str(values.get("data", "")), str(values.get("trial", "")))
        if values.get("status") != "complete":
            self.failed.add(key)  # a set: several folds of one trial may fail before the rest is called off
            return
        self.complete.add(key)
        score = values.get("score")
        if not isinstance(score, int | float) or not math.isfinite(score):
            return
        data = str(values.get("data", ""))
        known = self.best.get(data)
        sign = 1.0 if values.get("maximize", True) else -1.0
        if known is None or sign * score > sign * known[0]:
            self.best[data] = (float(score), str(values.get("metric", "score")), str(values.get("trial", "")))

    @property
    def seconds(self) -> float:
        """Time from the first event to the last, in seconds."""
        return 0.0 if self.started is None else max(self.now - self.started, 0.0)

    def best_text(self) -> str:
        """The best score so far, for each data set when there are several; empty before the first trial has ended."""
        several = len(self.best) > 1
        return ", ".join(
            f"{one_line(data, 20) + ': ' if several else ''}best {one_line(metric, 40)} {number_text(score)} "
            f"({one_line(trial, 40)})"
            for data, (score, metric, trial) in self.best.items()
        )

    @property
    def phase(self) -> str:
        """What the run is doing, in a word."""
        if self.finished:
            return "finished"
        return "scoring" if self.complete or (self.total and self.done >= self.total) else "training"

    def folds_text(self) -> str:
        """Folds done, such as "7 of 15 folds"."""
        return f"{self.done:,} of {plural(self.total, 'fold')}"

    def summary(self) -> str:
        """One line about the whole: folds, time, best score, failures."""
        parts = [self.folds_text(), duration_text(self.seconds), self.best_text()]
        parts.append(f"{plural(len(self.failed), 'trial')} failed" if self.failed else "")
        return ", ".join(part for part in parts if part)
