"""How many connections the other workers of an endpoint have, so that all get their share of new ones."""

from __future__ import annotations

import time
from pathlib import Path

from litmus.errors import ResourceError
from litmus.serve.counters import FOLDER, Counters

__all__ = ["Siblings"]

_LOOK_SECONDS = 1.0


class Siblings:
    """Reads the counters of the other workers, which costs no system call.

    Args:
        folder: the endpoint's folder.
        slot: the worker's own number.
    """

    def __init__(self, folder: Path, slot: int) -> None:
        self._folder = folder / FOLDER
        self._slot = slot
        self._known: dict[Path, Counters] = {}
        self._ready: list[Counters] = []
        self._next_look = 0.0

    def fewest(self) -> int | None:
        """The fewest connections that another worker has which answers; None when there is no other."""
        if time.monotonic() > self._next_look:
            self._look()
        return min((each.open_connections for each in self._ready), default=None)

    def _look(self) -> None:
        """See which workers there are, once a second."""
        self._next_look = time.monotonic() + _LOOK_SECONDS
        for file in self._folder.glob("*.bin"):
            if file not in self._known and file.stem != str(self._slot):
                try:
                    self._known[file] = Counters.open(file, writable=False)
                except ResourceError:  # it is being made
                    continue
        self._ready = [each for each in self._known.values() if each.is_answering]

    def close(self) -> None:
        """Let go of the files."""
        self._ready = []
        for each in self._known.values():
            each.close()
        self._known = {}
