"""Taking rows of a column by position, for every dtype, with missing rows where the position is -1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.extensions import take

from litsdf.dtypes import BOOL, DATETIME, FLOAT, INT, INT32, LIST, OPAQUE, STR, TIMEDELTA
from litsdf.layouts.columnar import Column
from litsdf.structure.pandas_arrays import concat_compat, find_common_type

__all__ = [
    "ABSENT", "Rows", "gathered", "gathered_all", "joined_array", "positions_in", "row_array", "same_dtype", "scalars_array", "shifted",
    "sliced", "value_at",
]  # fmt: skip

ABSENT: Any = object()
"""No value was given for what is missing: pandas' own missing value is used."""


def positions_in(ruler: Any) -> np.ndarray:
    """Read the row numbers that pandas gave back: -1 where it put a missing value."""
    values = ruler.to_numpy() if hasattr(ruler, "to_numpy") else np.asarray(ruler)
    if values.dtype.kind in "iu":
        return values.astype(np.intp, copy=False)
    numbers = values.astype(np.float64)
    return np.where(np.isnan(numbers), -1, numbers).astype(np.intp)


class Rows:
    """Where each row of a result comes from, looked at once for all columns; -1 stands for a missing row.

    Args:
        positions: shape (rows,), integers.
    """

    __slots__ = ("_index", "missing", "positions", "span")

    def __init__(self, positions: np.ndarray) -> None:
        self.positions = positions
        self.missing = bool(len(positions)) and bool(positions.min() < 0)
        self.span = None if self.missing else span_of(positions)
        self._index: Any = None

    def index(self) -> Any:
        """The positions as Polars takes them fastest, null where a row is missing."""
        if self._index is None:
            import polars as pl

            small = len(self.positions) < _SMALL
            known = np.maximum(self.positions, 0) if self.missing else self.positions
            found = pl.Series("", known if small else known.astype(np.uint32))
            if self.missing:
                found = found.set(pl.Series(self.positions < 0), None)
            self._index = found
        return self._index


_SMALL = 1_000
"""Below this many rows, preparing positions costs more than it saves."""


