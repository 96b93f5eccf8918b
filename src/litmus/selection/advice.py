"""What to say when no trial keeps the limits of a deployment: by how much each misses, and what would help."""

from __future__ import annotations

import math
from collections.abc import Sequence

from litmus.deployment import Deployment
from litmus.estimate import Estimate
from litmus.evaluate.leaderboard import Leaderboard
from litmus.evaluate.trial import Trial
from litmus.quantities import bytes_text, duration_text
from litmus.selection.deployment_report import Finalist

__all__ = ["nothing_qualifies"]

_NAMED = 3
_TREES = ("XGBoost", "LightGBM", "CatBoost", "RandomForest", "ExtraTrees")
_SMALL = ("LinearModel", "DecisionTree")
_ROOM = 1.2
"""What is advised to be allowed, as a multiple of what is needed at least."""


def nothing_qualifies(board: Leaderboard, deployment: Deployment, finalists: Sequence[Finalist] = ()) -> str:
    """By how much the nearest trials of a data set miss the limits, and what would help.

    Args:
        board: the leaderboard of the data set, its trials held to the deployment.
        deployment: what is allowed.
        finalists: those that were simulated, which tells more than an estimate.
    """
    trials = [trial for trial in board if trial.status == "complete" and trial.algorithm != "Baseline"]
    known = [trial for trial in trials if trial.estimate is not None]
    if not known:
        why = next((trial.not_estimated for trial in trials if trial.not_estimated), "nothing was trained to the end")
        return f"Nothing qualifies: there is no estimate of any trial ({why})."
    nearest = sorted(known, key=lambda trial: trial.violation)[:_NAMED]
    simulated = {one.trial: one for one in finalists if one.simulation is not None}
    named = "; ".join(f"{trial.name}: {_how_far(trial, simulated.get(trial.name))}" for trial in nearest)
    left = len(known) - len(nearest)
    others = f"; {left} more miss by more" if left else ""
    base = next((trial.estimate for trial in board if trial.algorithm == "Baseline"), None)
    hints = _hints(nearest, known, deployment, base)
    return f"Nothing qualifies. {named}{others}." + (f" What would help: {'; '.join(hints)}." if hints else "")


def _how_far(trial: Trial, finalist: Finalist | None) -> str:
    if finalist is not None and finalist.simulation is not None:
        reasons = [reason.rstrip(".") for reason in finalist.simulation.reasons]
        return f"{', '.join(reason[:1].lower() + reason[1:] for reason in reasons)} (simulated)"
    return ", ".join(miss.sentence for miss in trial.misses) or trial.not_estimated


def _hints(
    nearest: Sequence[Trial], known: Sequence[Trial], deployment: Deployment, base: Estimate | None
) -> list[str]:
    missed = {miss.name for trial in nearest for miss in trial.misses}
    hints: list[str] = []
    if "latency_p99" in missed:
        hints += _faster(nearest, known, deployment, base)
    if "max_size" in missed:
        hints += _smaller(nearest, deployment)
    if "packages" in missed:
        forbidden = dict.fromkeys(
            name for trial in nearest for miss in trial.misses if miss.name == "packages" for name in miss.measured
        )
        hints.append(f"allow {', '.join(forbidden)}, or train algorithms that do not need them")
    if "memory" in missed:
        hints.append("allow more memory, or bag fewer folds")
    return list(dict.fromkeys(hints))


def _faster(
    nearest: Sequence[Trial], known: Sequence[Trial], deployment: Deployment, base: Estimate | None
) -> list[str]:
    limit = float(deployment.limits["latency_p99"])
    floor = 0.0 if base is None else base.latency_p99
    if floor > limit:
        least = duration_text(floor * _ROOM)
        return [
            f"no model can be within {duration_text(limit)}, a constant answer takes {duration_text(floor)}; allow {least}"
        ]
    hints = []
    first = nearest[0]
    found = _fewer_folds(first, floor, limit)
    if found:
        hints.append(found)
    if any(trial.algorithm in _TREES for trial in nearest):
        hints.append("fewer or smaller trees, such as a space with fewer rounds: .search(n_estimators=Int(20, 100))")
    fastest = min(known, key=lambda trial: math.inf if trial.estimate is None else trial.estimate.latency_p99)
    if fastest.estimate is not None and fastest.algorithm != first.algorithm:
        took = duration_text(fastest.estimate.latency_p99)
        hints.append(f"another algorithm ({fastest.name} was the fastest with {took})")
    untried = [name for name in _SMALL if name not in {trial.algorithm for trial in known}]
    if untried:
        hints.append(f"another algorithm, such as {' or '.join(untried)}")
    if deployment.concurrency > deployment.cpus:
        hints.append(f"more CPUs: {deployment.concurrency} connections share {deployment.cpus}")
    closest = min(trial.estimate.latency_p99 for trial in known if trial.estimate is not None)
    return [*hints, f"a limit of {duration_text(closest * _ROOM)}"]


def _fewer_folds(trial: Trial, floor: float, limit: float) -> str:
    """How many of a trial's fold models would be fast enough, where some would."""
    models = len(trial.folders)
    if trial.estimate is None or models < 2:
        return ""
    each = max(trial.estimate.latency_p99 - floor, 1e-9) / models
    within = math.floor((limit - floor) / each)
    one = duration_text(floor + each)
    if within >= models:
        return ""
    if within < 1:
        return f"fewer folds bagged will not do alone (one fold model of {trial.name} would take about {one})"
    return f"fewer folds bagged: {within} of the {models} models of {trial.name} would take about {duration_text(floor + within * each)}"


def _smaller(nearest: Sequence[Trial], deployment: Deployment) -> list[str]:
    limit = deployment.limits["max_size"]
    found = [trial.estimate for trial in nearest if trial.estimate is not None]
    packages = min((one.installed_size - one.size for one in found if one.installed_size is not None), default=0)
    if packages > limit:
        least = bytes_text(packages * _ROOM)
        return [f"the packages alone take {bytes_text(packages)}, whatever the model; allow max_size of {least}"]
    return ["fewer folds bagged, or smaller trees, for a smaller bundle"]
