# ruff: noqa: SLF001  (a part of the facade: it reads the values that the facade's classes hold)
"""A single row as a table in the record layout, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from litsdf.contract import NotNative
from litsdf.dtypes import BOOL, BY_DATA, DATETIME, FLOAT, INT, OPAQUE, STR
from litsdf.frame import DataFrame

__all__ = ["frame_of_row", "row_values", "row_with"]


def frame_of_row(values: Mapping[str, Any], dtypes: Mapping[str, str]) -> DataFrame:
    """One row as a table in the record layout, with dtypes that are said instead of inferred.

    Args:
        values: column → a Python value of that dtype, NaN for a missing number or text, None for a missing date; or a
            pandas Series of one value, whose dtype it says itself.
        dtypes: column → "float64", "int64", "bool", "str" or "datetime64[us]"; others go through pandas.

    >>> import math
    >>> frame_of_row({"age": math.nan}, {"age": "float64"}).layout
    'record'
    """
    from litsdf.layouts.record import RecordColumn, RecordFrame

    columns: dict[str, Any] = {}
    for name, value in values.items():
        dtype = dtypes.get(name)
        if dtype in _PLAIN:
            columns[name] = RecordColumn(value, dtype, name)
        elif dtype == "boolean":
            columns[name] = _truth(value).renamed(name)
        else:
            columns[name] = _record_of(value, dtype).renamed(name)
    return DataFrame._of(RecordFrame(columns, 1), None)


_PLAIN = frozenset({FLOAT, INT, BOOL, STR, DATETIME})


@lru_cache(maxsize=3)
def _truth(value: bool | None) -> Any:  # noqa: FBT001  (the value itself)
    """A truth value that may be missing, in the record layout; made once, since columns never change."""
    return _record_of(value, "boolean")


def _record_of(value: Any, dtype: str | None) -> Any:
    import pandas as pd

    from litsdf.layouts.pandas_forms import array_from_pandas
    from litsdf.layouts.record import RecordColumn

    series: Any = value if isinstance(value, pd.Series) else pd.Series([value], dtype=dtype)
    try:
        return RecordColumn.from_pandas(series, None)
    except NotNative:  # such as a date that Python cannot hold
        return RecordColumn(array_from_pandas(series), OPAQUE)


def row_values(table: DataFrame, columns: Iterable[str]) -> dict[str, Any]:
    """The values of a table in the record layout with one row, as that layout holds them: NaN or None where missing."""
    held = table._table.columns
    return {name: held[name].data for name in columns}


def row_with(table: DataFrame, values: Mapping[str, Any], dtypes: Mapping[str, str], names: Sequence[str]) -> DataFrame:
    """A table of one row in the record layout with other columns.

    Args:
        table: the table, in the record layout.
        values: column → a value as that layout holds it, for the columns that are new or changed.
        dtypes: their dtypes; "int64|float64" is decided by the value.
        names: the columns of the result, in order.
    """
    from litsdf.layouts.record import RecordColumn

    held = table._table
    columns: dict[str, Any] = {}
    for name in names:
        if name in values:
            value, dtype = values[name], dtypes[name]
            if dtype in BY_DATA:
                dtype = FLOAT if type(value) is float else BY_DATA[dtype]
            columns[name] = RecordColumn(value, dtype, name, held.labels)
        else:
            columns[name] = held.columns[name]
    return DataFrame._of(type(held)(columns, held.length, held.labels), table._fallbacks)
