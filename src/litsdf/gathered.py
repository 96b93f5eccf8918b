# ruff: noqa: SLF001  (the facade's classes are friends: they read one another's held values)
"""Calls that a lazy table cannot make portion by portion: made on the values in memory, in the polars layout."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, ParamSpec

from litsdf.contract import NotNative
from litsdf.own_labels import hold
from litsdf.passing import Delegate, Passing

__all__ = ["gathered", "in_memory", "is_lazy", "on_values"]

Given = ParamSpec("Given")


def _values(owner: Any) -> Any:
    held = getattr(owner, "_table", None)
    return getattr(owner, "_column", None) if held is None else held


def is_lazy(owner: Any) -> bool:
    """Whether a facade object holds values that are not computed yet."""
    return hasattr(_values(owner), "collected")


def in_memory(value: Any) -> Any:
    """Give an argument with the lazy objects in it computed."""
    if isinstance(value, Passing) and is_lazy(value):
        kind: Any = type(value)
        return kind._of(_values(value).collected(), value.fallbacks)
    if type(value) in {list, tuple}:
        return type(value)(in_memory(item) for item in value)
    if type(value) is dict:
        return {key: in_memory(item) for key, item in value.items()}
    return value


def gathered(owner: Any, call: Callable[[Any], Any]) -> Any:
    """Make a call on the values of a lazy object, and hold the result as the object does.

    A call that changes the values changes the lazy object.
    """
    computed = in_memory(owner)
    before, columns = _values(computed), _columns(computed)
    result = call(computed)
    changed = _values(computed) is not before or _columns(computed) != columns
    if changed:
        _set(owner, _cut(owner, computed, computed))
    return owner if changed and result is computed else _cut(owner, computed, result)


def on_values(function: Callable[Given, Any]) -> Callable[Given, Any]:
    """Let a function of tables and columns compute the lazy ones first; its result is held as the first of them is."""

    @wraps(function)
    def call(*args: Given.args, **options: Given.kwargs) -> Any:
        listed: Any = [list(value) if isinstance(value, Iterator) else value for value in args]
        owner = next(_lazy_ones([*listed, options]), None)
        if owner is None:
            return function(*listed, **options)
        return _cut(owner, None, function(*in_memory(listed), **in_memory(options)))

    return call


def _lazy_ones(value: Any) -> Iterator[Any]:
    """Every lazy object in an argument."""
    if isinstance(value, Passing):
        if is_lazy(value):
            yield value
    elif type(value) in {list, tuple, dict}:
        for item in value.values() if type(value) is dict else value:
            yield from _lazy_ones(item)


def _columns(owner: Any) -> list[Any]:
    """Names and columns of a table, which `df[name] = …` changes where they are."""
    columns = getattr(_values(owner), "columns", {})
    return [(name, id(column)) for name, column in columns.items()] if isinstance(columns, dict) else []


def _set(owner: Any, other: Any) -> None:
    if hasattr(owner, "_table"):
        owner._table = other._table
    else:
        hold(owner, "_column", other._column)


def _cut(owner: Any, computed: Any, result: Any) -> Any:
    """Hold a result as the lazy object does; a column of the same rows stays with them."""
    from litsdf.layouts.polars import PolarsColumn, PolarsFrame
    from litsdf.structure.grid import Grid
    from litsdf.windowing.windows import Windows

    if type(result) in {tuple, list}:
        return type(result)(_cut(owner, computed, item) for item in result)
    if isinstance(result, Delegate):
        result._layout = owner.layout  # what a window gives is held as the lazy object is
        return result
    if isinstance(result, Windows):  # their results are held as the lazy object is
        result.finish = lambda found: _cut(owner, computed, found)
        return result
    if not isinstance(result, Passing) or not isinstance(_values(result), PolarsColumn | PolarsFrame | Grid):
        return result
    lazy, held = _values(owner), _values(result)
    if is_lazy(result):
        return result
    frame_class = type(lazy) if isinstance(lazy, _frames()) else lazy.frame_class
    kind: Any = type(result)
    if isinstance(held, PolarsFrame | Grid):
        return kind._of(frame_class.held(held), owner.fallbacks)
    rows = None if computed is None else _values(computed)
    if rows is not None and held.labels is rows.labels and len(held) == len(rows):
        try:
            node = _node_among(lazy.rows, held)
            return kind._of(frame_class.column_class(lazy.rows, node, held.name), owner.fallbacks)
        except NotNative:
            pass
    return kind._of(frame_class.column_class.held(held), owner.fallbacks)


def _frames() -> Any:
    from litsdf.layouts.partitioned import PartitionedFrame

    return PartitionedFrame


def _node_among(rows: Any, column: Any) -> Any:
    from litsdf.layouts.partitioned_column import node_among

    return node_among(rows, column)
