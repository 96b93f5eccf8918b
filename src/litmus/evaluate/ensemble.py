"""Which trials are stronger together: greedy weighted selection from out-of-fold predictions."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from litmus.errors import LitmusError, TrainingError
from litmus.evaluate.ensemble_options import Ensemble
from litmus.evaluate.trial import Trial
from litmus.metrics import Metric
from litmus.metrics.predictions import Predictions, decide

__all__ = ["Affordable", "Weighted", "combinable", "mean_scores", "select"]

_PATIENCE = 5
"""Steps without a new best score after which the selection ends."""

Decide = Callable[[np.ndarray], np.ndarray]
Affordable = Callable[[Sequence[Trial]], bool]


@dataclasses.dataclass(frozen=True)
class Weighted:
    """Trials and their weights.

    Attributes:
        trials: ids of the trials, the largest weight first.
        weights: their weights, which sum to 1.
        score: the metric on the rows that the weights were fitted on; larger is better, and it flatters.
    """

    trials: tuple[int, ...]
    weights: tuple[float, ...]
    score: float


def combinable(trials: Sequence[Trial], metric: str) -> list[Trial]:
    """The trials that can be in one ensemble, best first: complete, scored, and judged on the rows of the best one.

    Trials that were stopped early or failed are never among them, nor are ensembles.
    """
    scored = []
    for trial in trials:
        score = trial.score(metric)
        whole = trial.status == "complete" and trial.validation is not None and not trial.members
        if whole and score is not None and math.isfinite(score.value):
            scored.append((-score.value if score.maximize else score.value, trial.id, trial))
    ranked = [trial for *_, trial in sorted(scored, key=lambda item: item[:2])]
    return [trial for trial in ranked if np.array_equal(trial.validation_rows, ranked[0].validation_rows)]


def select(
    members: Sequence[Trial],
    metric: Metric,
    *,
    options: Ensemble | None = None,
    folds: np.ndarray | None = None,
    rows: np.ndarray | None = None,
    decided: Decide | None = None,
    affordable: Affordable | None = None,
) -> Weighted:
    """Choose trials and weights whose mean out-of-fold score is best (Caruana et al. 2004, "Ensemble selection from
    libraries of models").

    It begins with the best trial. Each step adds the trial, again or anew, whose addition to the mean is best for the
    metric; the weights are how often each was added. Of equally good ones a trial that is in already is taken, then the
    one asked for first: measured times would make the choice depend on the machine.

    Args:
        members: the trials, as `combinable` gives them.
        metric: what is to be good; any metric.
        options: how many trials and steps there may be.
        folds: the fold of each out-of-fold row (rows,); with them the metric is its mean over the folds, as on the
            leaderboard, where it can be computed on each.
        rows: positions of the out-of-fold rows to choose on; all of them when left out.
        decided: mean scores → codes, when they are not simply the likeliest class.
        affordable: whether these trials may be together; by default all may.

    Raises:
        TrainingError: when no trial can be scored by the metric on these rows, or none is affordable.

    Example:
        >>> y = np.array([0, 0, 0, 1, 1, 1])
        >>> def trial(number, p):
        ...     scores = np.column_stack([1 - np.array(p), p])
        ...     found = Predictions("binary", y, scores, scores.argmax(axis=1), ("no", "yes"))
        ...     return Trial(number, f"T{number}", "data", "MLP", {}, validation=found)
        >>> one, other = trial(1, [0.1, 0.2, 0.8, 0.3, 0.7, 0.9]), trial(2, [0.2, 0.7, 0.1, 0.8, 0.6, 0.3])
        >>> select([one, other], Metric("roc_auc")).weights
        (0.5, 0.5)
    """
    options = options or Ensemble()
    judge = _Judge(members[0], metric, folds, rows, decided)
    allowed = affordable or (lambda _: True)
    alone = [(judge(judge.scores(trial)), place) for place, trial in enumerate(members) if allowed([trial])]
    ranked = sorted(alone, key=lambda item: (-item[0], item[1]))[: options.candidates]
    if not ranked or ranked[0][0] == -math.inf:
        raise TrainingError(f"No trial has a {metric.label} on the out-of-fold rows, so none can be combined.")
    chosen, value = _grow([members[place] for _, place in ranked], judge, options, allowed, ranked[0][0])
    counts = Counter(chosen)
    heaviest = sorted(counts, key=lambda place: (-counts[place], place))
    return Weighted(
        trials=tuple(members[ranked[place][1]].id for place in heaviest),
        weights=tuple(counts[place] / len(chosen) for place in heaviest),
        score=value,
    )


def mean_scores(parts: Sequence[np.ndarray], weights: Sequence[float]) -> np.ndarray:
    """The weighted mean of some trials' scores, of the type that a single trial's have."""
    total = parts[0] * np.float64(weights[0])
    for part, weight in zip(parts[1:], weights[1:], strict=True):
        total += part * np.float64(weight)
    return np.asarray(total, dtype=np.float64 if total.ndim == 1 else np.float32)


def _grow(
    trials: Sequence[Trial], judge: _Judge, options: Ensemble, allowed: Affordable, first: float
) -> tuple[list[int], float]:
    """Places in `trials`, best first, in the order they were added; only up to the best of all steps."""
    chosen, values = [0], [first]
    total = np.array(judge.scores(trials[0]), dtype=np.float64)
    while len(chosen) < options.rounds and len(values) - _first_best(values) <= _PATIENCE:
        inside = set(chosen)
        best = (-math.inf, False, 0)
        for place in range(len(trials)):
            if place not in inside and not _may_join(place, inside, trials, options, allowed):
                continue
            value = judge((total + judge.scores(trials[place])) / (len(chosen) + 1))
            best = max(best, (value, place in chosen, -place))
        if best[0] == -math.inf:
            break
        chosen.append(-best[2])
        values.append(best[0])
        total += judge.scores(trials[chosen[-1]])
    wanted = max(values) - options.min_gain * (max(values) - first)
    kept = next(step for step, value in enumerate(values) if value >= wanted)
    return chosen[: kept + 1], values[kept]


def _may_join(place: int, inside: set[int], trials: Sequence[Trial], options: Ensemble, allowed: Affordable) -> bool:
    """Whether a trial may be added to these."""
    return len(inside) < options.max_members and allowed([trials[i] for i in sorted({*inside, place})])


def _first_best(values: Sequence[float]) -> int:
    return values.index(max(values))


class _Judge:
    """The value of mean scores on the rows to choose on; larger is better, and minus infinity is undefined."""

    def __init__(
        self, leader: Trial, metric: Metric, folds: np.ndarray | None, rows: np.ndarray | None, decided: Decide | None
    ) -> None:
        if leader.validation is None:
            raise TrainingError(f"{leader.name} has no out-of-fold predictions, so it cannot be combined.")
        self._rows = rows
        truth = leader.validation if rows is None else leader.validation.take(rows)
        self._whole = truth
        self._metric = metric
        self._decided = decided or (lambda scores: decide(truth.task, scores))
        self._folds: list[tuple[np.ndarray, Predictions]] = []
        if folds is not None and not metric.chooses_threshold:
            of_rows = folds if rows is None else folds[rows]
            places = [np.flatnonzero(of_rows == fold) for fold in np.unique(of_rows)]
            self._folds = [(place, truth.take(place)) for place in places]
            if math.isinf(self._mean_over_folds(truth.scores)):
                self._folds = []  # some fold is too small, such as by having one class only

    def scores(self, trial: Trial) -> np.ndarray:
        """A trial's adjusted scores on the rows."""
        if trial.validation is None:
            raise TrainingError(f"{trial.name} has no out-of-fold predictions, so it cannot be combined.")
        scores = trial.validation.scores
        return np.asarray(scores) if self._rows is None else np.asarray(scores[self._rows])

    def __call__(self, scores: np.ndarray) -> float:
        return self._mean_over_folds(scores) if self._folds else self._value(self._whole, scores)

    def _mean_over_folds(self, scores: np.ndarray) -> float:
        return float(np.mean([self._value(truth, scores[places]) for places, truth in self._folds]))

    def _value(self, truth: Predictions, scores: np.ndarray) -> float:
        try:
            value = self._metric.score(dataclasses.replace(truth, scores=scores, y_pred=self._decided(scores)))
        except LitmusError:  # undefined there, such as a precision without any positive answer
            return -math.inf
        return -math.inf if math.isnan(value) else value if self._metric.maximize else -value
