"""The folder of captured requests: a folder an hour, and a bound on all of it."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import secrets
from pathlib import Path

__all__ = ["FOLDER", "hour_folder", "keep_within", "salt_of"]

FOLDER = "captured"
"""The folder in an endpoint's folder."""
_SALT = "salt"


def hour_folder(folder: Path, seconds: float) -> Path:
    """The folder for what happened at a time, made when it is not there."""
    hour = dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%d-%H")
    made = folder / hour
    made.mkdir(mode=0o700, parents=True, exist_ok=True)
    return made


def keep_within(folder: Path, max_bytes: int) -> int:
    """Remove the oldest files until all take at most so many bytes; returns how many were removed."""
    files = []
    for path in folder.glob("*/*"):
        with contextlib.suppress(FileNotFoundError):  # another worker removed it
            facts = path.stat()
            files.append((path.parent.name, facts.st_mtime_ns, path, facts.st_size))
    files.sort()
    total = sum(size for *_, size in files)
    removed = 0
    for _, _, path, size in files:
        if total <= max_bytes:
            break
        path.unlink(missing_ok=True)
        total -= size
        removed += 1
        with contextlib.suppress(OSError):  # not empty yet
            path.parent.rmdir()
    return removed


def salt_of(folder: Path) -> bytes:
    """What masked values are hashed with: made once, the same for all workers, readable for the owner only."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / _SALT
    part = folder / f".{_SALT}.{secrets.token_hex(6)}"
    if not file.exists():
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(secrets.token_bytes(32))
        with contextlib.suppress(FileExistsError):
            os.link(part, file)  # of several workers the first one makes it
        part.unlink()
    return file.read_bytes()
