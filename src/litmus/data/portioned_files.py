"""Big files whose columns are read a few at a time: Parquet and Arrow as they are, CSV once its cells are put aside."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from litmus.data.csv_reader import seekable, store_csv
from litmus.data.locations import DataFile

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["PortionedFile", "have_same_columns", "open_in_portions"]

_BIG = 16_000_000
"""Bytes of a table in memory from which on it is read in portions; smaller ones are quicker to read whole."""


@dataclasses.dataclass(frozen=True)
class PortionedFile:
    """A file of which some columns can be read.

    Attributes:
        schema: its columns, the unnamed index of pandas left out.
        rows: how many rows it has.
        size: about how many bytes it takes in memory.
        read: reads the columns named.
        notes: what had to be guessed.
    """

    schema: pa.Schema
    rows: int
    size: int
    read: Callable[[list[str]], pa.Table]
    notes: tuple[str, ...] = ()


def open_in_portions(file: DataFile, scratch: Path | None) -> PortionedFile | None:
    """A file for reading in portions; None when it is small, or of a form that is read whole.

    Args:
        file: the file.
        scratch: a folder to put cells aside in; None for no such folder.
    """
    if file.format == "parquet" and not file.compression:
        return _open_parquet(file)
    if file.format == "arrow" and not file.compression and _is_local(file):
        return _open_arrow(file)
    if file.format == "csv" and scratch is not None:
        return _store_csv(file, scratch)
    return None


def have_same_columns(files: Sequence[PortionedFile | None]) -> bool:
    """Whether all can be read in portions, and their columns have the same names, order and types."""
    first = files[0]
    return first is not None and all(file is not None and file.schema.equals(first.schema) for file in files)


def _open_parquet(file: DataFile) -> PortionedFile | None:
    import pyarrow.parquet

    with seekable(file) as content:
        opened = pyarrow.parquet.ParquetFile(content)
        schema, facts = _named(opened.schema_arrow), opened.metadata
        groups = sum(facts.row_group(number).total_byte_size for number in range(facts.num_row_groups))
    size = max(groups, 8 * facts.num_rows * len(schema))
    if size < _BIG or _is_nested(schema):
        return None

    def read(names: list[str]) -> pa.Table:
        with seekable(file) as content:
            return pyarrow.parquet.ParquetFile(content).read(columns=names).select(names)

    return PortionedFile(schema, facts.num_rows, size, read)


def _open_arrow(file: DataFile) -> PortionedFile | None:
    import pyarrow as pa

    try:
        with pa.memory_map(file.path, "r") as mapped:
            reader = pa.ipc.open_file(mapped)
            schema = _named(reader.schema)
            rows = sum(reader.get_batch(number).num_rows for number in range(reader.num_record_batches))
    except pa.ArrowInvalid:  # a stream, or an older form
        return None
    if 8 * rows * len(schema) < _BIG:
        return None
    return PortionedFile(schema, rows, 8 * rows * len(schema), lambda names: _read_mapped(file.path, names))


def _store_csv(file: DataFile, scratch: Path) -> PortionedFile | None:
    import pyarrow as pa

    size = file.system.size(file.path) or 0
    if size * (4 if file.compression else 1) < _BIG:
        return None
    scratch.mkdir(parents=True, exist_ok=True)
    path = scratch / f"{len(list(scratch.iterdir()))}.arrow"
    notes = store_csv(file, path)
    with pa.memory_map(str(path), "r") as mapped:
        reader = pa.ipc.open_file(mapped)
        rows = sum(reader.get_batch(number).num_rows for number in range(reader.num_record_batches))
        schema = reader.schema
    read = lambda names: _read_mapped(str(path), names)  # noqa: E731
    return PortionedFile(schema, rows, path.stat().st_size, read, notes)


def _read_mapped(path: str, names: list[str]) -> pa.Table:
    """Columns of an Arrow file, mapped for as long as the table lives."""
    import pyarrow as pa

    return pa.ipc.open_file(pa.memory_map(path, "r")).read_all().select(names)


def _named(schema: pa.Schema) -> pa.Schema:
    """The columns without the unnamed row index that pandas writes, and without what it notes about them."""
    import pyarrow as pa

    return pa.schema([field.remove_metadata() for field in schema if not field.name.startswith("__index_level_")])


def _is_nested(schema: pa.Schema) -> bool:
    import pyarrow as pa

    return any(pa.types.is_nested(field.type) for field in schema)


def _is_local(file: DataFile) -> bool:
    protocol = file.system.protocol
    return "file" in ((protocol,) if isinstance(protocol, str) else protocol)
