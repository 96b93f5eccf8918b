"""Letting workers prepare big tables one after the other, so that their passing copies never add up."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from litmus.freed import give_back_memory

__all__ = ["my_turn"]

_BIG = 64 * 1024 * 1024
"""Bytes of a table from which on its preparation waits for its turn; smaller copies do not matter."""


@contextlib.contextmanager
def my_turn(folder: str, size: int) -> Iterator[None]:
    """Hold the data set's turn while a copy of its rows exists; small tables need none."""
    if size < _BIG:
        yield
        return
    try:
        import fcntl
    except ImportError:  # no such lock on this system: more memory is used, the answers are the same
        yield
        return
    with (Path(folder) / "turn.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            give_back_memory()
            fcntl.flock(file, fcntl.LOCK_UN)
