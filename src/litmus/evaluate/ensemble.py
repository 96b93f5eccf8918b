"""Which trials are stronger together: greedy weighted selection from out-of-fold predictions."""

from __future__ import annotations

import dataclasses
import math
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from litmus.errors import TrainingError
from litmus.evaluate.bar import Bar
from litmus.evaluate.ensemble_judge import Decide, Judge
from litmus.evaluate.ensemble_options import Ensemble
from litmus.evaluate.trial import Trial
from litmus.metrics import Metric

__all__ = ["Affordable", "Weighted", "combinable", "mean_scores", "select"]

_PATIENCE = 5
"""Steps without a new best score after which the selection ends."""
_SHORT_LIST = 8
"""Trials that are tried in most steps: those that were best when all were tried last."""

_MOST_TRIALS = 200
"""Trials, best first, that are looked at alone to find the candidates."""

Affordable = Callable[[Sequence[Trial]], bool]


@dataclasses.dataclass(frozen=True)
class Weighted:
    """Trials and their weights.

    Attributes:
        trials: ids of the trials, the largest weight first.
        weights: their weights, which sum to 1.
        score: the metric on the rows that the weights were fitted on; larger is better, and it flatters.
        first: id of the trial that is best alone on those rows.
    """

    trials: tuple[int, ...]
    weights: tuple[float, ...]
    score: float
    first: int = 0


def combinable(trials: Sequence[Trial], metric: str) -> list[Trial]:
    """The trials that can be in one ensemble, best first: complete, scored, and judged on the rows of the best one.

    Trials that were stopped early or failed are never among them, nor are ensembles, nor is the constant baseline: a metric
    of order alone, such as ROC AUC, would take it at no loss, and it would spoil the probabilities.
    """
    scored = []
    for trial in trials:
        score = trial.score(metric)
        whole = trial.status == "complete" and trial.validation is not None and not trial.members
        whole = whole and trial.algorithm != "Baseline"
        if whole and score is not None and math.isfinite(score.value):
            value = -score.value if score.maximize else score.value
            scored.append(((trial.bar_violation, value, trial.id), trial))
    ranked = [trial for _, trial in sorted(scored, key=lambda item: item[0])]
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
    bars: Sequence[Bar] = (),
    seed: int = 0,
    deadline: float | None = None,
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
        bars: what the mean has to meet beside; a mean that meets them is better than any that does not.
        seed: for drawing rows where there are more than enough to choose weights on.
        deadline: `time.monotonic()` second after which no more steps are taken; what is chosen by then is the answer.

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
    judge = Judge(members[0], metric, folds=folds, rows=rows, decided=decided, bars=bars, seed=seed)
    allowed = affordable or (lambda _: True)
    most = options.considered(judge.rows)
    considered = [trial for trial in members if allowed([trial])][:_MOST_TRIALS]
    alone = _alone(considered, judge, deadline)
    ranked = sorted(alone, key=lambda item: (-item[0], item[1]))[:most]
    if not ranked or ranked[0][0] == -math.inf:
        raise TrainingError(f"No trial has a {metric.label} on the out-of-fold rows, so none can be combined.")
    trials = [considered[place] for _, place in ranked]
    growth = _Growth(trials, judge, options, allowed, deadline)
    shares, value = growth.run(range(len(trials)), ranked[0][0])
    if options.bags > 1 and len(trials) > 2:
        shares, value = growth.bagged([value for value, _ in ranked], seed)
    heaviest = sorted(shares, key=lambda place: (-shares[place], place))
    return Weighted(
        trials=tuple(trials[place].id for place in heaviest),
        weights=tuple(shares[place] for place in heaviest),
        score=value,
        first=trials[0].id,
    )


def mean_scores(parts: Sequence[np.ndarray], weights: Sequence[float]) -> np.ndarray:
    """The weighted mean of some trials' scores, of the type that a single trial's have."""
    total = parts[0] * np.float64(weights[0])
    for part, weight in zip(parts[1:], weights[1:], strict=True):
        total += part * np.float64(weight)
    return np.asarray(total, dtype=np.float64 if total.ndim == 1 else np.float32)


