"""The program that starts another supervisor when its own is killed.

It waits for the end of its standard input, which only the supervisor holds open, and takes no processor time until then. It
holds the endpoint's socket and lock, so that callers wait at the address for a moment instead of being refused, and
nobody else starts a supervisor in between. The supervisor in turn starts a keeper that was killed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

__all__ = ["main"]

_SETTLED_SECONDS = 5.0
_PAUSE_SECONDS = 2.0


def main(arguments: Sequence[str]) -> int:
    """Arguments: the endpoint's folder, and the numbers of its listening socket and of its lock, both open."""
    folder, listener, lock = Path(arguments[0]), int(arguments[1]), int(arguments[2])
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    began = time.monotonic()
    said = b""
    while received := os.read(sys.stdin.fileno(), 64):
        said += received
    if said or not folder.is_dir():
        return 0
    return _start_again(folder, listener, lock, time.monotonic() - began)


def _start_again(folder: Path, listener: int, lock: int, lived: float) -> int:
    import socket

    from litmus.endpoints.journal import add_event
    from litmus.endpoints.local_engine import end_orphans, say_starting, start_supervisor
    from litmus.endpoints.state import read_state

    state = read_state(folder)
    if state.status in ("stopped", "failed") and not state.pid:
        return 0  # it has said why
    if lived < _SETTLED_SECONDS:  # one that dies again and again is started more slowly
        time.sleep(_PAUSE_SECONDS)
    message = "The supervisor was killed; it is started again."
    held = socket.socket(fileno=listener)
    with contextlib.suppress(OSError):  # a full disk: the endpoint goes on all the same
        add_event(folder, "supervisor died", message, pid=state.pid)
    end_orphans(state)
    with contextlib.suppress(OSError):
        say_starting(folder, held, message)
    start_supervisor(folder, held, lock)
    return 0
