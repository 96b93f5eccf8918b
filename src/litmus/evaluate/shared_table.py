"""A table on disk that every worker process maps into memory instead of holding a copy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from litmus.data.column_file import MappedColumns, from_arrow
from litmus.data.column_file import read_columns as read_shared
from litmus.data.column_file import write_columns as write_shared
from litsdf import DataFrame
from litsdf.interchange import polars_frame

__all__ = ["polars_table", "read_shared", "read_shared_polars", "write_shared"]


def read_shared_polars(path: Path) -> DataFrame:
    """The same table in litsdf's Polars layout, over the mapped file; columns with missing values are copied."""
    return polars_table(MappedColumns(path))


def polars_table(mapped: MappedColumns) -> DataFrame:
    """The columns in litsdf's Polars layout; those with missing values are copied."""
    columns: dict[str, Any] = {}
    for number, (name, kind) in enumerate(zip(mapped.names, mapped.kinds, strict=True)):
        values = mapped.table.column(number)
        columns[name] = values if kind in ("number", "text") else from_arrow(values, kind)
        if kind == "boolean":
            columns[name] = columns[name].array
    return polars_frame(columns, mapped.rows)
