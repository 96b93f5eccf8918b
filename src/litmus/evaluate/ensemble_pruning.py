"""Ensembles that stay within a limit: the best one for what it may cost, and what more or less would buy."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from litmus.errors import ParameterError, TrainingError
from litmus.evaluate.ensemble import Weighted, select
from litmus.evaluate.ensemble_options import Ensemble
from litmus.evaluate.trial import Trial
from litmus.metrics import Metric

__all__ = ["Cost", "Limit", "Point", "Pruned", "cost_of", "pruned"]

_ALONE = 25
"""How many of the best trials are on the curve alone."""
_STARTS = 8
"""How many selections are tried within a limit, each leaving more of the slowest trials out."""


@dataclasses.dataclass(frozen=True)
class Cost:
    """What an ensemble costs where it answers.

    Attributes:
        members: trials in it.
        models: fitted models in it, the fold models of all members.
        predict_seconds: time to predict 1,000 rows with all of them one after the other, as measured in training;
            steps that members share run once in a model, which makes it faster than this.
        bytes: size of the fitted models: as estimated for where they are served, or else on disk.
        latency_p99: seconds of a request where it is served, put together from the members' estimates; infinite where a member
            has none.
    """

    members: int
    models: int
    predict_seconds: float
    bytes: int
    latency_p99: float = math.inf


@dataclasses.dataclass(frozen=True)
class Limit:
    """The most that an ensemble may cost; None is no limit. The first attributes are those of `Cost`.

    Attributes:
        base: the part of `latency_p99` that is there whatever the model, in seconds.
        factor: what members together take of what they take one by one; below 1 where they share work.
        alone: whether each member is served as one pipeline, fitted on all rows, of which its estimate is.

    Raises:
        ParameterError: when a limit is not above 0.

    Example:
        >>> Limit(models=5).allows(Cost(members=1, models=5, predict_seconds=0.1, bytes=10))
        True
    """

    members: int | None = None
    models: int | None = None
    predict_seconds: float | None = None
    bytes: int | None = None
    latency_p99: float | None = None
    base: float = 0.0
    factor: float = 1.0
    alone: bool = False

    def __post_init__(self) -> None:
        for name, value in self._most.items():
            if value is not None and (isinstance(value, bool) or not value > 0):
                raise ParameterError(f"Limit.{name} must be a number above 0, or None for no limit; it is {value!r}.")

    def affords(self, fold_models: int) -> Callable[[Sequence[Trial]], bool]:
        """A function that says whether trials may be together, each with so many fold models."""
        sizes: dict[int, tuple[int, ...]] = {}

        def affordable(trials: Sequence[Trial]) -> bool:
            for trial in trials:
                if trial.id not in sizes:
                    sizes[trial.id] = _bytes_of(trial)
            return self.allows(_cost(trials, fold_models, sizes, self))

        return affordable

    def allows(self, cost: Cost) -> bool:
        """Whether a cost is within every limit."""
        return all(most is None or getattr(cost, name) <= most for name, most in self._most.items())

    @property
    def _most(self) -> dict[str, float | None]:
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(Cost)}


@dataclasses.dataclass(frozen=True)
class Point:
    """One possible ensemble.

    Attributes:
        weighted: its members, weights and score; larger is better, and it flatters as in `Weighted`.
        fold_models: how many fold models each member keeps. Out-of-fold rows are answered by one model each, so that the
            score is the same for any number; more of them only make the answers steadier.
        cost: what it costs.
    """

    weighted: Weighted
    fold_models: int
    cost: Cost


@dataclasses.dataclass(frozen=True)
class Pruned:
    """The outcome of pruning.

    Attributes:
        best: the best ensemble within the limit, which may be one trial alone; None when nothing is within it.
        curve: score against cost: every ensemble found that no other one beats in score, models and time at once, the
            cheapest first; with those beyond the limit, to show what more would buy.
    """

    best: Point | None
    curve: tuple[Point, ...]


def pruned(
    trials: Sequence[Trial],
    metric: Metric,
    limit: Limit,
    *,
    options: Ensemble | None = None,
    folds: np.ndarray | None = None,
    deadline: float | None = None,
) -> Pruned:
    """The best ensemble within a limit.

    The selection runs again and adds only what the limit allows, with and without the slowest trials, and with all fold
    models of each member, some of them, or one of each: an ensemble chosen for the limit is better than the whole one cut down.

    Args:
        trials: the trials, as `combinable` gives them; not only those of the whole ensemble, because under a tight limit
            others are better.
        metric: what is to be good.
        limit: the most it may cost.
        options: as for `select`.
        folds: as for `select`.
        deadline: `time.monotonic()` second after which no more selections begin.

    Example:
        >>> from litmus.metrics.predictions import Predictions
        >>> y = np.array([0.0, 1.0, 2.0, 3.0])
        >>> def trial(number, error, seconds):
        ...     found = Predictions("regression", y, y + error, y + error)
        ...     return Trial(number, f"T{number}", "data", "MLP", {}, validation=found, predict_seconds=seconds)
        >>> slow, fast = trial(1, [0.1, 0.0, -0.1, 0.0], 0.5), trial(2, [0.0, 0.2, 0.0, -0.2], 0.1)
        >>> found = pruned([slow, fast], Metric("rmse"), Limit(predict_seconds=0.2))
        >>> found.best.weighted.trials, len(found.curve)
        ((2,), 3)
    """
    options = options or Ensemble()
    sizes = {trial.id: _bytes_of(trial) for trial in trials}
    by_id = {trial.id: trial for trial in trials}
    whatever = [_alone(trial, metric, folds) for trial in trials[:_ALONE]]
    whatever += _shrinking(trials, metric, options, folds)
    found: list[Point] = []
    for fold_models in _fold_counts(trials, limit):

        def point(weighted: Weighted, fold_models: int = fold_models) -> Point:
            chosen = [by_id[number] for number in weighted.trials]
            return Point(weighted, fold_models, _cost(chosen, fold_models, sizes, limit))

        found += [point(weighted) for weighted in whatever]
        affordable = limit.affords(fold_models)
        for group in _cheaper_and_cheaper([trial for trial in trials if affordable([trial])]):
            if found and deadline is not None and time.monotonic() > deadline:
                break
            found.append(point(select(group, metric, options=options, folds=folds, affordable=affordable)))
    inside = [point for point in found if limit.allows(point.cost)]
    return Pruned(max(inside, key=_worth, default=None), _front(found))


def cost_of(trials: Sequence[Trial], *, fold_models: int | None = None) -> Cost:
    """What an ensemble of these trials costs, with all of their fold models or the first few of each."""
    return _cost(trials, fold_models, {trial.id: _bytes_of(trial) for trial in trials}, Limit())


def _cost(trials: Sequence[Trial], fold_models: int | None, sizes: dict[int, tuple[int, ...]], limit: Limit) -> Cost:
    kept = [min(len(trial.folders), fold_models or len(trial.folders)) or 1 for trial in trials]
    latency = limit.base
    for trial, count in zip(trials, kept, strict=True):
        share = 1.0 if limit.alone else count / max(1, len(trial.folders))
        took = math.inf if trial.estimate is None else trial.estimate.latency_p99
        latency += limit.factor * share * max(took - limit.base, 0.0)
    return Cost(
        members=len(trials),
        models=sum(kept),
        predict_seconds=sum(trial.predict_seconds * count for trial, count in zip(trials, kept, strict=True)),
        bytes=sum(
            sum(sizes[trial.id][: None if limit.alone else count]) for trial, count in zip(trials, kept, strict=True)
        ),
        latency_p99=latency,
    )


def _fold_counts(trials: Sequence[Trial], limit: Limit) -> list[int]:
    """How many fold models of each member are tried: all, about half of them, and so on, down to one."""
    if limit.alone:
        return [1]
    count = max((len(trial.folders) for trial in trials), default=1) or 1
    found = [count]
    while count > 1:
        count = -(-count // 2)
        found.append(count)
    return found


def _alone(trial: Trial, metric: Metric, folds: np.ndarray | None) -> Weighted:
    try:
        return select([trial], metric, folds=folds)
    except TrainingError:  # the metric is undefined on it
        return Weighted((trial.id,), (1.0,), float("-inf"))


def _cheaper_and_cheaper(trials: Sequence[Trial]) -> list[list[Trial]]:
    """The trials, and again without the slowest ones: the best trial alone may use up what two faster ones could share."""
    seconds = sorted({trial.predict_seconds for trial in trials})
    chosen = {seconds[-1 - (len(seconds) * step) // _STARTS] for step in range(_STARTS)} if seconds else set()
    return [[trial for trial in trials if trial.predict_seconds <= most] for most in sorted(chosen)]


def _shrinking(trials: Sequence[Trial], metric: Metric, options: Ensemble, folds: np.ndarray | None) -> list[Weighted]:
    """The whole ensemble, then without the member of the smallest weight, chosen again, down to two members."""
    left = list(trials)
    found = []
    while len(left) > 1:
        weighted = select(left, metric, options=options, folds=folds)
        found.append(weighted)
        if len(weighted.trials) < 3:
            break
        kept = set(weighted.trials[:-1])
        left = [trial for trial in left if trial.id in kept]
    return found


def _worth(point: Point) -> tuple[float, int, float]:
    """Larger is better: the score, then steadier answers, then the shorter time."""
    return point.weighted.score, point.fold_models, -point.cost.predict_seconds


def _front(points: Sequence[Point]) -> tuple[Point, ...]:
    """The points that no other one beats in score, fold models and time at once, the cheapest first."""
    kept: list[Point] = []
    for point in sorted(points, key=lambda one: (one.cost.predict_seconds, *(-value for value in _worth(one)[:2]))):
        worth = _worth(point)[:2]
        if all(worth[0] > _worth(other)[0] or worth[1] > _worth(other)[1] for other in kept):
            kept.append(point)
    return tuple(kept)


def _bytes_of(trial: Trial) -> tuple[int, ...]:
    """The size of each fold's model: an equal part of the estimated bundle, or else what it takes on disk."""
    if trial.estimate is not None and trial.folders:
        return (-(-trial.estimate.size // len(trial.folders)),) * len(trial.folders)
    return tuple(
        sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()) for folder in trial.folders
    )
