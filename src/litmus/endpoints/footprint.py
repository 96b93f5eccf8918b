"""What an endpoint's processes cost since they were started."""

from __future__ import annotations

import contextlib

from litmus.endpoints.places import existing
from litmus.endpoints.state import read_state
from litmus.footprint import Footprint, Rates

__all__ = ["endpoint_footprint"]


def endpoint_footprint(name: str, rates: Rates | None = None) -> Footprint:
    """The CPU seconds of the processes that an endpoint has now, since each was started, in money and energy.

    Args:
        name: the endpoint's.
        rates: prices and watts; by default those of the environment.

    Raises:
        UnknownNameError: when there is no such endpoint.

    Example:
        >>> endpoint_footprint("income").sentence                      # doctest: +SKIP
    """
    import psutil

    state, spent = read_state(existing(name)), 0.0
    for pid in {state.pid, *(each.pid for each in (*state.workers, *state.forkers))} - {0}:
        with contextlib.suppress(psutil.Error):  # it has ended meanwhile
            times = psutil.Process(pid).cpu_times()
            spent += times.user + times.system
    return Footprint.of_cpu(spent, rates)
