"""Choosing the best trial that keeps the limits of a deployment, by serving the best few in a simulation of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from litmus.deployment import Deployment
from litmus.errors import LitmusError
from litmus.evaluate.leaderboard import Leaderboard
from litmus.evaluate.number_text import number_text
from litmus.evaluate.trial import Trial
from litmus.model import Model
from litmus.quantities import bytes_text, duration_text
from litmus.selection.advice import nothing_qualifies
from litmus.selection.deployment_report import DeploymentReport, Finalist

__all__ = ["choose_served"]

_DURATION = 3.0
"""Seconds during which the answers of a finalist are timed."""
_FIRST_GUESS = 12.0
"""Seconds that a simulation takes in all, before one is known."""


def choose_served(
    board: Leaderboard,
    deployment: Deployment,
    *,
    model_of: Callable[[Trial], Model],
    rows: object = None,
    finalists: int = 3,
    deadline: float | None = None,
    told: Callable[[str], None] = lambda _: None,
) -> DeploymentReport:
    """The best trial of a data set that keeps every limit.

    The best few of those whose estimates keep the limits are simulated; where their simulations miss a limit, so many more
    are. What is simulated is held to what was measured from then on.

    Args:
        board: the leaderboard of one data set, its trials held to the deployment by their estimates.
        deployment: what is allowed.
        model_of: the model of a trial.
        rows: rows to send, in any form that `Model.predict` takes.
        finalists: how many to simulate; 0 goes by estimates.
        deadline: `time.monotonic()` second after which no simulation ends; finalists it does not reach are judged by estimate.
        told: called with a sentence before each simulation.
    """
    trials = [row.trial for row in board.rows if row.rank is not None and row.trial.algorithm != "Baseline"]
    estimated = [trial for trial in trials if trial.estimate is not None]
    within = [trial for trial in estimated if not trial.violation]
    nearest = sorted(estimated, key=lambda trial: trial.violation)[:1]
    found: list[Finalist] = []
    for batch in (within[:finalists], within[finalists : 2 * finalists], [] if within or not finalists else nearest):
        if not any(_stands(one) for one in found):
            for trial in batch:
                found.append(_simulated(board, trial, deployment, model_of, rows, _time_left(deadline, found), told))
    if not finalists:
        found = [_finalist(board, trial, problem="estimated only") for trial in within[:3]]
    stood = {one.trial for one in found if _stands(one)}
    chosen = next((trial for trial in within if trial.name in stood), None)
    if chosen is None:
        sentence = nothing_qualifies(board, deployment, found)
    else:
        sentence = _chosen(next(one for one in found if one.trial == chosen.name))
    return DeploymentReport(
        data=board.data_names[0],
        deployment=deployment,
        estimated=len(estimated),
        within=len(within),
        finalists=tuple(found),
        chosen=None if chosen is None else chosen.name,
        sentence=sentence,
    )


def _stands(finalist: Finalist) -> bool:
    """Whether a finalist is not known to miss a limit: it kept them, or there was no time to find out."""
    return finalist.qualifies is not False and not (
        finalist.simulation is None and finalist.problem.startswith("failed")
    )


def _simulated(
    board: Leaderboard,
    trial: Trial,
    deployment: Deployment,
    model_of: Callable[[Trial], Model],
    rows: object,
    seconds: float | None,
    told: Callable[[str], None],
) -> Finalist:
    """A finalist with its simulation, and the trial held to what was measured; without one where there is no time."""
    from litmus.simulate import simulate

    if seconds is not None and seconds < 0:
        return _finalist(board, trial, problem="not simulated: there was no time left")
    told(f"Simulating {trial.name}")
    try:
        simulation = simulate(model_of(trial), deployment, rows, duration=_DURATION)
    except LitmusError as error:
        return _finalist(board, trial, problem=f"failed to be simulated: {error}")
    trial.misses = simulation.violations
    if not simulation.qualifies and not trial.misses:
        trial.not_estimated = " ".join(simulation.reasons)
    return _finalist(board, trial, simulation=simulation)


def _time_left(deadline: float | None, found: Sequence[Finalist]) -> float | None:
    """Seconds that would be left when one more simulation has ended; None without a deadline."""
    if deadline is None:
        return None
    known = [one.simulation.seconds for one in found if one.simulation is not None]
    return deadline - time.monotonic() - 1.2 * max(known, default=_FIRST_GUESS)


def _finalist(board: Leaderboard, trial: Trial, *, simulation: object = None, problem: str = "") -> Finalist:
    score = board.objective_score(trial)
    metric = board.objectives[trial.data]
    value = float("nan") if score is None else score.value
    if trial.estimate is None:
        raise LitmusError(f"{trial.name} has no estimate.")
    return Finalist(trial.name, metric, value, trial.estimate, simulation, problem)  # type: ignore[arg-type]


def _chosen(finalist: Finalist) -> str:
    p99 = finalist.simulated_p99
    took = (
        f"{duration_text(finalist.estimate.latency_p99)} (estimated)"
        if p99 is None
        else f"{duration_text(p99)} (simulated)"
    )
    size = finalist.estimate.size if finalist.simulation is None else finalist.simulation.bundle_size
    return (
        f"{finalist.trial} is the best that keeps every limit: {finalist.metric} {number_text(finalist.score)}, p99 latency "
        f"{took}, bundle {bytes_text(size)}."
    )
