"""What brings rows together in a traced function: steps from tables to a table, a column or one value."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

__all__ = ["Call", "Part", "Reference", "SavedTable", "Source", "Step", "TracedScalar"]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a method of the facade; tables of the trace among its arguments are `Reference`s."""

    name: str
    arguments: tuple[Any, ...]
    options: dict[str, Any]


class SavedTable(ABC):
    """A table from outside in a function that was loaded: made when a table is joined with it."""

    @abstractmethod
    def facade(self) -> Any:
        """The table, or column, as users know it."""

    @abstractmethod
    def lists(self) -> dict[Any, tuple[str, list[Any]]]:
        """Dtype and Python values of each column; NotNative for dtypes that Python has no plain values for."""


@dataclass(frozen=True, slots=True)
class Reference:
    """The place of a table among the tables that a step reads."""

    place: int


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A table, or one column, as row-by-row operations and filters make it from the rows of one origin."""

    outputs: dict[Any, Any]
    keep: Any
    origin: Step | None
    """The step whose rows these are; None for the rows of the input."""
    single: bool = False
    name: Any = None


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What the facade does with tables: a chain of calls on the first of them."""

    tables: tuple[Source, ...]
    calls: tuple[Call, ...]
    kept: dict[str, Any] = field(default_factory=dict)
    """Of a filter that had to be done before the end: the columns wanted of it, which are found as the trace goes on."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A column that a step gives, or the one column or value that is its result (name None)."""

    step: Step
    name: Any
    dtype: str
    origin: Step | None
    """Whose rows it has: those of its own step, or of the step before when it is beside that one's columns."""
    may_be_missing: bool = True
    is_value: bool = False
    """Whether it is one value instead of a column."""


class TracedScalar:
    """One value that is known when the function runs: the mean of a column, and what is calculated with it."""

    __slots__ = ("calculate", "dtype", "node", "refuse")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, node: Any, dtype: str, calculate: Callable[[str, list[Any]], Any], refuse: Any) -> None:
        self.node = node
        self.dtype = dtype
        self.calculate = calculate
        self.refuse = refuse

    def _operated(self, operation: str, other: Any) -> Any:
        if not isinstance(other, TracedScalar | int | float):
            return NotImplemented
        return self.calculate(operation, [self, other])

    def __add__(self, other: Any) -> Any:
        return self._operated("add", other)

    def __radd__(self, other: Any) -> Any:
        return self._operated("radd", other)

    def __sub__(self, other: Any) -> Any:
        return self._operated("sub", other)

    def __rsub__(self, other: Any) -> Any:
        return self._operated("rsub", other)

    def __mul__(self, other: Any) -> Any:
        return self._operated("mul", other)

    def __rmul__(self, other: Any) -> Any:
        return self._operated("rmul", other)

    def __truediv__(self, other: Any) -> Any:
        return self._operated("truediv", other)

    def __rtruediv__(self, other: Any) -> Any:
        return self._operated("rtruediv", other)

    def __pow__(self, other: Any) -> Any:
        return self._operated("pow", other)

    def __neg__(self) -> Any:
        return self.calculate("neg", [self])

    def __abs__(self) -> Any:
        return self.calculate("abs", [self])

    def _refused(self, *_: Any, **__: Any) -> NoReturn:
        raise self.refuse()

    __bool__ = __float__ = __int__ = __index__ = __str__ = __format__ = __array_ufunc__ = _refused
    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = __round__ = _refused
