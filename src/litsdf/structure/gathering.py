"""Taking rows of a column by position, for every dtype, with missing rows where the position is -1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.extensions import take

from litsdf.dtypes import BOOL, FLOAT, INT, INT32, LIST, OPAQUE
from litsdf.layouts.columnar import Column
from litsdf.structure.pandas_arrays import concat_compat, find_common_type

__all__ = ["ABSENT", "gathered", "joined_array", "positions_in", "row_array", "same_dtype", "value_at"]

ABSENT: Any = object()
"""No value was given for what is missing: pandas' own missing value is used."""


def positions_in(ruler: Any) -> np.ndarray:
    """Read the row numbers that pandas gave back: -1 where it put a missing value."""
    values = ruler.to_numpy() if hasattr(ruler, "to_numpy") else np.asarray(ruler)
    if values.dtype.kind in "iu":
        return values.astype(np.intp, copy=False)
    numbers = values.astype(np.float64)
    return np.where(np.isnan(numbers), -1, numbers).astype(np.intp)


def gathered(column: Any, positions: np.ndarray, labels: Any, fill: Any = ABSENT, *, promote: bool = False) -> Any:
    """Take rows by position; -1 gives a missing row, or `fill`.

    Args:
        column: a column of the numpy or polars layout.
        positions: shape (rows,), integers.
        labels: row labels of the result, None for 0 … n-1.
        fill: the value of rows at -1.
        promote: give the dtype that missing rows would need even when there are none.
    """
    missing = promote or bool((positions < 0).any())
    if not missing:
        return column.taken(positions, labels)
    if column.dtype in {OPAQUE, LIST} or fill is not ABSENT or column.dtype in {BOOL, INT32}:
        return _gathered_array(column, positions, labels, fill, promote=promote)
    if column.layout == "numpy":
        return _gathered_numpy(column, positions, labels)
    return _gathered_polars(column, positions, labels)


def _gathered_numpy(column: Any, positions: np.ndarray, labels: Any) -> Any:
    kind, data = type(column), column.data
    dtype = FLOAT if column.dtype == INT else column.dtype
    if data.dtype.kind == "i":
        data = data.astype(np.float64)
    values = take(data, positions, allow_fill=True, fill_value=math.nan if data.dtype == object else None)
    return kind(values, dtype, column.name, labels)


def _gathered_polars(column: Any, positions: np.ndarray, labels: Any) -> Any:
    import polars as pl

    kind, data, dtype = type(column), column.data, column.dtype
    if dtype == INT:
        data, dtype = data.cast(pl.Float64), FLOAT
    if not len(data):
        return kind(pl.Series("", [None] * len(positions), dtype=data.dtype), dtype, column.name, labels)
    found = pl.Series(np.where(positions < 0, 0, positions))
    absent = pl.Series(positions < 0)
    if absent.any():
        found = found.set(absent, None)
    return kind(data.gather(found), dtype, column.name, labels)


def _gathered_array(column: Any, positions: np.ndarray, labels: Any, fill: Any, *, promote: bool) -> Any:
    values = column.array()
    options = {} if fill is ABSENT else {"fill_value": fill}
    if promote and not (positions < 0).any():
        positions = np.append(positions, -1)
        return type(column).from_array(take(values, positions, allow_fill=True, **options)[:-1], column.name, labels)
    return type(column).from_array(take(values, positions, allow_fill=True, **options), column.name, labels)


def value_at(column: Any, position: int) -> Any:
    """One value as pandas gives it."""
    value = _one(column, position)[0]
    if isinstance(value, np.datetime64):
        return pd.Timestamp(value)
    return pd.Timedelta(value) if isinstance(value, np.timedelta64) else value


def same_dtype(columns: Sequence[Column]) -> Any:
    """The dtype that holds the values of all these columns."""
    if not columns:
        return np.dtype(object)
    none = np.array([], dtype=np.intp)
    return find_common_type([column.taken(none, None).array().dtype for column in columns])


def row_array(columns: Sequence[Any], position: int) -> Any:
    """One row as an array of the dtype that holds all its values, as `df.iloc[0]` gives it."""
    return joined_array([_one(column, position) for column in columns])


def _one(column: Any, position: int) -> Any:
    """The array of one row, without making the array of all."""
    return column.taken(np.array([position], dtype=np.intp), None).array()


def joined_array(arrays: Sequence[Any]) -> Any:
    """Put arrays one below the other under the dtype that holds all of them, as a row or a transposed table has it."""
    dtype = find_common_type([values.dtype for values in arrays])
    if all(values.dtype == dtype for values in arrays):
        if isinstance(dtype, np.dtype):
            return np.concatenate(arrays)
        return concat_compat(arrays)
    if isinstance(dtype, np.dtype) and dtype.kind == "O":
        parts = [np.asarray(_boxed(values), dtype=object) for values in arrays]
        return np.concatenate(parts)
    if isinstance(dtype, np.dtype):
        return np.concatenate([np.asarray(values, dtype=dtype) for values in arrays])
    return concat_compat([_cast(values, dtype) for values in arrays])


def _cast(values: Any, dtype: Any) -> Any:
    return pd.array(values, dtype=dtype) if isinstance(values, np.ndarray) else values.astype(dtype)


def _boxed(values: Any) -> Any:
    """Dates and durations of NumPy as pandas' own objects."""
    if isinstance(values, np.ndarray) and values.dtype.kind in "mM":
        return pd.array(values, copy=False).astype(object)
    return values.astype(object) if not isinstance(values, np.ndarray) or values.dtype != object else values
