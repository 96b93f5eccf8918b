# ruff: noqa: SLF001, ARG001  (friends read one another's held values; one signature for all methods)
"""The different values of a column: which, how many, how often, in what order, and the summary of a column or table."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd

from litsdf.contract import NotNative
from litsdf.dtypes import FLOAT, INT, STR
from litsdf.kernels.arrays import stored
from litsdf.statistics.pandas_kernels import algorithms, values_of
from litsdf.statistics.reductions import row_of
from litsdf.structure.calls import arguments, as_given, frame_method, series_method, wrap
from litsdf.structure.frame_rows import frame_axis
from litsdf.structure.grid import grid_of

__all__: list[str] = []

_describe: Any = import_module("pandas.core.methods.describe")


@series_method("value_counts")
def _value_counts(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, column = arguments(owner, name, args, options), owner._column
    if column.layout == "polars" and column.dtype == STR and p["bins"] is None and p["dropna"] is True:
        counts = _counted_in_polars(column, p)
    else:
        counts = algorithms.value_counts_internal(values_of(column), **p)
    if p["bins"] is None:
        counts.index.name = column.name
    return as_given(owner, counts)


def _counted_in_polars(column: Any, p: dict[str, Any]) -> pd.Series:
    """Counts by value, as they appear; pandas sorts the few that there are."""
    found = column.data.drop_nulls().alias("").to_frame().group_by("", maintain_order=True).len()
    values, counts = found.to_series(0), found.to_series(1)
    keys = type(column)(values, column.dtype).array()
    result = pd.Series(counts.to_numpy().astype(np.int64), index=pd.Index(keys, copy=False), name="count")
    if p["sort"]:
        result = result.sort_values(ascending=p["ascending"], kind="stable")
    if p["normalize"]:
        return (result / result.sum()).rename("proportion")
    return result


def _unique(column: Any) -> Any:
    values = values_of(column)
    return algorithms.unique1d(values) if isinstance(values, np.ndarray) else values.unique()


@series_method("unique")
def _unique_values(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    arguments(owner, name, args, options)
    return _unique(owner._column)


def _number_of_different(column: Any, *, dropna: bool) -> int:
    if column.layout == "polars" and column.dtype in {INT, FLOAT, STR}:
        return int((column.data.drop_nulls() if dropna else column.data).n_unique())
    found = _unique(column)
    return int(np.count_nonzero(~np.asarray(pd.isna(found)))) if dropna else len(found)


@series_method("nunique")
def _nunique(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p = arguments(owner, name, args, options)
    return _number_of_different(owner._column, dropna=bool(p["dropna"]))


@frame_method("nunique")
def _nunique_by_column(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, grid = arguments(owner, name, args, options), grid_of(owner._table)
    if not grid.columns or not grid.length:
        raise NotNative("counts of nothing")
    if frame_axis(p["axis"], 0):
        from litsdf.applying.tables import row_columns

        found = [row.nunique(dropna=bool(p["dropna"])) for row in row_columns(owner, grid)]
        return wrap(owner, grid.column_class.from_array(np.array(found, dtype=np.int64), None, grid.labels))
    counts = [_number_of_different(column, dropna=bool(p["dropna"])) for column in grid.columns]
    return row_of(owner, grid, np.array(counts, dtype=np.int64))


@series_method("mode")
def _mode(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, column = arguments(owner, name, args, options), owner._column
    values = values_of(column)
    if isinstance(values, np.ndarray):
        found, _ = algorithms.mode(values, dropna=p["dropna"])
    else:
        found = values._mode(dropna=p["dropna"])
    if found.dtype != values.dtype:
        found = pd.array(found, dtype=values.dtype)
    return wrap(owner, type(column).from_array(stored(found), column.name, None))


@series_method("factorize")
def _factorize(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, values = arguments(owner, name, args, options), values_of(owner._column)
    codes, found = algorithms.factorize(values, sort=p["sort"], use_na_sentinel=p["use_na_sentinel"])
    if found.dtype == np.float16:
        raise NotNative("half floats")
    return codes, pd.Index(found, dtype=values.dtype, copy=False)


@series_method("is_unique", "is_monotonic_increasing", "is_monotonic_decreasing")
def _whether(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    column = owner._column
    if name == "is_unique":
        return _number_of_different(column, dropna=False) == len(column)
    return bool(getattr(pd.Index(values_of(column), copy=False), name))


@series_method("describe")
@frame_method("describe")
def _summary(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Pandas chooses the statistics and names them; each is asked of the columns here."""
    p = arguments(owner, name, args, options)
    if hasattr(owner, "_column") and (p["include"] is not None or p["exclude"] is not None):
        raise NotNative("options that pandas warns of")
    return as_given(owner, _describe.describe_ndframe(obj=owner, **p))


@frame_method("value_counts")
def _rows_counted(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """How often each row occurs: the sizes of the groups that the columns make."""
    p, grid = arguments(owner, name, args, options), grid_of(owner._table)
    subset = list(grid.header) if p["subset"] is None else p["subset"]
    listed = subset if isinstance(subset, list) else [subset]
    if not listed or not grid.length or any(not isinstance(one, str | int | tuple) for one in listed):
        raise NotNative("counts of nothing")
    if not grid.header.is_unique or any(one not in grid.header for one in listed):
        raise NotNative("columns that are not there")
    if any(isinstance(grid.column(one).array().dtype, pd.CategoricalDtype) for one in listed):
        raise NotNative("categories that are not there")
    counts = owner.groupby(subset, sort=False, dropna=p["dropna"]).size().rename("count")
    if p["sort"]:
        counts = counts.sort_values(ascending=p["ascending"], kind="stable")
    if p["normalize"]:
        counts = (counts / counts.sum()).rename("proportion")
    if isinstance(subset, list) and len(subset) == 1:
        index = counts.index
        counts = counts.set_axis(pd.MultiIndex.from_arrays([index], names=[index.name]))
    return counts
