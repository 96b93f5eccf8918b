"""What every replaceable part shares: parameters that are declared once, checked, copied and written down."""

from __future__ import annotations

import dataclasses
import inspect
import math
from collections.abc import Mapping
from typing import Any, Self

from litmus.errors import ParameterError
from litmus.naming import nearest

__all__ = ["Choice", "Component", "Domain", "Float", "Int", "param"]


@dataclasses.dataclass(frozen=True)
class Int:
    """Whole numbers from `low` to `high`, both included; `log=True` searches orders of magnitude."""

    low: int
    high: int
    log: bool = False

    def __post_init__(self) -> None:
        if self.low > self.high or (self.log and self.low < 1):
            raise ParameterError(f"{self} is empty or starts below 1 on a log scale; give low <= high.")


@dataclasses.dataclass(frozen=True)
class Float:
    """Real numbers from `low` to `high`, both included; `log=True` searches orders of magnitude."""

    low: float
    high: float
    log: bool = False

    def __post_init__(self) -> None:
        if not self.low <= self.high or (self.log and self.low <= 0):
            raise ParameterError(f"{self} is empty or starts at or below 0 on a log scale; give low <= high.")


@dataclasses.dataclass(frozen=True)
class Choice:
    """One of the given values."""

    values: tuple[Any, ...]

    def __init__(self, *values: Any) -> None:
        if not values:
            raise ParameterError("Choice() is empty; give at least one value, such as Choice('gini', 'entropy').")
        object.__setattr__(self, "values", values)


Domain = Int | Float | Choice


def param(
    default: Any,
    domain: Domain | None = None,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    help: str = "",
) -> Any:
    """Declare a parameter of a component: its default, its search range and its allowed range, once.

    Args:
        default: the value used without tuning; it also fixes the expected type.
        domain: what a search may try (`Int`, `Float` or `Choice`); None keeps the parameter out of searches.
        minimum, maximum: bounds of what is allowed at all, which may be wider than what a search tries.
        help: one line for people.

    Example:
        >>> from dataclasses import dataclass
        >>> @dataclass
        ... class Clip(Component):
        ...     tail: float = param(0.01, Float(0.0, 0.2), minimum=0.0, maximum=0.5)
        >>> Clip(tail=0.1)
        Clip(tail=0.1)
    """
    metadata = {"domain": domain, "minimum": minimum, "maximum": maximum, "help": help}
    if isinstance(default, list | dict | set):
        return dataclasses.field(default_factory=lambda: type(default)(default), metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


@dataclasses.dataclass
class Component:
    """Base of algorithms, steps and every other part with parameters.

    A subclass is a dataclass whose fields are its parameters. Attributes learned by `fit` end in `_`.
    """

    def __post_init__(self) -> None:
        for name in inspect.get_annotations(type(self)):
            if isinstance(type(self).__dict__.get(name), dataclasses.Field):
                raise ParameterError(
                    f"{type(self).__name__} declares {name!r} but is no dataclass; put @dataclass above it."
                )
        for field in dataclasses.fields(self):
            _check(type(self).__name__, field, getattr(self, field.name))

    @classmethod
    def parameters(cls) -> dict[str, dataclasses.Field[Any]]:
        """The declared parameters by name."""
        return {field.name: field for field in dataclasses.fields(cls) if field.init}

    @classmethod
    def domains(cls) -> dict[str, Domain]:
        """The search range of each parameter that has one."""
        found = {name: field.metadata.get("domain") for name, field in cls.parameters().items()}
        return {name: domain for name, domain in found.items() if domain is not None}

    def hyperparams(self, **values: Any) -> Self:
        """A copy of this component, unfitted, with some parameters changed.

        Raises:
            ParameterError: when a name is not a parameter, or a value is not allowed.
        """
        check_parameter_names(type(self).__name__, values, self.parameters())
        return dataclasses.replace(self, **values)

    def settings(self) -> dict[str, Any]:
        """The parameters and their values, as `hyperparams` takes them."""
        return {name: getattr(self, name) for name in self.parameters()}


def check_parameter_names(owner: str, values: Mapping[str, Any], allowed: Mapping[str, Any]) -> None:
    """Raise ParameterError when `values` names a parameter that `owner` does not have."""
    for name in values:
        if name not in allowed:
            close = nearest(name, allowed)
            hint = f" Did you mean {close!r}?" if close else ""
            known = ", ".join(allowed) or "none"
            raise ParameterError(f"{owner} has no parameter {name!r}.{hint} It has: {known}.")


def _check(owner: str, field: dataclasses.Field[Any], value: Any) -> None:
    """Check a value against the parameter's default type, allowed range and closed choices."""
    minimum, maximum = field.metadata.get("minimum"), field.metadata.get("maximum")
    domain = field.metadata.get("domain")
    default = field.default
    where = f"{owner}.{field.name}"
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise ParameterError(f"{where} must be True or False, not {value!r}.")
    elif isinstance(default, int | float) and value is not None:
        if isinstance(value, bool) or not hasattr(value, "__float__") or isinstance(value, str):
            raise ParameterError(f"{where} must be a number, not {value!r}; its default is {default!r}.")
        if isinstance(domain, Int) and float(value) != int(value):
            raise ParameterError(f"{where} must be a whole number, not {value!r}; its default is {default!r}.")
        if math.isnan(float(value)):
            raise ParameterError(f"{where} must be a number, not NaN; its default is {default!r}.")
    elif isinstance(domain, Choice) and value not in (default, *domain.values) and _closed(default, domain):
        raise ParameterError(f"{where} must be one of {', '.join(map(repr, domain.values))}, not {value!r}.")
    if minimum is not None and value is not None and value < minimum:
        raise ParameterError(f"{where} must be at least {minimum}, not {value!r}.")
    if maximum is not None and value is not None and value > maximum:
        raise ParameterError(f"{where} must be at most {maximum}, not {value!r}.")


def _closed(default: Any, domain: Choice) -> bool:
    """Whether the choices are names, so that any other value is a mistake; numbers may go beyond what a search tries."""
    return all(isinstance(allowed, str) for allowed in (default, *domain.values))
