"""Typed columns in a file that can be mapped into memory, so that processes and stages share them instead of copying."""

from __future__ import annotations

import json
import mmap
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["MappedColumns", "from_arrow", "read_columns", "write_columns"]


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
    return MappedColumns(path).frame()


class MappedColumns:
    """A file of columns, mapped into memory: what was read of it stays in memory until `let_go`, or the last view goes.

    Args:
        path: a file that `write_columns` wrote.

    Attributes:
        table: the Arrow table.
        names, kinds: the columns' names, and what they were made of.
        rows: how many rows there are.
    """

    def __init__(self, path: Path) -> None:
        import pyarrow as pa

        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.table = pa.ipc.open_file(pa.py_buffer(self._map)).read_all()
        facts = json.loads(self.table.schema.metadata[b"litmus"])
        self.names: list[str] = facts["names"]
        self.kinds: list[str] = facts["kinds"]
        self.rows: int = facts["rows"]

    def frame(self) -> pd.DataFrame:
        """The columns as views."""
        columns = {
            name: from_arrow(self.table.column(number), kind)
            for number, (name, kind) in enumerate(zip(self.names, self.kinds, strict=True))
        }
        # copy=False keeps each column a view of the file; consolidating them would copy the table
        return pd.DataFrame(columns, index=pd.RangeIndex(self.rows), copy=False)

    def let_go(self) -> None:
        """Give the memory of what was read back to the system; views still hold, and are read from the file again."""
        if hasattr(mmap, "MADV_DONTNEED") and sys.platform == "linux":  # elsewhere the call may mean something else
            self._map.madvise(mmap.MADV_DONTNEED)


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
