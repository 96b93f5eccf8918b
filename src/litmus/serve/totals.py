"""What an endpoint's workers did, added up: counts, histograms of times, and the differences between two moments."""

from __future__ import annotations

import dataclasses
import math
import os

__all__ = ["BOUNDS", "BUCKETS", "Histogram", "Totals", "VariantTotals", "WorkerState"]

BUCKETS = 160
_PER_OCTAVE = 6
_FIRST = 1e-5

BOUNDS: tuple[float, ...] = tuple(_FIRST * 2 ** (number / _PER_OCTAVE) for number in range(BUCKETS - 1))
"""The upper bounds of the histograms' buckets in seconds, 12 % apart from 10 µs to 15 minutes; one more bucket has the rest."""


@dataclasses.dataclass(frozen=True)
class Histogram:
    """How many times fell between which bounds; bucket `i` has those up to `BOUNDS[i]`.

    Attributes:
        counts: in each bucket.
        seconds: all of them together.
    """

    counts: tuple[int, ...] = (0,) * BUCKETS
    seconds: float = 0.0

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(self.counts)

    def quantile(self, share: float) -> float:
        """The time that `share` of them keep, to 12 %; NaN when there are none.

        Example:
            >>> Histogram((0, 0, 9, 1) + (0,) * 156).quantile(0.5) == BOUNDS[2]
            True
        """
        wanted, seen = share * self.total, 0
        if not self.total:
            return math.nan
        for number, count in enumerate(self.counts):
            seen += count
            if seen >= wanted and count:
                return BOUNDS[min(number, len(BOUNDS) - 1)]
        return BOUNDS[-1]

    def __add__(self, other: Histogram) -> Histogram:
        return Histogram(
            tuple(a + b for a, b in zip(self.counts, other.counts, strict=True)), self.seconds + other.seconds
        )

    def __sub__(self, other: Histogram) -> Histogram:
        return Histogram(
            tuple(max(0, a - b) for a, b in zip(self.counts, other.counts, strict=True)), self.seconds - other.seconds
        )


@dataclasses.dataclass(frozen=True)
class VariantTotals:
    """What a variant did, in all workers together.

    Attributes:
        requests: answered, with errors.
        client_errors, server_errors: of them, 4xx and 5xx.
        rejected: turned down because too many waited; not among the requests.
        rows: predicted.
        compared, different, dropped: copies that a shadow answered, answered otherwise, and had no time for.
        model: seconds in the model, of each request.
        overhead: seconds from the request's arrival to its answer, less those in the model: waiting, reading, writing.
        latency: seconds from the request's arrival to its answer.
    """

    requests: int = 0
    client_errors: int = 0
    server_errors: int = 0
    rejected: int = 0
    rows: int = 0
    compared: int = 0
    different: int = 0
    dropped: int = 0
    model: Histogram = dataclasses.field(default_factory=Histogram)
    overhead: Histogram = dataclasses.field(default_factory=Histogram)
    latency: Histogram = dataclasses.field(default_factory=Histogram)

    @property
    def busy_seconds(self) -> float:
        """Seconds that the model worked."""
        return self.model.seconds

    @property
    def error_rate(self) -> float:
        """The share of requests that the server failed on; 0 when there were none."""
        return self.server_errors / self.requests if self.requests else 0.0

    def quantile(self, share: float) -> float:
        """The seconds from arrival to answer that `share` of the requests keep, to 12 %; NaN when there were none."""
        return self.latency.quantile(share)

    def __add__(self, other: VariantTotals) -> VariantTotals:
        return VariantTotals(*(a + b for a, b in zip(_fields(self), _fields(other), strict=True)))

    def __sub__(self, other: VariantTotals) -> VariantTotals:
        return VariantTotals(*(a - b for a, b in zip(_fields(self), _fields(other), strict=True)))


def _fields(totals: VariantTotals) -> list:
    return [getattr(totals, field.name) for field in dataclasses.fields(totals)]


@dataclasses.dataclass(frozen=True)
class WorkerState:
    """What a worker says of itself.

    Attributes:
        slot: its number.
        pid: its process, which may have ended.
        generation: of the configuration it answers with.
        ready: whether it has answered a real prediction with it.
        started: when, in seconds since 1970.
        in_flight: requests it works on or that wait.
        connections: that are open.
        rejected: requests turned down because too many waited.
        error: why the newest configuration could not be taken; empty when it was.
        probing: findings of the watch for probing.
    """

    slot: int
    pid: int
    generation: int
    ready: bool
    started: float
    in_flight: int
    connections: int
    rejected: int
    error: str
    probing: int = 0

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return self.pid > 0


@dataclasses.dataclass(frozen=True)
class Totals:
    """What all workers of an endpoint did since it was made.

    Attributes:
        variants: by name.
        workers: by slot; those that have ended too.
        at: when it was read, in seconds of `time.monotonic()`.
    """

    variants: dict[str, VariantTotals]
    workers: dict[int, WorkerState]
    at: float

    @property
    def all(self) -> VariantTotals:
        """The variants together."""
        return sum(self.variants.values(), VariantTotals())

    @property
    def in_flight(self) -> int:
        """Requests that live workers work on or that wait in them."""
        return sum(each.in_flight for each in self.workers.values() if each.alive)

    @property
    def rejected(self) -> int:
        """Requests turned down because too many waited."""
        return sum(each.rejected for each in self.workers.values())

    def __sub__(self, earlier: Totals) -> Totals:
        """What happened since `earlier`; `workers` and `in_flight` are those of now, `at` the seconds between."""
        none = VariantTotals()
        variants = {name: totals - earlier.variants.get(name, none) for name, totals in self.variants.items()}
        workers = {
            slot: dataclasses.replace(state, rejected=state.rejected - earlier.workers[slot].rejected)
            if slot in earlier.workers
            else state
            for slot, state in self.workers.items()
        }
        return Totals(variants, workers, self.at - earlier.at)
