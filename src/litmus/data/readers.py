"""Any source of rows → a raw table."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from litmus.data.counted import listed
from litmus.data.csv_reader import open_bytes, read_csv, seekable
from litmus.data.frames import arrow_columns, arrow_columns_on_demand, read_frame
from litmus.data.json_lines import read_json_lines
from litmus.data.locations import DataFile, find_files, public_place
from litmus.data.portioned_files import PortionedFile, have_same_columns, open_in_portions
from litmus.data.raw_table import RawTable, check_names
from litmus.data.read_in_portions import ColumnsInPortions, at_once
from litmus.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["add_partitions", "named_errors", "read_source", "read_table", "without_index"]


def read_table(source: Any) -> pd.DataFrame:
    """Read rows from any source, as they are: no marker is interpreted, and columns of a CSV are text.

    Args:
        source: a frame (pandas, Polars, Arrow, or anything with `to_pandas()`), a dict of columns, a list of dicts,
            a path, a glob, a folder, or a URL that fsspec knows (`s3://…`); CSV, Parquet, JSON lines or Arrow files.

    Raises:
        DataError: when it cannot be read.

    Example:
        >>> read_table({"age": [39, 50]})["age"].tolist()
        [39, 50]
    """
    return read_source(source).frame()


def read_source(source: Any, scratch: Path | None = None) -> RawTable:
    """Read rows from any source; columns of big files are read when they are asked for.

    Args:
        source: as for `read_table`.
        scratch: a folder where the cells of a big CSV file may be put aside; without one they are held in memory.

    Raises:
        DataError: when it cannot be read, at once or when a column is asked for.
    """
    if isinstance(source, str | os.PathLike):
        return _read_files(source, scratch)
    return read_frame(source)


def _read_files(place: str | os.PathLike[str], scratch: Path | None) -> RawTable:
    files = find_files(place)
    shown = public_place(os.fspath(place))
    portioned = [_open(file, scratch) for file in files]
    if have_same_columns(portioned) and len({_partition_names(file) for file in files}) == 1:
        return _in_portions(files, cast("list[PortionedFile]", portioned), shown)
    tables: list[pa.Table] = []
    notes: list[str] = []
    for file, opened in zip(files, portioned, strict=True):
        table, file_notes = _read_file(file, opened)
        tables.append(_aligned(table, tables[0], file, files[0]) if tables else table)
        notes += file_notes
    table = _joined(tables, shown)
    tables.clear()
    rows, untyped = table.num_rows, files[0].format == "csv"
    columns = arrow_columns_on_demand(table, shown)
    return RawTable(columns, rows, untyped=untyped, origin=shown, notes=list(dict.fromkeys(notes)))


def _open(file: DataFile, scratch: Path | None) -> PortionedFile | None:
    with named_errors(file):
        return open_in_portions(file, scratch)


def _partition_names(file: DataFile) -> tuple[str, ...]:
    return tuple(name for name, _ in file.partitions)


def _in_portions(files: list[DataFile], opened: list[PortionedFile], place: str) -> RawTable:
    """The table of files with the same columns, of which each is read when it is asked for."""
    own = check_names(opened[0].schema.names, files[0].label)
    names = [*own, *(name for name in _partition_names(files[0]) if name not in own)]

    def read(wanted: list[str]) -> dict[str, pd.Series]:
        tables = []
        for file, portioned in zip(files, opened, strict=True):
            with named_errors(file):
                # without any column of its own a table would not know how many rows it has
                table = portioned.read([name for name in wanted if name in own] or own[:1])
            tables.append(add_partitions(table, file).select(wanted))
        return arrow_columns(_joined(tables, place), place)

    columns = ColumnsInPortions(names, read, at_once=at_once(len(names), sum(file.size for file in opened)))
    notes = dict.fromkeys(note for file in opened for note in file.notes)
    rows = sum(file.rows for file in opened)
    return RawTable(columns, rows, untyped=files[0].format == "csv", origin=place, notes=list(notes))


def _read_file(file: DataFile, opened: PortionedFile | None) -> tuple[pa.Table, tuple[str, ...]]:
    with named_errors(file):
        if opened is not None:
            table, notes = opened.read(opened.schema.names), opened.notes
        elif file.format == "csv":
            table, notes = read_csv(file)
        else:
            reader = {"parquet": _read_parquet, "arrow": _read_arrow, "jsonl": read_json_lines}[file.format]
            table, notes = reader(file), ()
    check_names(table.column_names, file.label)
    return add_partitions(table, file), notes


@contextlib.contextmanager
def named_errors(file: DataFile) -> Iterator[None]:
    """Errors of libraries and systems as ours, which name the file."""
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError, UnicodeError) as error:
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise DataError(f"{file.label} cannot be read as {file.format}: {reason}") from error


def _read_parquet(file: DataFile) -> pa.Table:
    import pyarrow.parquet

    with seekable(file) as content:
        # ParquetFile takes the file as it is; read_table would look for partitions in the path.
        table = pyarrow.parquet.ParquetFile(content).read()
    return without_index(table)


def _read_arrow(file: DataFile) -> pa.Table:
    import pyarrow as pa
    import pyarrow.feather

    with open_bytes(file) as content:
        data = content.read()
    try:
        return without_index(pyarrow.feather.read_table(pa.BufferReader(data)))
    except pa.ArrowInvalid:
        with pa.ipc.open_stream(pa.BufferReader(data)) as reader:
            return without_index(reader.read_all())


def without_index(table: pa.Table) -> pa.Table:
    """Without the unnamed row index that pandas writes beside the columns."""
    return table.drop_columns([name for name in table.column_names if name.startswith("__index_level_")])


def add_partitions(table: pa.Table, file: DataFile) -> pa.Table:
    """Add the columns that are written as folder names, such as year=2024/."""
    import pyarrow as pa

    for name, value in file.partitions:
        if name not in table.column_names:
            table = table.append_column(name, pa.repeat(pa.scalar(value, pa.large_string()), table.num_rows))
    return table


def _aligned(table: pa.Table, first: pa.Table, file: DataFile, first_file: DataFile) -> pa.Table:
    """The table with its columns in the order of the first file."""
    missing = [name for name in first.column_names if name not in table.column_names]
    extra = [name for name in table.column_names if name not in first.column_names]
    if missing or extra:
        problem = f"lacks {listed(missing)}" if missing else f"also has {listed(extra)}"
        raise DataError(
            f"{file.label} {problem}, unlike {first_file.label}; files read together need the same columns."
        )
    return table.select(first.column_names)


def _joined(tables: list[pa.Table], place: str) -> pa.Table:
    import pyarrow as pa

    if len(tables) == 1:
        return tables[0]
    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except (pa.ArrowTypeError, pa.ArrowInvalid) as error:
        raise DataError(
            f"The files in {place} have columns of different types: {str(error).splitlines()[0]}"
        ) from error
