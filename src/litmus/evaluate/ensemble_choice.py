"""What an ensemble makes of its members' answers: chosen on some rows, judged on others."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from litmus.errors import LitmusError, TrainingError
from litmus.evaluate.answers import cross_fitted, fit_postprocessing
from litmus.evaluate.assess import objective_value
from litmus.evaluate.bar import Bar
from litmus.evaluate.ensemble import Affordable, Weighted, mean_scores, select
from litmus.evaluate.ensemble_options import Ensemble
from litmus.evaluate.plan import Plan
from litmus.evaluate.trial import Trial
from litmus.metrics import Metric
from litmus.metrics.predictions import Predictions, decide
from litmus.postprocessing import Calibrate, Postprocessor
from litmus.postprocessing.apply import decided
from litmus.stacker import Stacker, fit_stacker

__all__ = ["Choice", "Combination", "better_by_more_than_noise", "keeps_apart", "overrides", "parts_that_decide"]

How = Literal["mean", "stack"]

_PARTS = 5
"""Parts that the rows are cut into to judge an ensemble where there is one fold only."""
_RESAMPLES = 100
_SURE = 0.95
"""Share of the resamples in which stacking has to be better than the weighted mean."""
_RESAMPLED_ROWS = 20_000


@dataclasses.dataclass(frozen=True)
class Combination:
    """Members, and how their scores become one: by their weights, or by a second model."""

    weighted: Weighted
    stacker: Stacker | None = None

    def scores(self, parts: Sequence[np.ndarray]) -> np.ndarray:
        """The ensemble's scores for the members' adjusted scores, in the order of `weighted`."""
        if self.stacker is None:
            return mean_scores(parts, self.weighted.weights)
        combined = self.stacker.combine(parts)
        return combined if combined.ndim == 1 else combined.astype(np.float32)


class Choice:
    """The trials that may be combined, and combinations of them chosen on some of the rows.

    Args:
        ranked: the trials, best first, as `combinable` gives them.
        plans: trial id → its plan.
        options: how to choose.
        affordable: whether these trials may be together; by default all may.
        bars: what the ensemble has to meet beside.
        deadline: `time.monotonic()` second at which everything is to be chosen, or None.

    Attributes:
        by_id: the trials.
        plan: the plan of the best one.
        folds: the fold of each out-of-fold row (rows,).
    """

    def __init__(
        self,
        ranked: Sequence[Trial],
        plans: Mapping[int, Plan],
        options: Ensemble,
        affordable: Affordable | None = None,
        *,
        bars: Sequence[Bar] = (),
        deadline: float | None = None,
    ) -> None:
        self.by_id = {trial.id: trial for trial in ranked}
        self.plan = plans[ranked[0].id]
        self.folds = _fold_of_rows(self.plan, np.asarray(ranked[0].validation_rows))
        self._ranked = ranked
        self._options = options
        self._affordable = affordable
        self._bars = tuple(bars)
        self._best_alone: Predictions | None = None
        selections = (len(np.unique(self.folds)) if len(np.unique(self.folds)) > 1 else _PARTS) + 1
        left = math.inf if deadline is None else deadline - time.monotonic()
        self._seconds = left / selections / (2 if options.method == "stacking" else 1)

    def combination(self, rows: np.ndarray | None, how: How = "mean") -> Combination:
        """Members and weights chosen on these out-of-fold rows, or on all.

        With "stack" a second model learns there from the members.
        """
        best = self._predictions(self._ranked[0])
        parts = [part for part in parts_that_decide(self.plan) if not overrides(part, "adjust")]
        if parts:
            parts = fit_postprocessing(parts, best if rows is None else best.take(rows))
        weighted = select(
            self._ranked,
            self.plan.metrics["validation"][0],
            options=self._options,
            folds=self.folds,
            rows=rows,
            decided=(lambda scores: decided(parts, best.task, scores)) if parts else None,
            affordable=self._affordable,
            bars=self._bars,
            seed=self.plan.seed,
            deadline=None if math.isinf(self._seconds) else time.monotonic() + self._seconds,
        )
        if how != "stack" or len(weighted.trials) < 2:
            return Combination(weighted)
        truth = best if rows is None else best.take(rows)
        scores = [self._scores(number, rows) for number in weighted.trials]
        seed, threads = self.plan.seed, self.plan.threads
        return Combination(weighted, fit_stacker(self._options.algorithm, scores, truth, seed=seed, threads=threads))

    def cross_fitted(self, how: How = "mean") -> Predictions:
        """The answers on each fold's rows, of members, weights and decisions that were chosen without them."""
        parts = self.folds
        if len(np.unique(parts)) < 2:
            parts = np.random.default_rng(self.plan.seed).permutation(len(parts)) % min(_PARTS, len(parts))
        best = self._predictions(self._ranked[0])
        scores, alone = np.array(best.scores), np.array(best.scores)
        for part in np.unique(parts):
            inside = np.flatnonzero(parts == part)
            chosen = self.combination(np.flatnonzero(parts != part), how)
            scores[inside] = chosen.scores([self._scores(number, inside) for number in chosen.weighted.trials])
            alone[inside] = self._scores(chosen.weighted.first, inside)
        self._best_alone = self._answered(alone, parts)
        return self._answered(scores, parts)

    def luck_of_the_best(self) -> float:
        """What the best trial's score owes to having been picked by it, 0 or more; known after `cross_fitted`.

        The best trial is picked for each fold on the rows of the other folds; by so much are those picks worse.
        """
        metric = self.plan.metrics["validation"][0]
        shown = self._ranked[0].score(metric.label)
        fair = None if self._best_alone is None else objective_value(metric, self._best_alone, self.folds)
        if shown is None or fair is None or not math.isfinite(fair):
            return 0.0
        return max(0.0, shown.value - fair if metric.maximize else fair - shown.value)

    def _answered(self, scores: np.ndarray, parts: np.ndarray) -> Predictions:
        """The answers that scores mean, decided without the part they are in."""
        best = self._predictions(self._ranked[0])
        raw = dataclasses.replace(best, scores=scores, y_pred=decide(best.task, scores))
        return cross_fitted(parts_that_decide(self.plan), raw, parts)

    def _scores(self, number: int, rows: np.ndarray | None) -> np.ndarray:
        scores = self._predictions(self.by_id[number]).scores
        return np.asarray(scores if rows is None else scores[rows])

    def _predictions(self, trial: Trial) -> Predictions:
        found = trial.validation
        if found is None:
            raise TrainingError(f"{trial.name} has no out-of-fold predictions, so it cannot be combined.")
        return found


