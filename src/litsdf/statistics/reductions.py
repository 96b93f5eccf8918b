# ruff: noqa: SLF001  (friends read one another's held values)
"""Columns and tables reduced to one value a column or a row, with all of pandas' options."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from litsdf.contract import NotNative
from litsdf.dtypes import FLOAT, INT, STR
from litsdf.kernels.arrays import stored, wrapped
from litsdf.statistics.pandas_kernels import REDUCTIONS, reduced, values_of
from litsdf.structure.calls import arguments, frame_method, series_method, wrap
from litsdf.structure.frame_rows import frame_axis
from litsdf.structure.gathering import scalars_array
from litsdf.structure.grid import Grid, grid_of
from litsdf.structure.masks import missing_in
from litsdf.structure.pandas_arrays import find_common_type

__all__ = ["NAMES", "numeric_columns", "row_of"]

_ALIASES = {"product": "prod", "kurtosis": "kurt"}
NAMES = (*REDUCTIONS, *_ALIASES)
"""Methods that are answered here, beside `count`."""


def _options(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> tuple[dict[str, Any], bool, Any]:
    """What the kernel takes, whether only numbers are meant, and the axis."""
    if args:
        raise NotNative("options by position, which pandas warns of")
    p = arguments(owner, name, args, options)
    axis = p.pop("axis", 0)
    numeric_only = p.pop("numeric_only", p.pop("bool_only", False))
    from_numpy = p.pop("kwargs", {})  # `np.mean(column)` names its own options, all None
    if any(key not in {"dtype", "out"} or value is not None for key, value in from_numpy.items()):
        raise NotNative("options of NumPy")
    if type(p["skipna"]) is not bool or type(numeric_only) is not bool:
        raise NotNative("options that pandas warns of or refuses")
    return p, numeric_only, axis


@series_method(*NAMES)
def _reduce_column(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    keywords, numeric_only, axis = _options(owner, name, args, options)
    if axis is not None:
        frame_axis(axis, 0)
    if axis not in {None, 0, "index", "rows"}:
        raise NotNative("an axis that is not there")
    quick = _quick(owner._column, _ALIASES.get(name, name), keywords)
    if quick is not None and not numeric_only:
        return quick
    values = values_of(owner._column)
    if numeric_only and isinstance(values, np.ndarray) and values.dtype.kind not in "iufcb":
        raise NotNative("numbers of something else")
    return reduced(values, _ALIASES.get(name, name), keywords)


def _quick(column: Any, name: str, keywords: dict[str, Any]) -> Any:
    """Let Polars reduce what it reduces as pandas does, from its own memory; None where that is not so."""
    if column.layout != "polars" or keywords.get("skipna") is not True or keywords.get("min_count", 0) != 0:
        return None
    wanted = {"min", "max"} if column.dtype == STR else {"sum", "mean", "min", "max"}
    if column.dtype not in {INT, FLOAT, STR} or name not in wanted or not column.data.count():
        return None
    return getattr(column.data, name)()


@series_method("count")
def _count_column(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    if args or options:
        raise NotNative(f"{name} with options")
    missing = missing_in(owner._column)
    return np.int64(len(missing) - np.count_nonzero(missing))


def numeric_columns(grid: Grid, *, truth_only: bool = False) -> Grid:
    """The columns of numbers and truth values, or of truth values alone."""
    dtypes = [_dtype(column) for column in grid.columns]
    kept = [pd.api.types.is_bool_dtype(d) if truth_only else _is_number(d) for d in dtypes]
    places = np.flatnonzero(kept)
    if truth_only and any(d == np.dtype(object) for d in dtypes):
        raise NotNative("objects that may be truth values")
    return Grid([grid.columns[p] for p in places], grid.header.take(places), grid.length, grid.labels, grid.layout)


def _dtype(column: Any) -> Any:
    return column.taken(np.array([], dtype=np.intp), None).array().dtype


def _is_number(dtype: Any) -> bool:
    if isinstance(dtype, np.dtype):
        return dtype.kind in "iufcb"
    if isinstance(dtype, pd.SparseDtype):
        raise NotNative("numbers held sparsely")
    return bool(getattr(dtype, "_is_numeric", False))


def row_of(owner: Any, grid: Grid, values: Any, name: Any = None) -> Any:
    """One value for each column, as a column under the names of the columns."""
    return wrap(owner, grid.column_class.from_array(stored(values), name, grid.header))


@frame_method("select_dtypes")
def _select_dtypes(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Let pandas choose among columns of these dtypes without rows."""
    p, grid = arguments(owner, name, args, options), grid_of(owner._table)
    none = np.array([], dtype=np.intp)
    empty = [pd.Series(column.taken(none, None).array(), name=place) for place, column in enumerate(grid.columns)]
    if not empty:
        raise NotNative("no columns")
    places = np.asarray(pd.concat(empty, axis=1).select_dtypes(**p).columns, dtype=np.intp)
    columns = [grid.columns[place] for place in places]
    return wrap(owner, Grid(columns, grid.header.take(places), grid.length, grid.labels, grid.layout))


