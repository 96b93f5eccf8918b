"""Fields of a lazy table that are no columns of its portions: values that came from elsewhere, and scalars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from litsdf.contract import NotNative
from litsdf.dtypes import scalar_dtype
from litsdf.layouts.polars import PolarsColumn
from litsdf.layouts.portions import HIDDEN
from litsdf.plan import Field, Node, Plan

__all__ = [
    "AttachedField", "ConstantField", "attached_field", "constant_field", "never_missing", "numbered_name", "plan_for",
]  # fmt: skip

_NUMBERS = count()


def numbered_name(kind: str) -> str:
    """A name that no other field has."""
    return f"{HIDDEN}{kind}{next(_NUMBERS)}"


@dataclass(frozen=True, slots=True, eq=False)
class AttachedField(Field):
    """Values of the same rows that were computed elsewhere: one column for each portion."""

    pieces: Sequence[Any] = ()

    def __reduce__(self) -> Any:
        return Field, (self.name, self.dtype, self.may_be_missing)


@dataclass(frozen=True, slots=True, eq=False)
class ConstantField(Field):
    """One scalar in every row: a column like others, because an expression of constants alone has one row to Polars."""

    value: Any = None

    def __reduce__(self) -> Any:
        return Field, (self.name, self.dtype, self.may_be_missing)


def never_missing(dtype: str) -> bool:
    """Whether values of a dtype are always there."""
    return dtype in {"int64", "int32", "bool"}


def plan_for(outputs: Mapping[str, Any]) -> tuple[Plan, dict[str, Sequence[Any]], dict[str, Any]]:
    """Make the plan of these outputs, and find the values and constants attached to it."""
    fields: dict[str, Field] = {}
    seen: set[int] = set()
    waiting = list(outputs.values())
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Field):
            fields[node.name] = node
        elif isinstance(node, Node):
            waiting += [*node.operands, *node.decided_by]
    attached = {name: column.pieces for name, column in fields.items() if isinstance(column, AttachedField)}
    constants = {name: column.value for name, column in fields.items() if isinstance(column, ConstantField)}
    return Plan(tuple(fields.values()), dict(outputs)), attached, constants


def constant_field(value: Any) -> ConstantField:
    """Make a field of one scalar.

    Raises:
        NotNative: the portions cannot hold the scalar.
    """
    dtype = scalar_dtype(value)
    return ConstantField(numbered_name("constant"), dtype, bool(value != value), value)  # noqa: PLR0124


def attached_field(pieces: Sequence[PolarsColumn]) -> AttachedField:
    """Make a field of values that were computed elsewhere, cut as the portions are."""
    dtypes = {piece.dtype for piece in pieces if len(piece)} or {pieces[0].dtype}
    if len(dtypes) > 1:
        raise NotNative("portions of different dtypes")
    dtype = dtypes.pop()
    return AttachedField(numbered_name("attached"), dtype, not never_missing(dtype), pieces)
