"""Counts the calls that pandas' tests make on litsdf: how many stay in their layout, how many go through pandas.

A call is what a test writes: a method, an operator, `[]`, `.loc[]`, a function such as `concat`. Attributes that only
describe (`shape`, `index`, `dtype`) and the making of tables are left out. A call is native when nothing in it went
through pandas, and when the object it is made on is not in the pandas layout.
"""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from types import FunctionType
from typing import Any

from litsdf.datetimes import DatetimeMethods
from litsdf.frame import DataFrame
from litsdf.groupby import GroupBy
from litsdf.indexing import Indexer
from litsdf.layouts.partition_rows import Rows
from litsdf.passing import Fallbacks, through_pandas
from litsdf.series import Series
from litsdf.strings import StringMethods

TEST = [""]
CALLS: dict[str, Counter[str]] = defaultdict(Counter)
"""Test → `native name` or `pandas name dtypes` → how often."""
_DEPTH = [0]
_NOTES = [0]
_SKIPPED = {
    "to_pandas", "to_layout", "pipe", "__init__", "__repr__", "__len__", "__bool__", "__iter__", "__getattr__", "__setattr__",
    "__contains__", "__hash__", "__reduce__", "__class_getitem__", "__copy__", "__float__", "__int__", "__array__",
    "__getattribute__",
}  # fmt: skip
_MAKING_GROUPS = {"DataFrame.groupby", "Series.groupby", "GroupBy.__getitem__"}
"""Groups do nothing until they are aggregated."""
_PROPERTIES = {
    "T",
    "values",
    "array",
    "plot",
    "hasnans",
    "is_unique",
    "nbytes",
    "is_monotonic_increasing",
    "is_monotonic_decreasing",
}


def install() -> None:
    """Wrap the methods of litsdf's facade."""
    note = Fallbacks.note

    def counted_note(self: Any, operation: str, layout: str) -> None:
        _NOTES[0] += 1
        if TEST[0] and not _DEPTH[0]:  # a method of a group or a window that is looked up by name
            CALLS[TEST[0]][f"pandas {operation}"] += 1
        note(self, operation, layout)

    Fallbacks.note = counted_note  # type: ignore[method-assign]
    for kind in (Series, DataFrame, StringMethods, DatetimeMethods, GroupBy, Indexer):
        for base in kind.__mro__[:-1]:
            for name, value in list(vars(base).items()):
                private = name.startswith("_") and not (name.startswith("__") and name.endswith("__"))
                skipped = name in _SKIPPED or f"{kind.__name__}.{name}" in _MAKING_GROUPS
                if type(value) is FunctionType and not private and not skipped:
                    setattr(base, name, counted(value, f"{kind.__name__}.{name}"))
                elif isinstance(value, property) and name in _PROPERTIES and value.fget is not None:
                    setattr(base, name, property(counted(value.fget, f"{kind.__name__}.{name}")))
    for kind, looked_up in ((StringMethods, "_run"), (DatetimeMethods, "_field"), (DatetimeMethods, "_call")):
        setattr(kind, looked_up, counted_by_name(getattr(kind, looked_up), kind.__name__))
    for name in ("reference", "_referred"):
        setattr(Rows, name, uncounted(getattr(Rows, name)))
    get = through_pandas.__get__

    def counted_get(self: Any, instance: Any, owner: type) -> Any:
        if instance is None:
            return self
        label = f"{owner.__name__}.{self.name}"
        if self.is_property:
            return counted(lambda holder: get(self, holder, owner), label)(instance)
        return counted(lambda holder, *args, **options: get(self, holder, owner)(*args, **options), label).__get__(
            instance
        )

    through_pandas.__get__ = counted_get  # type: ignore[method-assign]


def uncounted(function: Any) -> Any:
    """Leave the calls out that a function makes by itself: a lazy table that computes, however it does, is no call."""

    @functools.wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        before = _DEPTH[0]
        _DEPTH[0] = 1
        try:
            return function(*args, **options)
        finally:
            _DEPTH[0] = before

    return call


def counted_by_name(function: Any, kind: str) -> Any:
    """Count the outermost calls of a function whose first argument is the name of what is called."""

    def call(owner: Any, name: str, *args: Any) -> Any:
        return counted(function, f"{kind}.{name}")(owner, name, *args)

    return call


def counted(function: Any, name: str) -> Any:
    """Count the outermost call of a function."""
    if hasattr(function, "__wrapped_once__"):
        return function

    @functools.wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        if _DEPTH[0]:
            return function(*args, **options)
        kinds, stays = _described(args[0] if args else None)
        _DEPTH[0], _NOTES[0] = 1, 0
        try:
            return function(*args, **options)
        finally:
            _DEPTH[0] = 0
            if TEST[0]:
                native = not _NOTES[0] and stays
                CALLS[TEST[0]][f"native {name}" if native else f"pandas {name} {kinds}"] += 1

    call.__wrapped_once__ = True  # type: ignore[attr-defined]
    return call


def _described(owner: Any) -> tuple[str, bool]:
    """The dtypes of an object, and whether it is in a layout of its own."""
    owner = getattr(owner, "_owner", getattr(owner, "_series", getattr(owner, "_frame", owner)))
    if type(owner) is list and owner:
        owner = owner[0]
    column, table = getattr(owner, "_column", None), getattr(owner, "_table", None)
    held = column if column is not None else table
    if held is None:
        return "", True
    if held.layout == "pandas":
        return "in the pandas layout", False
    if column is not None:
        return _kind(column), True
    columns = table.columns.values() if isinstance(table.columns, dict) else table.columns
    return "+".join(sorted({_kind(part) for part in columns})), True


def _kind(column: Any) -> str:
    if column.dtype != "opaque":
        return str(column.dtype)
    return f"opaque:{str(getattr(column.data, 'dtype', '?')).split('[')[0]}"
