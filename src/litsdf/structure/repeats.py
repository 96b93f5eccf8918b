# ruff: noqa: SLF001, ARG001  (friends read one another's held values; one signature for all methods)
"""Rows that were there before, and rows with missing values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from litsdf.contract import NotNative
from litsdf.dtypes import BOOL, DATETIME, FLOAT, INT, OPAQUE, STR
from litsdf.structure.calls import arguments, frame_method, kept, said_in_place, series_method, wrap
from litsdf.structure.frame_rows import frame_axis
from litsdf.structure.grid import Grid, grid_of
from litsdf.structure.masks import kept_column, kept_labels, kept_rows, may_miss, missing_in
from litsdf.structure.ordering import listed_names
from litsdf.structure.pandas_arrays import duplicated
from litsdf.structure.rulers import column_index, columns_ruler, with_columns

__all__ = ["group_numbers"]


def group_numbers(arrays: list[Any]) -> np.ndarray:
    """Number the distinct rows of several arrays; missing values are equal to one another."""
    numbers, size = np.zeros(len(arrays[0]), dtype=np.int64), 1
    for values in arrays:
        codes, found = pd.factorize(values)
        if size * (len(found) + 1) >= 2**62:
            numbers, distinct = pd.factorize(numbers)
            size = len(distinct)
        numbers = numbers * (len(found) + 1) + codes + 1
        size *= len(found) + 1
    return numbers


def _repeated(arrays: list[Any], keep: Any) -> np.ndarray:
    if not (keep is False or keep in ("first", "last")):
        raise NotNative("keep something else")
    return np.asarray(duplicated(arrays[0] if len(arrays) == 1 else group_numbers(arrays), keep=keep))


_WORTH_ALL_CORES = 1_000
_FEW = 3
"""Rows, and columns, from which Polars finds repeated rows faster than numbering them column by column."""


def _repeated_on_all_cores(columns: list[Any], keep: Any) -> np.ndarray:
    if not (keep is False or keep in ("first", "last")):
        raise NotNative("keep something else")
    import polars as pl

    native = {INT, FLOAT, STR, BOOL, DATETIME}
    data = {
        str(place): column.data if column.dtype in native else pl.Series(group_numbers([column.array()]))
        for place, column in enumerate(columns)
    }
    kept = pl.DataFrame(data).with_row_index("row").unique(list(data), keep=keep or "none")["row"]
    repeated = np.ones(len(columns[0]), dtype=bool)
    repeated[kept.to_numpy()] = False
    return repeated


@series_method("duplicated", "drop_duplicates")
def _column_repeats(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, column = arguments(owner, name, args, options), owner._column
    if type(p.get("ignore_index", False)) is not bool:
        raise NotNative("ignore_index that is no truth value")
    repeated = _repeated([column.array()], p["keep"])
    if name == "duplicated":
        return wrap(owner, type(column).from_array(repeated, column.name, column.labels))
    inplace = said_in_place(pd.Series([0]), name, options)
    labels = None if p["ignore_index"] else kept_labels(column_index(column), ~repeated)
    return kept(owner, kept_column(column, ~repeated, labels), inplace=inplace)


@frame_method("duplicated", "drop_duplicates")
def _row_repeats(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, grid = arguments(owner, name, args, options), grid_of(owner._table)
    if type(p.get("ignore_index", False)) is not bool or not grid.length or not grid.columns:
        raise NotNative("nothing to compare")
    subset = p["subset"]
    compared = list(grid.columns)
    if subset is not None:
        names = listed_names(subset, grid)
        if not names or any(n not in grid.header for n in names):
            raise NotNative("a name that is not there")
        compared = [column for label, column in zip(grid.header, compared, strict=True) if label in names]
    if grid.layout == "polars" and len(compared) > _FEW and grid.length >= _WORTH_ALL_CORES:
        repeated = _repeated_on_all_cores(compared, p["keep"])
    else:
        repeated = _repeated([column.array() for column in compared], p["keep"])
    if name == "duplicated":
        return wrap(owner, grid.column_class.from_array(repeated, None, grid.labels))
    inplace = said_in_place(pd.DataFrame({0: [0]}), name, options)
    labels = None if p["ignore_index"] else kept_labels(grid.index, ~repeated)
    return kept(owner, kept_rows(grid, ~repeated, labels), inplace=inplace)


@frame_method("dropna")
def _dropna(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, grid = arguments(owner, name, args, options), grid_of(owner._table)
    if options.get("inplace") is not None or ("how" in p and "thresh" in p) or not grid.columns:
        raise NotNative("dropna with unusual arguments")
    axis = frame_axis(p["axis"], 0)
    how = p.get("how", "any")
    if how not in ("any", "all"):
        raise NotNative("dropna by something else")
    compared = np.arange(grid.length if axis else len(grid.columns))
    if p["subset"] is not None:
        compared = _places(grid.index if axis else grid.header, p["subset"])
    if axis:
        return wrap(owner, _complete_columns(grid, compared, p))
    columns = [grid.columns[place] for place in compared]
    if "thresh" in p:
        there = sum((~missing_in(column)).astype(np.int64) for column in columns)
        stays = np.asarray(np.zeros(grid.length) + there >= p["thresh"])
    else:
        stays = _stays(columns, grid.length, how)
    if stays.all() and not p["ignore_index"]:
        return wrap(owner, grid)
    return wrap(owner, kept_rows(grid, stays, None if p["ignore_index"] else kept_labels(grid.index, stays)))


def _places(along: pd.Index, subset: Any) -> np.ndarray:
    labels = subset if isinstance(subset, list | np.ndarray | pd.Index) else [subset]
    if not along.is_unique:
        raise NotNative("repeated names")
    places = np.asarray(along.get_indexer_for(pd.Index(labels)))
    if (places < 0).any():
        raise NotNative("a name that is not there")
    return places


def _stays(columns: list[Any], length: int, how: str) -> np.ndarray:
    """The rows in which not any, or not all, of these columns are missing."""
    if how == "any":
        missing = np.zeros(length, dtype=bool)
        for column in columns:
            if may_miss(column):
                missing |= missing_in(column)
        return ~missing
    if not columns or not all(may_miss(column) for column in columns):
        return np.full(length, bool(columns))
    missing = np.ones(length, dtype=bool)
    for column in columns:
        missing &= missing_in(column)
    return ~missing


def _complete_columns(grid: Grid, compared: np.ndarray, p: dict[str, Any]) -> Grid:
    missing = np.column_stack([missing_in(column) for column in grid.columns])[compared]
    if "thresh" in p:
        stays = np.asarray((~missing).sum(axis=0) >= p["thresh"])
    else:
        stays = np.asarray(~(missing.any(axis=0) if p.get("how", "any") == "any" else missing.all(axis=0)))
    held = with_columns(grid, np.flatnonzero(stays), grid.header[stays])
    if p["ignore_index"]:
        return Grid(held.columns, pd.RangeIndex(len(held.columns)), held.length, held.labels, held.layout)
    return held


def _flags(column: Any, *, flip: bool) -> Any:
    """A column that says which values are missing, or are not."""
    if column.layout == "polars" and column.dtype != OPAQUE:
        data = column.data.is_not_null() if flip else column.data.is_null()
        return type(column)(data, BOOL, column.name, column.labels)
    missing = missing_in(column)
    return type(column).from_array(~missing if flip else missing, column.name, column.labels)


@frame_method("isna", "isnull", "notna", "notnull")
def _missing(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    grid = grid_of(owner._table)
    flip = name.startswith("not")
    columns = [_flags(column, flip=flip) for column in grid.columns]
    return wrap(owner, Grid(columns, grid.header, grid.length, grid.labels, grid.layout))


@series_method("isna", "isnull", "notna", "notnull")
def _missing_values(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    return wrap(owner, _flags(owner._column, flip=name.startswith("not")))


@frame_method("first_valid_index", "last_valid_index", "keys", "axes", "items", "itertuples", "get")
def _described(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    grid = grid_of(owner._table)
    if name == "keys":
        return grid.header
    if name == "axes":
        return [grid.index, grid.header]
    if name == "items":
        return ((label, wrap(owner, c.renamed(label))) for label, c in zip(grid.header, grid.columns, strict=True))
    if name == "itertuples":
        return _tuples(owner, grid, *args, **options)
    if name == "get":
        return _get(owner, grid, *args, **options)
    if not grid.columns:
        return None
    there = np.flatnonzero(~np.column_stack([missing_in(c) for c in grid.columns]).all(axis=1))
    return grid.index[there[0 if name.startswith("first") else -1]] if len(there) else None


def _get(owner: Any, grid: Grid, key: Any, default: Any = None) -> Any:
    if isinstance(key, list | np.ndarray | pd.Index):
        raise NotNative("get several")
    ruler = columns_ruler(grid).get(key)
    if ruler is None:
        return default
    if not isinstance(ruler, pd.Series):
        raise NotNative("several columns of one name")
    return wrap(owner, grid.columns[int(ruler.iloc[0])].renamed(ruler.name))


def _tuples(owner: Any, grid: Grid, index: bool = True, name: Any = "Pandas") -> Any:  # noqa: FBT001, FBT002
    """Rows as named tuples: pandas names the fields, the values come from the columns."""
    from litsdf.series import Series

    fields = list(grid.header)
    arrays = [iter(Series._of(column, None)) for column in grid.columns]
    if index:
        arrays.insert(0, iter(grid.index))
        fields.insert(0, "Index")
    if name is None:
        return zip(*arrays, strict=True)
    empty = pd.DataFrame([list(range(len(grid.columns)))], columns=grid.header)
    shape = type(next(iter(empty.itertuples(index=index, name=name))))
    return map(shape._make, zip(*arrays, strict=True))
