"""Which trials keep the limits of a deployment, and what to do about those that do not."""

from __future__ import annotations

from litmus.deployment import Deployment
from litmus.estimate import Estimate
from litmus.evaluate.trial import Trial

__all__ = ["hold_to"]


def hold_to(trial: Trial, estimate: Estimate, deployment: Deployment) -> None:
    """Put an estimate into a trial, with the limits that it misses; what it missed of another deployment is forgotten."""
    trial.estimate, trial.not_estimated = estimate, ""
    trial.misses = deployment.violations(estimate.measured())
