"""What a search may try: ranges of numbers, choices, and the conditions under which a parameter counts."""

from __future__ import annotations

import dataclasses
import math
from numbers import Integral, Real
from typing import Any

from litmus.errors import ParameterError

__all__ = ["Choice", "Condition", "Domain", "Float", "Int", "When"]


@dataclasses.dataclass(frozen=True, repr=False)
class Int:
    """Whole numbers from `low` to `high`, both included; `log=True` searches orders of magnitude.

    Raises:
        ParameterError: when an end is no whole number, `low` is above `high`, or a log scale starts below 1.
    """

    low: int
    high: int
    log: bool = False

    def __post_init__(self) -> None:
        for end in (self.low, self.high):
            if isinstance(end, bool) or not isinstance(end, Integral):
                raise ParameterError(f"{self} has the end {end!r}; give whole numbers, such as Int(1, 10).")
        _check_ends(self, 1, "at 1 or above")
        object.__setattr__(self, "low", int(self.low))
        object.__setattr__(self, "high", int(self.high))

    def contains(self, value: Any) -> bool:
        """Whether a search may try this value."""
        whole = isinstance(value, Integral) and not isinstance(value, bool)
        return whole and self.low <= int(value) <= self.high

    def to_unit(self, value: Any) -> float:
        """The place of a value in [0, 1], on the scale that is searched; values outside are moved to the nearer end."""
        value = min(max(float(value), self.low), self.high)
        low, high = self._cells()
        return (self._scale(value) - low) / (high - low)

    def from_unit(self, place: float) -> int:
        """The value at a place in [0, 1]; equal shares of places give equally likely values, or orders of magnitude."""
        low, high = self._cells()
        value = low + place * (high - low)
        return min(max(round(math.exp(value) if self.log else value), self.low), self.high)

    def nearest(self, value: Any) -> int:
        """The value of the range that is closest to a number."""
        return int(min(max(round(float(value)), self.low), self.high))

    @property
    def size(self) -> float:
        """How many values there are."""
        return float(self.high - self.low + 1)

    def _cells(self) -> tuple[float, float]:
        return self._scale(self.low - 0.5), self._scale(self.high + 0.5)

    def _scale(self, value: float) -> float:
        return math.log(value) if self.log else value

    def __repr__(self) -> str:
        return f"Int({self.low!r}, {self.high!r}{', log=True' if self.log else ''})"


@dataclasses.dataclass(frozen=True, repr=False)
class Float:
    """Real numbers from `low` to `high`, both included; `log=True` searches orders of magnitude.

    Raises:
        ParameterError: when an end is no finite number, `low` is above `high`, or a log scale starts at or below 0.
    """

    low: float
    high: float
    log: bool = False

    def __post_init__(self) -> None:
        for end in (self.low, self.high):
            if isinstance(end, bool) or not isinstance(end, Real) or not math.isfinite(float(end)):
                raise ParameterError(f"{self} has the end {end!r}; give finite numbers, such as Float(0.1, 1.0).")
        _check_ends(self, math.ulp(0.0), "above 0")
        object.__setattr__(self, "low", float(self.low))
        object.__setattr__(self, "high", float(self.high))

    def contains(self, value: Any) -> bool:
        """Whether a search may try this value."""
        return isinstance(value, Real) and not isinstance(value, bool) and self.low <= float(value) <= self.high

    def to_unit(self, value: Any) -> float:
        """The place of a value in [0, 1], on the scale that is searched; values outside are moved to the nearer end."""
        value = min(max(float(value), self.low), self.high)
        if self.low == self.high:
            return 0.5
        low, high = self._scale(self.low), self._scale(self.high)
        return (self._scale(value) - low) / (high - low)

    def from_unit(self, place: float) -> float:
        """The value at a place in [0, 1]."""
        low, high = self._scale(self.low), self._scale(self.high)
        value = low + place * (high - low)
        return min(max(math.exp(value) if self.log else value, self.low), self.high)

    def nearest(self, value: Any) -> float:
        """The value of the range that is closest to a number."""
        return min(max(float(value), self.low), self.high)

    @property
    def size(self) -> float:
        """How many values there are: 1 or infinitely many."""
        return 1.0 if self.low == self.high else math.inf

    def _scale(self, value: float) -> float:
        return math.log(value) if self.log else value

    def __repr__(self) -> str:
        return f"Float({self.low!r}, {self.high!r}{', log=True' if self.log else ''})"


