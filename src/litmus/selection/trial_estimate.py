"""The estimate of a trial as a job: its model is read, and timed for a moment."""

from __future__ import annotations

import dataclasses

from litmus.data import Target
from litmus.deployment import Deployment
from litmus.estimate import Estimate
from litmus.evaluate.assess import AssessWork
from litmus.evaluate.plan import Plan
from litmus.evaluate.trial_model import trial_model
from litmus.selection.measuring import estimate_model, request_rows

__all__ = ["EstimateWork", "estimate_trial"]


@dataclasses.dataclass(frozen=True)
class EstimateWork:
    """What estimating one trial needs.

    Attributes:
        work: the scoring of the trial.
        target: the target of the data set.
        folders: the fitted pipelines that would be served together.
        deployment: where.
        http: seconds that requests take whose answers take no time; none where that is not known.
        seconds: how long to measure, about.
    """

    work: AssessWork
    target: Target
    folders: tuple[str, ...]
    deployment: Deployment
    http: tuple[float, ...] = ()
    seconds: float = 0.3

    @classmethod
    def of(
        cls, plan: Plan, deployment: Deployment, *, http: tuple[float, ...] = (), alone: bool = False
    ) -> EstimateWork:
        """The estimate of a plan whose folds are fitted; `alone` where one pipeline will be served, fitted on all rows."""
        folders = tuple(f"{output}/pipeline" for output in plan.outputs)
        return cls(plan.assess_work(), plan.data.target, folders[:1] if alone else folders, deployment, http)


def estimate_trial(work: EstimateWork) -> Estimate:
    """Read a trial's fitted pipelines, and estimate what they take together."""
    dataset = work.work.dataset
    model = trial_model(work.work, schema=dataset.schema(), target=work.target, folders=work.folders)
    rows = request_rows(dataset.rows("train").frame.to_pandas())
    return estimate_model(model, work.deployment, rows=rows, seconds=work.seconds, http=work.http)
