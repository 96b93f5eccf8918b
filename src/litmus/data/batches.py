"""A long table, a piece at a time: memory stays bounded by the piece, not by the file."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from litmus.data.csv_reader import open_bytes, open_csv_batches, seekable
from litmus.data.frames import arrow_columns
from litmus.data.json_lines import parse_json_lines, read_json_lines
from litmus.data.locations import DataFile, find_files
from litmus.data.readers import add_partitions, without_index
from litmus.errors import DataError, ParameterError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["read_batches"]


def read_batches(path: str | os.PathLike[str], rows: int = 50_000) -> Iterator[pd.DataFrame]:
    """Read a table piece by piece, as `read_table` reads it whole.

    Args:
        path: a path, glob, folder or URL of CSV, Parquet, JSON lines or Arrow files.
        rows: the most rows of a piece.

    Yields:
        frames of at most `rows` rows, in order, each with a plain index; one frame without rows when the files
        have columns but no rows.

    Raises:
        DataError: when a file cannot be read.
    """
    if rows < 1:
        raise ParameterError(f"rows={rows!r} must be at least 1.")
    empty: pd.DataFrame | None = None
    some = False
    for file in find_files(path):
        for table in _pieces(_batches(file, rows), rows):
            columns = arrow_columns(add_partitions(table, file), file.label)
            frame = pd.DataFrame(columns, index=pd.RangeIndex(table.num_rows), copy=False)
            if table.num_rows:
                some = True
                yield frame
            else:
                empty = frame
    if not some and empty is not None:
        yield empty


def _batches(file: DataFile, rows: int) -> Iterator[pa.Table]:
    import pyarrow as pa

    reader = {"csv": _csv, "parquet": _parquet, "arrow": _arrow, "jsonl": _json_lines}[file.format]
    try:
        yield from reader(file, rows)
    except (pa.ArrowException, OSError, UnicodeError) as error:
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise DataError(f"{file.label} cannot be read as {file.format}: {reason}") from error


def _csv(file: DataFile, rows: int) -> Iterator[pa.Table]:  # noqa: ARG001  # the blocks are cut to size afterwards
    import pyarrow as pa

    for batch in open_csv_batches(file):
        yield pa.Table.from_batches([batch])


def _parquet(file: DataFile, rows: int) -> Iterator[pa.Table]:
    import pyarrow as pa
    import pyarrow.parquet

    with seekable(file) as content:
        reader = pyarrow.parquet.ParquetFile(content)
        yield without_index(reader.schema_arrow.empty_table())
        for batch in reader.iter_batches(batch_size=rows):
            yield without_index(pa.Table.from_batches([batch]))


def _arrow(file: DataFile, rows: int) -> Iterator[pa.Table]:  # noqa: ARG001
    import pyarrow as pa

    with seekable(file) as content:
        is_file = content.read(6) == b"ARROW1"
        content.seek(0)
        if is_file:
            reader = pa.ipc.open_file(content)
            yield without_index(reader.schema.empty_table())
            for position in range(reader.num_record_batches):
                yield without_index(pa.Table.from_batches([reader.get_batch(position)]))
        else:
            stream = pa.ipc.open_stream(content)
            yield without_index(stream.schema.empty_table())
            for batch in stream:
                yield without_index(pa.Table.from_batches([batch]))


def _json_lines(file: DataFile, rows: int) -> Iterator[pa.Table]:
    with open_bytes(file) as content:
        start = content.read(256).lstrip()[:1]
    if start == b"[":
        yield read_json_lines(file)
        return
    with open_bytes(file) as content:
        line = 1
        while chunk := list(itertools.islice(content, rows)):
            if any(map(bytes.strip, chunk)):
                yield parse_json_lines(b"".join(chunk), file.label, line)
            line += len(chunk)


def _pieces(tables: Iterator[pa.Table], rows: int) -> Iterator[pa.Table]:
    """Tables of at most `rows` rows, small ones joined as long as their columns agree."""
    import pyarrow as pa

    waiting: list[pa.Table] = []
    count = 0
    for table in tables:
        if waiting and (count + table.num_rows > rows or table.schema != waiting[0].schema):
            yield pa.concat_tables(waiting)
            waiting, count = [], 0
        for start in range(0, max(1, table.num_rows), rows):
            piece = table.slice(start, rows)
            if piece.num_rows == rows:
                yield piece
            else:
                waiting.append(piece)
                count += piece.num_rows
    if waiting:
        yield pa.concat_tables(waiting)
