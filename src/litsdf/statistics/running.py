# ruff: noqa: SLF001  (friends read one another's held values)
"""Running values of a column, and how two columns move together."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from litsdf.contract import NotNative
from litsdf.kernels.arrays import stored
from litsdf.layouts.columnar import same_labels
from litsdf.statistics.pandas_kernels import (
    COVARIANCES,
    accumulated,
    algorithms,
    correlation,
    covariance,
    unboxed,
    values_of,
)
from litsdf.statistics.reductions import numeric_columns
from litsdf.structure.calls import arguments, frame_method, series_method, wrap
from litsdf.structure.grid import Grid, grid_of

__all__: list[str] = []


def _held(owner: Any, values: Any) -> Any:
    column = owner._column
    return wrap(owner, type(column).from_array(stored(values), column.name, column.labels))


@series_method("cumsum", "cumprod", "cummin", "cummax")
def _running(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p = arguments(owner, name, args, options)
    if p["axis"] not in {None, 0, "index"} or type(p["skipna"]) is not bool or p.get("args") or "kwargs" in p:
        raise NotNative("other options")
    return _held(owner, accumulated(values_of(owner._column), name, skipna=p["skipna"]))


@series_method("diff")
def _difference(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p = arguments(owner, name, args, options)
    values = values_of(owner._column)
    if type(values).__name__ == "PeriodArray":
        raise NotNative("spans of time as objects, whose dtype pandas infers")
    return _held(owner, algorithms.diff(values, p["periods"]))


@series_method("pct_change")
@frame_method("pct_change")
def _change(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p = arguments(owner, name, args, options)
    if p["fill_method"] is not None or p["freq"] is not None or "kwargs" in p:
        raise NotNative("other options")
    return owner / owner.shift(p["periods"]) - 1


def _numbers(column: Any) -> np.ndarray:
    values = column.array()
    if isinstance(values, np.ndarray):
        if values.dtype.kind not in "iufb":
            raise NotNative("numbers of something else")
        return values.astype(np.float64, copy=False)
    if type(values).__name__ not in {"IntegerArray", "FloatingArray", "BooleanArray"}:
        raise NotNative("numbers of something else")
    return np.asarray(values.to_numpy(dtype=np.float64, na_value=math.nan))


def _two(owner: Any, other: Any) -> tuple[np.ndarray, np.ndarray]:
    """Give two columns with the same labels as numbers."""
    mine, theirs = owner._column, getattr(other, "_column", None)
    if theirs is None or theirs.layout != mine.layout or len(mine) != len(theirs):
        raise NotNative("a column of another layout or length")
    if not same_labels(mine.labels, theirs.labels):
        raise NotNative("columns that pandas aligns")
    return _numbers(mine), _numbers(theirs)


@series_method("corr", "cov")
def _together(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p = arguments(owner, name, args, options)
    left, right = _two(owner, p.pop("other"))
    if not len(left):
        return math.nan
    if name == "cov":
        return unboxed(covariance(left, right, **p), object_with_dtype=left)
    if p["method"] not in {"pearson", "spearman", "kendall"} and not callable(p["method"]):
        raise NotNative("a method that is not there")
    return unboxed(correlation(left, right, **p), object_with_dtype=left)


@series_method("autocorr")
def _with_itself(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    return owner.corr(owner.shift(arguments(owner, name, args, options)["lag"]))


@series_method("dot")
def _product(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    other = arguments(owner, name, args, options)["other"]
    left, right = values_of(owner._column), getattr(other, "_column", None)
    _two(owner, other)
    right = values_of(right)
    if not isinstance(left, np.ndarray) or not isinstance(right, np.ndarray):
        raise NotNative("products of pandas' own numbers")
    if owner._column.labels is not None and not owner._column.labels.is_unique:
        raise NotNative("repeated labels")
    return unboxed(np.dot(left, right), object_with_dtype=left)


@frame_method("corr", "cov")
def _matrix(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, grid = arguments(owner, name, args, options), grid_of(owner._table)
    if p["numeric_only"]:
        grid = numeric_columns(grid)
    if not grid.columns:
        raise NotNative("no columns")
    values = np.column_stack([_numbers(column) for column in grid.columns])
    if name == "cov":
        found = _covariances(values, p)
    else:
        kernels = {"pearson": "nancorr", "spearman": "nancorr_spearman", "kendall": "nancorr_kendall"}
        if not isinstance(p["method"], str) or p["method"] not in kernels:
            raise NotNative("a function of two columns")
        found = getattr(COVARIANCES, kernels[p["method"]])(values, minp=p["min_periods"])
    labels = grid.header
    columns = [grid.column_class.from_array(np.ascontiguousarray(v), None, labels) for v in found.T]
    return wrap(owner, Grid(columns, labels, len(labels), labels, grid.layout))


def _covariances(values: np.ndarray, p: dict[str, Any]) -> np.ndarray:
    least, width = p["min_periods"], values.shape[1]
    if bool(pd.isna(values).any()):
        return np.asarray(COVARIANCES.nancorr(values, cov=True, minp=least))
    if least is not None and least > len(values):
        return np.full((width, width), math.nan)
    return np.cov(values.T, ddof=p["ddof"]).reshape(width, width)
