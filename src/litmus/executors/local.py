"""Several worker processes on this machine, sharing libraries and data."""

from __future__ import annotations

import atexit
import queue
import sys
import threading
from collections.abc import Sequence
from typing import Any

from litmus.errors import LitmusError
from litmus.executors.base import Executor, Job, Outcome
from litmus.executors.supervisor import Entry, Supervisor

__all__ = ["LocalProcesses"]


class LocalProcesses(Executor):
    """Runs jobs in `workers` processes of this machine, each with `threads` threads.

    A job that hangs past its deadline, takes more memory than its share or is stopped is ended with its process and all
    that it started, and so is one whose process dies (out of memory, a crash in a library): it fails with the reason, its
    worker is replaced, and the other jobs go on.

    Args:
        workers: number of processes.
        threads: threads that each job may use; jobs that use more (`Job.threads`) leave fewer workers busy.
        modules: libraries to import before the first job, beside the usual ones.
    """

    def __init__(self, workers: int, *, threads: int = 1, modules: Sequence[str] = ()) -> None:
        self.workers = workers
        self.threads = threads
        self._modules = list(modules)
        self._fork = sys.platform == "linux"
        self._supervisor: Supervisor | None = None
        self._outcomes: queue.SimpleQueue[Outcome | BaseException] = queue.SimpleQueue()
        self._counting = threading.Lock()
        self._unfinished = 0
        self._untaken = 0

    def start(self) -> None:
        """Start the processes; they get ready while the caller goes on."""
        self._start_processes()

    def _start_processes(self) -> None:
        if self._supervisor is None:
            self._supervisor = Supervisor(
                self._modules,
                fork=self._fork,
                limits=self._local_limits,
                report=self._report,
            )
            atexit.register(self.close)

    def submit(self, job: Job) -> None:
        """Send the job as it is now; changes to its arguments after this are not seen."""
        import cloudpickle

        self._start_processes()
        self._count()
        try:
            payload = cloudpickle.dumps(job)
        except Exception as error:
            reason = f"It cannot be sent to a worker process: {type(error).__name__}: {error}"
            return self._report(Outcome(job, error=reason))
        if self._supervisor is not None:
            self._supervisor.submit(Entry(job, payload, job.threads or self._local_limits()[1]))
        return None

    def next(self, timeout: float | None = None) -> Outcome | None:
        """The next job that finished; None when nothing is under way, or `timeout` seconds have passed before one did."""
        if not self._untaken:
            return None
        try:
            outcome = self._outcomes.get(timeout=timeout)
        except queue.Empty:
            return None
        if isinstance(outcome, BaseException):
            self._outcomes.put(outcome)  # for whoever asks again
            raise LitmusError(f"The worker processes cannot be watched any more: {outcome!r}") from outcome
        with self._counting:
            self._untaken -= 1
        return outcome

    def stop(self, key: Any) -> None:
        """End the jobs with this key: a waiting one is not started, a running one is killed with its process."""
        if self._supervisor is not None:
            self._supervisor.stop(key)

    @property
    def under_way(self) -> int:
        """How many jobs wait or run."""
        return self._unfinished

    def resize(self, workers: int, *, threads: int) -> None:
        """From now on run `workers` jobs at once with `threads` threads each; running jobs keep theirs."""
        super().resize(workers, threads=threads)
        if self._supervisor is not None:
            self._supervisor.wake()

    def close(self) -> None:
        """End every process and what it started; jobs under way are lost. A new `start` begins afresh."""
        atexit.unregister(self.close)
        supervisor, self._supervisor = self._supervisor, None
        if supervisor is not None:
            supervisor.close()
        self._outcomes = queue.SimpleQueue()
        self._unfinished = self._untaken = 0

    def _local_limits(self) -> tuple[int, int]:
        """How many processes there should be now, and the threads of each."""
        return self.workers, self.threads

    def _count(self) -> None:
        """Expect one more outcome."""
        with self._counting:
            self._unfinished += 1
            self._untaken += 1

    def _report(self, outcome: Outcome | BaseException) -> None:
        if isinstance(outcome, Outcome):
            with self._counting:
                self._unfinished -= 1
        self._outcomes.put(outcome)
