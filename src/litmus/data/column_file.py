"""Typed columns in a file that can be mapped into memory, so that processes and stages share them instead of copying."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["from_arrow", "open_columns", "read_columns", "write_columns"]


def write_columns(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame with canonical columns as an Arrow file whose columns can be mapped as they are.

    Dates become whole microseconds, and missing numbers stay NaN, so that no column needs converting when read.
    """
    import pyarrow as pa

    kinds, arrays = [], []
    for name in frame.columns:
        column = frame[name]
        kind, array = _to_arrow(column)
        kinds.append(kind)
        arrays.append(array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array)
    names = [str(name) for name in frame.columns]
    schema = pa.schema(
        [pa.field(str(number), array.type) for number, array in enumerate(arrays)],
        metadata={"litmus": json.dumps({"names": names, "kinds": kinds, "rows": len(frame)})},
    )
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, schema) as writer:
        if arrays:
            writer.write_batch(pa.record_batch(arrays, schema=schema))


def read_columns(path: Path) -> pd.DataFrame:
    """The frame that `write_columns` wrote; numbers and text are views of the mapped file, which cannot be written to."""
    table, facts = open_columns(path)
    columns = {
        name: from_arrow(table.column(number), kind)
        for number, (name, kind) in enumerate(zip(facts["names"], facts["kinds"], strict=True))
    }
    # copy=False keeps each column a view of the file; consolidating them would copy the table
    return pd.DataFrame(columns, index=pd.RangeIndex(facts["rows"]), copy=False)


def open_columns(path: Path) -> tuple[Any, dict[str, Any]]:
    """The mapped Arrow table, and what its columns are: "names", "kinds", and the number of "rows"."""
    import pyarrow as pa

    table = pa.ipc.open_file(pa.memory_map(str(path), "r")).read_all()
    return table, json.loads(table.schema.metadata[b"litmus"])


def _to_arrow(column: pd.Series) -> tuple[str, Any]:
    import pyarrow as pa

    dtype = column.dtype
    if isinstance(dtype, np.dtype) and dtype.kind in "iuf":
        return "number", pa.array(column.to_numpy(), from_pandas=False)
    if isinstance(dtype, np.dtype) and dtype.kind == "b":
        return "flag", pa.array(column.to_numpy().view(np.uint8))
    if pd.api.types.is_bool_dtype(dtype):
        return "boolean", pa.array(column, type=pa.bool_(), from_pandas=True)
    if pd.api.types.is_datetime64_any_dtype(dtype):
        return "datetime", pa.array(column.to_numpy("datetime64[us]").view(np.int64))
    try:
        return "text", pa.array(column, type=pa.large_string(), from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return "text", pa.array(column.astype("str"), type=pa.large_string(), from_pandas=True)


def from_arrow(chunked: Any, kind: str) -> Any:
    """A column of a mapped table as pandas holds it, without a copy."""
    if kind == "text":
        return pd.Series(_extension("str").__from_arrow__(chunked), copy=False)
    if kind == "boolean":
        return pd.Series(_extension("boolean").__from_arrow__(chunked), copy=False)
    values = chunked.chunk(0).to_numpy(zero_copy_only=True) if chunked.num_chunks else np.empty(0)
    return values.view({"datetime": "datetime64[us]", "flag": np.bool_}.get(kind, values.dtype))


def _extension(name: str) -> Any:
    """Pandas' own type, untyped: its stubs leave out the method that reads Arrow arrays."""
    return pd.StringDtype("pyarrow", na_value=np.nan) if name == "str" else pd.BooleanDtype()
