"""How a CSV file is written: encoding, delimiter, and whether its first line names the columns."""

from __future__ import annotations

import codecs
import csv
import dataclasses
import io
import itertools
import re

from litmus.data.markers import DEFAULT_MARKERS
from litmus.errors import DataError

__all__ = ["Dialect", "detect_dialect", "detect_encoding"]

_DELIMITERS = (",", ";", "\t", "|", " ")
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "blank"}
_NUMBER = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
_SAMPLE_ROWS = 200


@dataclasses.dataclass(frozen=True)
class Dialect:
    """How a CSV file is written.

    Attributes:
        encoding: as Python names it.
        delimiter: what stands between cells.
        names: the column names: those of the first line, or made up.
        has_header: whether the first line names the columns.
        notes: what had to be guessed, a sentence each.
    """

    encoding: str
    delimiter: str
    names: tuple[str, ...]
    has_header: bool
    notes: tuple[str, ...]


def detect_encoding(sample: bytes) -> str:
    """The encoding of some text: by its byte order mark, else UTF-8 when it is valid, else Windows' Western one."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if sample.startswith(mark):
            return name
    if sample.count(b"\0") > len(sample) // 4:
        return "utf-16-le" if sample[1:2] == b"\0" else "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return western(sample)
    return "utf-8"


def western(data: bytes) -> str:
    """Windows-1252, or Latin-1 when there are bytes that Windows does not use."""
    try:
        data.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"


def detect_dialect(sample: bytes, path: str, encoding: str | None = None) -> Dialect:
    """Look at the beginning of a file.

    Args:
        sample: the first bytes.
        path: the file, for messages.
        encoding: the encoding, when it is known.

    Raises:
        DataError: when the file is empty.
    """
    encoding = encoding or detect_encoding(sample)
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(sample)
    lines = text.splitlines(keepends=True)
    if not "".join(lines[:_SAMPLE_ROWS]).strip():
        raise DataError(f"{path} is empty; give a table with a line of column names and at least a few rows.")
    head = "".join(lines[:_SAMPLE_ROWS])
    delimiter = _delimiter(head, complete=len(lines) <= _SAMPLE_ROWS)
    rows = _rows(head, delimiter)
    has_header = _has_header(rows)
    notes = []
    if encoding not in ("utf-8", "utf-8-sig"):
        notes.append(f"{path}: the text is no UTF-8 and was read as {encoding}.")
    if delimiter != "," and not (delimiter == "\t" and ".tsv" in path):
        notes.append(f"{path}: cells are separated by a {_NAMES[delimiter]}.")
    if has_header:
        names = tuple(name.strip() or f"column_{position + 1}" for position, name in enumerate(rows[0]))
    else:
        names = tuple(f"column_{position + 1}" for position in range(len(rows[0])))
        notes.append(
            f"{path}: the first line looks like data, so the columns were named column_1 to column_{len(names)}."
        )
    return Dialect(encoding, delimiter, names, has_header, tuple(notes))


def _rows(text: str, delimiter: str) -> list[list[str]]:
    # A quote that is never closed would swallow the rest: csv raises then, and the lines are split as they are.
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter, skipinitialspace=True))
    except csv.Error:
        rows = [line.split(delimiter) for line in text.splitlines()]
    return [row for row in rows if row]


def _delimiter(text: str, *, complete: bool) -> str:
    """The delimiter that cuts the lines, the first one above all, into the same number of cells, more than one."""
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        rows = _rows(text, delimiter)
        rows = rows if complete or len(rows) < 2 else rows[:-1]
        widths = [len(row) for row in rows]
        common = max(set(widths), key=widths.count)
        agreement = widths.count(common) / len(widths)
        # Blanks stand inside texts too, so they must agree on every line.
        if common < 2 or agreement < (1.0 if delimiter == " " else 0.8):
            continue
        score = agreement + (widths[0] == common)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _is_number(cell: str) -> bool:
    return bool(_NUMBER.match(cell.strip()))


def _has_header(rows: list[list[str]]) -> bool:
    """Whether the first row names columns: its cells are unlike what stands below them."""
    first, rest = [cell.strip() for cell in rows[0]], [row for row in rows[1:] if len(row) == len(rows[0])]
    numbers = [_is_number(cell) for cell in first]
    for position, cell in enumerate(first):
        # A word above numbers is a name, unless it says that a number is missing.
        if not numbers[position] and cell not in DEFAULT_MARKERS and _mostly_numbers([row[position] for row in rest]):
            return True
    if any(numbers):
        return _counts_up(first, numbers, rest)
    if sum(map(bool, first)) < 0.5 * len(first):
        return False
    return not _repeats_below(first, rest)


def _counts_up(first: list[str], numbers: list[bool], rest: list[list[str]]) -> bool:
    """Whether the numbers of the first row count up, as names such as 0, 1, 2 or 2019, 2020 do and the next row does not."""
    values = [float(cell) for cell, number in zip(first, numbers, strict=True) if number]
    if len(values) < 2 or any(b - a != 1 for a, b in itertools.pairwise(values)):
        return False
    below = [cell for cell, number in zip(rest[0], numbers, strict=True) if number] if rest else []
    return not below or not all(map(_is_number, below)) or [float(cell) for cell in below] != values


def _mostly_numbers(cells: list[str]) -> bool:
    filled = [cell for cell in cells if cell.strip()]
    return bool(filled) and sum(map(_is_number, filled)) > 0.5 * len(filled)


def _repeats_below(first: list[str], rest: list[list[str]]) -> bool:
    """Whether the cells of the first row occur again below them, as data does."""
    again = sum(cell in {row[position].strip() for row in rest} for position, cell in enumerate(first) if cell)
    return again >= max(1, 0.3 * len(first))
