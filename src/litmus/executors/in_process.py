"""One job after the other, in this process: for debugging, and where processes cannot be started."""

from __future__ import annotations

import time
from collections import deque
from typing import Any

from litmus.executors.base import Executor, Job, Outcome, attempt
from litmus.executors.sentences import asked, too_late

__all__ = ["InProcess"]


class InProcess(Executor):
    """Runs jobs here, in the order given, each when `next` is called.

    A job whose deadline passed, or that was stopped, before it started is not run. One that runs cannot be ended: only
    an algorithm that looks at its deadline keeps it, and a job's share of memory is not watched.

    Args:
        threads: threads that each job may use.
    """

    def __init__(self, *, threads: int = 1) -> None:
        self.workers = 1
        self.threads = threads
        self._waiting: deque[Job] = deque()
        self._stopped: deque[Job] = deque()

    def submit(self, job: Job) -> None:
        """Keep the job until it is its turn."""
        self._waiting.append(job)

    def next(self, timeout: float | None = None) -> Outcome | None:  # noqa: ARG002 - a job here cannot be left half done
        """Run the job whose turn it is; however long that takes, `timeout` does not end it."""
        from threadpoolctl import threadpool_limits

        if self._stopped:
            return Outcome(self._stopped.popleft(), error=asked(), stopped="asked")
        if not self._waiting:
            return None
        job = self._waiting.popleft()
        if job.deadline is not None and time.monotonic() >= job.deadline:
            return Outcome(job, error=too_late(), stopped="deadline")
        with threadpool_limits(job.threads or self.threads):
            return attempt(job)

    def stop(self, key: Any) -> None:
        """Take the jobs with this key out of those that wait."""
        self._stopped.extend(job for job in self._waiting if job.key == key)
        self._waiting = deque(job for job in self._waiting if job.key != key)

    @property
    def under_way(self) -> int:
        """How many jobs wait."""
        return len(self._waiting) + len(self._stopped)

    def resize(self, workers: int, *, threads: int) -> None:
        """Jobs run one at a time however many workers are asked for; they get the cores of all."""
        self.threads = workers * threads

    def close(self) -> None:
        """Forget the jobs that wait."""
        self._waiting.clear()
        self._stopped.clear()
