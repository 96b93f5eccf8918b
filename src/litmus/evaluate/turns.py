"""Letting workers prepare big tables one after the other, so that their passing copies never add up."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from litmus.freed import give_back_memory
from litmus.resources import BIG_TABLE

__all__ = ["my_turn"]


@contextlib.contextmanager
def my_turn(folder: str, size: int) -> Iterator[None]:
    """Hold the data set's turn while a copy of its rows exists; small tables need none."""
    if size < BIG_TABLE:
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
