# ruff: noqa: SLF001  (friends read one another's held values)
"""Where values stand among the others: ranks, quantiles, the places of extremes, sorting positions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from litsdf.contract import NotNative
from litsdf.dtypes import FLOAT, INT
from litsdf.kernels.arrays import extension, stored
from litsdf.statistics.pandas_kernels import (
    algorithms,
    position,
    quantiles,
    ranked_array,
    validate_percentile,
    values_of,
)
from litsdf.statistics.reductions import numeric_columns, row_of
from litsdf.structure.calls import arguments, frame_method, series_method, wrap
from litsdf.structure.frame_rows import frame_axis
from litsdf.structure.gathering import joined_array
from litsdf.structure.grid import Grid, grid_of
from litsdf.structure.pandas_arrays import find_common_type
from litsdf.structure.rulers import column_index

__all__: list[str] = []

_IN_POLARS = {"average": "average", "min": "min", "max": "max", "dense": "dense", "first": "ordinal"}


def _rank_options(
    owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]
) -> tuple[dict[str, Any], bool, int]:
    p = arguments(owner, name, args, options)
    axis = frame_axis(p.pop("axis"), 0)
    if p["na_option"] not in {"keep", "top", "bottom"}:
        raise NotNative("an option that pandas refuses")
    numeric_only = p.pop("numeric_only")
    if type(numeric_only) is not bool or type(p["ascending"]) is not bool or type(p["pct"]) is not bool:
        raise NotNative("options that are no truth values")
    return p, numeric_only, axis


@series_method("rank")
def _rank_column(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, numeric_only, axis = _rank_options(owner, name, args, options)
    column = owner._column
    if axis:
        raise NotNative("an axis that is not there")
    if numeric_only and not pd.api.types.is_numeric_dtype(owner.dtype):
        raise NotNative("numbers of something else")
    return wrap(owner, _ranked(column, p))


def _ranked(column: Any, p: dict[str, Any]) -> Any:
    plain = column.layout == "polars" and column.dtype in {INT, FLOAT} and p["na_option"] == "keep" and len(column)
    if plain and p["method"] in _IN_POLARS and (p["ascending"] or p["method"] != "first"):
        return _ranked_in_polars(column, p)
    ranks = stored(ranked_array(values_of(column), **p))
    return type(column).from_array(ranks, column.name, column.labels)


def _ranked_in_polars(column: Any, p: dict[str, Any]) -> Any:
    import polars as pl

    ranks = column.data.rank(_IN_POLARS[p["method"]], descending=not p["ascending"]).cast(pl.Float64)
    if p["pct"]:
        whole = ranks.max() if p["method"] == "dense" else ranks.count()
        ranks = ranks / whole if whole else ranks
    return type(column)(ranks, FLOAT, column.name, column.labels)


@frame_method("rank")
def _rank_table(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, numeric_only, axis = _rank_options(owner, name, args, options)
    grid = grid_of(owner._table)
    if numeric_only:
        grid = numeric_columns(grid)
    arrays = [column.array() for column in grid.columns]
    if not arrays or not all(isinstance(v, np.ndarray) and v.dtype.kind in "iuf" for v in arrays):
        raise NotNative("ranks of other values, which pandas compares as objects")
    dtype = find_common_type([v.dtype for v in arrays])
    if axis:
        if not grid.length:
            raise NotNative("ranks of no rows")
        ranks = algorithms.rank(np.column_stack([v.astype(dtype) for v in arrays]), axis=1, **p)
        kind = grid.column_class
        columns = [kind.from_array(np.ascontiguousarray(part), None, grid.labels) for part in ranks.T]
        return wrap(owner, Grid(columns, grid.header, grid.length, grid.labels, grid.layout))
    columns = [
        _ranked(c if v.dtype == dtype else type(c).from_array(v.astype(dtype), c.name, c.labels), p)
        for c, v in zip(grid.columns, arrays, strict=True)
    ]
    return wrap(owner, Grid(columns, grid.header, grid.length, grid.labels, grid.layout))


def _shares(q: Any) -> Any:
    validate_percentile(q)
    return pd.Index(q if pd.api.types.is_list_like(q) else [q], dtype=np.float64)


@series_method("quantile")
def _quantile_of_column(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, column = arguments(owner, name, args, options), owner._column
    if hasattr(p["q"], "_column"):
        raise NotNative("shares in a column")
    shares = _shares(p["q"])
    found = quantiles(values_of(column), np.asarray(shares), p["interpolation"])
    if not pd.api.types.is_list_like(p["q"]):
        return found[0]
    return wrap(owner, type(column).from_array(stored(found), column.name, shares))


@frame_method("quantile")
def _quantile_of_table(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, grid = arguments(owner, name, args, options), grid_of(owner._table)
    if hasattr(p["q"], "_column") or frame_axis(p["axis"], 0) or p["method"] != "single":
        raise NotNative("quantiles of rows")
    if p["numeric_only"]:
        grid = numeric_columns(grid)
    if not grid.columns:
        raise NotNative("no columns")
    shares = _shares(p["q"])
    found = [stored(quantiles(values_of(c), np.asarray(shares), p["interpolation"])) for c in grid.columns]
    if not pd.api.types.is_list_like(p["q"]):
        return row_of(owner, grid, joined_array(found), shares[0])
    columns = [grid.column_class.from_array(v, None, shares) for v in found]
    return wrap(owner, Grid(columns, grid.header, len(shares), shares, grid.layout))


@series_method("argmin", "argmax", "idxmin", "idxmax")
def _extreme(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, column = arguments(owner, name, args, options), owner._column
    if type(p["skipna"]) is not bool or p.get("args") or "kwargs" in p or p["axis"] not in {None, 0, "index"}:
        raise NotNative("other options")
    if name.startswith("idx") and p["axis"] is None:
        raise NotNative("no axis")
    found = position(values_of(column), f"arg{name[3:]}", skipna=p["skipna"])
    return found if name.startswith("arg") else column_index(column)[found]


@frame_method("idxmin", "idxmax")
def _extremes(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, grid = arguments(owner, name, args, options), grid_of(owner._table)
    if frame_axis(p["axis"], 0) or type(p["skipna"]) is not bool or not grid.length:
        raise NotNative("places along the columns")
    if p["numeric_only"]:
        grid = numeric_columns(grid)
    if not grid.columns:
        raise NotNative("no columns")
    places = np.array([position(values_of(c), f"arg{name[3:]}", skipna=p["skipna"]) for c in grid.columns])
    if (places < 0).any():
        raise NotNative("a column without a value")
    labels = grid.index.take(places)
    if isinstance(labels, pd.MultiIndex):
        raise NotNative("labels of several levels")
    return row_of(owner, grid, labels)


@series_method("argsort")
def _argsort(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, column = arguments(owner, name, args, options), owner._column
    if p["axis"] not in {-1, 0, "index"} or p["order"] is not None or p["stable"] is not None:
        raise NotNative("other options")
    found = extension(column.array()).argsort(kind=p["kind"])
    return wrap(owner, type(column).from_array(found.astype(np.intp, copy=False), column.name, column.labels))
