"""How long other work kept processes waiting, by which a measurement knows the moments that were its own.

The standard library only: the process that sends requests needs it.
"""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterable, Sequence

__all__ = ["SLICE_SECONDS", "Disturbance", "Mark", "quiet_spans"]

SLICE_SECONDS = 0.02
"""How often a measurement notes how long it was kept waiting."""
_HARMLESS = 0.002
_TIMES_USUAL = 2.0
_LEAST_SHARE = 0.2
_STAT_BYTES = 1 << 16
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100

Mark = tuple[float, int, float]
"""A moment in seconds, how many answers there were by then, and how long others had kept us waiting by then."""


class Disturbance:
    """Counts how long threads that could work waited for a core, and how long the cores were taken from this machine.

    A server that is slow by itself does not wait in this sense; one whose core does other work, or does not run because
    the machine is a virtual one on a busy host, does.

    Args:
        processes: whose threads.
        cpus: the cores they run on.
    """

    def __init__(self, processes: Sequence[int], cpus: Iterable[int]) -> None:
        self._processes = tuple(processes)
        self._cores = {f"cpu{cpu}".encode() for cpu in cpus}
        self._files: dict[str, int] = {}

    def seconds(self) -> float:
        """Seconds until now; only differences mean something. 0 where the system does not count them. Takes some microseconds."""
        threads: list[str] = []
        for process in self._processes:
            with contextlib.suppress(OSError):
                threads += [f"/proc/{process}/task/{name}" for name in os.listdir(f"/proc/{process}/task")]  # noqa: PTH208
        return sum(map(self._waited, threads)) + self._taken()

    def _waited(self, thread: str) -> float:
        """Seconds that a thread was ready to run and did not."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            return int(self._read(f"{thread}/schedstat", 100).split()[1]) / 1e9
        return 0.0

    def _taken(self) -> float:
        """Seconds that the host of a virtual machine gave the cores to others."""
        ticks = 0
        with contextlib.suppress(OSError, ValueError, IndexError):
            for line in self._read("/proc/stat", _STAT_BYTES).split(b"\n"):
                name, _, rest = line.partition(b" ")
                if not name.startswith(b"cpu"):
                    break
                if name in self._cores:
                    ticks += int(rest.split()[7])
        return ticks / _TICKS

    def _read(self, path: str, most: int) -> bytes:
        """The beginning of a file that stays open: opening takes longer than reading."""
        if path not in self._files:
            self._files[path] = os.open(path, os.O_RDONLY)
        return os.pread(self._files[path], most, 0)


def quiet_spans(marks: Sequence[Mark]) -> list[tuple[int, int]]:
    """The answers, from one number up to another, that came while others hardly disturbed.

    Threads always wait a little, each time they are woken. Spans between marks count in which they waited at most twice as
    long as in the quietest fourth; where these hold less than a fifth of the answers, the least disturbed spans up to a fifth
    of them. Times of answers have no say in it.

    Example:
        >>> quiet_spans([(0.0, 0, 0.0), (0.2, 100, 0.0), (0.4, 160, 0.1), (0.6, 260, 0.1)])
        [(0, 100), (160, 260)]
    """
    spans = []
    for (began, first, before), (ended, last, after) in itertools.pairwise(marks):
        if last > first and ended > began:
            spans.append(((after - before) / (ended - began), first, last))
    spans.sort()
    usual = spans[(len(spans) - 1) // 4][0] if spans else 0.0
    least, kept, found = _LEAST_SHARE * sum(last - first for _, first, last in spans), 0, []
    for share, first, last in spans:
        if share > _TIMES_USUAL * usual + _HARMLESS and kept >= least:
            break
        kept += last - first
        found.append((first, last))
    return sorted(found)
