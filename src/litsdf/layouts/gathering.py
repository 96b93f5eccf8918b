"""What lazy tables do not do portion by portion: bring the values together, ask the polars layout, cut them again."""

from __future__ import annotations

from collections.abc import Callable
from inspect import getattr_static
from typing import Any, TypeVar

from litsdf.layouts.partitioned import PartitionedFrame
from litsdf.layouts.partitioned_column import PartitionedColumn, node_among
from litsdf.layouts.polars import PolarsColumn, PolarsFrame

__all__ = ["gathering"]

Kind = TypeVar("Kind", bound=type)


def gathering(lazy: Kind) -> Kind:
    """Give a lazy class the methods of the polars layout that it does not have itself."""
    eager: type = PolarsColumn if issubclass(lazy, PartitionedColumn) else PolarsFrame
    base = PartitionedColumn if issubclass(lazy, PartitionedColumn) else PartitionedFrame
    for name in dir(eager):
        found = getattr(eager, name)
        made = (
            _made(name, eager)
            if isinstance(getattr_static(eager, name), classmethod)
            else _gathered(name, found.__doc__)
        )
        inherited = any(name in vars(parent) for parent in lazy.__mro__ if issubclass(parent, base))
        if not name.startswith("_") and callable(found) and not isinstance(found, type) and not inherited:
            setattr(lazy, name, made)
    return lazy


def _made(name: str, eager: Any) -> Any:
    def method(cls: Any, *args: Any, **options: Any) -> Any:
        return cls.held(getattr(eager, name)(*_in_memory(args), **_in_memory(options)))

    method.__name__ = name
    method.__doc__ = getattr(eager, name).__doc__
    return classmethod(method)


def _gathered(name: str, doc: str | None) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **options: Any) -> Any:
        values = self.collected()
        result = getattr(values, name)(*_in_memory(args), **_in_memory(options))
        return _cut(self, values, result)

    method.__name__ = name
    method.__doc__ = doc
    return method


def _in_memory(value: Any) -> Any:
    if isinstance(value, PartitionedColumn | PartitionedFrame):
        return value.collected()
    if type(value) in {list, tuple}:
        return type(value)(_in_memory(item) for item in value)
    if type(value) is dict:
        return {key: _in_memory(item) for key, item in value.items()}
    return value


def _cut(lazy: Any, values: Any, result: Any) -> Any:
    """Hold a result as the lazy class does; a column of the same rows stays with them."""
    frame_class = lazy.frame_class if isinstance(lazy, PartitionedColumn) else type(lazy)
    if isinstance(result, PolarsFrame):
        return frame_class.held(result)
    if isinstance(result, PolarsColumn):
        if len(result) == len(values) and result.labels is values.labels:
            return frame_class.column_class(lazy.rows, node_among(lazy.rows, result), result.name)
        return frame_class.column_class.held(result)
    if type(result) is tuple:
        return tuple(_cut(lazy, values, item) for item in result)
    return result
