"""Who looks after an endpoint: the process that holds the lock of its folder, and nobody when none does.

The system lets go of the lock when its holder ends, however it ends; so neither a killed process nor a machine that
restarted leaves anything that looks like a running endpoint.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from pathlib import Path

__all__ = ["is_held", "take"]

_FILE = "lock"
_PATIENCE_SECONDS = 0.5  # for those who only look


def take(folder: Path) -> int | None:
    """The lock as an open file, which is held until all copies of it are closed; None when another process has it."""
    number = os.open(folder / _FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    end = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                os.close(number)
                return None
            time.sleep(0.01)
        else:
            return number


def is_held(folder: Path) -> bool:
    """Whether a process holds the lock."""
    with contextlib.suppress(FileNotFoundError):
        number = os.open(folder / _FILE, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(number, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(number)
    return False
