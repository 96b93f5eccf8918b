"""What a run may spend: seconds, trials, and how both are read from what a user writes."""

from __future__ import annotations

import dataclasses
import math
import re
import time
from numbers import Integral, Real

from litmus.errors import ParameterError

__all__ = ["Budget", "Clock", "parse_budget", "parse_seconds"]

_UNITS = {"ms": 1e-3, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)", re.IGNORECASE)

_CLOSING_SECONDS = 1.0
_CLOSING_SHARE = 0.05
"""What is kept of the time limit for the ensemble, the test rows and writing the model: seconds, and a share of the limit."""
_LONGEST_CLOSING = 20.0


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


def parse_seconds(value: object, *, name: str) -> float:
    """Seconds from a number, or from text such as "90s", "10m", "1h30m" or "250ms".

    Raises:
        ParameterError: for anything else, for zero, and for less.

    Example:
        >>> parse_seconds("1h30m", name="time_limit"), parse_seconds(20, name="time_limit")
        (5400.0, 20.0)
    """
    seconds = math.nan
    if isinstance(value, Real) and not isinstance(value, bool):
        seconds = float(value)
    elif isinstance(value, str):
        seconds = _from_text(value)
    if not (0 < seconds < math.inf):
        raise ParameterError(
            f"{name}={value!r} is not a time; give seconds above 0, or text such as '90s', '10m' or '1h30m'."
        )
    return seconds


def _from_text(text: str) -> float:
    """The sum of the parts of a duration, or NaN when something else is in the text."""
    text = text.strip()
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    parts = _PART.findall(text)
    if not parts or _PART.sub("", text).strip() or any(unit.lower() not in _UNITS for _, unit in parts):
        return math.nan
    return sum(float(number) * _UNITS[unit.lower()] for number, unit in parts)


class Clock:
    """How much of a run's time is gone; times are `time.monotonic()` seconds, which all processes of a machine share.

    Args:
        limit: seconds the run may take, or None.
        spent: seconds that earlier parts of the run took, before it was resumed.
    """

    def __init__(self, limit: float | None = None, *, spent: float = 0.0) -> None:
        self.started = time.monotonic()
        self.limit = limit
        self.spent = spent

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
        closing = min(_CLOSING_SECONDS + _CLOSING_SHARE * self.limit, _LONGEST_CLOSING)
        return self.end - min(closing, 0.4 * self.limit)

    def left(self) -> float:
        """Seconds left for training; infinite without a limit."""
        last = self.last_training
        return math.inf if last is None else last - time.monotonic()
