"""What the trials of a data set take where they are to be served, found out while the search goes on."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

from litmus.deployment import Deployment
from litmus.evaluate.model_parts import parts_of_plan
from litmus.executors import Job, Outcome
from litmus.selection.limits import hold_to
from litmus.selection.trial_estimate import EstimateWork, Ratio, estimate_parts
from litmus.simulate.http_cost import HttpCost
from litmus.training.attempt import Attempt

__all__ = ["Estimates"]

_LONGEST = 30.0
"""Seconds that reading, compiling and timing a trial's model may take."""


@dataclasses.dataclass
class Estimates:
    """The estimates of one data set.

    Attributes:
        deployment: where models are to be served.
        rows: rows to ask for.
        alone: whether one pipeline will be served, fitted on all rows, and not the fold models together.
        http: what requests take whose answers take no time; None where that is not known.
        grace: seconds that estimates may take beyond the end of training.
        ratios: algorithm → how all fold models relate to one; only the first trial of an algorithm has all of them compiled.
    """

    deployment: Deployment
    rows: list[dict[str, Any]]
    alone: bool = False
    http: HttpCost | None = None
    grace: float = 0.0
    ratios: dict[str, Ratio] = dataclasses.field(default_factory=dict)

    def job(self, attempt: Attempt, seconds: float) -> Job:
        """The estimate of a scored trial, which is ended after so many seconds."""
        folders = [f"{output}/pipeline" for output in attempt.plan.outputs]
        work = EstimateWork(
            parts_of_plan(attempt.plan, folders[:1] if self.alone else folders),
            self.deployment,
            self.rows,
            http=self.http,
            ratio=self.ratios.get(attempt.trial.algorithm),
        )
        latest = time.monotonic() + min(_LONGEST, seconds)
        return Job((attempt.plan.id, "estimate"), estimate_parts, (work,), deadline=latest)

    def take(self, attempt: Attempt, outcome: Outcome | None) -> None:
        """Note what a trial takes, and by how much it misses the limits; None where there was no time to find out."""
        trial = attempt.trial
        if outcome is None or outcome.value is None:
            trial.not_estimated = "there was no time left" if outcome is None else outcome.error or "it failed"
            return
        estimate, ratio = outcome.value
        if ratio is not None:
            self.ratios[trial.algorithm] = ratio
        hold_to(trial, estimate, self.deployment)
