# ruff: noqa: SLF001  (friends read one another's held values; one signature for all methods)
"""`apply`, `agg`, `transform` and `map` of a table: along columns, or along rows as columns under the column names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from litsdf.applying.columns import called, checked_transform, method_of, side_by_side
from litsdf.contract import NotNative
from litsdf.dtypes import OPAQUE
from litsdf.kernels.arrays import inferred
from litsdf.layouts.columnar import default_labels
from litsdf.passing import Passing, to_pandas
from litsdf.structure.calls import arguments, as_given, frame_method, wrap
from litsdf.structure.frame_rows import frame_axis
from litsdf.structure.frame_values import by_column
from litsdf.structure.gathering import same_dtype
from litsdf.structure.grid import Grid, grid_of
from litsdf.structure.rulers import row_series

__all__ = ["row_columns"]


def row_columns(owner: Any, grid: Grid, *, infer: bool = False) -> Iterator[Any]:
    """Each row of a table as a column under the column names, in the numpy layout: it has few values.

    Args:
        owner: the facade object that the rows belong to.
        grid: the table.
        infer: whether objects of one kind get the dtype of that kind, as in `iterrows`.

    Raises:
        NotNative: values that come together in a way of pandas' own.
    """
    from litsdf.layouts.numpy import NumpyColumn
    from litsdf.series import Series

    dtype, labels = same_dtype(grid.columns), default_labels(grid.header)
    objects = isinstance(dtype, np.dtype) and dtype.kind == "O"
    if infer and not isinstance(dtype, np.dtype):
        raise NotNative("rows of pandas' own dtypes")
    if not isinstance(dtype, np.dtype):
        places = np.arange(len(grid.columns))
        return (wrap(owner, row_series(grid, places, row, grid.header, label)) for row, label in enumerate(grid.index))
    if objects and any(isinstance(column.array().dtype, pd.CategoricalDtype) for column in grid.columns):
        raise NotNative("rows with categories, where pandas gives missing values another form")
    matrix = np.empty((grid.length, len(grid.columns)), dtype=dtype)
    for place, column in enumerate(grid.columns):
        values = column.array()
        boxed = objects and isinstance(values, np.ndarray) and values.dtype.kind in "mM"
        matrix[:, place] = pd.array(values, copy=False).astype(object) if boxed else values
    name = OPAQUE if objects else NumpyColumn.from_array(matrix[:0].ravel(), None, None).dtype
    if objects and infer:
        return (
            Series._of(NumpyColumn.from_array(inferred(values), label, labels), owner._fallbacks)
            for label, values in zip(grid.index, matrix, strict=True)
        )
    return (
        Series._of(NumpyColumn(values, name, label, labels), owner._fallbacks)
        for label, values in zip(grid.index, matrix, strict=True)
    )


def _given(p: dict[str, Any]) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    return p.get("func"), tuple(p.get("args", ())), dict(p.get("kwargs", {}))


@frame_method("apply")
def _apply(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, grid = arguments(owner, name, args, options), grid_of(owner._table)
    func, rest, named = _given(p)
    axis = frame_axis(p["axis"], 0)
    if p["by_row"] != "compat" or p["engine"] not in {None, "python"} or p["engine_kwargs"] is not None:
        raise NotNative("apply with other options")
    if p["result_type"] not in {None, "reduce", "expand"} or not grid.columns or not grid.length:
        raise NotNative("apply to nothing, or spread")
    if type(func) in {list, dict} and not axis:
        return _several(owner, grid, func, "apply", rest, named)
    if isinstance(func, str):
        return method_of(owner, func, rest, named | ({"axis": 1} if axis else {}))
    if not callable(func):
        raise NotNative("several functions of rows")
    if isinstance(func, np.ufunc):
        return by_column(owner, grid, lambda column, _: func(column))
    if p["raw"]:
        return _on_arrays(owner, grid, lambda values: func(values, *rest, **named), axis)
    parts: Any = row_columns(owner, grid) if axis else (wrap(owner, column) for column in grid.columns)
    results = [func(part, *rest, **named) for part in parts]
    return (_from_rows if axis else _from_columns)(owner, grid, results, p["result_type"])


def _on_arrays(owner: Any, grid: Grid, func: Callable[[Any], Any], axis: int) -> Any:
    values = owner.to_numpy()
    if type(values) is not np.ndarray:
        raise NotNative("an array of another kind")

    def one(part: Any) -> Any:
        result = func(part)
        return np.array(result, dtype=object) if isinstance(result, str) else result

    found = np.apply_along_axis(one, axis, values)
    kind = grid.column_class
    if found.ndim == 1:
        labels = grid.index if axis else grid.header
        return wrap(owner, kind.from_array(inferred(found), None, default_labels(labels)))
    if found.shape != values.shape:
        raise NotNative("an array of another shape")
    columns = [kind.from_array(inferred(np.ascontiguousarray(part)), None, grid.labels) for part in found.T]
    return wrap(owner, Grid(columns, grid.header, grid.length, grid.labels, grid.layout))


def _is_sequence(value: Any) -> bool:
    """Whether pandas takes a result apart."""
    if isinstance(value, Passing):
        return True
    try:
        iter(value)
        len(value)
    except (TypeError, AttributeError):
        return False
    return not isinstance(value, str | bytes)


def _as_column(owner: Any, results: list[Any], labels: pd.Index) -> Any:
    """One result each, under labels; pandas infers the dtype of what a function gave."""
    made = pd.Series(dict(enumerate(to_pandas(results))))
    made.index = labels
    return as_given(owner, made)


def _same_rows(grid: Grid, results: list[Any]) -> bool:
    """Whether all results are columns of one layout with the same labels."""
    columns = [getattr(result, "_column", None) for result in results]
    if any(column is None or column.layout != grid.layout for column in columns):
        return False
    first = results[0].index
    return first.is_unique and all(result.index is first or result.index.equals(first) for result in results)


def _from_columns(owner: Any, grid: Grid, results: list[Any], wanted: Any) -> Any:
    if not _is_sequence(results[0]) or wanted == "reduce":
        return _as_column(owner, results, grid.header)
    if wanted is None and all(isinstance(result, dict) for result in results):
        return _as_column(owner, results, grid.header)
    if _same_rows(grid, results):
        labels = default_labels(results[0].index)
        columns = [result._column.relabelled(labels) for result in results]
        return wrap(owner, Grid(columns, grid.header, len(results[0]), labels, grid.layout))
    held = to_pandas(results)
    try:
        made = pd.DataFrame(dict(enumerate(held)))
    except ValueError as error:
        if "All arrays must be of the same length" in str(error):
            return _as_column(owner, results, grid.header)
        raise
    if not isinstance(held[0], pd.Series) and len(made.index) == grid.length:
        made.index = grid.index
    if len(made.columns) == len(grid.header):
        made.columns = grid.header
    return as_given(owner, made)


def _from_rows(owner: Any, grid: Grid, results: list[Any], wanted: Any) -> Any:
    held = to_pandas(results)
    if not _is_sequence(results[0]) or wanted == "reduce" or (wanted is None and not isinstance(held[0], pd.Series)):
        return _as_column(owner, results, grid.index)
    made = pd.DataFrame(dict(enumerate(held))).T
    made.index = grid.index
    return as_given(owner, made.infer_objects())


def _several(  # noqa: PLR0917  (what several functions are)
    owner: Any, grid: Grid, func: Any, how: str, rest: tuple[Any, ...], named: dict[str, Any]
) -> Any:
    """A list of functions for each column, or a dict from column to function."""
    if rest or named or not func or how == "apply" or not grid.header.is_unique:
        raise NotNative("several functions with options")
    if type(func) is list:
        results = [wrap(owner, column).agg(func) for column in grid.columns]
        return side_by_side(owner, grid.header, results)
    if any(key not in grid.header for key in func) or grid.header.nlevels > 1:
        raise NotNative("columns that are not there")
    lists = any(type(one) is list for one in func.values())
    if any(not isinstance(one, str) and not callable(one) and type(one) is not list for one in func.values()):
        raise NotNative("functions of another form")
    listed = {key: [one] if lists and type(one) is not list else one for key, one in func.items()}
    results = [wrap(owner, grid.column(key)).agg(one) for key, one in listed.items()]
    if not all(isinstance(result, Passing) for result in results):
        return side_by_side(owner, list(func), results)
    if any(result.empty for result in results):
        raise NotNative("results without values, which are left out")
    return side_by_side(owner, pd.Index(list(func), name=grid.header.name), results)


@frame_method("agg", "aggregate")
def _aggregate(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, grid = arguments(owner, name, args, options), grid_of(owner._table)
    func, rest, named = _given(p)
    axis = frame_axis(p["axis"], 0)
    if func is None or not grid.columns:
        raise NotNative("named results")
    if isinstance(func, str):
        return method_of(owner, func, rest, named | ({"axis": 1} if axis else {}))
    if type(func) in {list, dict}:
        if axis:
            raise NotNative("several functions of rows")
        return _several(owner, grid, func, "agg", rest, named)
    return owner.apply(func, axis, args=rest, **named)


@frame_method("transform")
def _transform(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, grid = arguments(owner, name, args, options), grid_of(owner._table)
    func, rest, named = _given(p)
    if frame_axis(p["axis"], 0) or not grid.header.is_unique or not grid.columns or not grid.length:
        raise NotNative("a transformation of rows, or of nothing")
    if type(func) is list:
        func = dict.fromkeys(grid.header, func)
    if type(func) is dict:
        if not func or any(key not in grid.header for key in func) or grid.header.nlevels > 1:
            raise NotNative("columns that are not there")
        lists = any(type(one) is list for one in func.values())
        func = {key: [one] if lists and type(one) is not list else one for key, one in func.items()}
        parts = [wrap(owner, grid.column(key)).transform(one, 0, *rest, **named) for key, one in func.items()]
        return side_by_side(owner, list(func), parts)
    if isinstance(func, str):
        return checked_transform(owner, method_of(owner, func, rest, named))
    return checked_transform(owner, called(owner, func, rest, named))


@frame_method("map")
def _map(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, grid = arguments(owner, name, args, options), grid_of(owner._table)
    func, _, named = _given(p)
    if not callable(func) or p["na_action"] not in {None, "ignore"} or not grid.length or not grid.columns:
        raise NotNative("map with options")
    return by_column(owner, grid, lambda column, _: column.map(func, p["na_action"], **named))
