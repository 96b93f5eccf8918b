"""How many requests a second a server answers while it keeps its latency."""

from __future__ import annotations

from collections.abc import Callable

from litmus.simulate.load import Load, Replayed

__all__ = ["highest_rate", "keeps"]

_PROBES = 6
_MOST_CONNECTIONS = 32
_LEAST_CONNECTIONS = 8
_FIRST_SHARE = 0.8


def highest_rate(
    load: Load, limit: float | None, concurrency: int, seconds: float, kept: Callable[[Replayed], Replayed]
) -> float:
    """Answers a second that are given within `limit` seconds to 99 of 100 requests; without a limit, at most.

    First as many as the server answers when each connection always waits for an answer; then, by halving, rates at which
    requests come from callers who know nothing of each other, six measurements in all.

    Args:
        load: who sends.
        limit: the p99 to keep, or None.
        concurrency: connections that the deployment has.
        seconds: that all measurements may take.
        kept: told of each measurement.
    """
    each = seconds / _PROBES
    connections = min(max(concurrency, _LEAST_CONNECTIONS), max(_MOST_CONNECTIONS, concurrency))
    full = kept(load.send(each, connections=concurrency if limit is None else connections))
    if limit is None or keeps(full, limit):
        return full.rate
    low, high, best = 0.0, full.rate, 0.0
    share = _FIRST_SHARE
    for _ in range(_PROBES - 1):
        rate = low + share * (high - low)
        found = load.send(each, connections=max(connections, _MOST_CONNECTIONS), rate=rate)
        if not len(found.seconds):
            break
        if keeps(found, limit):
            low, best = rate, max(best, found.rate)
            kept(found)
        else:
            high = rate
        share = 0.5
    return best


def keeps(replayed: Replayed, limit: float) -> bool:
    """Whether all was answered, and 99 of 100 requests within the limit."""
    return not replayed.failures and len(replayed.seconds) > 0 and replayed.latency.p99 <= limit