@frame_method(*NAMES)
def _reduce_table(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    keywords, numeric_only, axis = _options(owner, name, args, options)
    name, truth = _ALIASES.get(name, name), name in {"any", "all"}
    if axis is None:
        raise NotNative("both axes")
    grid = grid_of(owner._table)
    if numeric_only:
        grid = numeric_columns(grid, truth_only=truth)
    if not grid.columns:
        raise NotNative("no columns")
    if frame_axis(axis, 0):
        return _reduce_rows(owner, grid, name, keywords)
    parts = [_of_table(column, name, keywords) for column in grid.columns]
    return row_of(owner, grid, _settled(scalars_array(parts), grid, truth=truth))


def _of_table(column: Any, name: str, keywords: dict[str, Any]) -> Any:
    quick = None if column.dtype == STR else _quick(column, name, keywords)
    return _one(values_of(column), name, keywords) if quick is None else np.array([quick])


def _one(values: Any, name: str, keywords: dict[str, Any]) -> Any:
    """Reduce the values of one column of a table to an array of one."""
    if isinstance(values, np.ndarray):
        result = np.asarray(REDUCTIONS[name](values.reshape(1, -1), axis=1, **keywords))
        return stored(wrapped(result.reshape(1)))
    if isinstance(values, pd.arrays.DatetimeArray | pd.arrays.TimedeltaArray | pd.arrays.PeriodArray):
        held: Any = values.reshape(1, -1)
        return stored(wrapped(held._reduce(name, axis=1, **keywords)))
    return stored(values._reduce(name, keepdims=True, **keywords))


def _settled(values: Any, grid: Grid, *, truth: bool) -> Any:
    if truth:
        return values if str(values.dtype) == "boolean" else values.astype(bool)
    if any(_dtype(column) == np.dtype(object) for column in grid.columns):
        return wrapped(values).astype(object)
    return values


def _reduce_rows(owner: Any, grid: Grid, name: str, keywords: dict[str, Any]) -> Any:
    """One value a row of plain numbers."""
    arrays = [values_of(column) for column in grid.columns]
    if not grid.length or not all(isinstance(v, np.ndarray) and v.dtype.kind in "iufb" for v in arrays):
        raise NotNative("rows of other values")
    dtype = find_common_type([v.dtype for v in arrays])
    if dtype.kind not in "iufb" or (dtype.kind in "iu" and any(v.dtype != dtype for v in arrays)):
        raise NotNative("rows of several kinds of numbers")
    table = np.stack([v.astype(dtype, copy=False) for v in arrays])
    result = np.asarray(REDUCTIONS[name](table, axis=0, **keywords))
    result = result.astype(bool) if name in {"any", "all"} else result
    return wrap(owner, grid.column_class.from_array(result, None, grid.labels))


@frame_method("count")
def _count_table(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, grid = arguments(owner, name, args, options), grid_of(owner._table)
    if p["numeric_only"]:
        grid = numeric_columns(grid)
    if not grid.columns:
        raise NotNative("no columns")
    missing = [missing_in(column) for column in grid.columns]
    if frame_axis(p["axis"], 0):
        counts = np.sum([~m for m in missing], axis=0, dtype=np.int64)
        return wrap(owner, grid.column_class.from_array(counts, None, grid.labels))
    found = np.array([grid.length - np.count_nonzero(m) for m in missing], dtype=np.int64)
    return row_of(owner, grid, found)
