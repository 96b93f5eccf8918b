"""Running a bundle as it will be served, and measuring it there.

Names are imported when they are first used: the processes that measure need little of this package.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_WHERE = {
    "Calibration": "calibration",
    "ExpectedLatency": "estimating",
    "HttpCost": "http_cost",
    "Latency": "latency",
    "Machine": "machine",
    "Simulation": "result",
    "calibrate": "calibration",
    "estimate": "estimating",
    "measure_http": "http_cost",
    "simulate": "story",
}

__all__ = [
    "Calibration",
    "ExpectedLatency",
    "HttpCost",
    "Latency",
    "Machine",
    "Simulation",
    "calibrate",
    "estimate",
    "measure_http",
    "simulate",
]

if TYPE_CHECKING:
    from litmus.simulate.calibration import Calibration, calibrate
    from litmus.simulate.estimating import ExpectedLatency, estimate
    from litmus.simulate.http_cost import HttpCost, measure_http
    from litmus.simulate.latency import Latency
    from litmus.simulate.machine import Machine
    from litmus.simulate.result import Simulation
    from litmus.simulate.story import simulate


def __getattr__(name: str) -> Any:
    module = _WHERE.get(name)
    if module is None:
        raise AttributeError(f"module 'litmus.simulate' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"litmus.simulate.{module}"), name)
    globals()[name] = value
    return value
