"""Several worker processes on this machine, sharing libraries and data."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import secrets
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, Listener, wait
from typing import cast

from litmus.executors.base import Executor, Job, Outcome
from litmus.executors.forker import launch_worker, shared_forker
from litmus.executors.order import LongestFirst

__all__ = ["LocalProcesses"]

_START_SECONDS = 120.0


_LONGEST_FOLDER = 70
"""A socket's path has room for 103 bytes on some systems, of which its own folder and name take 32."""


def _short_folder() -> str | None:
    """Where the workers' socket can be: the folder for temporary files (None), unless its path is too long for that."""
    too_long = os.name == "posix" and len(os.fsencode(tempfile.gettempdir())) > _LONGEST_FOLDER
    return "/tmp" if too_long else None  # noqa: S108 - the folder made there is private


class _CannotTravelError(Exception):
    """A job that cannot be pickled."""


class LocalProcesses(Executor):
    """Runs jobs in `workers` processes of this machine, each with `threads` threads.

    A worker that dies (out of memory, a crash in a library) costs its job, which fails with the reason, and is replaced.

    Args:
        workers: number of processes.
        threads: threads that each job may use.
        modules: libraries to import before the first job, beside the usual ones.
    """

    def __init__(self, workers: int, *, threads: int = 1, modules: Sequence[str] = ()) -> None:
        self.workers = workers
        self.threads = threads
        self._modules = list(modules)
        self._key = secrets.token_bytes(32)
        self._fork = sys.platform == "linux"
        self._processes: list[subprocess.Popen[bytes]] = []
        self._connections: dict[int, tuple[Connection, int]] = {}
        self._listener: Listener | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._accepted: threading.Condition = threading.Condition()
        self._closing = False

    def start(self) -> None:
        """Start the processes; they get ready while the caller goes on."""
        if self._listener is not None:
            return
        self._folder = tempfile.TemporaryDirectory(prefix="litmus-workers-", dir=_short_folder())
        address = os.path.join(self._folder.name, "socket") if os.name == "posix" else None  # noqa: PTH118
        self._listener = Listener(address, authkey=self._key, backlog=64)
        threading.Thread(target=self._accept, daemon=True, name="litmus-accept").start()
        for number in range(self.workers):
            self._launch(number)

    def run(
        self, jobs: Sequence[Job], *, at_most: int | None = None, skip: Callable[[Job], bool] | None = None
    ) -> Iterator[Outcome]:
        """Run the jobs, the longest first once times are known, and yield outcomes as they come."""
        self.start()
        queue = LongestFirst(jobs)
        busy: dict[Connection, tuple[int, Job]] = {}
        idle = list(range(min(self.workers, at_most or self.workers)))
        while queue or busy:
            while queue and idle:
                job = queue.next()
                if skip is not None and skip(job):
                    continue
                number = idle.pop()
                try:
                    busy[self._send(number, job)] = (number, job)
                except _CannotTravelError as error:
                    idle.append(number)
                    yield Outcome(job, error=str(error))
            # every job may have been skipped or unsendable; waiting for nobody would never end
            for connection in cast(list[Connection], wait(list(busy)) if busy else []):
                number, job = busy.pop(connection)
                outcome = self._receive(connection, number, job)
                queue.record(job, outcome.seconds)
                idle.append(number)
                yield outcome

    def _send(self, number: int, job: Job) -> Connection:
        """Hand a job to worker `number`; returns the connection its answer will come on."""
        import cloudpickle

        try:
            payload = cloudpickle.dumps(job)
        except Exception as error:
            raise _CannotTravelError(
                f"It cannot be sent to a worker process: {type(error).__name__}: {error}"
            ) from error
        connection = self._worker(number)
        with contextlib.suppress(OSError):  # a dead worker shows when its answer is awaited
            connection.send((self.threads, payload))
        return connection

    def close(self) -> None:
        """End every process and remove what `start` made."""
        self._closing = True
        for connection, pid in self._connections.values():
            connection.close()
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 15)
        self._connections.clear()
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for process in self._processes:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            if process.poll() is None:
                process.kill()
                process.wait()
        self._processes.clear()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _launch(self, number: int) -> None:
        """Start worker `number`: forked where systems can, else a process of its own."""
        listener = self._listener
        if listener is None:
            raise RuntimeError("the executor was closed")
        address = str(listener.address)
        if self._fork:
            for _ in range(2):  # the kept process may have ended since it was last asked
                with contextlib.suppress(OSError):
                    forker = shared_forker(threads=self.threads, modules=self._modules)
                    return forker.fork(address, self._key, number, self._modules)
        process = launch_worker(address, threads=self.threads)
        facts = {"key": self._key.hex(), "path": sys.path, "modules": self._modules, "number": number}
        if process.stdin is not None:
            process.stdin.write((json.dumps(facts) + "\n").encode())
            process.stdin.close()
        self._processes.append(process)
        return None

    def _accept(self) -> None:
        """Take in connections of workers as they become ready."""
        while not self._closing:
            listener = self._listener
            if listener is None:
                return
            try:
                connection = listener.accept()
                number, pid = connection.recv()
            except Exception:
                if self._closing:
                    return
                continue
            with self._accepted:
                self._connections[number] = (connection, pid)
                self._accepted.notify_all()

    def _worker(self, number: int) -> Connection:
        """The connection of worker `number`, once it is ready."""
        with self._accepted:
            if not self._accepted.wait_for(lambda: number in self._connections, _START_SECONDS):
                raise RuntimeError(f"Worker process {number} did not start within {_START_SECONDS:.0f} s.")
            return self._connections[number][0]

    def _receive(self, connection: Connection, number: int, job: Job) -> Outcome:
        try:
            outcome: Outcome = pickle.loads(connection.recv_bytes())
        except (EOFError, OSError):
            return Outcome(job, error=self._replace(number))
        except Exception as error:
            return Outcome(job, error=f"The result could not be read back: {type(error).__name__}: {error}")
        return Outcome(job, outcome.value, outcome.error, outcome.seconds)

    def _replace(self, number: int) -> str:
        """Start a new worker in place of one that died; returns the reason for its job."""
        with self._accepted:
            connection, _ = self._connections.pop(number)
            connection.close()
        self._launch(number)
        return (
            "The worker process ended without an answer, which happens when memory runs out or a library crashes; "
            "try fewer workers (resources={'train': {'workers': 1}}) or less data."
        )
