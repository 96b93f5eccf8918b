"""Choosing the best trial that keeps the limits of a deployment, by serving the best few in a simulation of it."""

from __future__ import annotations

import dataclasses
import functools
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from litmus.deployment import Deployment
from litmus.errors import LitmusError
from litmus.evaluate.leaderboard import Leaderboard
from litmus.evaluate.number_text import number_text
from litmus.evaluate.trial import Trial
from litmus.model import Model
from litmus.quantities import bytes_text, duration_text
from litmus.selection.advice import nothing_qualifies
from litmus.selection.deployment_report import DeploymentReport, Finalist
from litmus.selection.http import http_cost
from litmus.selection.limits import hold_to
from litmus.selection.measuring import expected, look_at_bundle, request_rows

if TYPE_CHECKING:
    import pandas as pd

    from litmus.simulate import HttpCost, Simulation

__all__ = ["choose_served", "seconds_for_next"]

_DURATION, _SHORTEST = 3.0, 1.0
"""Seconds during which the answers of a finalist are timed, and where time is short at least."""
_ROUNDS = 3
"""How many times as many finalists as were asked for are simulated at most, where none of the first keeps the limits."""
_SHOWN = 3
_FAILED = "it could not be simulated"
_FIRST_GUESS = 5.0
"""Seconds that a simulation takes beside timing answers, before one is known."""


def choose_served(
    board: Leaderboard,
    deployment: Deployment,
    *,
    model_of: Callable[[Trial], Model],
    rows: pd.DataFrame,
    finalists: int = 3,
    deadline: float | None = None,
    told: Callable[[str], None] = lambda _: None,
) -> DeploymentReport:
    """The best trial of a data set that keeps every limit.

    The best few of those whose estimates keep the limits are simulated; where all their simulations miss a limit, the
    estimates of the others are corrected by what was found, and so many more are. What is simulated is held to what was
    measured from then on.

    Args:
        board: the leaderboard of one data set, its trials held to the deployment by their estimates.
        deployment: what is allowed.
        model_of: the model of a trial.
        rows: rows to send.
        finalists: how many to simulate; 0 goes by estimates.
        deadline: `time.monotonic()` second after which no simulation ends; finalists it does not reach are judged by estimate.
        told: called with a sentence before each simulation.
    """
    trials = [row.trial for row in board.rows if row.rank is not None and row.trial.algorithm != "Baseline"]
    estimated = [trial for trial in trials if trial.estimate is not None]
    within = [trial for trial in estimated if not trial.violation]
    count = len(within)
    serving = _Serving(board, deployment, model_of, rows, told)
    found: list[Finalist] = []
    most = _ROUNDS * finalists
    while within and len(found) < most and not any(_stands(one) for one in found):
        for place, trial in enumerate(within[:finalists]):
            waiting = min(finalists, len(within)) - place
            found.append(serving.simulated(trial, seconds_for_next(deadline, found, waiting)))
        known = {one.trial for one in found}
        rest = [trial for trial in estimated if trial.name not in known]
        _correct(rest, deployment, found)
        within = [trial for trial in rest if not trial.violation]
    if not count and finalists:  # how far the nearest one is off is worth knowing
        nearest = sorted(estimated, key=lambda trial: trial.violation)[:1]
        found = [serving.simulated(trial, seconds_for_next(deadline, found, 1)) for trial in nearest]
    if not finalists:
        found = [_finalist(board, trial, problem="estimated only") for trial in within[:_SHOWN]]
    chosen = next((one for one in found if _stands(one)), None)
    if chosen is None and within and finalists:
        chosen = _finalist(board, within[0], problem="estimated only")
        found.append(chosen)
    sentence = nothing_qualifies(board, deployment, found) if chosen is None else _chosen(chosen)
    return DeploymentReport(
        data=board.data_names[0],
        deployment=deployment,
        estimated=len(estimated),
        within=count,
        finalists=tuple(found),
        chosen=None if chosen is None else chosen.trial,
        sentence=sentence,
    )


def _correct(trials: Sequence[Trial], deployment: Deployment, found: Sequence[Finalist]) -> None:
    """Hold trials to their estimates as far as those of the finalists were off."""
    errors = [one.error for one in found if one.error is not None]
    if not errors:
        return
    ratio = 1 / (1 + statistics.median(errors))
    for trial in trials:
        if trial.estimate is not None and ratio > 1:
            values = trial.estimate.measured()
            trial.misses = deployment.violations({**values, "latency_p99": ratio * trial.estimate.latency_p99})


def _stands(finalist: Finalist) -> bool:
    """Whether a finalist is not known to miss a limit: it kept them, or there was no time to find out."""
    return finalist.qualifies is not False and not (
        finalist.simulation is None and finalist.problem.startswith("failed")
    )


@dataclasses.dataclass
class _Serving:
    """What simulating a trial needs; see `choose_served`."""

    board: Leaderboard
    deployment: Deployment
    model_of: Callable[[Trial], Model]
    rows: pd.DataFrame
    told: Callable[[str], None]

    @functools.cached_property
    def http(self) -> HttpCost | None:
        """What requests take beside the model's own time, now."""
        return http_cost(request_rows(self.rows))

    def simulated(self, trial: Trial, duration: float | None) -> Finalist:
        """A finalist with its simulation, and the trial held to what was measured; without one where there is no time."""
        from litmus.simulate import simulate

        if duration is None:
            return _finalist(self.board, trial, problem="not simulated: there was no time left")
        self.told(f"Simulating {trial.name}")
        try:
            with TemporaryDirectory(prefix="litmus-finalist-") as folder:
                bundle = self.model_of(trial).save(Path(folder) / "model.litmus")
                look = look_at_bundle(bundle, request_rows(self.rows))
                hold_to(
                    trial, expected(look, self.deployment, http=self.http), self.deployment
                )  # with nothing being trained
                simulation = simulate(bundle, self.deployment, self.rows, duration=duration, trust=True)
        except LitmusError as error:
            return _finalist(self.board, trial, problem=f"{_FAILED}: {error}")
        trial.misses = simulation.violations
        if not simulation.qualifies and not trial.misses:
            trial.not_estimated = " ".join(simulation.reasons)
        return _finalist(self.board, trial, simulation=simulation)


def seconds_for_next(deadline: float | None, found: Sequence[Finalist], waiting: int) -> float | None:
    """Seconds during which the next finalist's answers are timed, so that those that wait have their time too; None for none."""
    if deadline is None:
        return _DURATION
    left = deadline - time.monotonic()
    known = [one.simulation.seconds for one in found if one.simulation is not None]
    beside = max((1.2 * (seconds - _SHORTEST) for seconds in known), default=_FIRST_GUESS)
    duration = min(_DURATION, left / waiting - beside)
    if duration >= _SHORTEST:
        return duration
    return _SHORTEST if left >= beside + _SHORTEST else None


def _finalist(board: Leaderboard, trial: Trial, *, simulation: Simulation | None = None, problem: str = "") -> Finalist:
    score = board.objective_score(trial)
    metric = board.objectives[trial.data]
    value = float("nan") if score is None else score.value
    if trial.estimate is None:
        raise LitmusError(f"{trial.name} has no estimate.")
    return Finalist(trial.name, metric, value, trial.estimate, simulation, problem)


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
