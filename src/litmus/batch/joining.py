"""Finished parts → the output: one file, which appears under its name when it is whole."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from litmus.batch.inputs import InputFile
from litmus.batch.sinks import csv_line, open_text
from litmus.batch.worker import FACTS
from litmus.data.csv_reader import checked_dialect
from litmus.data.locations import DataFile
from litmus.errors import DataError

__all__ = ["join_parts", "join_text", "part_name", "read_facts", "remove_output"]


def part_name(number: int) -> str:
    """The name of a part's file."""
    return f"{number:06d}"


def read_facts(folder: Path, number: int) -> dict[str, Any] | None:
    """What became of a part, or None when it is not finished."""
    try:
        return dict(json.loads((folder / f"{part_name(number)}{FACTS}").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None


def join_parts(entry: InputFile, folder: Path, count: int) -> tuple[int, int]:
    """Write the output of a file, and its bad rows where there are any.

    Args:
        entry: the file.
        folder: where its parts are.
        count: how many there are.

    Returns:
        The number of rows answered, and of bad ones.

    Raises:
        DataError: when the output cannot be written.
    """
    facts = [read_facts(folder, number) or {} for number in range(count)]
    parts = [folder / part_name(number) for number in range(count)]
    rows, bad = (sum(int(fact.get(name, 0)) for fact in facts) for name in ("rows", "bad_rows"))
    with _placed(entry.output, folder) as target:
        if entry.file.format in ("csv", "jsonl"):
            join_text(entry.file, facts[0].get("columns", []), facts[0].get("delimiter", ","), parts, target)
        else:
            _join_tables(entry.file, parts, target)
    if bad:
        errors = [path for part in parts if (path := part.with_name(f"{part.name}.errors")).exists()]
        with _placed(entry.errors, folder) as target, target.open("wb") as out:
            for path in errors:
                with path.open("rb") as content:
                    shutil.copyfileobj(content, out, 1 << 20)
    else:
        remove_output(entry.errors)
    return rows, bad


def join_text(file: DataFile, columns: list[str], delimiter: str, parts: list[Path], target: Path) -> None:
    """Put parts of a text one after the other, below a heading where the input has one."""
    heading = b""
    if file.format == "csv" and checked_dialect(file).has_header:
        heading = csv_line(columns, delimiter)
    if not heading and len(parts) == 1:
        parts[0].replace(target)
        return
    if heading:
        with open_text(target, file) as out:
            out.write(heading)
    with target.open("ab") as joined:
        for part in parts:
            if part.exists():
                with part.open("rb") as content:
                    shutil.copyfileobj(content, joined, 1 << 20)


def _join_tables(file: DataFile, parts: list[Path], target: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet

    if len(parts) == 1:
        parts[0].replace(target)
        return
    if file.format == "parquet":
        schema = pyarrow.parquet.read_schema(parts[0])
        with pyarrow.parquet.ParquetWriter(target, schema) as writer:
            for part in parts:
                for batch in pyarrow.parquet.ParquetFile(part).iter_batches():
                    writer.write_table(pa.Table.from_batches([batch]).cast(schema))
        return
    with pa.OSFile(str(parts[0])) as first:
        schema = pa.ipc.open_file(first).schema
    with pa.ipc.new_file(target, schema) as out:
        for part in parts:
            with pa.OSFile(str(part)) as content:
                reader = pa.ipc.open_file(content)
                for number in range(reader.num_record_batches):
                    out.write_table(pa.Table.from_batches([reader.get_batch(number)]).cast(schema))


@contextlib.contextmanager
def _placed(place: str, folder: Path) -> Iterator[Path]:
    """A file to write, which is then given its place: renamed, or sent where it is another system's."""
    from litmus.data.locations import is_url

    remote = is_url(place)
    home = folder if remote else Path(place).parent
    working = home / f".{Path(place).name}.{secrets.token_hex(4)}.part"
    try:
        yield working
        if remote:
            _send(working, place)
        else:
            with working.open("rb+") as file:
                os.fsync(file.fileno())
            working.replace(place)
    except OSError as error:
        raise DataError(f"{place} cannot be written: {error.strerror or error}.") from error
    finally:
        working.unlink(missing_ok=True)


def _send(working: Path, place: str) -> None:
    import fsspec

    system, path = fsspec.core.url_to_fs(place)
    system.put_file(str(working), path)  # an object store shows a file when all of it is there


def remove_output(place: str) -> None:
    """Remove a file of bad rows that an earlier transform left."""
    from litmus.data.locations import is_url

    if not is_url(place):
        Path(place).unlink(missing_ok=True)
        return
    import fsspec

    system, path = fsspec.core.url_to_fs(place)
    with contextlib.suppress(FileNotFoundError, OSError):
        if system.exists(path):
            system.rm_file(path)
