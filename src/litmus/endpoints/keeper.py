"""The supervisor's side of the process that starts another supervisor when this one is killed."""

from __future__ import annotations

import contextlib
import socket
import subprocess
from pathlib import Path

from litmus.endpoints.programs import command, environment

__all__ = ["ENDED", "Keeper"]

ENDED = b"."
"""What a supervisor that ends of its own will says last; one that is killed says nothing."""


class Keeper:
    """Has a keeper run as long as the supervisor does.

    Args:
        folder: the endpoint's folder.
        listener: the endpoint's listening socket, which the keeper holds open.
        lock: the lock of the folder, which the keeper holds too: there is never a second supervisor beside its own.
    """

    def __init__(self, folder: Path, listener: socket.socket, lock: int) -> None:
        self._folder = folder
        self._listener = listener
        self._lock = lock
        self._process: subprocess.Popen[bytes] | None = None

    def look(self) -> int | None:
        """Start it when it does not run; the process number of one that was started again, else None."""
        before = self._process
        if before is not None and before.poll() is None:
            return None
        passed = (self._listener.fileno(), self._lock)
        with contextlib.suppress(OSError):  # no process or no memory is left: tried again
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                command("keeper_process", self._folder, *passed),
                env=environment(),
                stdin=subprocess.PIPE,
                pass_fds=passed,
                cwd=self._folder,
            )
            if before is not None:
                return self._process.pid
        return None

    def dismiss(self) -> None:
        """Let it end: this supervisor is going to, and is to stay away."""
        if self._process is None or self._process.stdin is None:
            return
        with contextlib.suppress(OSError):
            self._process.stdin.write(ENDED)
            self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=5)
