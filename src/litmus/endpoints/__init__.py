"""Models that stay behind an address: deployed by one call, watched over, updated without losing a request."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_WHERE = {
    "AllAtOnce": "rollouts",
    "Canary": "rollouts",
    "Linear": "rollouts",
    "Alarm": "alarms",
    "Endpoint": "deployed",
    "Rollout": "rollout",
    "Scaling": "scaling",
    "deploy": "deploying",
    "endpoint": "deployed",
    "endpoints": "deployed",
}
"""Public name → the module that defines it; imported when it is used, as a supervisor needs few of them."""

__all__ = [
    "Alarm",
    "AllAtOnce",
    "Canary",
    "Endpoint",
    "Linear",
    "Rollout",
    "Scaling",
    "deploy",
    "endpoint",
    "endpoints",
]

if TYPE_CHECKING:
    from litmus.endpoints.alarms import Alarm
    from litmus.endpoints.deployed import Endpoint, endpoint, endpoints
    from litmus.endpoints.deploying import deploy
    from litmus.endpoints.rollout import Rollout
    from litmus.endpoints.rollouts import AllAtOnce, Canary, Linear
    from litmus.endpoints.scaling import Scaling


def __getattr__(name: str) -> Any:
    module = _WHERE.get(name)
    if module is None:
        raise AttributeError(f"module 'litmus.endpoints' has no attribute {name!r}")
    return getattr(importlib.import_module(f"litmus.endpoints.{module}"), name)
