"""What requests take beside the model's own time, on this machine, now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from litmus.errors import LitmusError

__all__ = ["http_seconds"]

_KEPT = 200
"""Quantiles that are kept: each estimate adds all of them to all times of its model."""


def http_seconds(rows: Sequence[Mapping[str, Any]], *, seconds: float = 1.0) -> tuple[float, ...]:
    """Seconds of requests to the real server with a model that takes no time; none where that cannot be measured."""
    from litmus.simulate import measure_http

    try:
        found = measure_http(rows, seconds=seconds).seconds
    except LitmusError:  # such as on a system where no deployment can be simulated
        return ()
    return tuple(np.quantile(found, (np.arange(_KEPT) + 0.5) / _KEPT).tolist())
