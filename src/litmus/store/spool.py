"""What could not be written into the database yet, in files beside it, until it can be."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litmus.errors import StoreError

if TYPE_CHECKING:
    from litmus.store.transaction import Transaction

__all__ = ["Spool", "Written", "apply"]

Written = tuple[str, dict[str, Any]]
"""What is to be written: "begin", a run; "change", of a run; "trial"; or "version", of a model."""


class Spool:
    """A folder with a file of rows for each process that could not write them.

    Args:
        folder: the folder; it is made when it is needed.

    Example:
        >>> import tempfile
        >>> from litmus.store.database import Database
        >>> folder = Path(tempfile.mkdtemp())
        >>> Spool(folder / "spool").keep([("trial", {"id": "a", "run": "run-1", "time": "2026-01-01", "facts": {}})])
        >>> Spool(folder / "spool").replay(Database(f"sqlite:///{folder}/litmus.db"))
        1
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file: Path | None = None

    @property
    def waiting(self) -> list[Path]:
        """The files that wait, oldest first."""
        return sorted(self.folder.glob("*.jsonl"))

    def keep(self, rows: Sequence[Written]) -> None:
        """Put rows aside; they are on the disk when this returns.

        Raises:
            OSError: when they cannot be written here either.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lines = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
        while True:
            if self._file is None:
                self._file = self.folder / f"{secrets.token_hex(8)}.jsonl"
            with self._file.open("ab") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                if not self._file.exists() or self._file.stat().st_ino != os.fstat(file.fileno()).st_ino:
                    self._file = None  # another process wrote the file's rows into the database, and removed it
                    continue
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())
                return

    def replay(self, database: Any) -> int:
        """Write what waits into the database, each row once; returns how many rows there were.

        Raises:
            StoreError: when the database still cannot be written; then all stays as it is.
        """
        count = 0
        for path in self.waiting:
            with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                if not path.exists():  # another process was quicker
                    continue
                rows = _read(file.read())
                database.write(lambda transaction, rows=rows: apply(transaction, rows))
                path.unlink()
                count += len(rows)
        return count


def apply(transaction: Transaction, rows: Sequence[Written]) -> None:
    """Write rows in their order; what is there already is left as it is, so that twice is once."""
    trials = [row for kind, row in rows if kind == "trial"]
    for kind, row in rows:
        if kind == "begin":
            transaction.insert("runs", row)
        elif kind == "change":
            where, values = row["where"], dict(row["values"])
            held = transaction.one("runs", where, lock=True) or {}
            for column in ("summary", "inputs"):
                if column in values:
                    values[column] = {**(held.get(column) or {}), **values[column]}
            transaction.update("runs", where, values)
        elif kind == "version":
            transaction.insert("models", row["model"])
            transaction.insert("versions", row["version"])
        elif kind != "trial":
            raise StoreError(f"A row of kind {kind!r} waits to be written, which this version of Litmus does not know.")
    transaction.insert("trials", trials)


def _read(content: bytes) -> list[Written]:
    """The whole lines of a file; one that a kill cut short is passed over."""
    rows: list[Written] = []
    for line in content.splitlines():
        with contextlib.suppress(ValueError):
            kind, row = json.loads(line)
            rows.append((kind, row))
    return rows
