"""The lines of rows that a message is about; only looked for when there is one, because it takes another reading."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from litmus.batch.part_work import PartWork
from litmus.batch.payloads import part_content
from litmus.data.csv_dialect import Dialect
from litmus.data.csv_reader import open_bytes

__all__ = ["lines_of"]


def lines_of(
    work: PartWork, dialect: Dialect | None, rows: Sequence[int], misshapen: int = 0
) -> tuple[list[int], list[int]]:
    """The lines of a part's rows, and of its first rows with too many or too few cells.

    Args:
        work: the part.
        dialect: how a CSV file is written; None: the file has no lines, and rows are counted from 1.
        rows: the places of rows with the right number of cells, counted from 0.
        misshapen: how many others there are.
    """
    first = work.part.first_line
    if dialect is None:
        return [first + row for row in rows], []
    wanted, found, others, row = set(rows), dict[int, int](), list[int](), 0
    try:
        for line, cells in _lines(work, dialect):
            if cells != len(dialect.names):
                others.append(line)
            else:
                if row in wanted:
                    found[row] = line
                row += 1
            if len(found) == len(wanted) and len(others) >= misshapen:
                break
    except (csv.Error, UnicodeError):
        pass  # Python reads the file in another way than Arrow does; then the count of rows is the best there is
    return [found.get(row, first + row) for row in rows], [*others, *[first] * misshapen][:misshapen]


def _lines(work: PartWork, dialect: Dialect) -> Iterator[tuple[int, int]]:
    """(line, number of cells) of each row."""
    encoding = "utf-8-sig" if dialect.encoding == "utf-8" else dialect.encoding
    with open_bytes(part_content(work.file, work.part)) as content:
        text = io.TextIOWrapper(content, encoding=encoding, newline="")
        reader = csv.reader(text, delimiter=dialect.delimiter)
        before = 0
        for number, cells in enumerate(reader):
            if cells and not (dialect.has_header and not number):
                yield work.part.first_line + before, len(cells)
            before = reader.line_num
        text.detach()