def span_of(positions: np.ndarray) -> tuple[int, int] | None:
    """First row and end when the positions are consecutive, so that nothing needs to be copied."""
    length = len(positions)
    if not length or positions[-1] - positions[0] != length - 1:
        return None
    first = int(positions[0])
    if length > 2 and positions[length // 2] != first + length // 2:
        return None
    return (first, first + length) if bool((np.diff(positions) == 1).all()) else None


def sliced(column: Any, start: int, stop: int, labels: Any) -> Any:
    """Consecutive rows of a column; nothing is copied."""
    if start == 0 and stop == len(column):
        return column if column.labels is labels else column.relabelled(labels)
    polars = column.layout == "polars" and column.dtype != OPAQUE
    data = column.data.slice(start, max(stop - start, 0)) if polars else column.data[start:stop]
    return type(column)(data, column.dtype, column.name, labels)


def gathered(column: Any, positions: np.ndarray, labels: Any, fill: Any = ABSENT, *, promote: bool = False) -> Any:
    """Take rows by position; -1 gives a missing row, or `fill`.

    Args:
        column: a column of the numpy or polars layout.
        positions: shape (rows,), integers.
        labels: row labels of the result, None for 0 … n-1.
        fill: the value of rows at -1.
        promote: give the dtype that missing rows would need even when there are none.
    """
    return _moved(column, Rows(positions), labels, fill, promote=promote)


def gathered_all(columns: Sequence[Any], positions: np.ndarray, labels: Any, fill: Any = ABSENT) -> list[Any]:
    """Take rows of several columns by the same positions; Polars takes them on all cores."""
    rows = Rows(positions)
    if rows.span is None and not rows.missing and len(columns) > 1 and len(positions) >= _SMALL:
        return _taken_together(columns, rows, labels)
    return [_moved(column, rows, labels, fill, promote=False) for column in columns]


def _taken_together(columns: Sequence[Any], rows: Rows, labels: Any) -> list[Any]:
    in_polars = [column for column in columns if column.layout == "polars" and column.dtype != OPAQUE]
    found: Any = iter(())
    if in_polars:
        import polars as pl

        data = {str(place): column.data for place, column in enumerate(in_polars)}
        found = iter(pl.DataFrame(data)[rows.index()])
    return [
        type(c)(next(found), c.dtype, c.name, labels)
        if c.layout == "polars" and c.dtype != OPAQUE
        else _taken_array(c, rows, labels)
        for c in columns
    ]


def _taken_array(column: Any, rows: Rows, labels: Any) -> Any:
    return type(column)(column.data.take(rows.positions), column.dtype, column.name, labels)


def _moved(column: Any, rows: Rows, labels: Any, fill: Any, *, promote: bool) -> Any:
    if not (promote or rows.missing):
        if rows.span is not None:
            return sliced(column, *rows.span, labels)
        if column.layout == "polars" and column.dtype != OPAQUE:
            return type(column)(column.data.gather(rows.index()), column.dtype, column.name, labels)
        return _taken_array(column, rows, labels)
    if column.dtype in {OPAQUE, LIST} or fill is not ABSENT or column.dtype in {BOOL, INT32}:
        return _gathered_array(column, rows.positions, labels, fill, promote=promote)
    if column.layout == "numpy":
        return _gathered_numpy(column, rows.positions, labels)
    return _gathered_polars(column, rows, labels)


def _gathered_numpy(column: Any, positions: np.ndarray, labels: Any) -> Any:
    kind, data = type(column), column.data
    dtype = FLOAT if column.dtype == INT else column.dtype
    if data.dtype.kind == "i":
        data = data.astype(np.float64)
    values = take(data, positions, allow_fill=True, fill_value=math.nan if data.dtype == object else None)
    return kind(values, dtype, column.name, labels)


def _gathered_polars(column: Any, rows: Rows, labels: Any) -> Any:
    import polars as pl

    kind, data, dtype = type(column), column.data, column.dtype
    if dtype == INT:
        data, dtype = data.cast(pl.Float64), FLOAT
    if not len(data):
        return kind(pl.Series("", [None] * len(rows.positions), dtype=data.dtype), dtype, column.name, labels)
    return kind(data.gather(rows.index()), dtype, column.name, labels)


def _gathered_array(column: Any, positions: np.ndarray, labels: Any, fill: Any, *, promote: bool) -> Any:
    values = column.array()
    options = {} if fill is ABSENT else {"fill_value": fill}
    if promote and not (positions < 0).any():
        positions = np.append(positions, -1)
        return type(column).from_array(take(values, positions, allow_fill=True, **options)[:-1], column.name, labels)
    return type(column).from_array(take(values, positions, allow_fill=True, **options), column.name, labels)


def shifted(column: Any, periods: int, fill: Any = ABSENT) -> Any:
    """Rows moved down (up when negative); what comes free is missing, or `fill`."""
    length = len(column)
    if not periods:
        return column
    if column.dtype == OPAQUE and fill is ABSENT:
        if not isinstance(column.data, np.ndarray):
            return type(column)(column.data.shift(periods), OPAQUE, column.name, column.labels)
        if column.data.dtype == object:
            return _shifted_objects(column, periods)
    native = column.dtype in {INT, FLOAT, STR, DATETIME, TIMEDELTA} and fill is ABSENT and length
    if not native:
        positions = np.arange(length) - periods
        return gathered(column, np.where((positions < 0) | (positions >= length), -1, positions), column.labels, fill)
    dtype = FLOAT if column.dtype == INT else column.dtype
    if column.layout == "polars":
        import polars as pl

        data = column.data.cast(pl.Float64) if column.dtype == INT else column.data
        return type(column)(data.shift(periods), dtype, column.name, column.labels)
    size = min(abs(periods), length)
    values = np.empty(length, dtype=np.float64 if column.dtype == INT else column.data.dtype)
    down = periods > 0
    free, rest = (
        (slice(0, size), slice(size, length)) if down else (slice(length - size, length), slice(0, length - size))
    )
    values[free] = math.nan if values.dtype.kind in "fO" else np.array("NaT", dtype=values.dtype)
    values[rest] = column.data[: length - size] if down else column.data[size:]
    return type(column)(values, dtype, column.name, column.labels)


def _shifted_objects(column: Any, periods: int) -> Any:
    """Python objects moved down; None comes before them, as in pandas."""
    values = np.full(len(column), None, dtype=object)
    if abs(periods) < len(column):
        to, source = (slice(periods, None), slice(None, -periods))
        to, source = (to, source) if periods > 0 else (slice(None, periods), slice(-periods, None))
        values[to] = column.data[source]
    return type(column)(values, OPAQUE, column.name, column.labels)


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
    return scalars_array([_one(column, position) for column in columns])


def scalars_array(arrays: Sequence[Any]) -> Any:
    """Results of one value each; where they are of several kinds, they stay NumPy's own scalars, as in pandas."""
    found = joined_array(arrays)
    if not isinstance(found, np.ndarray) or found.dtype != object or any(len(values) != 1 for values in arrays):
        return found
    row = np.empty(len(arrays), dtype=object)
    for place, values in enumerate(arrays):
        row[place] = values[0] if not isinstance(values, np.ndarray) or values.dtype.kind not in "mM" else found[place]
    return row


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
