"""The part of a run's end that looks at where the model is to be served: ensembles within limits, simulated finalists."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from litmus.data import LoadedData
from litmus.deployment import Deployment
from litmus.estimate import Estimate
from litmus.evaluate.ensemble_trial import EnsemblePlan, ensemble_parts
from litmus.evaluate.leaderboard import Leaderboard
from litmus.evaluate.model_parts import parts_of_plan
from litmus.evaluate.plan import Plan
from litmus.evaluate.trial import Trial
from litmus.events import Events
from litmus.executors import Executor, Job
from litmus.model import Model
from litmus.selection.choosing import choose_served
from litmus.selection.deployment_report import DeploymentReport
from litmus.selection.ensembles import Made, ensemble_within
from litmus.selection.http import http_cost
from litmus.selection.measuring import request_rows
from litmus.selection.trial_estimate import EstimateWork, estimate_parts
from litmus.training.budget import Clock
from litmus.training.estimates import Estimates
from litmus.training.request import Request
from litmus.training.study import Study

__all__ = ["Serving", "reserve_for"]

_SIMULATION_SECONDS = 12.0
_LARGEST_SHARE = 0.25
_LAST_ESTIMATES = 6.0
_LAST_SHARE = 0.1
_SHORTEST_RUN = 15.0
"""Seconds of training below which the time of requests themselves is not measured, which takes some of them."""
_ROWS_SENT = 200
_LONGEST_ESTIMATE = 60.0
_GRACE_SECONDS = 2.0


def reserve_for(request: Request) -> float:
    """Seconds of a run's time limit that are kept for the last estimates, and for simulating finalists."""
    if request.deployment is None or request.budget.seconds is None:
        return 0.0
    simulations = min(_SIMULATION_SECONDS * request.finalists, _LARGEST_SHARE * request.budget.seconds)
    return simulations + _grace(request)


def _grace(request: Request) -> float:
    """Seconds for the estimates of the trials that end last."""
    seconds = request.budget.seconds
    return 0.0 if seconds is None else min(_LAST_ESTIMATES, _LAST_SHARE * seconds)


@dataclasses.dataclass
class Serving:
    """The end of a run with a deployment.

    Attributes:
        request: what is asked for.
        deployment: where models are to be served.
        clock: the time there is.
        events: told what happens.
        pool: where ensembles are compiled for their estimates.
    """

    request: Request
    deployment: Deployment
    clock: Clock
    events: Events
    pool: Executor

    @property
    def alone(self) -> bool:
        """Whether one pipeline is served, fitted on all rows, and not the fold models together."""
        return self.request.final == "refit"

    def estimates(self, data: LoadedData) -> Estimates:
        """What the trials of a data set are estimated with."""
        return Estimates(self.deployment, request_rows(data.train), self.alone, grace=_grace(self.request))

    def measure_http(self, study: Study) -> None:
        """Find out what requests take whose answers take no time, while nothing else runs."""
        if study.estimates is not None and self.clock.left() > _SHORTEST_RUN:
            study.estimates.http = http_cost(study.estimates.rows)

    def ensemble(
        self, study: Study, trials: Sequence[Trial], plans: Mapping[int, Plan], folder: Path, deadline: float | None
    ) -> Made | None:
        """The ensemble of a data set that keeps the limits."""
        by_id = {trial.id: trial for trial in trials}
        estimates = study.estimates or self.estimates(study.data)

        def estimated(plan: EnsemblePlan) -> Estimate | None:
            kept = dataclasses.replace(plan, fold_models=1) if self.alone else plan
            work = EstimateWork(ensemble_parts(kept, by_id), self.deployment, estimates.rows, http=estimates.http)
            longest = time.monotonic() + _LONGEST_ESTIMATE
            latest = longest if deadline is None else min(longest, deadline + _GRACE_SECONDS)
            for outcome in self.pool.run([Job((study.next_id, "estimate"), estimate_parts, (work,), deadline=latest)]):
                return None if outcome.value is None else outcome.value[0]
            return None

        return ensemble_within(
            trials,
            plans,
            id=study.next_id,
            folder=folder,
            options=self.request.ensemble,
            deployment=self.deployment,
            estimated=estimated,
            bars=self.request.bars,
            alone=self.alone,
            deadline=deadline,
        )

    def finalists(self, leaderboard: Leaderboard) -> set[int]:
        """Numbers of the trials, members of ensembles included, that may be simulated."""
        found: set[int] = set()
        for data in leaderboard.data_names:
            ranked = [row.trial for row in leaderboard.of_data(data).rows if row.rank is not None]
            for trial in ranked[: max(1, self.request.finalists)]:
                found |= set(trial.members or [trial.id])
        return found

    def choose(
        self,
        studies: Sequence[Study],
        leaderboard: Leaderboard,
        plans: Mapping[int, Plan],
        ensembles: Mapping[int, EnsemblePlan],
        refitted: Mapping[int, str],
    ) -> dict[str, DeploymentReport]:
        """Data set → how its trials stand to the deployment, the best few of them simulated."""
        by_id = {trial.id: trial for trial in leaderboard}

        def model_of(trial: Trial) -> Model:
            if trial.id in ensembles:
                return ensemble_parts(ensembles[trial.id], by_id, refitted=refitted).load(to_be_kept=True)
            folders = [refitted[trial.id]] if trial.id in refitted else trial.folders
            return parts_of_plan(plans[trial.id], folders).load(to_be_kept=True)

        reports = {}
        for place, study in enumerate(studies):
            board = leaderboard.of_data(study.data.name)
            rows = study.data.train if study.data.test is None else study.data.test
            reports[study.data.name] = choose_served(
                board,
                self.deployment,
                model_of=model_of,
                rows=rows.head(_ROWS_SENT).reset_index(drop=True),
                finalists=self.request.finalists,
                deadline=self._deadline(len(studies) - place),
                told=self._tell(study.data.name),
            )
            self.events.emit("deployment.judged", reports[study.data.name].sentence, data=study.data.name)
        return reports

    def _tell(self, data: str) -> Callable[[str], None]:
        return lambda sentence: self.events.emit("finalist.simulated", sentence, data=data)

    def _deadline(self, left: int) -> float | None:
        """When the simulations of a data set have to be over, of `left` that are still to come."""
        last = self.clock.last_simulation
        return None if last is None else time.monotonic() + (last - time.monotonic()) / left
