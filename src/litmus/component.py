"""What every replaceable part shares: parameters that are declared once, checked, copied and written down."""

from __future__ import annotations

import dataclasses
import inspect
import math
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from litmus.domains import Choice, Domain, Float, Int, When
from litmus.errors import ParameterError
from litmus.naming import nearest

__all__ = ["Choice", "Component", "Domain", "Float", "Int", "Range", "When", "check_ranges", "param"]

Range = Domain | When
"""What a search may try for one parameter, perhaps only where another one has some value."""


def param(
    default: Any,
    domain: Range | None = None,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    share_of_rows: float | None = None,
    help: str = "",
) -> Any:
    """Declare a parameter of a component: its default, its search range and its allowed range, once.

    Args:
        default: the value used without tuning; it also fixes the expected type.
        domain: what a search may try (`Int`, `Float`, `Choice`, or `When` with one of them); None keeps the parameter
            out of searches. A default may lie beside it: None, or 0 below a log scale.
        minimum, maximum: bounds of what is allowed at all, which may be wider than what a search tries.
        share_of_rows: the range of a number of rows ends at this share of the training rows, once they are counted.
        help: one line for people.

    Example:
        >>> from dataclasses import dataclass
        >>> @dataclass
        ... class Clip(Component):
        ...     tail: float = param(0.01, Float(0.0, 0.2), minimum=0.0, maximum=0.5)
        >>> Clip(tail=0.1)
        Clip(tail=0.1)
    """
    metadata = {
        "domain": domain,
        "minimum": minimum,
        "maximum": maximum,
        "share_of_rows": share_of_rows,
        "help": help,
    }
    if isinstance(default, list | dict | set):
        return dataclasses.field(default_factory=lambda: type(default)(default), metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


@dataclasses.dataclass
class Component:
    """Base of algorithms, steps and every other part with parameters.

    A subclass is a dataclass whose fields are its parameters. Attributes learned by `fit` end in `_`.
    """

    _ranges: ClassVar[dict[str, Range | None] | None] = None

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
    def domains(cls) -> dict[str, Range]:
        """The declared search range of each parameter that has one."""
        found = {name: field.metadata.get("domain") for name, field in cls.parameters().items()}
        return {name: domain for name, domain in found.items() if domain is not None}

    def hyperparams(self, **values: Any) -> Self:
        """A copy of this component, unfitted, with some parameters changed.

        Raises:
            ParameterError: when a name is not a parameter, or a value is not allowed.
        """
        check_parameter_names(type(self).__name__, values, self.parameters())
        copy = dataclasses.replace(self, **values)
        if self._ranges is not None:
            vars(copy)["_ranges"] = self._ranges
        return copy

    def search(self, **ranges: Any) -> Self:
        """A copy that tells a search what to try.

        Args:
            ranges: parameter → `Int`, `Float` or `Choice` to try instead of the declared range; `When(…)` to try it only
                where another parameter has some value; None to leave the parameter as it is; any other value to fix it.
                Parameters that are not named keep their declared range, unless `hyperparams` has set them.

        Raises:
            ParameterError: when a name is not a parameter, a range holds values that are not allowed, or a condition
                names no parameter.
        """
        check_ranges(type(self).__name__, ranges, self.parameters())
        copy = self.hyperparams(**{name: value for name, value in ranges.items() if _is_fixed(value)})
        for name, tried in ranges.items():
            for value in _ends(tried):
                dataclasses.replace(copy, **{name: value})  # says so when a search could not try it
        vars(copy)["_ranges"] = {
            **(self._ranges or {}),
            **{name: tried if isinstance(tried, Range) else None for name, tried in ranges.items()},
        }
        return copy

    @property
    def is_searched(self) -> bool:
        """Whether `search` was called."""
        return self._ranges is not None

    def is_changed(self, name: str) -> bool:
        """Whether a parameter has another value than its default."""
        field = self.parameters()[name]
        default = field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
        return not Choice(default).contains(getattr(self, name))

    def ranges(self) -> dict[str, Range]:
        """What a search tries: the declared ranges of parameters at their defaults, changed by `search`."""
        left = {name: tried for name, tried in self.domains().items() if not self.is_changed(name)}
        merged = {**left, **(self._ranges or {})}
        return {name: tried for name, tried in merged.items() if tried is not None}

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


def check_ranges(owner: str, ranges: Mapping[str, Any], allowed: Mapping[str, Any]) -> None:
    """Raise ParameterError when ranges name a parameter that `owner` does not have, or a condition does."""
    check_parameter_names(owner, ranges, allowed)
    for name, tried in ranges.items():
        if isinstance(tried, type) and tried in (Int, Float, Choice, When):
            raise ParameterError(f"{owner}.{name}={tried.__name__} is a class; give a range, such as Int(1, 10).")
        if isinstance(tried, When):
            where = f"{name}={tried}"
            if tried.parameter not in allowed:
                close = nearest(tried.parameter, allowed)
                hint = f" Did you mean {close!r}?" if close else ""
                raise ParameterError(
                    f"{where} depends on {tried.parameter!r}, which is no parameter of {owner}.{hint} "
                    f"It has: {', '.join(allowed) or 'none'}."
                )
            if tried.parameter == name:
                raise ParameterError(f"{where} depends on itself; name another parameter of {owner}.")


def _is_fixed(tried: Any) -> bool:
    return tried is not None and not isinstance(tried, Range)


def _ends(tried: Any) -> tuple[Any, ...]:
    """The values of a range that are first to be refused."""
    if isinstance(tried, When):
        tried = tried.domain
    if isinstance(tried, Choice):
        return tried.values
    return (tried.low, tried.high) if isinstance(tried, Int | Float) else ()


def _check(owner: str, field: dataclasses.Field[Any], value: Any) -> None:
    """Check a value against the parameter's default type, allowed range and closed choices."""
    minimum, maximum = field.metadata.get("minimum"), field.metadata.get("maximum")
    domain = field.metadata.get("domain")
    domain = domain.domain if isinstance(domain, When) else domain
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
