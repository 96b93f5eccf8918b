"""What a run may spend: seconds, trials, and how both are read from what a user writes."""

from __future__ import annotations

import dataclasses
import math
import time
from numbers import Integral

from litmus.errors import ParameterError
from litmus.quantities import parse_seconds

__all__ = ["Budget", "Clock", "parse_budget"]

_CLOSING_SECONDS = 1.0
_CLOSING_SHARE = 0.04
"""What is kept of the time limit for the ensemble and the test rows: seconds, and a share of the limit."""
_LONGEST_CLOSING = 20.0
_MOST_OF_LIMIT = 0.4
"""What is kept at most for all that follows training, as a share of the limit."""
_MOST_WITH_FINALISTS = 0.5
_GRACE_SECONDS, _GRACE_SHARE = 1.3, 0.015
"""What the last piece of work may take beyond the limit before it is killed."""


@dataclasses.dataclass(frozen=True)
class Budget:
    """The bounds of a run; None means no bound.

    Attributes:
        seconds: of the whole call, from start to finish.
        trials: configurations tried on each data set, the baseline not counted.
    """

    seconds: float | None = None
    trials: int | None = None


def parse_budget(time_limit: object, max_trials: object) -> Budget:
    """Read what the user wrote.

    Raises:
        ParameterError: when one of them is not allowed.
    """
    if max_trials is not None and (
        isinstance(max_trials, bool) or not isinstance(max_trials, Integral) or max_trials < 1
    ):
        raise ParameterError(f"max_trials={max_trials!r} is not allowed; give a whole number of at least 1.")
    return Budget(
        None if time_limit is None else parse_seconds(time_limit, name="time_limit"),
        None if max_trials is None else int(max_trials),
    )


class Clock:
    """How much of a run's time is gone; times are `time.monotonic()` seconds, which all processes of a machine share.

    Args:
        limit: seconds the run may take, or None.
        spent: seconds that earlier parts of the run took, before it was resumed.
        reserve: seconds that are kept at the end, beside those that every run needs, for simulating finalists.

    Attributes:
        to_keep: seconds that reading and writing the model are going to take, as far as is known.
        slowness: how many times longer than on a quiet machine work takes, as far as is known.
    """

    def __init__(self, limit: float | None = None, *, spent: float = 0.0, reserve: float = 0.0) -> None:
        self.started = time.monotonic()
        self.limit = limit
        self.spent = spent
        self.reserve = reserve
        self.to_keep = 0.0
        self.slowness = 1.0

    @property
    def elapsed(self) -> float:
        """Seconds the run has taken, earlier parts included."""
        return self.spent + time.monotonic() - self.started

    @property
    def end(self) -> float | None:
        """When the run has to be over, or None."""
        return None if self.limit is None else self.started + max(self.limit - self.spent, 0.0)

    @property
    def last_training(self) -> float | None:
        """When training has to be over, so that the rest of the run fits into the limit; None without a limit."""
        if self.limit is None or self.end is None:
            return None
        closing = self._closing + self.to_keep + self.reserve
        return self.end - min(closing, (_MOST_WITH_FINALISTS if self.reserve else _MOST_OF_LIMIT) * self.limit)

    @property
    def last_simulation(self) -> float | None:
        """When the simulations of finalists have to be over; None without a limit."""
        if self.limit is None or self.end is None:
            return None
        return self.end - min(self._closing / 2 + self.to_keep, 0.2 * self.limit)

    @property
    def last_call(self) -> float | None:
        """When whatever still runs is killed; None without a limit."""
        return None if self.limit is None or self.end is None else self.end + _GRACE_SECONDS + _GRACE_SHARE * self.limit

    @property
    def _closing(self) -> float:
        busy = (
            1 + (self.slowness - 1) / 2
        )  # nothing else of the run is under way then, so that it is less slowed than fits are
        return busy * min(_CLOSING_SECONDS + _CLOSING_SHARE * (self.limit or 0.0), _LONGEST_CLOSING)

    def left(self) -> float:
        """Seconds left for training; infinite without a limit."""
        last = self.last_training
        return math.inf if last is None else last - time.monotonic()
