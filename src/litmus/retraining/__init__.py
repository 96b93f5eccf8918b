"""Models that are trained again: why, on what, whether the new one is better, and how it takes the old one's place."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_WHERE = {
    "BusyError": "lock",
    "Cycle": "cycle",
    "Gate": "gate",
    "GateReport": "gate",
    "Plan": "plan",
    "Retrained": "retrain_model",
    "Scheduler": "scheduler",
    "finish_rollouts": "rollout",
    "read_plan": "plan",
    "reason_to_retrain": "triggers",
    "retrain": "retrain_model",
    "take_back": "rollout",
}
"""Public name → the module that defines it; imported when it is used."""

__all__ = [
    "BusyError",
    "Cycle",
    "Gate",
    "GateReport",
    "Plan",
    "Retrained",
    "Scheduler",
    "finish_rollouts",
    "read_plan",
    "reason_to_retrain",
    "retrain",
    "take_back",
]

if TYPE_CHECKING:
    from litmus.retraining.cycle import Cycle
    from litmus.retraining.gate import Gate, GateReport
    from litmus.retraining.lock import BusyError
    from litmus.retraining.plan import Plan, read_plan
    from litmus.retraining.retrain_model import Retrained, retrain
    from litmus.retraining.rollout import finish_rollouts, take_back
    from litmus.retraining.scheduler import Scheduler
    from litmus.retraining.triggers import reason_to_retrain


def __getattr__(name: str) -> Any:
    module = _WHERE.get(name)
    if module is None:
        raise AttributeError(f"module 'litmus.retraining' has no attribute {name!r}")
    return getattr(importlib.import_module(f"litmus.retraining.{module}"), name)
