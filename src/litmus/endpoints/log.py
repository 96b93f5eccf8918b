"""The log of an endpoint's processes: one file they all append to, kept short by the supervisor."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

__all__ = ["LOG_FILE", "open_log", "shorten", "tail"]

LOG_FILE = "log"
_MOST_BYTES = 5 << 20
_KEPT = 2
_BLOCK = 1 << 16


def open_log(folder: Path) -> int:
    """The log, open for appending, as a file number."""
    return os.open(folder / LOG_FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def shorten(folder: Path, most: int = _MOST_BYTES) -> bool:
    """Move what is in the log to `log.1`, and `log.1` to `log.2`, when it is longer than `most` bytes.

    It is copied and cut, as the processes that write to it keep it open; they append, so their next lines begin the new
    one.
    """
    file = folder / LOG_FILE
    try:
        if file.stat().st_size <= most:
            return False
        for number in range(_KEPT, 1, -1):
            with contextlib.suppress(FileNotFoundError):
                (folder / f"{LOG_FILE}.{number - 1}").replace(folder / f"{LOG_FILE}.{number}")
        shutil.copyfile(file, folder / f"{LOG_FILE}.1")
        os.truncate(file, 0)
    except OSError:
        return False  # a full disk: the log is the last thing to end an endpoint for
    return True


def tail(folder: Path, lines: int) -> list[str]:
    """The last lines, oldest first."""
    found: list[str] = []
    for name in (LOG_FILE, *(f"{LOG_FILE}.{number}" for number in range(1, _KEPT + 1))):
        if len(found) >= lines:
            break
        with contextlib.suppress(FileNotFoundError):
            found = _last_lines(folder / name, lines - len(found)) + found
    return found[-lines:] if lines > 0 else []


def _last_lines(path: Path, lines: int) -> list[str]:
    with path.open("rb") as file:
        place = file.seek(0, os.SEEK_END)
        content = b""
        while place > 0 and content.count(b"\n") <= lines:
            step = min(_BLOCK, place)
            place = file.seek(place - step)
            content = file.read(step) + content
    return content.decode("utf-8", "replace").splitlines()[-lines:]
