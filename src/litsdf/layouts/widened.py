"""One row seen as arrays of one value, and back: what the record layout has no form for, the numpy layout answers.

Numbers, text and dates move without loading pandas; what is no single row of the record layout's dtypes stays as arrays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from litsdf.contract import NotNative
from litsdf.dtypes import BOOL, DATETIME, FLOAT, INT, INT32, LIST, OPAQUE, STR, TIMEDELTA
from litsdf.layouts.record import NO_ROW, RecordColumn, RecordFrame

if TYPE_CHECKING:
    from litsdf.layouts.numpy import NumpyColumn, NumpyFrame

__all__ = ["narrow_column", "narrow_table", "stored_array", "wide_column", "wide_table"]

_STORED: dict[str, Any] = {
    INT: np.int64, INT32: np.int32, FLOAT: np.float64, BOOL: np.bool_, STR: object, LIST: object,
    DATETIME: "datetime64[us]", TIMEDELTA: "timedelta64[us]",
}  # fmt: skip


def stored_array(column: RecordColumn) -> Any:
    """The value of a column as the numpy layout stores it: shape (1,), or (0,) without a row."""
    if column.dtype == OPAQUE:
        return column.data
    dtype = _STORED[column.dtype]
    if column.data is NO_ROW:
        return np.empty(0, dtype=dtype)
    values = np.empty(1, dtype=dtype)
    values[0] = column.data
    return values


def wide_column(column: RecordColumn) -> NumpyColumn:
    """Hold a column of the record layout in the numpy layout."""
    from litsdf.layouts.numpy import NumpyColumn

    return NumpyColumn(stored_array(column), column.dtype, column.name, column.labels)


def wide_table(table: RecordFrame) -> NumpyFrame:
    """Hold a table of the record layout in the numpy layout."""
    from litsdf.layouts.numpy import NumpyFrame

    columns: dict[Any, Any] = {name: wide_column(column) for name, column in table.columns.items()}
    return NumpyFrame(columns, table.length, table.labels)


def narrow_column(column: NumpyColumn) -> RecordColumn:
    """Hold a column of the numpy layout in the record layout.

    Raises:
        NotNative: it has several rows, or a value that Python has no plain form for.
    """
    rows = len(column.data)
    if rows > 1:
        raise NotNative("several rows")
    if column.dtype == OPAQUE:
        return RecordColumn(column.data, OPAQUE, column.name, column.labels)
    if not rows:
        return RecordColumn(NO_ROW, column.dtype, column.name, column.labels)
    value = column.data[0]
    if column.dtype not in {STR, LIST}:
        value = value.item()
        if column.dtype in {DATETIME, TIMEDELTA} and type(value) is int:
            raise NotNative("a date that Python has no form for")
    return RecordColumn(value, column.dtype, column.name, column.labels)


def narrow_table(table: Any) -> RecordFrame:
    """Hold a table of the numpy layout in the record layout, where each of its columns can be.

    Raises:
        NotNative: it has several rows, column names of another kind, or a value without a plain form.
    """
    columns = table.columns
    if type(columns) is not dict or len(table) > 1:
        raise NotNative("several rows, or names that are no text")
    return RecordFrame({name: narrow_column(column) for name, column in columns.items()}, len(table), table.labels)
