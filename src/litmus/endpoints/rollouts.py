"""How an update reaches its callers: all at once, a few first, or in equal steps."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from litmus.errors import ParameterError
from litmus.quantities import duration_text, parse_seconds

__all__ = ["AllAtOnce", "Canary", "Linear", "Strategy", "parse_rollout"]


@dataclasses.dataclass(frozen=True)
class AllAtOnce:
    """Every request goes to the new model as soon as all workers have loaded it.

    Args:
        bake: how long alarms are watched after that (seconds, or text such as "10m"), before the update counts as done;
            None is not at all.

    Example:
        >>> AllAtOnce().shares, AllAtOnce(bake="10m").seconds
        ((1.0,), 600.0)
    """

    bake: float | str | None = None

    def __post_init__(self) -> None:
        _ = self.seconds

    @property
    def shares(self) -> tuple[float, ...]:
        """The new model's share of the requests in each step."""
        return (1.0,)

    @property
    def seconds(self) -> float:
        """How long each step is watched."""
        return 0.0 if self.bake is None else parse_seconds(self.bake, name="bake")

    def __str__(self) -> str:
        return "all at once" + (f", watched for {duration_text(self.seconds)}" if self.seconds else "")


@dataclasses.dataclass(frozen=True)
class Canary:
    """A share of the requests goes to the new model first; when that went well for a while, all of them do.

    Args:
        percent: of the requests in the first step, above 0 and below 100.
        bake: how long each of the two steps is watched.

    Example:
        >>> Canary(10, bake="10m").shares
        (0.1, 1.0)
    """

    percent: float
    bake: float | str = "10m"

    def __post_init__(self) -> None:
        _check_percent("Canary", "percent", self.percent)
        _ = self.seconds

    @property
    def shares(self) -> tuple[float, ...]:
        """The new model's share of the requests in each step."""
        return (self.percent / 100, 1.0)

    @property
    def seconds(self) -> float:
        """How long each step is watched."""
        return parse_seconds(self.bake, name="bake")

    def __str__(self) -> str:
        return f"a canary of {self.percent:g} %, then all, each watched for {duration_text(self.seconds)}"


@dataclasses.dataclass(frozen=True)
class Linear:
    """The new model's share of the requests grows by the same step again and again.

    Args:
        percent: of the requests that each step adds, above 0 and below 100.
        every: how long each step is watched.

    Example:
        >>> Linear(40, every="5m").shares
        (0.4, 0.8, 1.0)
    """

    percent: float
    every: float | str = "5m"

    def __post_init__(self) -> None:
        _check_percent("Linear", "percent", self.percent)
        _ = self.seconds

    @property
    def shares(self) -> tuple[float, ...]:
        """The new model's share of the requests in each step."""
        steps = math.ceil(100 / self.percent - 1e-9)
        return tuple(min(1.0, round((step + 1) * self.percent / 100, 9)) for step in range(steps))

    @property
    def seconds(self) -> float:
        """How long each step is watched."""
        return parse_seconds(self.every, name="every")

    def __str__(self) -> str:
        return f"in {len(self.shares)} steps of {self.percent:g} %, each watched for {duration_text(self.seconds)}"


Strategy = AllAtOnce | Canary | Linear


def _check_percent(kind: str, name: str, value: Any) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 < value < 100:
        raise ParameterError(f"{kind}({name}={value!r}) is no share; give a percentage above 0 and below 100.")
    if value < 0.1:
        raise ParameterError(f"{kind}({name}={value!r}) is less than one request in a thousand; give 0.1 or more.")


def parse_rollout(text: str) -> Strategy:
    """A rollout as the command line has it.

    Args:
        text: "all", "all:10m", "canary:10", "canary:10:10m", "linear:20" or "linear:20:5m".

    Raises:
        ParameterError: for anything else.

    Example:
        >>> parse_rollout("canary:10:5m")
        Canary(percent=10.0, bake='5m')
    """
    kind, *parts = text.strip().lower().split(":")
    try:
        if kind == "all" and len(parts) <= 1:
            return AllAtOnce(*parts)
        if kind in ("canary", "linear") and 1 <= len(parts) <= 2:
            percent = float(parts[0].rstrip("%"))
            return (Canary if kind == "canary" else Linear)(percent, *parts[1:])
    except ParameterError:
        raise
    except ValueError:
        pass
    raise ParameterError(
        f"{text!r} is no rollout; give 'all', 'canary:10:10m' (10 % of the requests for 10 minutes, then all) or "
        "'linear:20:5m' (20 % more every 5 minutes)."
    )
