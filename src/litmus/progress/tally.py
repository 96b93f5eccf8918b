"""How far a run has come, counted from its events."""

from __future__ import annotations

import dataclasses
import math

from litmus.evaluate.number_text import duration_text, number_text, one_line, plural
from litmus.events import Event

__all__ = ["Tally"]

_BASELINE = "Baseline"
"""The constant baseline's trial, which is no configuration that `max_trials` counts."""
_MOST_FAILURES = 5
"""Failed trials of a search that get a line each; an algorithm that always fails would fill the screen."""


@dataclasses.dataclass
class Tally:
    """The facts that a progress display shows; `update` reads them from each event.

    Attributes:
        done, total: folds finished and folds in all.
        complete, failed: (data set, name) of the trials that ended well and badly.
        started, now: when the run started and when the last event came, seconds since the epoch.
        best: data set → (score, metric, trial) of the best trial so far.
        finished: whether the run is over.
        searching: whether trials follow one another until the budget is spent.
        time_limit, max_trials: that budget, seconds and configurations; None for no bound.
        stopped, under_way: trials given up early and being worked on.
        seconds_left: time left for training when the last event came, or None.
        data_sets: how many data sets are searched; `max_trials` counts for each.
        tells: whether the last event is a trial of a search that is worth a line: the best so far, or one of the first to fail.
    """

    done: int = 0
    total: int = 0
    complete: set[tuple[str, str]] = dataclasses.field(default_factory=set)
    failed: set[tuple[str, str]] = dataclasses.field(default_factory=set)
    started: float | None = None
    now: float = 0.0
    best: dict[str, tuple[float, str, str]] = dataclasses.field(default_factory=dict)
    finished: bool = False
    searching: bool = False
    time_limit: float | None = None
    max_trials: int | None = None
    stopped: int = 0
    under_way: int = 0
    seconds_left: float | None = None
    data_sets: int = 1
    tells: bool = False

    def update(self, event: Event) -> None:
        """Count one event; kinds that say nothing about progress are ignored."""
        self.started = event.time if self.started is None else self.started
        self.now = event.time
        values = event.values
        self.tells = False
        self.stopped = int(values.get("stopped", self.stopped))
        self.under_way = int(values.get("under_way", self.under_way))
        if "seconds_left" in values:
            self.seconds_left = values["seconds_left"]
        if event.kind == "run.started":
            self.searching = bool(values.get("searching"))
            self.time_limit, self.max_trials = values.get("time_limit"), values.get("max_trials")
            self.data_sets = max(int(values.get("data_sets", 1)), 1)
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
        if values.get("status") == "stopped":
            return
        if values.get("status") != "complete":
            self.failed.add(key)  # a set: several folds of one trial may fail before the rest is called off
            self.tells = len(self.failed) <= _MOST_FAILURES
            return
        self.complete.add(key)
        score = values.get("score")
        if not isinstance(score, int | float) or not math.isfinite(score):
            return
        data = str(values.get("data", ""))
        known = self.best.get(data)
        sign = 1.0 if values.get("maximize", True) else -1.0
        if known is None or sign * score > sign * known[0]:
            self.tells = True
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
        if self.searching:
            over = self.seconds_left == 0 or (not self.under_way and self.share[0] >= self.share[1] > 0)
            return "scoring" if over else "searching"
        return "scoring" if self.complete or (self.total and self.done >= self.total) else "training"

    @property
    def share(self) -> tuple[float, float]:
        """What is done and what there is in all: seconds or trials of a search, else folds."""
        if self.searching and self.time_limit is not None:
            return min(self.seconds, self.time_limit), self.time_limit
        if self.searching and self.max_trials is not None:
            most = self.max_trials * self.data_sets
            configurations = sum(name != _BASELINE for _, name in self.complete | self.failed) + self.stopped
            return min(configurations, most), most
        return self.done, self.total

    def folds_text(self) -> str:
        """Folds done, such as "7 of 15 folds"; of a search the trials, such as "9 trials, 4 under way, 3 stopped early"."""
        if not self.searching:
            return f"{self.done:,} of {plural(self.total, 'fold')}"
        parts = [plural(len(self.complete), "trial")]
        parts += [f"{self.under_way} under way"] if self.under_way and not self.finished else []
        parts += [f"{self.stopped} stopped early"] if self.stopped else []
        parts += [f"{duration_text(self.seconds_left)} left"] if self.seconds_left and not self.finished else []
        return ", ".join(parts)

    def summary(self) -> str:
        """One line about the whole: folds, time, best score, failures."""
        parts = [self.folds_text(), duration_text(self.seconds), self.best_text()]
        parts.append(f"{plural(len(self.failed), 'trial')} failed" if self.failed else "")
        return ", ".join(part for part in parts if part)
