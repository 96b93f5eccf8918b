# ruff: noqa: SLF001, ARG001  (friends read one another's held values; one signature for all methods)
"""Operations on all columns of a table: each column is asked for itself, with pandas' alignment of labels and names."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from litsdf.contract import NotNative
from litsdf.layouts.columnar import same_labels
from litsdf.structure.calls import arguments, frame_method, wrap
from litsdf.structure.frame_rows import frame_axis
from litsdf.structure.gathering import value_at
from litsdf.structure.grid import Grid, grid_of
from litsdf.structure.masks import missing_in
from litsdf.structure.pandas_arrays import array_equals, find_common_type

__all__ = ["BY_COLUMN", "METHODS", "OPERATORS", "by_column"]

BY_COLUMN = frozenset({
    "abs", "round", "fillna", "isin", "ffill", "bfill", "diff", "cumsum", "cumprod", "cummax", "cummin", "map",
})  # fmt: skip
"""Methods that ask every column: native where the column's own are."""

_NAMES = (
    "add",
    "sub",
    "mul",
    "truediv",
    "floordiv",
    "mod",
    "pow",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "and",
    "or",
    "xor",
)
_REVERSED = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow")
OPERATORS = {f"__{name}__": name for name in _NAMES} | {f"__r{name}__": f"r{name}" for name in _REVERSED}
METHODS = {name: name for name in _NAMES[:13]} | {f"r{name}": f"r{name}" for name in _REVERSED} | {
    "div": "truediv", "divide": "truediv", "multiply": "mul", "subtract": "sub", "rdiv": "rtruediv",
}  # fmt: skip
_COMPARISONS = {"eq", "ne", "lt", "le", "gt", "ge"}


def by_column(owner: Any, grid: Grid, function: Callable[[Any, int], Any]) -> Any:
    """A table made of what a function gives for each column, as a Series, and its place."""
    from litsdf.series import Series

    made = []
    for place, column in enumerate(grid.columns):
        result = function(Series._of(column, owner.fallbacks), place)
        held = result._column
        if held.layout != grid.layout or len(held) != grid.length:
            raise NotNative("a column that left the layout")
        made.append(held)
    return wrap(owner, Grid(made, grid.header, grid.length, grid.labels, grid.layout))


