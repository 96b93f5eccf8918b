"""How a file is cut into parts, which several processes answer and an interrupted transform need not answer again."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from litmus.batch.line_ends import csv_line_ends, line_ends
from litmus.data.csv_dialect import Dialect
from litmus.data.csv_reader import checked_dialect, open_bytes, seekable
from litmus.data.locations import DataFile

__all__ = ["FileRange", "Part", "cut"]

_ONE_BYTE = ("utf-8", "utf-8-sig", "cp1252", "latin-1")
"""Encodings in which the byte of a line's end is nothing else."""


@dataclasses.dataclass(frozen=True)
class Part:
    """A part of a file.

    Attributes:
        number: its place among the file's parts.
        start, end: bytes of a text file, row groups of Parquet, record batches of Arrow; None: all of it.
        first_line: the line it starts with, counted from 1, or the row where a file has no lines.
        dialect: how a CSV file is written, where it was cut.
    """

    number: int
    start: int | None = None
    end: int | None = None
    first_line: int = 1
    dialect: Dialect | None = None

    @property
    def is_whole(self) -> bool:
        """Whether this is all of the file."""
        return self.start is None


@dataclasses.dataclass(frozen=True)
class FileRange(DataFile):
    """Some bytes of an uncompressed file, as a file."""

    start: int = 0
    end: int = 0

    def open(self) -> BinaryIO:
        """The bytes."""
        return cast("BinaryIO", io.BufferedReader(_Range(super().open(), self.start, self.end), 1 << 20))


class _Range(io.RawIOBase):
    def __init__(self, content: BinaryIO, start: int, end: int) -> None:
        super().__init__()
        self._content = content
        self._content.seek(start)
        self._left = end - start

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        taken = self._content.read(min(self._left, len(buffer)))
        buffer[: len(taken)] = taken
        self._left -= len(taken)
        return len(taken)

    def close(self) -> None:
        self._content.close()
        super().close()


def cut(file: DataFile, part_bytes: int) -> Iterator[Part]:
    """The parts of a file, of about `part_bytes` each, in order; made while they are asked for.

    Text files that are compressed, or not on this machine, are one part: they cannot be cut without reading them.

    Raises:
        DataError: when the file cannot be read.
    """
    local = "file" in file.system.protocol
    if file.format == "parquet" and not file.compression:
        yield from _row_groups(file, part_bytes)
    elif file.compression or not local or file.system.size(file.path) <= part_bytes:
        yield Part(0)
    elif file.format == "csv":
        yield from _csv_parts(file, part_bytes)
    elif file.format == "jsonl":
        yield from _line_parts(file, part_bytes)
    else:
        yield from _record_batches(file, part_bytes)


def _csv_parts(file: DataFile, part_bytes: int) -> Iterator[Part]:
    dialect = checked_dialect(file)
    if dialect.encoding not in _ONE_BYTE:
        yield Part(0)
        return
    headless = dataclasses.replace(dialect, has_header=False)
    start, line = (3 if dialect.encoding == "utf-8-sig" else 0), 1
    with file.open() as content:
        ends = csv_line_ends(content, start, part_bytes, dialect.delimiter.encode(), heading=dialect.has_header)
        if dialect.has_header:
            start, line = next(ends, (start, line))
        number = 0
        for end, next_line in ends:
            yield Part(number, start, end, line, headless)
            start, line, number = end, next_line, number + 1
    if not number:
        yield Part(0)


def _line_parts(file: DataFile, part_bytes: int) -> Iterator[Part]:
    with file.open() as content:
        if content.read(256).lstrip()[:1] == b"[":
            yield Part(0)
            return
        start, line = 0, 1
        for number, (end, next_line) in enumerate(line_ends(content, part_bytes)):
            yield Part(number, start, end, line)
            start, line = end, next_line


def _row_groups(file: DataFile, part_bytes: int) -> Iterator[Part]:
    import pyarrow.parquet

    with seekable(file) as content:
        facts = pyarrow.parquet.ParquetFile(content).metadata
        sizes = [(facts.row_group(n).total_byte_size, facts.row_group(n).num_rows) for n in range(facts.num_row_groups)]
    yield from _grouped(sizes, part_bytes)


def _record_batches(file: DataFile, part_bytes: int) -> Iterator[Part]:
    import pyarrow as pa

    with open_bytes(file) as content:
        if content.read(6) != b"ARROW1":
            yield Part(0)
            return
        content.seek(0)
        reader = pa.ipc.open_file(content)
        sizes = [(0, 0)] * 0
        for number in range(reader.num_record_batches):
            batch = reader.get_batch(number)
            sizes.append((batch.nbytes, batch.num_rows))
    yield from _grouped(sizes, part_bytes)


def _grouped(sizes: list[tuple[int, int]], part_bytes: int) -> Iterator[Part]:
    """Neighbouring pieces (bytes, rows) together, as long as they are small."""
    if not sizes:
        yield Part(0)
        return
    start, held, first, rows, number = 0, 0, 1, 0, 0
    for place, (size, count) in enumerate(sizes):
        if place > start and held + size > part_bytes:
            yield Part(number, start, place, first)
            start, held, first, number = place, 0, first + rows, number + 1
            rows = 0
        held, rows = held + size, rows + count
    yield Part(number, start, len(sizes), first)
