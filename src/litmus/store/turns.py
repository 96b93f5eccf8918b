"""Writers of one file, one after the other.

SQLite lets one in at a time by itself, but those that wait sleep for up to a tenth of a second between looks; with this they
are let in when it is free, and where this does not work SQLite still keeps them apart.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

__all__ = ["turn"]

_PATIENCE_SECONDS = 5.0
_FIRST_PAUSE = 0.0002
_LONGEST_PAUSE = 0.005


@contextlib.contextmanager
def turn(file: Path | None) -> Iterator[None]:
    """Wait for one's turn to write; None has no turns.

    Args:
        file: the database; turns are taken by the lock of a file beside it.

    Example:
        >>> import tempfile
        >>> with turn(Path(tempfile.mkdtemp()) / "litmus.db"):
        ...     pass
    """
    number = None if file is None else _opened(file)
    if number is None:
        yield
        return
    try:
        end, pause = time.monotonic() + _PATIENCE_SECONDS, _FIRST_PAUSE
        while time.monotonic() < end:
            try:
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:  # somebody else's turn
                time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - so that those who wait do not wake together
                pause = min(2 * pause, _LONGEST_PAUSE)
        yield
    finally:
        os.close(number)


def _opened(file: Path) -> int | None:
    try:
        return os.open(file.with_name(f".{file.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:  # a folder that cannot be written: SQLite says so in its own words
        return None
