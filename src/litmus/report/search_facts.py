"""What a search tried on one data set, trial by trial, in the order it was begun."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Literal

import numpy as np

from litmus.evaluate.leaderboard import Leaderboard
from litmus.evaluate.number_text import one_line
from litmus.evaluate.trial import Score, Trial

__all__ = ["SearchFacts", "Tried"]

_ENSEMBLE = "Ensemble"
_BASELINE = "Baseline"
_WIDEST_FAMILY = 28
_FENCE = 1.5
"""Interquartile ranges below the lower quartile, beyond which a score is drawn at the edge: Tukey's rule."""


@dataclasses.dataclass(frozen=True)
class Tried:
    """One trial as the charts of a search show it.

    Attributes:
        trial: the trial.
        number: its place in the order of beginning, from 1.
        family: the pipeline asked for that it varies.
        score: the objective; of a trial stopped early the best one's, less what it was behind the best on the folds it got,
            because folds differ and its own mean would not compare; None when there is none.
    """

    trial: Trial
    number: int
    family: str
    score: float | None

    @property
    def status(self) -> Literal["complete", "stopped early", "failed", "ensemble"]:
        """What became of it, in the words of the charts."""
        if self.family == _ENSEMBLE:
            return "ensemble"
        if self.trial.status == "stopped":
            return "stopped early"
        return "failed" if self.trial.status == "failed" or self.score is None else "complete"

    @property
    def name(self) -> str:
        """Its name on one short line."""
        return one_line(self.trial.name, 60)

    @property
    def given(self) -> bool:
        """Whether it was there before the search."""
        return self.trial.searched is None or self.trial.searched.given

    @property
    def is_configuration(self) -> bool:
        """Whether it is one of the configurations that a search is about: neither the baseline nor an ensemble."""
        return self.status != "ensemble" and self.trial.algorithm != _BASELINE


class SearchFacts:
    """The trials of a searched data set.

    Args:
        board: the leaderboard of that data set alone.
    """

    def __init__(self, board: Leaderboard) -> None:
        data = board.data_names[0]
        self.metric = board.objectives[data]
        trials = sorted(board, key=lambda trial: trial.id)
        scores = [score for trial in board if (score := board.objective_score(trial)) is not None]
        self.maximize = all(score.maximize for score in scores)
        self.n_folds = max((len(score.folds) for score in scores), default=0)
        leading = next(
            (trial.score(self.metric) for trial in board if not trial.members and trial.status == "complete"), None
        )
        self.tried = [_tried(self.metric, trial, trial.id - trials[0].id + 1, leading) for trial in trials]

    @property
    def sign(self) -> float:
        """1 where larger scores are better, else -1."""
        return 1.0 if self.maximize else -1.0

    @cached_property
    def configurations(self) -> list[Tried]:
        """Every trial but the baseline and an ensemble."""
        return [one for one in self.tried if one.is_configuration]

    @cached_property
    def complete(self) -> list[Tried]:
        """The configurations with all their folds and a score."""
        return [one for one in self.configurations if one.status == "complete"]

    @cached_property
    def ensemble(self) -> Tried | None:
        """The ensemble, where there is one with a score."""
        return next((one for one in self.tried if one.status == "ensemble" and one.score is not None), None)

    @cached_property
    def families(self) -> list[str]:
        """The pipelines asked for, the one with the most trials first; the baseline and an ensemble last."""
        counts = Counter(one.family for one in self.configurations)
        rest = dict.fromkeys(one.family for one in self.tried if not one.is_configuration)
        return [*(family for family, _ in counts.most_common()), *(name for name in rest if name not in counts)]

    def best(self, among: Iterable[Tried]) -> Tried | None:
        """The one with the best score; the earlier of two that are as good."""
        scored = [one for one in among if one.score is not None]
        return max(scored, key=lambda one: (self.sign * (one.score or 0.0), -one.number), default=None)

    def better_by(self, one: Tried, other: Tried) -> float:
        """By how much one score is better than another; below 0 when it is worse."""
        return self.sign * ((one.score or 0.0) - (other.score or 0.0))

    def records(self, ordered: Iterable[Tried]) -> list[Tried]:
        """Those of a sequence of trials that were better than everything before them."""
        found: list[Tried] = []
        for one in ordered:
            if one.score is not None and (not found or self.better_by(one, found[-1]) > 0):
                found.append(one)
        return found

    @cached_property
    def edge(self) -> float | None:
        """The worst score that charts of all trials tell apart."""
        return self.edge_of(self.complete)

    def edge_of(self, tried: Iterable[Tried]) -> float | None:
        """The worst score to tell apart among these: those far below the rest would flatten all others."""
        scores = self.sign * np.array([one.score for one in tried if one.score is not None])
        if len(scores) == 0:
            return None
        low, middle = np.quantile(scores, [0.25, 0.5])
        width = max(np.quantile(scores, 0.75) - low, (scores.max() - middle) / 4)
        return self.sign * float(max(scores.min(), low - _FENCE * width))

    def within(self, score: float | None, edge: float | None) -> float:
        """The score, or the edge where it is worse than that."""
        score = 0.0 if score is None else score
        return score if edge is None else self.sign * max(self.sign * score, self.sign * edge)


def by_end(tried: Sequence[Tried]) -> list[Tried]:
    """Trials whose times are known, in the order in which they ended."""
    timed = [one for one in tried if one.trial.finished is not None]
    return sorted(timed, key=lambda one: one.trial.finished or 0.0)


def _tried(metric: str, trial: Trial, number: int, leading: Score | None) -> Tried:
    family = trial.algorithm if trial.searched is None else trial.searched.origin
    family = _ENSEMBLE if trial.members else one_line(family, _WIDEST_FAMILY)
    found = trial.score(metric) if trial.status == "complete" else None
    score = None if found is None else found.value
    if score is None and trial.status == "stopped" and leading is not None:
        pairs = list(zip(trial.fold_scores, leading.folds, strict=False))
        score = leading.value + sum(own - best for own, best in pairs) / len(pairs) if pairs else None
    return Tried(trial, number, family, score if score is not None and math.isfinite(score) else None)
