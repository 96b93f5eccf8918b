"""A table on disk that every worker process maps into memory instead of holding a copy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from litsdf import DataFrame
from litsdf.interchange import polars_frame

__all__ = ["read_shared", "read_shared_polars", "write_shared"]


def write_shared(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame with canonical columns as an Arrow file whose columns can be mapped as they are.

    Dates become whole microseconds, and missing numbers stay NaN, so that no column needs converting when read.
    """
    import pyarrow as pa

    kinds, arrays = [], []
    for name in frame.columns:
        column = frame[name]
        kind, array = _to_arrow(column)
        kinds.append(kind)
        arrays.append(array)
    names = [str(name) for name in frame.columns]
    schema = pa.schema(
        [pa.field(str(number), array.type) for number, array in enumerate(arrays)],
        metadata={"litmus": json.dumps({"names": names, "kinds": kinds, "rows": len(frame)})},
    )
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, schema) as writer:
        if arrays:
            writer.write_batch(pa.record_batch(arrays, schema=schema))


def read_shared(path: Path) -> pd.DataFrame:
    """The frame that `write_shared` wrote; numbers and text are views of the mapped file, which cannot be written to."""
    import pyarrow as pa

    table = pa.ipc.open_file(pa.memory_map(str(path), "r")).read_all()
    facts = json.loads(table.schema.metadata[b"litmus"])
    columns = {
        name: _from_arrow(table.column(number), kind)
        for number, (name, kind) in enumerate(zip(facts["names"], facts["kinds"], strict=True))
    }
    # copy=False keeps each column a view of the file; consolidating them would copy the table
    return pd.DataFrame(columns, index=pd.RangeIndex(facts["rows"]), copy=False)


def read_shared_polars(path: Path) -> DataFrame:
    """The same table in litsdf's Polars layout, over the mapped file; columns with missing values are copied."""
    import pyarrow as pa

    table = pa.ipc.open_file(pa.memory_map(str(path), "r")).read_all()
    facts = json.loads(table.schema.metadata[b"litmus"])
    columns: dict[str, Any] = {}
    for number, (name, kind) in enumerate(zip(facts["names"], facts["kinds"], strict=True)):
        values = table.column(number)
        columns[name] = values if kind in ("number", "text") else _from_arrow(values, kind)
        if kind == "boolean":
            columns[name] = columns[name].array
    return polars_frame(columns, facts["rows"])


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


def _from_arrow(chunked: Any, kind: str) -> Any:
    if kind == "text":
        return pd.Series(_extension("str").__from_arrow__(chunked), copy=False)
    if kind == "boolean":
        return pd.Series(_extension("boolean").__from_arrow__(chunked), copy=False)
    values = chunked.chunk(0).to_numpy(zero_copy_only=True) if chunked.num_chunks else np.empty(0)
    return values.view({"datetime": "datetime64[us]", "flag": np.bool_}.get(kind, values.dtype))


def _extension(name: str) -> Any:
    """Pandas' own type, untyped: its stubs leave out the method that reads Arrow arrays."""
    return pd.StringDtype("pyarrow", na_value=np.nan) if name == "str" else pd.BooleanDtype()