@frame_method(*OPERATORS, *METHODS)
def _operate(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    operation = OPERATORS.get(name) or METHODS[name]
    other, rest = args[0] if args else options.get("other"), dict(options)
    rest.pop("other", None)
    if len(args) > 1 or rest:
        raise NotNative("an operator with options")
    grid = grid_of(owner._table)
    if not grid.columns or not grid.length:
        raise NotNative("an operation on nothing")
    if isinstance(other, bool | int | float | str | pd.Timestamp | pd.Timedelta):
        return by_column(owner, grid, lambda column, _: column._operate(operation, other))
    table = getattr(other, "_table", None)
    if table is not None:
        theirs = grid_of(table)
        if theirs.layout != grid.layout or not grid.header.is_unique:
            raise NotNative("tables in two layouts, or with repeated names")
        same_rows = len(theirs) == len(grid) and same_labels(theirs.labels, grid.labels)
        if not same_rows or not theirs.header.equals(grid.header):
            return _aligned(owner, other, grid, theirs, operation)
        from litsdf.series import Series

        return by_column(
            owner, grid, lambda column, place: column._operate(operation, Series._of(theirs.columns[place], None))
        )
    column = getattr(other, "_column", None)
    if column is None or column.layout == "pandas" or operation in _COMPARISONS:
        raise NotNative("an operand of another kind")
    return _with_row(owner, grid, operation, column)


def _aligned(owner: Any, other: Any, mine: Grid, theirs: Grid, operation: str) -> Any:
    """Tables with different labels: the columns that both have are calculated, all others are missing."""
    from litsdf.structure.alignment import aligned_tables

    if operation.strip("r") not in {"add", "sub", "mul", "truediv", "floordiv", "mod"} or not len(mine) * len(theirs):
        raise NotNative("an operator that does not align, or of nothing")
    if not theirs.header.is_unique or mine.header.nlevels > 1 or mine.header.dtype != theirs.header.dtype:
        raise NotNative("names that do not go together")
    shared = mine.header.intersection(theirs.header, sort=False)
    if not len(shared):
        raise NotNative("tables without a name in common")
    if len(shared) < max(len(mine.header), len(theirs.header)):
        if operation in {"radd", "rsub", "rmul", "rtruediv", "rfloordiv", "rmod"}:
            raise NotNative("names in another order")
        union = mine.header.join(theirs.header, how="outer")
        names = list(shared)
        return getattr(owner[names], f"__{operation}__")(other[names]).reindex(columns=union)
    left, right = aligned_tables(mine, theirs, None, join="outer")
    return getattr(wrap(owner, left), f"__{operation}__")(wrap(other, right))


def _with_row(owner: Any, grid: Grid, operation: str, row: Any) -> Any:
    """A column of values by column name, one for each column of the table."""
    labels = pd.RangeIndex(len(row)) if row.labels is None else row.labels
    if not grid.header.equals(labels) or not grid.header.is_unique:
        raise NotNative("a row with other names")
    wide = {np.dtype("int64"), np.dtype("float64")}
    if row.array().dtype not in wide or any(column.array().dtype not in wide for column in grid.columns):
        raise NotNative("dtypes that decide the dtype of the result")
    values = [value_at(row, place) for place in range(len(row))]
    plain = [value.item() if isinstance(value, np.generic) else value for value in values]
    if any(not isinstance(value, int | float) for value in plain):
        raise NotNative("a row of other values")
    return by_column(owner, grid, lambda column, place: column._operate(operation, plain[place]))


_UNARY: dict[str, Callable[[Any], Any]] = {
    "__neg__": operator.neg, "__abs__": abs, "abs": abs, "__invert__": operator.invert,
}  # fmt: skip


@frame_method(*_UNARY)
def _unary(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    grid = grid_of(owner._table)
    return by_column(owner, grid, lambda column, _: _UNARY[name](column))


@frame_method("round")
def _round(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, grid = arguments(owner, name, args, options), grid_of(owner._table)
    decimals = p["decimals"]
    if set(p) - {"decimals"} and (p.get("args") or p.get("kwargs")):
        raise NotNative("round with options")
    if isinstance(decimals, dict):
        if not grid.header.is_unique or any(type(value) is not int for value in decimals.values()):
            raise NotNative("decimals of another kind")
        wanted = [decimals.get(label) for label in grid.header]
    elif type(decimals) is int:
        wanted = [decimals] * len(grid.columns)
    else:
        raise NotNative("decimals of another kind")

    def rounded(column: Any, place: int) -> Any:
        if wanted[place] is None or not pd.api.types.is_numeric_dtype(column.dtype) or column.dtype == bool:
            return column
        return column.round(wanted[place])

    return by_column(owner, grid, rounded)


@frame_method("fillna")
def _fillna(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, grid = arguments(owner, name, args, options), grid_of(owner._table)
    value = p["value"]
    if p.get("inplace") or p["limit"] is not None or p["axis"] not in {None, 0, "index"}:
        raise NotNative("fillna with options")
    if not pd.api.types.is_scalar(value) or value is None or pd.isna(value):
        raise NotNative("fillna by column")

    def filled(column: Any, place: int) -> Any:
        held = grid.columns[place]
        if isinstance(held.array(), np.ndarray) and not missing_in(held).any():
            return column
        return column.fillna(value)

    return by_column(owner, grid, filled)


@frame_method("isin")
def _isin(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, grid = arguments(owner, name, args, options), grid_of(owner._table)
    if type(p["values"]) not in {list, tuple, set}:
        raise NotNative("isin by column")
    return by_column(owner, grid, lambda column, _: column.isin(p["values"]))


@frame_method("ffill", "bfill", "diff", "cumsum", "cumprod", "cummax", "cummin")
def _over_rows(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    grid = grid_of(owner._table)
    axis = options.pop("axis", None)
    if frame_axis(axis, 0) or (args and name not in {"diff"}) or options:
        raise NotNative("along the columns, or with options")
    return by_column(owner, grid, lambda column, _: getattr(column, name)(*args))


@frame_method("equals")
def _equals(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    (other,), grid = args, grid_of(owner._table)
    theirs = grid_of(getattr(other, "_table", None)) if hasattr(other, "_table") else None
    if theirs is None:
        raise NotNative("equals something else")
    if not grid.header.equals(theirs.header) or not grid.index.equals(theirs.index):
        return False
    pairs = zip(grid.columns, theirs.columns, strict=True)
    return all(array_equals(mine.array(), other.array()) for mine, other in pairs)


@frame_method("to_dict")
def _to_dict(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, grid = arguments(owner, name, args, options), grid_of(owner._table)
    orient = p["orient"]
    if (
        orient not in {"dict", "list", "records"}
        or p["into"] is not dict
        or not p["index"]
        or not grid.header.is_unique
    ):
        raise NotNative("dicts of another form")
    lists = [_plain_values(column) for column in grid.columns]
    names = list(grid.header)
    if orient == "list":
        return dict(zip(names, lists, strict=True))
    if orient == "records":
        return [dict(zip(names, row, strict=True)) for row in zip(*lists, strict=True)]
    if not grid.index.is_unique:
        raise NotNative("repeated labels")
    return {name: dict(zip(grid.index, values, strict=True)) for name, values in zip(names, lists, strict=True)}


def _plain_values(column: Any) -> list[Any]:
    array = column.array()
    values = pd.array(array, copy=False).tolist() if array.dtype.kind in "mM" else array.tolist()
    return [None if value is pd.NA else value.item() if isinstance(value, np.generic) else value for value in values]


@frame_method("to_numpy")
def _to_numpy(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Columns side by side in one array, of the dtype that holds all of them."""
    p, grid = arguments(owner, name, args, options), grid_of(owner._table)
    if not grid.columns or "na_value" in p:
        raise NotNative("an array of nothing")
    arrays = [column.array() for column in grid.columns]
    dtype = p["dtype"]
    if dtype is None:
        dtype = find_common_type([values.dtype for values in arrays])
        if not isinstance(dtype, np.dtype) or dtype.kind in "mM":
            raise NotNative("an array of pandas' own dtypes")
    if not all(isinstance(values, np.ndarray) and values.dtype.kind in "iufb" for values in arrays):
        if np.dtype(dtype).kind != "O":
            raise NotNative("an array of other dtypes")
        arrays = [pd.array(v, copy=False) if v.dtype.kind in "mM" else v for v in arrays]
    result = np.empty((grid.length, len(arrays)), dtype=dtype)
    for place, values in enumerate(arrays):
        result[:, place] = values.astype(dtype) if not isinstance(values, np.ndarray) else values
    return result
