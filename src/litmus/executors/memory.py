"""How much memory a job takes: what its process and that one's children have, beyond what the process had before.

Counted are pages of a process's own: allocated memory, swapped out or not, and shared memory it may write to. Files that
are mapped for reading, as the workers' common table is, are the system's to drop at any time, and are not counted.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import psutil

from litmus.executors.family import descendants_of

__all__ = ["MemoryWatch"]

_SECONDS = 0.2
"""Seconds from one look to the next."""

_CALM_SECONDS = 0.5
"""The same while a job has taken less than a quarter of its share."""

_SHARE_OF_TIME = 0.02
"""Looking takes at most this share of the time, by looking less often where it takes long."""


class MemoryWatch:
    """Watches the memory of one job, from now on.

    Args:
        pid: the process that runs it.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._before = _quick(pid)
        self._before_exact: int | None = None
        self.due = time.monotonic() + _SECONDS

    @property
    def is_due(self) -> bool:
        """Whether it is time to look again."""
        return time.monotonic() >= self.due

    def taken(self, share: int) -> int:
        """Bytes taken since the start; counted exactly only where a quick count is above `share`."""
        started = time.monotonic()
        family = [self._pid, *descendants_of(self._pid)]
        taken = sum(map(_quick, family)) - self._before
        if taken > share:
            taken = self._exact(family)
        now = time.monotonic()
        usual = _CALM_SECONDS if 4 * taken < share else _SECONDS
        self.due = now + max(usual, (now - started) / _SHARE_OF_TIME)
        return taken

    def _exact(self, family: list[int]) -> int:
        """With each page that several of them share, as after a fork, divided by the number of its users."""
        if len(family) == 1:
            return _quick(self._pid, shared=False) + _writable_shared(self._pid) - self._before
        return sum(_proportional(pid) + _writable_shared(pid) for pid in family) - self._before


def _quick(pid: int, *, shared: bool = True) -> int:
    """Bytes of a process's own, pages that a fork shares with others counted for each of them."""
    if sys.platform != "linux":
        return _unique(pid)
    names = {"RssAnon", "VmSwap", "RssShmem"} if shared else {"RssAnon", "VmSwap"}
    return _kilobytes(f"/proc/{pid}/status", names) * 1024


def _proportional(pid: int) -> int:
    """Bytes of a process's own, each page divided by the number of processes that share it."""
    if sys.platform != "linux":
        return _unique(pid)
    return _kilobytes(f"/proc/{pid}/smaps_rollup", {"Pss_Anon", "SwapPss"}) * 1024


def _writable_shared(pid: int) -> int:
    """Bytes of shared memory that the process may write to, divided by the number of its users."""
    if sys.platform != "linux":
        return 0
    total, counts = 0, False
    try:
        lines = Path(f"/proc/{pid}/smaps").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return 0
    for line in lines:
        words = line.split()
        if not words[0].endswith(":"):
            permissions, file = words[1], words[5] if len(words) > 5 else ""
            counts = permissions.startswith("rw") and permissions.endswith("s") and _is_memory(file)
        elif counts and words[0] == "Pss:":
            total += int(words[1])
    return total * 1024


def _is_memory(file: str) -> bool:
    """Whether a shared mapping has no file on a disk behind it."""
    return file.startswith(("/dev/shm/", "/memfd:", "/dev/zero", "/SYSV")) or not file  # noqa: S108


def _kilobytes(file: str, names: set[str]) -> int:
    """The sum of some lines of a file such as "RssAnon:  1024 kB"; 0 when the process has ended."""
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    found = (line.partition(":") for line in lines)
    return sum(int(value.split()[0]) for name, _, value in found if name in names)


def _unique(pid: int) -> int:
    try:
        return int(psutil.Process(pid).memory_full_info().uss)
    except psutil.Error:
        return 0
