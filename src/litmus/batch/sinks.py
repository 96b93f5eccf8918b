"""Where the answers of a part go: a file of its own, in the format of the input."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import msgspec

from litmus.data.locations import DataFile

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["JsonSink", "TableSink", "csv_line", "encoded", "open_text"]


def open_text(path: Path, file: DataFile) -> IO[bytes]:
    """A text file for writing, compressed as the input is; parts that are put one after the other are one such file."""
    if file.compression == "gzip":
        return gzip.open(path, "wb", compresslevel=6)  # type: ignore[return-value]
    return path.open("wb")


def encoded(row: dict[str, Any]) -> bytes:
    """One row as a line of JSON."""
    try:
        return msgspec.json.encode(row) + b"\n"
    except (OverflowError, msgspec.MsgspecError):  # whole numbers beyond 64 bits
        import json

        return json.dumps(row, ensure_ascii=False).encode() + b"\n"


def csv_line(cells: list[Any], delimiter: str) -> bytes:
    """One line of CSV."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()


class JsonSink:
    """Writes a JSON object a line."""

    def __init__(self, path: Path, file: DataFile) -> None:
        self._out = open_text(path, file)
        self.columns: list[str] = []

    def write(self, rows: list[dict[str, Any]]) -> None:
        """Add rows."""
        self._out.writelines(map(encoded, rows))

    def close(self) -> None:
        """Finish the file."""
        self._out.close()


class TableSink:
    """Writes tables with the same columns as CSV, without a heading, or as Parquet or Arrow.

    Attributes:
        columns: the names of the columns, as soon as something was written.
    """

    def __init__(self, path: Path, file: DataFile, delimiter: str = ",") -> None:
        self._path = path
        self._file = file
        self._delimiter = delimiter
        self._out: Any = None
        self.columns: list[str] = []

    def write(self, table: pa.Table) -> None:
        """Add rows."""
        import pyarrow as pa
        import pyarrow.parquet

        if self._out is None:
            self.columns = list(table.column_names)
            self._schema = _storable(table.schema)
            if self._file.format == "csv":
                self._out = open_text(self._path, self._file)
            elif self._file.format == "parquet":
                self._out = pyarrow.parquet.ParquetWriter(self._path, self._schema)
            else:
                self._out = pa.ipc.new_file(self._path, self._schema)
        if self._file.format == "csv":
            self._write_csv(table)
        else:
            self._out.write_table(table.cast(self._schema))

    def _write_csv(self, table: pa.Table) -> None:
        import pyarrow.csv

        if not table.num_rows:
            return
        if table.num_columns > 1 and not _needs_quotes(table, self._delimiter):
            options = pyarrow.csv.WriteOptions(include_header=False, delimiter=self._delimiter, quoting_style="none")
            pyarrow.csv.write_csv(table, self._out, options)
            return
        text = io.StringIO()
        columns = [column.to_pylist() for column in table.columns]
        csv.writer(text, delimiter=self._delimiter, lineterminator="\n").writerows(zip(*columns, strict=True))
        self._out.write(text.getvalue().encode())

    def close(self) -> None:
        """Finish the file."""
        if self._out is not None:
            self._out.close()


def _needs_quotes(table: pa.Table, delimiter: str) -> bool:
    """Whether a text holds what has a meaning in CSV, or a value is written in a way of its own."""
    import pyarrow as pa
    import pyarrow.compute as pc

    signs = f"[{''.join(chr(92) + sign for sign in (delimiter, chr(34)))}\r\n]"
    for column in table.columns:
        kind = column.type
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            if pc.any(pc.match_substring_regex(column, signs)).as_py():
                return True
        elif not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
            return True
    return False


def _storable(schema: pa.Schema) -> pa.Schema:
    """A column that is empty so far may hold texts in another part."""
    import pyarrow as pa

    fields = [pa.field(field.name, pa.string()) if pa.types.is_null(field.type) else field for field in schema]
    return pa.schema(fields)