@dataclasses.dataclass(frozen=True, repr=False)
class Choice:
    """One of the given values, which may be of any type.

    Raises:
        ParameterError: when there is no value.
    """

    values: tuple[Any, ...]

    def __init__(self, *values: Any) -> None:
        if not values:
            raise ParameterError("Choice() is empty; give at least one value, such as Choice('gini', 'entropy').")
        object.__setattr__(self, "values", values)

    def position(self, value: Any) -> int | None:
        """The position of a value, or None: the same object, or else an equal one of the same type, or else an equal one."""
        tests = (_is_same, _is_same_and_type, _is_equal)
        return next((place for test in tests for place, known in enumerate(self.values) if test(known, value)), None)

    def contains(self, value: Any) -> bool:
        """Whether a search may try this value."""
        return self.position(value) is not None

    def to_unit(self, value: Any) -> float:
        """The place of a value in [0, 1]: the middle of its share."""
        return ((self.position(value) or 0) + 0.5) / len(self.values)

    def from_unit(self, place: float) -> Any:
        """The value at a place in [0, 1]; all values have equal shares."""
        return self.values[min(int(place * len(self.values)), len(self.values) - 1)]

    @property
    def size(self) -> float:
        """How many values there are."""
        return float(len(self.values))

    def __hash__(self) -> int:
        return hash(("Choice", len(self.values)))  # values need not be hashable

    def __repr__(self) -> str:
        return f"Choice({', '.join(map(repr, self.values))})"


Domain = Int | Float | Choice
"""What a search may try for one parameter."""


@dataclasses.dataclass(frozen=True)
class Condition:
    """A parameter counts only where another one, `parameter`, has one of these values, or one within these ranges.

    Example:
        >>> Condition("booster", ("dart",)).holds("dart")
        True
    """

    parameter: str
    values: tuple[Any, ...]

    def holds(self, value: Any) -> bool:
        """Whether the condition is met by this value of the other parameter."""
        return any(
            allowed.contains(value) if isinstance(allowed, Domain) else Choice(allowed).contains(value)
            for allowed in self.values
        )


@dataclasses.dataclass(frozen=True, repr=False)
class When:
    """A range that counts only where another parameter has a value, one of several, or one within a range.

    Args:
        parameter: the name of the other parameter.
        values: a value, a list or tuple of values, or a range such as `Int(5, 10)`.
        domain: what is tried then.

    Example:
        >>> When("booster", "dart", Float(0.0, 0.5))
        When('booster', 'dart', Float(0.0, 0.5))
    """

    parameter: str
    values: Any
    domain: Domain

    def __post_init__(self) -> None:
        if not isinstance(self.domain, Domain):
            raise ParameterError(f"{self} has no range; end it with Int(…), Float(…) or Choice(…).")
        if isinstance(self.values, list | tuple) and not self.values:
            raise ParameterError(
                f"{self} names no value of {self.parameter!r}, so it would never hold; give at least one."
            )

    @property
    def condition(self) -> Condition:
        """When the range counts."""
        return Condition(
            self.parameter, tuple(self.values) if isinstance(self.values, list | tuple) else (self.values,)
        )

    def __repr__(self) -> str:
        return f"When({self.parameter!r}, {self.values!r}, {self.domain!r})"


def _check_ends(domain: Int | Float, least: float, shown: str) -> None:
    if domain.low > domain.high:
        raise ParameterError(f"{domain} is empty: low is above high; swap them.")
    if domain.log and domain.low < least:
        raise ParameterError(f"{domain} has a log scale from {domain.low!r}; start {shown}, or leave out log=True.")


def _is_same(known: Any, value: Any) -> bool:
    return known is value


def _is_same_and_type(known: Any, value: Any) -> bool:
    return type(known) is type(value) and _is_equal(known, value)


def _is_equal(known: Any, value: Any) -> bool:
    if isinstance(known, bool) != isinstance(value, bool):
        return False
    try:
        return bool(known == value)
    except (TypeError, ValueError):  # arrays and frames answer with many truth values
        return False
