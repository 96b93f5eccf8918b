"""What generated Python code is made of: operands, the names it refers to, and how missing values are answered."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from litsdf.dtypes import DATETIME, LIST, STR, TIMEDELTA
from litsdf.layouts import row_functions

__all__ = ["Expression", "Scope", "Value", "guarded", "is_missing_text"]


@dataclass(frozen=True, slots=True)
class Value:
    """An operand: how the code spells it, its dtype, whether it can be missing, and its value when it is constant."""

    text: str
    dtype: str
    may_be_missing: bool = True
    constant: bool = False
    value: Any = None


@dataclass(slots=True)
class Scope:
    """The names that generated code refers to: functions and constants bound once."""

    names: dict[str, Any] = field(default_factory=dict)
    single_row: bool = False
    """Whether the code is for one row alone, where a missing text makes `split` a column of floats."""

    def bind(self, name: str, value: Any) -> str:
        """Bind a value under this name, or under a numbered one when the name is taken by another value."""
        chosen, number = name, 1
        while chosen in self.names and self.names[chosen] is not value:
            number += 1
            chosen = f"{name}_{number}"
        self.names[chosen] = value
        return chosen

    def function(self, name: str) -> str:
        """Bind one of the functions of `row_functions`."""
        return self.bind(name, getattr(row_functions, name))


Expression = Callable[[Sequence[Value], Mapping[str, Any], Scope], str]


def guarded(values: Sequence[Value], text: str, scope: Scope, missing: str | None = None) -> str:
    """Answer missing when an operand is; `missing` says with what (default: the operand's own missing value)."""
    checks, answer = [], missing
    for value in values:
        if not value.may_be_missing:
            continue
        if value.dtype in {STR, LIST}:
            checks.append(f"{value.text} is {scope.bind('nan', math.nan)}")
            answer = answer or scope.bind("nan", math.nan)
        elif value.dtype in {DATETIME, TIMEDELTA}:
            checks.append(f"{value.text} is None")
            answer = answer or "None"
    return f"({answer} if {' or '.join(checks)} else {text})" if checks else text


def is_missing_text(value: Value, scope: Scope) -> str:
    """The condition under which a value is missing."""
    if value.dtype in {STR, LIST}:
        return f"{value.text} is {scope.bind('nan', math.nan)}"
    if value.dtype in {DATETIME, TIMEDELTA}:
        return f"{value.text} is None"
    return f"{value.text} != {value.text}"
