# ruff: noqa: SLF001  (a part of the facade: it reads the values that the facade's classes hold)
"""Columns as arrays, and what is in them, in any layout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from litsdf.dtypes import BOOL, DATETIME, FLOAT, INT, INT32, LIST, OPAQUE, STR, is_missing
from litsdf.frame import DataFrame
from litsdf.layouts.columnar import ColumnarFrame
from litsdf.series import Series

__all__ = ["dtype_name", "dtype_names", "is_constant", "matrix", "moments", "numbers", "python_values", "texts"]


def dtype_name(column: Series) -> str:
    """The name of the dtype, as pandas prints it.

    >>> dtype_name(Series(["a"], layout="numpy"))
    'str'
    """
    return _dtype_of(column._column)


def dtype_names(table: DataFrame) -> dict[Any, str]:
    """Column → the name of its dtype, as pandas prints it; of columns of one name the last.

    >>> dtype_names(DataFrame([{"title": "a", "price": 2.0}]))
    {'title': 'str', 'price': 'float64'}
    """
    held = table._table
    if isinstance(held, ColumnarFrame):
        return {name: _dtype_name(column) for name, column in held.columns.items()}
    return {name: str(dtype) for name, dtype in held.to_pandas().dtypes.items()}


def _dtype_name(column: Any) -> str:
    if column.dtype == LIST:
        return "object"
    return str(column.data.dtype) if column.dtype == OPAQUE else str(column.dtype)


def _dtype_of(held: Any) -> str:
    return str(held.dtype if held.layout == "pandas" else _dtype_name(held))


def numbers(column: Series, *, as_held: bool = False) -> np.ndarray:
    """The values as float64 (rows,), NaN where missing; never to be written to, it may share the column's memory.

    Args:
        column: numbers or truth values.
        as_held: give whole numbers, truth values and float32 as they are where nothing is missing, to save a copy.

    Raises:
        TypeError, ValueError: the values are no numbers.

    >>> numbers(Series([1, 2], layout="numpy")).tolist()
    [1.0, 2.0]
    """
    held = column._column
    layout, dtype = held.layout, held.dtype
    if layout == "record" and dtype in {FLOAT, INT, BOOL, INT32} and len(held):
        return np.array([held.data], dtype=np.float64)
    values: Any = None
    if layout == "polars" and dtype in {FLOAT, INT, BOOL, INT32}:
        values = held.data.to_numpy()
    elif layout != "pandas" and isinstance(held.data, np.ndarray):
        values = held.data
    elif layout == "pandas" and isinstance(held.series.dtype, np.dtype):
        values = held.series.to_numpy()
    if values is not None and values.dtype.kind in "fiub":
        return values if as_held else values.astype(np.float64, copy=False)
    if layout != "pandas" and dtype == OPAQUE and hasattr(held.data, "to_numpy"):  # an array of pandas, not of NumPy
        return np.asarray(held.data.to_numpy(dtype=np.float64, na_value=np.nan))
    return np.asarray(held.to_pandas().to_numpy(dtype=np.float64, na_value=np.nan))


def moments(column: Series) -> np.ndarray:
    """The dates as datetime64[us] (rows,), in universal time where they have a zone; NaT where missing."""
    held = column._column
    if held.layout == "record" and held.dtype == DATETIME and len(held):
        return np.array([held.data], dtype="datetime64[us]")
    if held.layout == "numpy" and held.dtype == DATETIME:
        values: np.ndarray = held.data
        return values
    if held.layout == "polars" and held.dtype == DATETIME:
        return np.asarray(held.data.to_numpy(), dtype="datetime64[us]")
    series = held.to_pandas()
    if getattr(series.dtype, "tz", None) is not None:
        series = series.dt.tz_convert("UTC").dt.tz_localize(None)
    return np.asarray(series.to_numpy(dtype="datetime64[us]"))


def texts(column: Series) -> Any:
    """A column of text as one pyarrow array of `large_string`, null where missing; without a copy where it is held so.

    Raises:
        TypeError: the column is no text.
    """
    import pyarrow as pa

    held = column._column
    if _dtype_of(held) != STR:
        raise TypeError(f"Column {held.name!r} holds {_dtype_of(held)}, and text was expected.")
    arrow: Any = pa
    kind = arrow.large_string()
    if held.layout == "record" and held.dtype == STR and len(held):
        return arrow.array([held.data if type(held.data) is str else None], type=kind)
    if held.layout == "polars" and held.dtype == STR:
        import polars as pl

        values = held.data.to_arrow(compat_level=pl.CompatLevel.oldest())
    elif held.layout == "numpy" and held.dtype == STR:
        values = arrow.array(held.data, type=kind, from_pandas=True)
    else:
        values = arrow.array(held.to_pandas(), type=kind, from_pandas=True)
    return values.combine_chunks() if isinstance(values, arrow.ChunkedArray) else values


def python_values(column: Series) -> list[Any]:
    """The values as plain Python objects, None where missing; for few rows, since each value becomes an object.

    >>> python_values(Series(["a", None], layout="numpy"))
    ['a', None]
    """
    held = column._column
    if held.layout == "record" and held.dtype != OPAQUE and len(held):
        return [None if is_missing(held.data) else held.data]
    if held.layout == "polars" and held.dtype != OPAQUE:
        values: list[Any] = held.data.to_list()
        return values
    listed = held.data.tolist() if held.layout == "numpy" and held.dtype == STR else held.to_pandas().tolist()
    return [None if is_missing(value) else value for value in listed]


def is_constant(column: Series) -> bool:
    """Whether all rows hold what the first row holds: the same value, or all of them nothing.

    >>> is_constant(Series([1.0, None], layout="numpy"))
    False
    """
    held = column._column
    if len(held) < 2:
        return True
    if held.layout == "polars" and held.dtype not in {OPAQUE, LIST}:
        missing = held.data.null_count()
        return bool(missing == len(held) or (not missing and (held.data == held.data[0]).all()))
    series = held.to_pandas()
    if isinstance(series.dtype, np.dtype) and series.dtype.kind in "iufb":
        values = series.to_numpy()
        return bool((values == values[0]).all()) or bool(values.dtype.kind == "f" and np.isnan(values).all())
    missing = series.isna().to_numpy()
    return bool(missing.all() or (not missing.any() and (series == series.iloc[0]).all()))


def matrix(table: DataFrame, columns: Sequence[str]) -> np.ndarray:
    """The columns as float64 (rows, columns), column by column in memory, NaN where missing; never to be written to.

    Raises:
        KeyError: a column is absent.
        TypeError, ValueError: a column holds no numbers.

    >>> matrix(DataFrame([{"a": 1, "b": 2.5}]), ["b", "a"]).tolist()
    [[2.5, 1.0]]
    """
    held = table._table
    if not isinstance(held, ColumnarFrame):
        frame = held.to_pandas()
        frame = frame if list(frame.columns) == list(columns) else frame[list(columns)]
        values: np.ndarray = frame.to_numpy(dtype=np.float64, na_value=np.nan)
        return values
    if held.layout == "record" and held.length == 1:
        row = [_number(held.columns[name]) for name in columns]
        return np.array(row, dtype=np.float64).reshape(1, len(row))
    made = np.empty((held.length, len(columns)), dtype=np.float64, order="F")
    for place, name in enumerate(columns):
        made[:, place] = numbers(Series._of(held.columns[name], None))
    return made


def _number(column: Any) -> Any:
    """The number in a column of one row."""
    return column.data if column.dtype in {FLOAT, INT, BOOL} else numbers(Series._of(column, None))[0]
