"""How a model is served best: which machine, how many processes, which batches, under weights for cost, latency and throughput.

Names are imported when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_WHERE = {
    "Option": "result",
    "PriceTable": "prices",
    "Recommendation": "result",
    "cost_per_inference": "prices",
    "read_prices": "prices",
    "recommend": "call",
}

__all__ = ["Option", "PriceTable", "Recommendation", "cost_per_inference", "read_prices", "recommend"]

if TYPE_CHECKING:
    from litmus.recommendation.call import recommend
    from litmus.recommendation.prices import PriceTable, cost_per_inference, read_prices
    from litmus.recommendation.result import Option, Recommendation


def __getattr__(name: str) -> Any:
    module = _WHERE.get(name)
    if module is None:
        raise AttributeError(f"module 'litmus.recommendation' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"litmus.recommendation.{module}"), name)
    globals()[name] = value
    return value
