"""One worker process, as its parent sees it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Sequence
from multiprocessing.connection import Connection, Pipe

import psutil

from litmus.executors.family import descendants_of
from litmus.executors.forker import run_worker_module, shared_forker

__all__ = ["WorkerProcess", "start_worker"]


class WorkerProcess(ABC):
    """A process that runs jobs.

    Attributes:
        connection: what jobs are sent on, and answers come on.
        pid: its process id, known once it is ready.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.pid: int | None = None

    @property
    @abstractmethod
    def sources(self) -> list[Connection]:
        """What becomes readable when the process has something to say or ends."""

    @property
    @abstractmethod
    def is_gone(self) -> bool:
        """Whether the process has ended; takes no time."""

    @property
    @abstractmethod
    def status(self) -> int | None:
        """What it ended with: minus the signal, or its exit code; None when that is not known."""

    @property
    @abstractmethod
    def is_cleared(self) -> bool:
        """Whether nothing is left of what it started either; takes no time."""

    @abstractmethod
    def kill(self) -> None:
        """End it at once, whatever it does, with everything it started."""

    def retire(self) -> None:
        """Let it end by itself, now that there is nothing for it to do."""
        self.connection.close()


class _Forked(WorkerProcess):
    """A worker that the forker forked, watches and clears up after."""

    def __init__(self, connection: Connection, fate: Connection) -> None:
        super().__init__(connection)
        self._fate = fate
        self._status: int | None = None
        self._gone = False
        self._descriptor: int | None = None

    @property
    def sources(self) -> list[Connection]:
        fate = [] if self._fate.closed else [self._fate]
        return [*fate, *([] if self.connection.closed else [self.connection])]

    @property
    def is_gone(self) -> bool:
        self._listen()
        if self._fate.closed and not self._gone:  # the forker has ended; its workers go on without it
            self._gone = self.pid is None or not _is_alive(self.pid)
        return self._gone

    @property
    def status(self) -> int | None:
        return self._status

    @property
    def is_cleared(self) -> bool:
        return self.is_gone and self._fate.closed

    def kill(self) -> None:
        if self.pid is None:
            return self.retire()
        left = descendants_of(self.pid) if self._fate.closed else []  # else the forker sees to them
        for pid in (self.pid, *left):
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        return None

    def _listen(self) -> None:
        """Hear what the forker says of the process, if anything."""
        try:
            while not self._fate.closed and self._fate.poll():
                self._status, self._gone = self._fate.recv(), True
        except (EOFError, OSError):
            self._fate.close()


class _Started(WorkerProcess):
    """A worker that is a program of its own, where processes cannot be forked."""

    def __init__(self, connection: Connection, process: subprocess.Popen[bytes]) -> None:
        super().__init__(connection)
        self._process = process

    @property
    def sources(self) -> list[Connection]:
        return [] if self.connection.closed else [self.connection]

    @property
    def is_gone(self) -> bool:
        return self._process.poll() is not None

    @property
    def status(self) -> int | None:
        return self._process.poll()

    @property
    def is_cleared(self) -> bool:
        return self.is_gone

    def kill(self) -> None:
        left = descendants_of(self._process.pid)
        self._process.kill()
        for pid in left:
            with contextlib.suppress(psutil.Error):
                psutil.Process(pid).kill()


def start_worker(modules: Sequence[str], *, threads: int, fork: bool) -> WorkerProcess:
    """Start a process for jobs of so many threads; it says that it is ready when it is.

    Raises:
        OSError: when the system does not allow it.
    """
    if fork:
        try:
            return _Forked(*shared_forker(modules=modules).fork(threads=threads, modules=modules))
        except OSError:  # it had ended since it was last asked
            return _Forked(*shared_forker(modules=modules).fork(threads=threads, modules=modules))
    ours, theirs = Pipe()
    with theirs:
        number = theirs.fileno()
        os.set_inheritable(number, True)
        process = run_worker_module(str(number), threads=threads, stdin=subprocess.PIPE, pass_fds=[number])
    if process.stdin is not None:
        with process.stdin as file:
            file.write((json.dumps({"path": sys.path, "modules": list(modules)}) + "\n").encode())
    return _Started(ours, process)


def _is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
