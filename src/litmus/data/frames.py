"""Any table in memory → its columns as pandas has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from litmus.data.raw_table import RawTable, check_names
from litmus.data.read_in_portions import ColumnsInPortions, derived
from litmus.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["arrow_columns", "arrow_columns_on_demand", "arrow_series", "is_frame", "is_records", "read_frame"]


def is_frame(source: object) -> bool:
    """Whether `source` is a table in memory: pandas, Polars, Arrow, a `litsdf` frame, or a mapping of columns."""
    if isinstance(source, pd.Series | pd.Index):
        return False
    return isinstance(source, Mapping | pd.DataFrame) or any(
        hasattr(source, name) for name in ("__arrow_c_stream__", "to_pandas")
    )


def is_records(source: object) -> bool:
    """Whether `source` is a list of rows, each a mapping."""
    return isinstance(source, list | tuple) and all(isinstance(row, Mapping) for row in source)


def read_frame(source: Any) -> RawTable:
    """The columns of a table in memory; the caller's table is not changed.

    Raises:
        DataError: when `source` is no table, its columns differ in length or share a name.
    """
    if isinstance(source, pd.DataFrame):
        return _from_pandas(source, "the pandas frame")
    if isinstance(source, Mapping):
        return _from_columns(source)
    if is_records(source):
        return _from_records(source)
    if isinstance(source, pd.Series):
        raise DataError("A Series is no table; give one row as row.to_dict(), one column as column.to_frame().")
    if hasattr(source, "__arrow_c_stream__"):
        return _from_arrow(source)
    if hasattr(source, "to_pandas"):
        frame = source.to_pandas()
        if isinstance(frame, pd.DataFrame):
            return _from_pandas(frame, f"the {type(source).__name__}")
    raise DataError(
        f"A {type(source).__name__} is no table; give a frame (pandas, Polars, Arrow), a dict of columns, "
        "a list of dicts, a path, a glob, a folder or a URL."
    )


def _from_pandas(frame: pd.DataFrame, origin: str) -> RawTable:
    names = check_names(frame.columns, origin)
    index = pd.RangeIndex(len(frame))
    plain = frame if frame.index.equals(index) else frame.set_axis(index, axis=0)
    columns = {name: series for name, (_, series) in zip(names, plain.items(), strict=True)}
    return RawTable(columns, len(frame), origin=origin)


def _from_columns(source: Mapping[Any, Any]) -> RawTable:
    names = check_names(source, "the dict of columns")
    columns: dict[str, pd.Series] = {}
    lengths: dict[int, str] = {}
    for name, values in zip(names, source.values(), strict=True):
        if isinstance(values, str | bytes) or not hasattr(values, "__len__"):
            raise DataError(
                f"Column {name!r} of the dict holds one value ({values!r}); give a list or an array of values per column."
            )
        plain = list(values) if isinstance(values, tuple | range) else values
        series = plain.reset_index(drop=True) if isinstance(plain, pd.Series) else _series(plain)
        columns[name] = series
        lengths.setdefault(len(series), name)
    if len(lengths) > 1:
        (first, first_name), (second, second_name) = list(lengths.items())[:2]
        raise DataError(
            f"The columns differ in length: {first_name!r} has {first:,} values and {second_name!r} has {second:,}; "
            "give every column the same number."
        )
    return RawTable(columns, next(iter(lengths), 0), origin="the dict of columns")


def _series(values: Any) -> pd.Series:
    if hasattr(values, "to_pandas"):  # a column of Polars or Arrow
        values = values.to_pandas()
    if isinstance(values, np.ndarray) and values.ndim != 1:
        raise DataError(f"A column has shape {values.shape}; give one value a row.")
    try:
        return pd.Series(values)
    except (ValueError, TypeError, OverflowError):
        # Nested values, oversized ones, halves of characters: keep them as they are, to be named when the column is looked at.
        column = np.empty(len(values), dtype=object)
        column[:] = list(values)
        return pd.Series(column, dtype=object)


def _from_records(rows: Sequence[Mapping[str, Any]]) -> RawTable:
    # dict.fromkeys keeps the order in which the names are first seen, over rows with unequal keys.
    names: dict[Any, None] = {}
    for row in rows:
        names.update(dict.fromkeys(row))
    texts = check_names(names, "the list of rows")
    columns = {text: _series([row.get(name) for row in rows]) for text, name in zip(texts, names, strict=True)}
    return RawTable(columns, len(rows), origin="the list of rows")


def _from_arrow(source: Any) -> RawTable:
    import pyarrow as pa

    try:
        table = pa.table(source)
    except (pa.ArrowException, TypeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"A {type(source).__name__} of this form is no table: {reason}") from error
    origin = f"the {type(source).__module__.partition('.')[0]} table"
    return RawTable(arrow_columns_on_demand(table, origin), table.num_rows, origin=origin)


def arrow_columns(table: pa.Table, origin: str) -> dict[str, pd.Series]:
    """The columns of an Arrow table as pandas series; whole numbers with gaps stay whole (`Int64`)."""
    names = check_names(table.column_names, origin)
    return {name: arrow_series(column) for name, column in zip(names, table.columns, strict=True)}


def arrow_columns_on_demand(table: pa.Table, origin: str) -> ColumnsInPortions:
    """The same, each column converted when it is asked for; the Arrow column is let go of then."""
    left = dict(zip(check_names(table.column_names, origin), table.columns, strict=True))
    return derived(left, lambda name: arrow_series(left.pop(name)))


def arrow_series(column: pa.ChunkedArray) -> pd.Series:
    """An Arrow column as pandas has it; whole numbers and truths with gaps become `Int64` and `boolean`."""
    import pyarrow as pa

    kind = column.type
    if column.null_count and (pa.types.is_integer(kind) or pa.types.is_boolean(kind)):
        return pd.Series(_masked_dtype(kind).__from_arrow__(column))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or str(kind) == "string_view":
        column = column.cast(pa.large_string())
    return column.to_pandas()


def _masked_dtype(kind: pa.DataType) -> Any:
    import pyarrow as pa

    if pa.types.is_boolean(kind):
        return pd.BooleanDtype()
    return pd.api.types.pandas_dtype(str(kind).replace("uint", "UInt").replace("int", "Int"))
