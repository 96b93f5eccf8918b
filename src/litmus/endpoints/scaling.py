"""How many workers an endpoint has: a fixed number, or as many as keep each about as busy as it should be."""

from __future__ import annotations

import dataclasses
import math

import msgspec

from litmus.errors import ParameterError
from litmus.quantities import parse_seconds

__all__ = ["MOST_WORKERS", "Scaling", "Tracker"]

MOST_WORKERS = 256
_TOLERANCE = 0.1  # of the target: within it nothing changes, else the number would swing between two


class Scaling(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many workers there are.

    Args:
        minimum: at least so many.
        maximum: at most so many; the same as `minimum` for a fixed number.
        busy: the share of its time that a worker should spend in the model, above 0 and up to 1.
        in_flight: in its place, how many requests a worker should have under way at one time.
        window: seconds over which load is averaged.
        out_cooldown: seconds after a change before workers may be added.
        in_cooldown: seconds after a change before workers may be taken away.

    Raises:
        ParameterError: when a number is not allowed.

    Example:
        >>> Scaling(1, 4).is_fixed, Scaling(2, 2).is_fixed
        (False, True)
    """

    minimum: int = 1
    maximum: int = 1
    busy: float | None = 0.6
    in_flight: float | None = None
    window: float = 10.0
    out_cooldown: float = 10.0
    in_cooldown: float = 60.0

    def __post_init__(self) -> None:
        for name, least in (("minimum", 1), ("maximum", 1)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MOST_WORKERS:
                raise ParameterError(
                    f"{name}={value!r} workers is not allowed; give a whole number from {least} to {MOST_WORKERS}."
                )
        if self.minimum > self.maximum:
            raise ParameterError(
                f"minimum={self.minimum} workers is more than maximum={self.maximum}; give them the other way round."
            )
        if (self.busy is None) == (self.in_flight is None):
            raise ParameterError("Workers are scaled by busy or by in_flight; give one of them.")
        if self.busy is not None and not 0 < self.busy <= 1:
            raise ParameterError(f"busy={self.busy!r} is no share of time; give a number above 0 and up to 1.")
        if self.in_flight is not None and not 0 < self.in_flight < math.inf:
            raise ParameterError(f"in_flight={self.in_flight!r} is not allowed; give a number above 0.")
        for name in ("window", "out_cooldown", "in_cooldown"):
            parse_seconds(getattr(self, name), name=name)

    @property
    def is_fixed(self) -> bool:
        """Whether load changes nothing."""
        return self.minimum == self.maximum

    @property
    def target(self) -> float:
        """What each worker should have: a share of time, or requests under way."""
        return self.in_flight if self.busy is None else self.busy  # type: ignore[return-value]

    def __str__(self) -> str:
        if self.is_fixed:
            return f"{self.minimum} worker{'' if self.minimum == 1 else 's'}"
        aim = f"{self.busy:.0%} busy" if self.busy is not None else f"{self.in_flight:g} requests under way"
        return f"{self.minimum} to {self.maximum} workers, each about {aim}"


@dataclasses.dataclass
class _Sample:
    at: float
    busy: float
    in_flight: int


class Tracker:
    """Decides how many workers there should be, from what they did lately.

    The number follows the load in proportion: three workers that are twice as busy as they should be become six.

    Args:
        scaling: the bounds, the target and the cool-downs.

    Example:
        >>> tracker = Tracker(Scaling(1, 4, busy=0.5, window=1, out_cooldown=1))
        >>> tracker.observe(0.0, busy_seconds=0.0, in_flight=0)
        >>> tracker.observe(1.0, busy_seconds=0.9, in_flight=1)
        >>> tracker.wanted(1)
        2
    """

    def __init__(self, scaling: Scaling) -> None:
        self.scaling = scaling
        self._samples: list[_Sample] = []
        self._changed = -math.inf

    def observe(self, at: float, *, busy_seconds: float, in_flight: int) -> None:
        """Take a sample.

        Args:
            at: seconds of a clock that only goes forward.
            busy_seconds: that all workers spent in models so far.
            in_flight: requests under way now.
        """
        if self._samples and busy_seconds < self._samples[-1].busy:
            self._samples.clear()  # the counters were begun anew
        self._samples.append(_Sample(at, busy_seconds, in_flight))
        while len(self._samples) > 2 and self._samples[1].at <= at - self.scaling.window:
            self._samples.pop(0)

    def load(self) -> float | None:
        """What the workers have together: workers kept busy, or requests under way; None before the window is full."""
        if len(self._samples) < 2:
            return None
        first, last = self._samples[0], self._samples[-1]
        elapsed = last.at - first.at
        if elapsed < 0.9 * self.scaling.window:
            return None
        if self.scaling.busy is not None:
            return (last.busy - first.busy) / elapsed
        return sum(sample.in_flight for sample in self._samples) / len(self._samples)

    def wanted(self, current: int) -> int:
        """How many workers there should be now, where there are `current`."""
        scaling = self.scaling
        bounded = min(max(current, scaling.minimum), scaling.maximum)
        load = self.load()
        if bounded != current or load is None or scaling.is_fixed or not self._samples:
            return self._decided(current, bounded)
        if abs(load / current - scaling.target) <= _TOLERANCE * scaling.target:
            return current
        wanted = min(max(math.ceil(load / scaling.target - 1e-9), scaling.minimum), scaling.maximum)
        waited = self._samples[-1].at - self._changed
        if waited < (scaling.out_cooldown if wanted > current else scaling.in_cooldown):
            return current
        return self._decided(current, wanted)

    def _decided(self, current: int, wanted: int) -> int:
        if wanted != current and self._samples:
            self._changed = self._samples[-1].at
        return wanted
