"""The supervisor's side of the process that loads the models and forks workers."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any

from litmus.endpoints.identity import born
from litmus.endpoints.programs import command, environment

__all__ = ["Forker", "how_ended"]


class Forker:
    """A running forker.

    Args:
        folder: the endpoint's folder, whose configuration says which models it loads.
        listener: the socket that workers accept connections from.
        lifeline: the reading end of a pipe whose writing end only the supervisor has.

    Attributes:
        born: what tells its process from others.
        loaded: whether it has loaded the models, and forks.
        failure: why it could not, or "".
        ended: whether it is gone.
    """

    def __init__(self, folder: Path, listener: socket.socket, lifeline: int) -> None:
        ours, theirs = socket.socketpair()
        self._socket = ours
        self._socket.setblocking(False)
        self._waiting = b""
        self.loaded = False
        self.failure = ""
        self.ended = False
        passed = (listener.fileno(), theirs.fileno(), lifeline)
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                command("forker_process", folder, *passed),
                env=environment(),
                stdin=subprocess.DEVNULL,
                pass_fds=passed,
                cwd=folder,
            )
        finally:
            theirs.close()
        self.born = born(self._process.pid)

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def fileno(self) -> int:
        """The socket that becomes readable when it says something."""
        return self._socket.fileno()

    def fork(self, kind: str, slot: int) -> bool:
        """Ask for a worker; False when it cannot be asked."""
        try:
            self._socket.sendall(json.dumps({"kind": kind, "slot": slot}).encode() + b"\n")
        except OSError:
            return False
        return True

    def events(self) -> list[dict[str, Any]]:
        """What it said since the last call: `forked` and `ended`."""
        while not self.ended:
            try:
                received = self._socket.recv(65536)
            except BlockingIOError:
                break
            except OSError:
                received = b""
            if not received:
                self.ended = True
                break
            self._waiting += received
        *lines, self._waiting = self._waiting.split(b"\n")
        events = []
        for event in map(json.loads, lines):
            if event["event"] == "loaded":
                self.loaded = True
            elif event["event"] == "failed":
                self.failure = event["message"]
            else:
                events.append(event)
        return events

    def how_it_ended(self) -> str:
        """Its end in words; waits for it."""
        code = self._process.wait()
        return how_ended(code)

    def retire(self) -> None:
        """Let it end; its workers go on."""
        self.ended = True
        with contextlib.suppress(OSError):
            self._socket.close()
        try:
            self._process.wait(timeout=0.5)
        except subprocess.TimeoutExpired:  # it is loading
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)
            self._process.wait()


def how_ended(code: int | None) -> str:
    """The end of a process in words.

    Example:
        >>> how_ended(-9), how_ended(1)
        ('was killed (SIGKILL)', 'ended with exit code 1')
    """
    if code is None:
        return "ended"
    if code >= 0:
        return f"ended with exit code {code}"
    with contextlib.suppress(ValueError):
        name = signal.Signals(-code).name
        return f"was killed ({name})" if name in ("SIGKILL", "SIGTERM") else f"crashed ({name})"
    return f"was ended by signal {-code}"