def better_by_more_than_noise(first: Predictions, second: Predictions, metric: Metric, *, seed: int) -> bool:
    """Whether the first answers are better than the second in nearly all resamples of the rows (a paired bootstrap)."""
    rng = np.random.default_rng(seed)
    size = min(len(first), _RESAMPLED_ROWS)
    sign = 1.0 if metric.maximize else -1.0
    wins, told = 0, 0
    for _ in range(_RESAMPLES):
        rows = rng.integers(0, len(first), size)
        try:
            gain = sign * (metric.score(first.take(rows)) - metric.score(second.take(rows)))
        except LitmusError:  # undefined on these rows, such as for want of a class
            continue
        told += 1
        wins += gain > 0
    return told > 0 and wins >= _SURE * told


def parts_that_decide(plan: Plan) -> list[Postprocessor]:
    """What an ensemble does with its scores: the parts of its best member's postprocessing that decide or relabel.

    Where that member's temperature is calibrated, so is the ensemble's: the mean of probabilities that are each as sure as
    they should be is less sure than it should be (Ranjan and Gneiting 2010, "Combining probability forecasts").
    """
    parts = plan.candidate.pipeline.postprocessing
    tempered = any(isinstance(part, Calibrate) and part.method == "temperature" for part in parts)
    deciding = [part for part in parts if not overrides(part, "adjust")]
    return [Calibrate(method="temperature"), *deciding] if tempered else deciding


def keeps_apart(plan: Plan) -> bool:
    """Whether each part either adjusts scores, which is a member's own, or decides, which the ensemble does once."""
    return not any(
        overrides(part, "adjust") and (overrides(part, "decide") or overrides(part, "relabel"))
        for part in plan.candidate.pipeline.postprocessing
    )


def overrides(part: Postprocessor, method: str) -> bool:
    """Whether a postprocessor does something of its own in this method."""
    return getattr(type(part), method) is not getattr(Postprocessor, method)


def _fold_of_rows(plan: Plan, rows: np.ndarray) -> np.ndarray:
    """The first fold that held each of these training rows out."""
    fold_of = np.full(len(plan.data.train), -1, dtype=np.int32)
    for number in range(plan.dataset.n_folds):
        _, valid = plan.dataset.fold(number)
        fold_of[valid] = np.where(fold_of[valid] < 0, number, fold_of[valid])
    return np.asarray(fold_of[rows])
