"""The rows of a part, as many at once as the limits allow."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from litmus.batch.options import TransformOptions
from litmus.batch.parts import FileRange, Part
from litmus.data.csv_reader import checked_dialect, csv_batches, seekable
from litmus.data.locations import DataFile
from litmus.data.readers import add_partitions, named_errors, without_index

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["part_content", "row_sizes", "table_payloads"]


def part_content(file: DataFile, part: Part) -> DataFile:
    """The bytes of a part of a text file, as a file."""
    if part.start is None or part.end is None:
        return file
    facts = {field.name: getattr(file, field.name) for field in dataclasses.fields(DataFile)}
    return FileRange(**facts, start=part.start, end=part.end)


def table_payloads(
    file: DataFile, part: Part, options: TransformOptions, invalid: Callable[[Any], str]
) -> Iterator[tuple[pa.Table, np.ndarray]]:
    """Tables within the limits, each with the bytes of its rows; a row that is longer than the limit is a table alone.

    Args:
        file: CSV, Parquet or Arrow.
        part: which part of it.
        options: the limits.
        invalid: called with each line of a CSV file that has too many or too few cells.

    Raises:
        DataError: when the file cannot be read.
    """
    reader = {"csv": _csv, "parquet": _parquet, "arrow": _arrow}[file.format]
    with named_errors(file):
        for table in reader(file, part, options, invalid):
            whole = add_partitions(without_index(table), file)
            sizes = row_sizes(whole)
            ends = np.cumsum(sizes)
            start = 0
            while start < whole.num_rows or (start == 0 and not whole.num_rows):
                before = ends[start - 1] if start else 0
                end = int(np.searchsorted(ends, before + options.payload_bytes, side="right"))
                end = min(max(end, start + 1), start + options.batch_rows, whole.num_rows)
                yield whole.slice(start, end - start), sizes[start:end]
                start = max(end, start + 1)


def row_sizes(table: pa.Table) -> np.ndarray:
    """Bytes of each row, int64 (rows,): the texts' own, the width of other values."""
    import pyarrow as pa
    import pyarrow.compute as pc

    sizes = np.zeros(table.num_rows, dtype=np.int64)
    for column in table.columns:
        kind = column.type
        if pa.types.is_dictionary(kind):
            column, kind = column.cast(kind.value_type), kind.value_type
        if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind):
            sizes += pc.fill_null(pc.binary_length(column), 0).to_numpy().astype(np.int64)
        elif table.num_rows:
            sizes += max(1, column.nbytes // table.num_rows)
    return sizes


def _csv(file: DataFile, part: Part, _: TransformOptions, invalid: Callable[[Any], str]) -> Iterator[pa.Table]:
    import pyarrow as pa

    dialect = part.dialect or checked_dialect(file)
    for number, batch in enumerate(csv_batches(part_content(file, part), dialect, invalid)):
        if batch.num_rows or not number:
            yield pa.Table.from_batches([batch])


def _parquet(
    file: DataFile,
    part: Part,
    options: TransformOptions,
    invalid: Callable[[Any], str],  # noqa: ARG001
) -> Iterator[pa.Table]:
    import pyarrow as pa
    import pyarrow.parquet

    with seekable(file) as content:
        reader = pyarrow.parquet.ParquetFile(content)
        yield reader.schema_arrow.empty_table()
        groups = range(part.start or 0, reader.num_row_groups if part.end is None else part.end)
        for batch in reader.iter_batches(batch_size=min(options.batch_rows, 10_000), row_groups=list(groups)):
            yield pa.Table.from_batches([batch])


def _arrow(
    file: DataFile,
    part: Part,
    options: TransformOptions,  # noqa: ARG001
    invalid: Callable[[Any], str],  # noqa: ARG001
) -> Iterator[pa.Table]:
    import pyarrow as pa

    with seekable(file) as content:
        is_file = content.read(6) == b"ARROW1"
        content.seek(0)
        reader: Any = pa.ipc.open_file(content) if is_file else pa.ipc.open_stream(content)
        yield reader.schema.empty_table()
        if is_file:
            last = reader.num_record_batches if part.end is None else part.end
            batches: Iterator[Any] = (reader.get_batch(number) for number in range(part.start or 0, last))
        else:
            batches = iter(reader)
        for batch in batches:
            yield pa.Table.from_batches([batch])
