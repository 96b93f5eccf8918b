"""What no bundle tells, in a file of lines beside the database, from which a damaged one is made anew."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from pathlib import Path
from typing import Any

__all__ = ["append", "read"]

_FILE = "decisions.jsonl"


def append(home: Path, kind: str, row: dict[str, Any]) -> None:
    """Add a row that the database has by now.

    Args:
        home: the store's folder.
        kind: "decision" or "attachment".
        row: as the database has it.

    Raises:
        OSError: when it cannot be written.
    """
    line = json.dumps({"kind": kind, "row": row}).encode() + b"\n"
    number = os.open(home / _FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        os.write(number, line)
        os.fsync(number)
    finally:
        os.close(number)


def read(home: Path) -> list[tuple[str, dict[str, Any]]]:
    """The kind and row of each line, in their order; lines that are damaged are passed over."""
    found = []
    with contextlib.suppress(FileNotFoundError):
        for line in (home / _FILE).read_bytes().splitlines():
            with contextlib.suppress(ValueError, TypeError, KeyError):
                facts = json.loads(line)
                found.append((str(facts["kind"]), dict(facts["row"])))
    return found