def _alone(trials: Sequence[Trial], judge: Judge, deadline: float | None) -> list[tuple[float, int]]:
    """The value and place of each trial alone; after the deadline of no more than the first ones."""
    found: list[tuple[float, int]] = []
    for place, trial in enumerate(trials):
        if found and deadline is not None and time.monotonic() > deadline:
            break
        found.append((judge(judge.scores(trial)), place))
    return found


class _Growth:
    """An ensemble that grows a step at a time from its best trial."""

    def __init__(
        self,
        trials: Sequence[Trial],
        judge: Judge,
        options: Ensemble,
        allowed: Affordable,
        deadline: float | None,
    ) -> None:
        self._trials = trials
        self._judge = judge
        self._options = options
        self._allowed = allowed
        self._deadline = math.inf if deadline is None else deadline
        self._scores = [judge.scores(trial) for trial in trials]
        self._places: Sequence[int] = ()
        self._chosen: list[int] = []
        self._short: list[int] = []

    def run(self, places: Sequence[int], first: float) -> tuple[dict[int, float], float]:
        """Shares of the trials at these places, grown from the first one, whose value is `first`; and the value reached."""
        self._places, self._short = places, []
        self._chosen, values = [places[0]], [first]
        total = self._scores[places[0]].copy()
        while len(values) < self._options.rounds and len(values) - values.index(max(values)) <= _PATIENCE:
            value, place = self._best_step(total, values[-1])
            if value == -math.inf or time.monotonic() > self._deadline:
                break
            self._chosen.append(place)
            values.append(value)
            total += self._scores[place]
        wanted = max(values) - self._options.min_gain * (max(values) - first)
        kept = 1 + next(step for step, value in enumerate(values) if value >= wanted)
        counts = Counter(self._chosen[:kept])
        return {place: count / kept for place, count in counts.items()}, values[kept - 1]

    def bagged(self, alone: Sequence[float], seed: int) -> tuple[dict[int, float], float]:
        """The mean of the shares that several selections give, each from a random half; as many members as allowed."""
        rng = np.random.default_rng(seed)
        total: dict[int, float] = defaultdict(float)
        half = max(2, len(alone) // 2)
        for _ in range(self._options.bags):
            places = np.sort(rng.choice(len(alone), half, replace=False)).tolist()
            for place, share in self.run(places, alone[places[0]])[0].items():
                total[place] += share
        kept: list[int] = []
        for place in sorted(total, key=lambda place: (-total[place], place)):
            if self._may_join(place, set(kept)):
                kept.append(place)
        whole = sum(total[place] for place in kept)
        shares = {place: total[place] / whole for place in kept}
        return shares, self._judge(mean_scores([self._scores[place] for place in kept], list(shares.values())))

    def _best_step(self, total: np.ndarray, last: float) -> tuple[float, int]:
        """The value and place of the best trial to add: of the short list, or of all when none of that is a gain."""
        if self._short:
            value, _, place = max(self._valued(total, self._short))
            if value > last:
                return value, -place
        found = sorted(self._valued(total, self._places), reverse=True)
        self._short = [-place for *_, place in found[:_SHORT_LIST]]
        return (found[0][0], -found[0][2]) if found else (-math.inf, 0)

    def _valued(self, total: np.ndarray, places: Iterable[int]) -> list[tuple[float, bool, int]]:
        """Value, whether it is a member already, and place, so that the largest is the one to take."""
        inside, count = set(self._chosen), len(self._chosen) + 1
        return [
            (self._judge((total + self._scores[place]) / count), place in inside, -place)
            for place in places
            if place in inside or self._may_join(place, inside)
        ] or [(-math.inf, False, 0)]

    def _may_join(self, place: int, inside: set[int]) -> bool:
        """Whether a trial may be added to these."""
        together = sorted({*inside, place})
        return len(together) <= self._options.max_members and self._allowed([self._trials[i] for i in together])
