"""The ensemble of a data set that keeps the limits of a deployment: chosen within them, measured, and chosen again."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from litmus.deployment import Deployment
from litmus.estimate import Estimate
from litmus.evaluate.bar import Bar
from litmus.evaluate.ensemble_options import Ensemble
from litmus.evaluate.ensemble_pruning import Limit, cost_of
from litmus.evaluate.ensemble_trial import EnsemblePlan, ensemble_trial
from litmus.evaluate.plan import Plan
from litmus.evaluate.trial import Trial
from litmus.selection.limits import hold_to

__all__ = ["Made", "ensemble_within"]

Made = tuple[EnsemblePlan, Trial]

_ROUNDS = 3
"""How often members are chosen within the limits, each time knowing better what they take together."""
_MARGIN = 0.97
"""Share of the limits that is aimed at, because estimates scatter."""
_ROOM = 0.7
"""An ensemble that takes less than this share of the limit leaves room for another choice."""


def ensemble_within(
    trials: Sequence[Trial],
    plans: Mapping[int, Plan],
    *,
    id: int,
    folder: Path,
    options: Ensemble | None,
    deployment: Deployment,
    estimated: Callable[[EnsemblePlan], Estimate | None],
    bars: Sequence[Bar] = (),
    alone: bool = False,
    deadline: float | None = None,
) -> Made | None:
    """The best ensemble that keeps the limits of a deployment, or the nearest to keeping them.

    What members take together is less than the sum of what they take one by one, because they share steps and are compiled
    into one. So the ensemble that would be chosen without limits is estimated first: where it keeps them, it is the answer;
    where not, it tells what to expect of the others, which are chosen within the limits, with fewer fold models if need be.

    Args:
        trials: the trials of the data set, with their estimates.
        plans, id, folder, bars: as for `ensemble_trial`.
        options: how to choose; None puts no trials together, and only looks for fewer fold models of one.
        deployment: the limits.
        estimated: the estimate of an ensemble, of its real model; None where it took too long.
        alone: whether each member is served as one pipeline, fitted on all rows.
        deadline: `time.monotonic()` second at which all is to be done, or None.

    Returns:
        As `ensemble_trial`, the trial with its estimate; None also where a trial alone, as it is, is the best that keeps
        the limits.
    """
    by_id = {trial.id: trial for trial in trials}
    limits = _Limits(deployment, trials, alone=alone)

    def made_within(limit: Limit | None, share: float) -> Made | None:
        """An ensemble with its estimate, in a folder of its own."""
        left = None if deadline is None else time.monotonic() + share * (deadline - time.monotonic())
        found = ensemble_trial(
            trials,
            plans,
            id=id,
            folder=folder / ("whole" if limit is None else f"{limit.factor:.6f}"),
            options=options or Ensemble(max_members=1),
            limit=limit,
            bars=bars,
            deadline=left,
        )
        if found is not None:
            estimate = estimated(found[0])
            if estimate is None:  # what its members take one by one is the most that they take together
                estimate = limits.put_together(found, [by_id[plan.id] for plan in found[0].plans])
            if estimate is None:
                found[1].not_estimated = "compiling it took too long"
                return found
            hold_to(found[1], estimate, deployment)
            limits.learn(found, [by_id[plan.id] for plan in found[0].plans])
        return found

    whole = made_within(None, 0.4) if options is not None else None
    if whole is not None and not _missed(whole[1]):
        return whole
    if whole is None and not any(trial.misses for trial in trials if trial.estimate is not None):
        return None
    best: Made | None = None
    for _ in range(_ROUNDS):
        if deadline is not None and time.monotonic() > deadline:
            break
        found = made_within(limits.limit(), 0.5)
        if found is None:
            break
        if not _missed(found[1]) and (best is None or _value(found[1]) > _value(best[1])):
            best = found
        if _unknown(found[1]) or (not _missed(found[1]) and not limits.has_room(found[1])):
            break
    if best is not None and _is_a_trial(best, by_id, alone=alone):
        return None
    return best or whole


class _Limits:
    """What members may take, with what was learnt of what they take together."""

    def __init__(self, deployment: Deployment, trials: Sequence[Trial], *, alone: bool) -> None:
        self._alone = alone
        self._latency = deployment.limits.get("latency_p99")
        known = [trial.estimate for trial in trials if trial.estimate is not None]
        constant = [trial.estimate for trial in trials if trial.estimate is not None and trial.algorithm == "Baseline"]
        fastest = min((one.latency_p99 for one in known), default=0.0)
        self._base = constant[0].latency_p99 if constant else 0.0
        self._base = min(self._base, fastest)
        packages = max((one.installed_size - one.size for one in known if one.installed_size is not None), default=0)
        size = deployment.limits.get("max_size")
        self._bytes = None if size is None else max(1, int(_MARGIN * size) - packages)
        self._factor = 1.0

    def limit(self) -> Limit:
        """The limits for the next choice."""
        latency = None if self._latency is None else _MARGIN * self._latency
        return Limit(bytes=self._bytes, latency_p99=latency, base=self._base, factor=self._factor, alone=self._alone)

    def learn(self, made: Made, members: Sequence[Trial]) -> None:
        """What an ensemble takes, beside the sum of what its members take."""
        plan, trial = made
        if trial.estimate is None or any(member.estimate is None for member in members):
            return
        sum_of_parts = self._sum(members, plan.fold_models)
        if sum_of_parts > 0:
            self._factor = max(0.02, (trial.estimate.latency_p99 - self._base) / sum_of_parts)

    def put_together(self, made: Made, members: Sequence[Trial]) -> Estimate | None:
        """What an ensemble takes at most: the sum of what its members take; None where one has no estimate."""
        found = [member.estimate for member in members if member.estimate is not None]
        if len(found) < len(members):
            return None
        kept = [1.0 if self._alone else self._share(member, made[0].fold_models) for member in members]

        def total(base: float, values: Sequence[float]) -> float:
            return base + sum(share * max(0.0, value - base) for share, value in zip(kept, values, strict=True))

        inside = min(one.model_p50 for one in found)
        environment = max((one.installed_size - one.size for one in found if one.installed_size is not None), default=0)
        size = round(total(0.0, [float(one.size) for one in found]))
        return Estimate(
            latency_p50=total(min(one.latency_p50 for one in found), [one.latency_p50 for one in found]),
            latency_p99=total(self._base, [one.latency_p99 for one in found]),
            model_p50=total(inside, [one.model_p50 for one in found]),
            model_p99=total(inside, [one.model_p99 for one in found]),
            size=size,
            installed_size=size + environment,
            packages={name: version for one in found for name, version in (one.packages or {}).items()},
            forbidden=tuple(dict.fromkeys(name for one in found for name in one.forbidden)),
            native=tuple(dict.fromkeys(note for one in found for note in one.native)),
        )

    def has_room(self, trial: Trial) -> bool:
        """Whether an ensemble takes so little of its limit that more could be in it."""
        if self._latency is None or trial.estimate is None:
            return False
        return trial.estimate.latency_p99 < _ROOM * self._latency

    def _share(self, member: Trial, fold_models: int | None) -> float:
        """The share of its fold models that a member keeps."""
        return cost_of([member], fold_models=fold_models).models / max(1, len(member.folders))

    def _sum(self, members: Sequence[Trial], fold_models: int | None) -> float:
        total = 0.0
        for member in members:
            if member.estimate is not None:
                share = 1.0 if self._alone else self._share(member, fold_models)
                total += share * max(0.0, member.estimate.latency_p99 - self._base)
        return total


def _missed(trial: Trial) -> bool:
    """Whether an ensemble misses a limit, as far as is known."""
    return bool(trial.misses) or _unknown(trial)


def _unknown(trial: Trial) -> bool:
    return bool(trial.not_estimated)


def _value(trial: Trial) -> float:
    score = next(iter(trial.scores.get("validation", {}).values()), None)
    if score is None:
        return float("-inf")
    return score.value if score.maximize else -score.value


def _is_a_trial(made: Made, by_id: Mapping[int, Trial], *, alone: bool) -> bool:
    """Whether an "ensemble" is one of the trials as it is."""
    plan, _ = made
    if len(plan.plans) > 1:
        return False
    folds = len(by_id[plan.plans[0].id].folders)
    return alone or plan.fold_models is None or plan.fold_models >= folds
