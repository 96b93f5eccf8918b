"""What a queue says when its disk is full: one error, whether SQLite or a file met it."""

from __future__ import annotations

import contextlib
import errno
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from litmus.errors import LitmusError

__all__ = ["QueueDiskError", "said_of_queue", "said_of_result"]

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class QueueDiskError(LitmusError):
    """The disk takes no more; what was accepted before is kept, and answered when there is room again."""


def _error(folder: Path, reason: str) -> QueueDiskError:
    return QueueDiskError(f"The queue in {folder} cannot be written ({reason}); make room there, and ask again.")


@contextlib.contextmanager
def said_of_queue(folder: Path) -> Iterator[None]:
    """Around what changes the queue in `folder`; raises QueueDiskError when its disk is full."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if not error.sqlite_errorname.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
            raise
        raise _error(folder, str(error)) from error
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise _error(folder, error.strerror or str(error)) from error


@contextlib.contextmanager
def said_of_result(folder: Path) -> Iterator[None]:
    """Around what writes a result beside the queue: the same, whatever error the full disk had become on its way."""
    try:
        yield
    except Exception as error:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, OSError) and cause.errno in _FULL:
                raise _error(folder, cause.strerror or str(cause)) from error
            cause = cause.__cause__
        raise
