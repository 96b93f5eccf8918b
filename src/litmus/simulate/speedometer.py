"""How fast a core is just now, seen from a process that works on another one.

The standard library only: the process that sends requests needs it. Cores of virtual machines share their processor with others, and
run at half of their speed and back for seconds at a time, which nothing else tells.
"""

from __future__ import annotations

import contextlib
import gc
import os
import socket
import struct
from collections.abc import Sequence

from litmus.simulate.calibration import glance

__all__ = ["Speedometer"]


class Speedometer:
    """A process on each of some cores in turn that does a little reference work when it is asked to.

    Made before this process has threads; it ends with this process.

    Args:
        cpus: the cores.
        spinning: whether to look for the answer all the time, as a sender does that has a core of its own.
    """

    def __init__(self, cpus: Sequence[int], *, spinning: bool) -> None:
        self._here, there = socket.socketpair()
        if os.fork() == 0:
            self._here.close()
            _work(there, cpus)
        there.close()
        self._here.setblocking(not spinning)

    def close(self) -> None:
        """End its process."""
        self._here.close()

    def glance(self) -> float:
        """Seconds of a round of the reference work at the speed of this moment; takes some tenths of a millisecond."""
        self._here.send(b"?")
        while True:
            with contextlib.suppress(BlockingIOError):
                data = self._here.recv(8)
                return struct.unpack("d", data)[0] if len(data) == 8 else 0.0


def _work(there: socket.socket, cpus: Sequence[int]) -> None:
    """Answer until nobody asks any more."""
    gc.disable()
    asked = 0
    try:
        while there.recv(1):
            with contextlib.suppress(OSError):
                os.sched_setaffinity(0, [cpus[asked % len(cpus)]])
            asked += 1
            there.send(struct.pack("d", glance()))
    finally:
        os._exit(0)
