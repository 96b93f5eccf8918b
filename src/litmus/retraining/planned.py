"""From a rule of the file to the options of `retrain`."""

from __future__ import annotations

from typing import Any

from litmus.endpoints.rollouts import parse_rollout
from litmus.retraining.plan import RetrainingRule

__all__ = ["retraining_options"]


def retraining_options(rule: RetrainingRule) -> dict[str, Any]:
    """The options of `litmus.retraining.retrain` that a rule stands for."""
    rollout = parse_rollout(rule.rollout)
    return {
        "data": rule.data,
        "labels": rule.use_labels,
        "gate": rule.gate,
        "deploy": rule.deploy,
        "rollout": rollout,
        "alarms": rule.stop_when.alarms() if rollout.seconds else [],
        "options": rule.options,
        "trust": rule.trust,
    }
