"""What a model meets in service, compared with what it was trained on. Names are imported when first used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from litmus.monitor.baseline import Baseline, baseline_of_trial, make_baseline
    from litmus.monitor.checking import check
    from litmus.monitor.limits import Limits
    from litmus.monitor.reference import baseline_of_table
    from litmus.monitor.result import KINDS, Finding, KindResult, MonitorResult, WindowResult

__all__ = [
    "KINDS",
    "Baseline",
    "Finding",
    "KindResult",
    "Limits",
    "MonitorResult",
    "WindowResult",
    "baseline_of_table",
    "baseline_of_trial",
    "check",
    "make_baseline",
]

_HOMES = {
    "KINDS": "result",
    "Baseline": "baseline",
    "Finding": "result",
    "KindResult": "result",
    "Limits": "limits",
    "MonitorResult": "result",
    "WindowResult": "result",
    "baseline_of_table": "reference",
    "baseline_of_trial": "baseline",
    "check": "checking",
    "make_baseline": "baseline",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
