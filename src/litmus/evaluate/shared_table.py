"""A table on disk that every worker process maps into memory instead of holding a copy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from litmus.data.column_file import from_arrow, open_columns
from litmus.data.column_file import read_columns as read_shared
from litmus.data.column_file import write_columns as write_shared
from litsdf import DataFrame
from litsdf.interchange import polars_frame

__all__ = ["read_shared", "read_shared_polars", "write_shared"]


def read_shared_polars(path: Path) -> DataFrame:
    """The same table in litsdf's Polars layout, over the mapped file; columns with missing values are copied."""
    table, facts = open_columns(path)
    columns: dict[str, Any] = {}
    for number, (name, kind) in enumerate(zip(facts["names"], facts["kinds"], strict=True)):
        values = table.column(number)
        columns[name] = values if kind in ("number", "text") else from_arrow(values, kind)
        if kind == "boolean":
            columns[name] = columns[name].array
    return polars_frame(columns, facts["rows"])
