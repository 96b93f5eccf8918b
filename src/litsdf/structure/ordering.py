# ruff: noqa: SLF001  (friends read one another's held values; one signature for all methods)
"""Sorting by values: the keys are compared as arrays, every other column only follows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from litsdf.contract import NotNative
from litsdf.structure.calls import Refused, arguments, frame_method, kept, said_in_place, series_method, wrap
from litsdf.structure.frame_rows import frame_axis
from litsdf.structure.grid import Grid, grid_of
from litsdf.structure.pandas_arrays import lexsort_indexer, nargsort
from litsdf.structure.rulers import column_from, column_index, grid_from_rows

__all__ = ["key_arrays", "keyed", "listed_names", "ranks"]


def listed_names(names: Any, grid: Grid) -> list[Any]:
    """Read an argument that names one column or several."""
    if isinstance(names, list):
        return names
    if isinstance(names, str | int | float) or names is None or (isinstance(names, tuple) and names in grid.header):
        return [names]
    if isinstance(names, pd.Index | np.ndarray | tuple | set):
        return list(names)
    return [names]


def key_arrays(grid: Grid, names: list[Any]) -> list[Any]:
    """Arrays of the columns, or of the levels of the row labels, that have these names."""
    return [_key_array(grid, name) for name in names]


def _key_array(grid: Grid, name: Any) -> Any:
    try:
        in_header = name in grid.header
        in_levels = name in grid.index.names
    except TypeError:
        raise NotNative("an unhashable name") from None
    if in_header == in_levels or (not in_header and name is None):
        raise NotNative("a name that is nowhere, or in two places")
    if in_levels:
        return grid.index.get_level_values(name).array
    return grid.column(name).array()


def keyed(owner: Any, column: Any, function: Any) -> Any:
    """What a function of the values gives in their place, as an array."""
    found = function(wrap(owner, column))
    held = getattr(found, "_column", None)
    values = np.asarray(found) if held is None else held.array()
    if len(values) != len(column) or (held is None and not isinstance(found, np.ndarray)):
        raise NotNative("a function that gives other rows")
    return values


@series_method("sort_values")
def _sort_column(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, column = arguments(owner, name, args, options), owner._column
    p.pop("inplace", None)
    ascending = p["ascending"]
    if type(ascending) is not bool or p["na_position"] not in {"first", "last"}:
        raise NotNative("sort with unusual arguments")
    inplace = said_in_place(pd.Series([0]), name, options)
    if type(p["ignore_index"]) is not bool:
        raise NotNative("labels of another kind")
    frame_axis(p["axis"], 0)
    values = column.array() if p["key"] is None else keyed(owner, column, p["key"])
    positions = nargsort(values, kind=p["kind"], ascending=ascending, na_position=p["na_position"])
    labels = pd.RangeIndex(len(column)) if p["ignore_index"] else column_index(column).take(positions)
    return kept(owner, column_from(column, pd.Series(positions, index=labels, name=column.name)), inplace=inplace)


@frame_method("sort_values")
def _sort_rows(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, grid = arguments(owner, name, args, options), grid_of(owner._table)
    by, ascending = p["by"], p["ascending"]
    by = by if isinstance(by, list) else [by]
    flags = list(ascending) if isinstance(ascending, list | tuple) else [ascending] * len(by)
    plain = all(type(flag) is bool for flag in flags) and len(flags) == len(by) and bool(by)
    if not plain or frame_axis(p["axis"], 0) or p["na_position"] not in {"first", "last"}:
        raise NotNative("sort with unusual arguments")
    inplace = said_in_place(pd.DataFrame({0: [0]}), name, options, 0)
    keys = key_arrays(grid, by)
    if p["key"] is not None:
        kind = grid.column_class
        keys = [keyed(owner, kind.from_array(v, n, None), p["key"]) for v, n in zip(keys, by, strict=True)]
    if len(keys) > 1:
        positions = lexsort_indexer(keys, orders=flags, na_position=p["na_position"])
    else:
        positions = nargsort(keys[0], kind=p["kind"], ascending=flags[0], na_position=p["na_position"])
    labels = pd.RangeIndex(grid.length) if p["ignore_index"] else grid.index.take(positions)
    return kept(owner, grid_from_rows(grid, pd.Series(positions, index=labels)), inplace=inplace)


def ranks(values: Any) -> np.ndarray:
    """Order-preserving numbers of an array's values, NaN where one is missing."""
    if not len(values):
        return np.zeros(0)
    codes, _ = pd.factorize(values, sort=True)
    return np.where(codes < 0, np.nan, codes.astype(np.float64))


def _check_numeric(values: Any) -> None:
    dtype = values.dtype
    numeric = pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_complex_dtype(dtype)
    if not numeric and not pd.api.types.is_datetime64_any_dtype(dtype) and not pd.api.types.is_timedelta64_dtype(dtype):
        raise NotNative("largest of values that are no numbers")
    if isinstance(dtype, pd.CategoricalDtype | pd.SparseDtype):
        raise NotNative("largest of categories")


def _candidates(values: Any, number: Any, *, largest: bool) -> np.ndarray:
    """Rows that can be among the first so many, and one more at least; all of them when in doubt.

    One more, because pandas orders equal values in another way when it is asked for all there are.
    """
    everything = np.arange(len(values))
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "iuf" or type(number) is not int:
        return everything
    there = values[~np.isnan(values)] if values.dtype.kind == "f" else values
    if not 0 < number < len(there) // 2:
        return everything
    place = len(there) - number - 1 if largest else number
    edge = np.partition(there, place)[place]
    return np.flatnonzero(values >= edge if largest else values <= edge)


@series_method("nlargest", "nsmallest")
def _largest_values(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, column = arguments(owner, name, args, options), owner._column
    values = column.array()
    _check_numeric(values)
    rows = _candidates(values, p["n"], largest=name == "nlargest")
    ordered = pd.Series(ranks(values[rows]))
    found = rows[getattr(ordered, name)(p["n"], keep=p["keep"]).index.to_numpy()]
    labels = column_index(column).take(found)
    return wrap(owner, column_from(column, pd.Series(found, index=labels, name=column.name)))


@frame_method("nlargest", "nsmallest")
def _largest_rows(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, grid = arguments(owner, name, args, options), grid_of(owner._table)
    columns = p["columns"]
    names = columns if isinstance(columns, list) else [columns]
    if not grid.header.is_unique or any(n not in grid.header for n in names):
        raise NotNative("names that are not there")
    arrays = [grid.column(n).array() for n in names]
    for label, values in zip(names, arrays, strict=True):
        if values.dtype == object or isinstance(values.dtype, pd.StringDtype | pd.CategoricalDtype):
            raise Refused(
                TypeError(f"Column {label!r} has dtype {values.dtype}, cannot use method {name!r} with this dtype")
            )
        _check_numeric(values)
    places = list(range(len(names)))
    rows = _candidates(arrays[0], p["n"], largest=name == "nlargest")
    ordered = pd.DataFrame({place: ranks(values[rows]) for place, values in zip(places, arrays, strict=True)})
    found = rows[getattr(ordered, name)(p["n"], places, keep=p["keep"]).index.to_numpy()]
    return wrap(owner, grid_from_rows(grid, pd.Series(found, index=grid.index.take(found))))
