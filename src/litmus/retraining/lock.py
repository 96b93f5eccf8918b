"""One retraining at a time for each endpoint or model: the system lets go of the lock when its holder ends, however it ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
from collections.abc import Iterator
from pathlib import Path

from litmus.errors import LitmusError, ResourceError

__all__ = ["BusyError", "held_lock"]


class BusyError(LitmusError):
    """Somebody else is at it."""


@contextlib.contextmanager
def held_lock(home: Path, name: str, what: str) -> Iterator[None]:
    """Hold a lock.

    Args:
        home: the store's folder.
        name: of what is locked.
        what: in words, for the error: "retraining of income".

    Raises:
        BusyError: when another process or thread holds it.
        ResourceError: when it cannot be made.
    """
    folder = home / "locks"
    file = folder / f"{re.sub(r'[^A-Za-z0-9._-]+', '-', name)[:100]}.lock"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        number = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ResourceError(f"{file} cannot be written: {error.strerror or error}.") from error
    try:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(number, 20, 0).decode("ascii", "replace").strip() or "unknown"
            raise BusyError(
                f"Another {what} is under way (process {holder}); wait for it, or end that process."
            ) from None
        os.ftruncate(number, 0)
        os.pwrite(number, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(number)
