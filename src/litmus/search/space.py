"""What a search may try: parameters with their ranges, when each of them counts, and where to start."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from litmus.domains import Choice, Condition, Domain, Float, Int
from litmus.errors import ParameterError
from litmus.naming import nearest

__all__ = ["Space"]


@dataclasses.dataclass(frozen=True)
class Space:
    """Named parameters, each with a range, perhaps a condition, and a default.

    Settings are plain dicts from parameter to value. They hold active parameters only: those without a condition, or
    whose condition another active parameter meets.

    Args:
        parameters: name → `Int`, `Float` or `Choice`.
        conditions: name → `Condition` on another parameter.
        defaults: name → the value that a search tries first; without one, the middle of the range or the first choice.
            None, and 0 below a log scale, may be defaults beside the range.

    Raises:
        ParameterError: when a condition or a default names no parameter, conditions go round in a circle, a condition
            can never hold, or a default lies outside its range.

    Example:
        >>> space = Space(
        ...     {"booster": Choice("trees", "dart"), "drop": Float(0.0, 0.5)},
        ...     {"drop": Condition("booster", ("dart",))},
        ... )
        >>> space.default, sorted(space.active({"booster": "dart"}))
        ({'booster': 'trees'}, ['booster', 'drop'])
    """

    parameters: Mapping[str, Domain]
    conditions: Mapping[str, Condition] = dataclasses.field(default_factory=dict)
    defaults: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, domain in self.parameters.items():
            if not isinstance(domain, Domain):
                raise ParameterError(f"{name!r} has the range {domain!r}; give Int(…), Float(…) or Choice(…).")
        for name, condition in self.conditions.items():
            self._known(name, "A condition is given for")
            self._known(condition.parameter, f"{name!r} depends on")
            _check_possible(name, condition, self.parameters[condition.parameter], self.defaults)
        for name, value in self.defaults.items():
            self._known(name, "A default is given for")
            if not self._allows(name, value):
                raise ParameterError(
                    f"The default {value!r} of {name!r} is outside its range, {self.parameters[name]}."
                )
        if len(self.order) < len(self.parameters):
            stuck = [name for name in self.parameters if name not in self.order]
            raise ParameterError(f"The conditions of {', '.join(map(repr, stuck))} depend on one another in a circle.")

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The parameters, each after the one that its condition names."""
        placed: dict[str, None] = {}
        waiting = list(self.parameters)
        while waiting:
            free = [
                name for name in waiting if name not in self.conditions or self.conditions[name].parameter in placed
            ]
            if not free:
                break
            placed.update(dict.fromkeys(free))
            waiting = [name for name in waiting if name not in placed]
        return tuple(placed)

    @cached_property
    def default(self) -> dict[str, Any]:
        """The settings to start from: the default of each active parameter."""
        return self._filled({name: self._default(name) for name in self.parameters})

    @cached_property
    def size(self) -> float:
        """How many different settings there are; infinite where a range of real numbers is among them."""
        return math.prod(self._branch_size(name) for name in self.order if name not in self.conditions)

    def active(self, settings: Mapping[str, Any]) -> tuple[str, ...]:
        """The parameters that count, given the values of those they depend on."""
        found: dict[str, None] = {}
        for name in self.order:
            condition = self.conditions.get(name)
            if condition is None or (
                condition.parameter in found
                and condition.parameter in settings
                and condition.holds(settings[condition.parameter])
            ):
                found[name] = None
        return tuple(found)

    def sample(self, rng: np.random.Generator) -> dict[str, Any]:
        """Settings drawn at random, each active parameter evenly over its range."""
        places = rng.random(len(self.order))
        return self.from_unit(places)

    def from_unit(self, places: Any) -> dict[str, Any]:
        """The settings at a point of the unit cube, whose coordinates are in the order of `order`."""
        return self._filled(
            {
                name: self.parameters[name].from_unit(float(place))
                for name, place in zip(self.order, places, strict=True)
            }
        )

    def check(self, settings: Mapping[str, Any]) -> None:
        """Make sure that settings hold every active parameter, no other one, and values within their ranges.

        Raises:
            ParameterError: with the first thing that is wrong.
        """
        for name in settings:
            self._known(name, "The settings hold")
        active = self.active(settings)
        for name in settings:
            if name not in active:
                condition = self.conditions[name]
                raise ParameterError(
                    f"The settings hold {name!r}, which counts only where {condition.parameter!r} is "
                    f"{' or '.join(map(repr, condition.values))}; leave it out."
                )
        for name in active:
            if name not in settings:
                raise ParameterError(f"The settings lack {name!r}; give a value of {self.parameters[name]}.")
            if not self._allows(name, settings[name]) and not self._is_default(name, settings[name]):
                raise ParameterError(f"{name}={settings[name]!r} is outside its range, {self.parameters[name]}.")

    def to_json(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Settings as values that JSON knows: numbers as they are, choices as their position, `{"choice": 2}`."""
        self.check(settings)
        return {name: self._plain(name, settings[name]) for name in self.order if name in settings}

    def from_json(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The settings that `to_json` wrote.

        Raises:
            ParameterError: when they do not fit this space.
        """
        settings = {}
        for name, value in values.items():
            self._known(name, "The settings hold")
            settings[name] = self._read(name, value)
        self.check(settings)
        return settings

    def key(self, settings: Mapping[str, Any]) -> str:
        """A text that two settings share exactly when they are the same."""
        return repr([(name, self._brief(name, settings[name])) for name in self.order if name in settings])

    def points(self, levels: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        """All settings of a space without ranges of real numbers, each once, the last parameter changing fastest.

        Args:
            levels: name → the values to go through, instead of all.
        """
        values = {name: self._levels(name, levels or {}) for name in self.order}
        yield from self._points({}, self.order, values)

    def _points(
        self, chosen: dict[str, Any], left: tuple[str, ...], values: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        if not left:
            yield dict(chosen)
            return
        name, rest = left[0], left[1:]
        condition = self.conditions.get(name)
        if condition is not None and not (
            condition.parameter in chosen and condition.holds(chosen[condition.parameter])
        ):
            yield from self._points(chosen, rest, values)
            return
        for value in values[name]:
            yield from self._points({**chosen, name: value}, rest, values)

    def _levels(self, name: str, levels: Mapping[str, Any]) -> Any:
        domain = self.parameters[name]
        if name in levels:
            return levels[name]
        if isinstance(domain, Choice):
            return domain.values
        if isinstance(domain, Int):
            return range(domain.low, domain.high + 1)
        if domain.low == domain.high:
            return (domain.low,)
        return itertools.repeat(domain.low)  # never asked for: the space is infinite

    def _branch_size(self, name: str) -> float:
        """How many settings the parameter and those that depend on it have together."""
        domain = self.parameters[name]
        below = [child for child, condition in self.conditions.items() if condition.parameter == name]
        if not below or math.isinf(domain.size):
            return math.inf if math.isinf(domain.size) else domain.size
        total = 0.0
        for value in self._levels(name, {}):
            held = (child for child in below if self.conditions[child].holds(value))
            total += math.prod(self._branch_size(child) for child in held)
        return total

    def _default(self, name: str) -> Any:
        if name in self.defaults:
            return self.defaults[name]
        domain = self.parameters[name]
        return domain.values[0] if isinstance(domain, Choice) else domain.from_unit(0.5)

    def _filled(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: values[name] for name in self.active(values)}

    def _is_default(self, name: str, value: Any) -> bool:
        return name in self.defaults and Choice(self.defaults[name]).contains(value)

    def _allows(self, name: str, value: Any) -> bool:
        """Whether a value is in the range, or may be a default beside it."""
        domain = self.parameters[name]
        special = value is None or (getattr(domain, "log", False) and _is_zero(value))
        return domain.contains(value) or (
            special and name in self.defaults and Choice(self.defaults[name]).contains(value)
        )

    def _brief(self, name: str, value: Any) -> Any:
        domain = self.parameters[name]
        if isinstance(domain, Choice):
            return domain.position(value)
        return value if value is None else float(value)

    def _plain(self, name: str, value: Any) -> Any:
        domain = self.parameters[name]
        if isinstance(domain, Choice):
            position = domain.position(value)
            return None if position is None else {"choice": position}
        if value is None:
            return None
        if isinstance(domain, Int):
            return int(value)
        return float(value)

    def _read(self, name: str, value: Any) -> Any:
        domain = self.parameters[name]
        if not isinstance(domain, Choice):
            return value
        position = value.get("choice") if isinstance(value, Mapping) else None
        if value is not None and not (isinstance(position, int) and 0 <= position < len(domain.values)):
            raise ParameterError(
                f"{name}={value!r} is no position of {domain}; the ranges have changed since it was written."
            )
        return self.defaults.get(name) if position is None else domain.values[position]

    def _known(self, name: str, what: str) -> None:
        if name not in self.parameters:
            close = nearest(name, self.parameters)
            hint = f" Did you mean {close!r}?" if close else ""
            raise ParameterError(
                f"{what} {name!r}, which is no parameter of the space.{hint} It has: {', '.join(self.parameters) or 'none'}."
            )


def _check_possible(name: str, condition: Condition, domain: Domain, defaults: Mapping[str, Any]) -> None:
    """Refuse a condition on values that the other parameter never has."""
    if isinstance(domain, Float):
        possible: tuple[Any, ...] = (domain.low, domain.high)
        held = any(isinstance(value, Int | Float) or domain.contains(value) for value in condition.values)
    else:
        possible = (
            domain.values
            if isinstance(domain, Choice)
            else tuple(range(domain.low, min(domain.high, domain.low + 10_000) + 1))
        )
        held = any(condition.holds(value) for value in possible)
    held = held or (condition.parameter in defaults and condition.holds(defaults[condition.parameter]))
    if not held:
        raise ParameterError(
            f"{name!r} counts only where {condition.parameter!r} is {' or '.join(map(repr, condition.values))}, "
            f"which it never is: its range is {domain}."
        )


def _is_zero(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == 0
