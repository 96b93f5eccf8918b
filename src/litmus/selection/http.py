"""What requests take beside the model's own time, on this machine, now."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from litmus.errors import LitmusError
from litmus.simulate.http_cost import HttpCost, measure_http

__all__ = ["http_cost"]

_KEPT = 200
"""Quantiles that are kept: each estimate adds all of them to all times of its model."""


def http_cost(rows: Sequence[Mapping[str, Any]], *, seconds: float = 1.0) -> HttpCost | None:
    """What requests to the real server take with a model that takes no time; None where that cannot be measured."""
    try:
        found = measure_http(rows, seconds=seconds)
    except LitmusError:  # such as on a system where no deployment can be simulated
        return None
    return dataclasses.replace(found, seconds=np.quantile(found.seconds, (np.arange(_KEPT) + 0.5) / _KEPT))
