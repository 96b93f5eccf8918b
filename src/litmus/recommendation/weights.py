"""What counts how much: cost, latency, throughput."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real
from typing import Any

from litmus.errors import ParameterError
from litmus.naming import nearest

__all__ = ["WEIGHTS", "read_weights"]

WEIGHTS = ("cost", "latency", "throughput")


def read_weights(weights: Any = None) -> dict[str, float]:
    """The weight of each, as shares of 1; what is left out counts nothing, and None weighs all alike.

    Raises:
        ParameterError: for an unknown name, a negative number, or nothing above 0.

    Example:
        >>> read_weights({"cost": 3, "latency": 1})
        {'cost': 0.75, 'latency': 0.25, 'throughput': 0.0}
    """
    if weights is None:
        return dict.fromkeys(WEIGHTS, 1 / len(WEIGHTS))
    if not isinstance(weights, Mapping):
        raise ParameterError(f"weights={weights!r} is not allowed; give a dict such as {{'cost': 2, 'latency': 1}}.")
    for name, value in weights.items():
        if name not in WEIGHTS:
            close = nearest(str(name), WEIGHTS)
            hint = f" Did you mean {close!r}?" if close else ""
            raise ParameterError(f"weights has {name!r}.{hint} Known: {', '.join(WEIGHTS)}.")
        if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= float(value) < math.inf:
            raise ParameterError(f"weights: {name}={value!r} is not allowed; give a number of 0 or more.")
    total = sum(float(value) for value in weights.values())
    if not total:
        raise ParameterError("weights has nothing above 0; give at least one of cost, latency and throughput.")
    return {name: float(weights.get(name, 0.0)) / total for name in WEIGHTS}
