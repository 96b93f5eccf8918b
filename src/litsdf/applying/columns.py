# ruff: noqa: SLF001  (friends read one another's held values; one signature for all methods)
"""`apply`, `agg` and `transform` of a column."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd

from litsdf.contract import NotNative
from litsdf.kernels.values import map_values
from litsdf.passing import Passing, to_pandas
from litsdf.structure.calls import arguments, as_given, series_method

__all__ = ["checked_transform", "method_of", "side_by_side"]

_common: Any = import_module("pandas.core.common")


def method_of(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """What the method or attribute of this name gives."""
    found = getattr(type(owner), name, None)
    if found is None or name.startswith("_"):
        raise NotNative(f"a function of NumPy, or a column named {name}")
    bound = getattr(owner, name)
    if callable(bound):
        return bound(*args, **options)
    if args or options:
        raise NotNative("arguments of an attribute")
    return bound


def _given(p: dict[str, Any]) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    return p.get("func"), tuple(p.get("args", ())), dict(p.get("kwargs", {}))


@series_method("apply")
def _apply(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p = arguments(owner, name, args, options)
    func, rest, named = _given(p)
    column, by_row = owner._column, p.get("by_row", "compat")
    if by_row not in {False, "compat"} or not isinstance(p["args"], tuple):
        raise NotNative("apply with other options")
    if not len(column):
        return owner.copy()
    if isinstance(func, str):
        return method_of(owner, func, rest, named)
    if not callable(func):
        raise NotNative("several functions")
    if by_row is False or isinstance(func, np.ufunc):
        return func(owner, *rest, **named)
    mapper = (lambda value: func(value, *rest, **named)) if rest or named else func
    values = map_values(column.array(), mapper, None)
    if isinstance(values[0], pd.Series | Passing):
        if not hasattr(values[0], "index"):
            raise NotNative("tables for values")
        return as_given(owner, pd.DataFrame([to_pandas(value) for value in values], index=owner.index))
    return owner._of_array(values)


def side_by_side(owner: Any, keys: Any, results: list[Any]) -> Any:
    """Results of several functions: columns beside one another, or values as a column.

    Raises:
        NotNative: some are columns and some are values.
    """
    from litsdf.functions import concat

    columns = [isinstance(result, Passing) for result in results]
    if all(columns) and results:
        return concat(results, keys=keys, axis=1, sort=False)
    if any(columns) or any(isinstance(result, pd.Index | np.ndarray) for result in results) or not results:
        raise NotNative("columns and values together")
    return as_given(owner, pd.Series(results, index=keys, name=getattr(owner, "name", None)))


def _names(functions: list[Any]) -> list[Any]:
    return [one if isinstance(one, str) else _common.get_callable_name(one) or one for one in functions]


@series_method("agg", "aggregate")
def _aggregate(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p = arguments(owner, name, args, options)
    func, rest, named = _given(p)
    if func is None or p["axis"] not in {0, "index"}:
        raise NotNative("named results, or another axis")
    if isinstance(func, str):
        return method_of(owner, func, rest, named)
    if callable(func):
        return func(owner, *rest, **named)
    if rest or named:
        raise NotNative("aggregations with options")
    if type(func) is dict:
        if any(not isinstance(one, str) and not callable(one) for one in func.values()):
            raise NotNative("several aggregations of a column")
        return side_by_side(owner, list(func), [owner.agg(one) for one in func.values()])
    if type(func) is not list:
        raise NotNative("aggregations of another form")
    return side_by_side(owner, _names(func), [owner.agg(one) for one in func])


def checked_transform(owner: Any, result: Any) -> Any:
    """What a transformation gave, where it has the rows of its object.

    Raises:
        NotNative: it has not; pandas says so.
    """
    if not isinstance(result, Passing) or not hasattr(result, "index") or not result.index.equals(owner.index):
        raise NotNative("what has other rows")
    if result.empty and not owner.empty:  # type: ignore[attr-defined]
        raise NotNative("nothing")
    return result


@series_method("transform")
def _transform(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p = arguments(owner, name, args, options)
    func, rest, named = _given(p)
    if p["axis"] not in {0, "index"}:
        raise NotNative("another axis")
    if type(func) is list:
        if len(set(func)) != len(func) or not func:
            raise NotNative("a function twice")
        func = dict(zip(_names(func), func, strict=True))
    if type(func) is dict:
        if not func or any(not isinstance(one, str) and not callable(one) for one in func.values()):
            raise NotNative("several functions of a column")
        return side_by_side(owner, list(func), [owner.transform(one, 0, *rest, **named) for one in func.values()])
    if isinstance(func, str):
        return checked_transform(owner, method_of(owner, func, rest, named))
    return checked_transform(owner, called(owner, func, rest, named))


def called(owner: Any, func: Any, rest: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """Apply a function to each part of an object, or where that fails to the object itself."""
    try:
        return owner.apply(func, args=rest, **named)
    except Exception:
        return func(owner, *rest, **named)
