"""The columns that every batch of a table can have: JSON lines decide on names and types row by row, an output cannot."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from litmus.data import read_batches
from litmus.data.locations import find_files

__all__ = ["ColumnType", "common_columns", "with_columns"]

ColumnType = Literal["nothing", "boolean", "whole", "number", "as read", "text"]
"""What all values of a column are; "nothing" as long as all are missing."""


def common_columns(source: str | Path, rows: int) -> dict[str, ColumnType] | None:
    """Column → the type that holds all its values, in the order of their first occurrence.

    Reads the table once, a batch of `rows` at a time.

    Returns:
        None for formats whose files say names and types themselves.

    Raises:
        DataError: when the table cannot be read.
    """
    if find_files(source)[0].format != "jsonl":
        return None
    found: dict[str, ColumnType] = {}
    for batch in read_batches(source, rows=rows):
        for name in batch.columns:
            found[str(name)] = _joined(found.get(str(name), "nothing"), _type_of(batch[name]))
    return found


def with_columns(batch: pd.DataFrame, columns: Mapping[str, ColumnType]) -> pd.DataFrame:
    """The batch with exactly these columns in these types; those that it lacks are missing in all its rows."""
    nothing = pd.Series([None] * len(batch), index=batch.index, dtype=object)
    return pd.DataFrame({name: _converted(batch.get(name, nothing), kind) for name, kind in columns.items()})


def _type_of(values: pd.Series) -> ColumnType:
    if not values.notna().any():
        return "nothing"
    if pd.api.types.is_bool_dtype(values.dtype):
        return "boolean"
    if pd.api.types.is_integer_dtype(values.dtype):
        return "whole"
    if pd.api.types.is_float_dtype(values.dtype):
        return "number"
    return "text" if isinstance(values.dtype, pd.StringDtype) else "as read"


def _joined(first: ColumnType, second: ColumnType) -> ColumnType:
    if "nothing" in (first, second):
        return second if first == "nothing" else first
    if first == second:
        return first
    return "number" if {first, second} == {"whole", "number"} else "text"


def _converted(values: pd.Series, kind: ColumnType) -> pd.Series:
    if kind == "boolean":
        return values.astype("boolean")
    if kind == "whole":
        return values.astype("Int64")
    if kind == "number":
        return pd.Series(values.to_numpy(dtype=np.float64, na_value=np.nan), index=values.index)
    if kind in ("text", "nothing"):
        return values.map(str, na_action="ignore").astype("str")
    return values
