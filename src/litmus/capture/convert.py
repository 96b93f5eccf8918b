"""`python -m litmus.capture.convert FOLDER MAX_BYTES FILE…`: captured requests → Parquet, apart from what answers.

Converting in the process that answers would hold its interpreter up, and load libraries there that nothing else needs.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path

import msgspec

from litmus.capture.places import hour_folder, keep_within
from litmus.capture.spool import Captured
from litmus.capture.table import Columns

__all__ = ["convert", "main"]

_FILE_ROWS = 20_000


def main() -> int:
    """Convert the files that are named; returns the exit code."""
    with contextlib.suppress(OSError, AttributeError):
        os.nice(10)
    folder, max_bytes, *files = sys.argv[1:]
    for file in files:
        convert(Path(folder), Path(file))
    keep_within(Path(folder), int(max_bytes))
    return 0


def convert(folder: Path, file: Path) -> int:
    """Make tables of a file, and remove it; returns the number of requests. Done twice, the tables are the same files.

    Args:
        folder: the folder of captured requests.
        file: the file of lines.
    """
    columns, number, total = Columns(), 0, 0
    with file.open("rb") as lines:
        for line in lines:
            record = _record(line)
            if record is None:
                continue  # the last line of a process that was killed
            new_hour = columns.rows and record.when // 3600 != columns.first // 3600
            if new_hour or columns.rows >= _FILE_ROWS:
                _write(folder, file, columns, number)
                columns, number = Columns(), number + 1
            columns.add(record)
            total += 1
    if columns.rows:
        _write(folder, file, columns, number)
    file.unlink(missing_ok=True)
    return total


def _record(line: bytes) -> Captured | None:
    try:
        return Captured(*msgspec.json.decode(line))
    except (msgspec.DecodeError, UnicodeDecodeError, TypeError):
        pass
    try:
        return Captured(*json.loads(line))  # which takes halves of characters and numbers of any length
    except (ValueError, TypeError):
        return None


def _write(folder: Path, file: Path, columns: Columns, number: int) -> None:
    target = hour_folder(folder, columns.first) / f"{file.stem}-{number}.parquet"
    part = target.with_name(f".{target.name}")
    try:
        columns.write(part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
