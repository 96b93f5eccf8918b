"""JSON lines (one object a line) and JSON files that hold a list of objects."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

from litmus.data.csv_reader import open_bytes
from litmus.data.locations import DataFile
from litmus.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["parse_json_lines", "read_json_lines"]


def read_json_lines(file: DataFile) -> pa.Table:
    """All rows of a file.

    Raises:
        DataError: when a line is no JSON object.
    """
    with open_bytes(file) as content:
        data = content.read()
    if data.lstrip()[:1] == b"[":
        return _list_of_objects(data, file.label)
    if not data.strip():
        raise DataError(f"{file.label} is empty; give one JSON object a line.")
    return parse_json_lines(data, file.label)


def parse_json_lines(data: bytes, path: str, first_line: int = 1) -> pa.Table:
    """Rows from bytes with one JSON object a line; a column with several types becomes text."""
    import pyarrow as pa
    import pyarrow.json

    try:
        options = pyarrow.json.ReadOptions(block_size=max(1 << 20, len(data)))
        parse = pyarrow.json.ParseOptions(newlines_in_values=False)
        return pyarrow.json.read_json(io.BytesIO(data), options, parse)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        # Columns that change their type, which Arrow refuses, and broken lines, which must be named.
        return _slowly(data, path, first_line)


def _slowly(data: bytes, path: str, first_line: int) -> pa.Table:
    rows = []
    for number, line in enumerate(data.splitlines(), start=first_line):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise DataError(f"{path}, line {number:,}, is no JSON: {error}.") from error
        if not isinstance(row, dict):
            raise DataError(
                f"{path}, line {number:,}, is no JSON object but {type(row).__name__}; write one object a line."
            )
        rows.append(row)
    return _table(rows)


def _list_of_objects(data: bytes, path: str) -> pa.Table:
    try:
        rows = json.loads(data)
    except ValueError as error:
        raise DataError(f"{path} is no JSON: {error}.") from error
    if not all(isinstance(row, dict) for row in rows):
        raise DataError(f"{path} holds a list with entries that are no objects; each row must be an object.")
    return _table(rows)


def _table(rows: list[dict[str, object]]) -> pa.Table:
    import pyarrow as pa

    names = dict.fromkeys(name for row in rows for name in row)
    columns = {}
    for name in names:
        values = [row.get(name) for row in rows]
        try:
            columns[name] = pa.array(values)
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
            columns[name] = pa.array(
                [None if v is None else v if isinstance(v, str) else json.dumps(v) for v in values]
            )
    return pa.table(columns)
