"""The thread that watches worker processes: it hands them jobs, ends those that ran too long, and replaces the dead."""

from __future__ import annotations

import contextlib
import dataclasses
import pickle
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, Pipe, wait
from typing import Any, cast

from litmus.executors.base import Job, Outcome, Stopped
from litmus.executors.memory import MemoryWatch
from litmus.executors.process import WorkerProcess, start_worker
from litmus.executors.sentences import asked, crashed, too_late, too_long, too_much

__all__ = ["Entry", "Supervisor"]

_START_SECONDS = 120.0
"""How long a worker has to get ready: the libraries may come from a slow disk."""

_DEATH_SECONDS = 5.0
"""How long the death of a worker is waited for; the system may have to give back a lot of memory."""

_LAUNCHES = 4
"""Workers in a row that did not get ready before waiting jobs are given up."""


@dataclasses.dataclass
class Entry:
    """A job as it was sent: pickled, with the threads it counts for."""

    job: Job
    payload: bytes
    threads: int


@dataclasses.dataclass(eq=False)
class _Worker:
    """A worker process and what it does now."""

    process: WorkerProcess
    since: float
    entry: Entry | None = None
    begun: bool = False
    leaving: bool = False
    memory: MemoryWatch | None = None
    ending: tuple[Stopped, str] | None = None
    doomed: float | None = None

    @property
    def is_free(self) -> bool:
        return self.process.pid is not None and self.entry is None and not self.leaving and self.doomed is None


class Supervisor:
    """Runs entries in worker processes, each in turn, and reports one outcome for each.

    Args:
        modules: libraries that workers import before their first job.
        fork: whether workers are forked from a process that has imported them.
        limits: the number of workers now, and the threads of each.
        report: called with every outcome.
    """

    def __init__(
        self,
        modules: Sequence[str],
        *,
        fork: bool,
        limits: Callable[[], tuple[int, int]],
        report: Callable[[Outcome | BaseException], None],
    ) -> None:
        self._modules, self._fork, self._limits, self._report = list(modules), fork, limits, report
        self._inbox: deque[Callable[[], None]] = deque()
        self._listens, self._wakes = Pipe(duplex=False)
        self._waking = threading.Lock()
        self._queue: deque[Entry] = deque()
        self._workers: list[_Worker] = []
        self._dying: list[WorkerProcess] = []
        self._failures, self._launch_at, self._problem = 0, 0.0, ""
        self._ends = False
        self._thread = threading.Thread(target=self._run, daemon=True, name="litmus-workers")
        self._thread.start()

    def submit(self, entry: Entry) -> None:
        """Put an entry at the end of the queue."""
        self._tell(lambda: self._queue.append(entry))

    def stop(self, key: Any) -> None:
        """End the entries whose job has this key."""
        self._tell(lambda: self._stop(key))

    def close(self) -> None:
        """End every worker, and wait until they are gone."""
        self._tell(lambda: setattr(self, "_ends", True))
        if self._thread is not threading.current_thread():
            self._thread.join(3 * _DEATH_SECONDS)

    def wake(self) -> None:
        """Look at the limits again."""
        self._tell(lambda: None)

    def _tell(self, message: Callable[[], None]) -> None:
        self._inbox.append(message)
        with self._waking, contextlib.suppress(OSError):
            if not self._listens.poll():
                self._wakes.send_bytes(b"!")

    def _run(self) -> None:
        try:
            while not self._ends:
                self._round()
        except BaseException as error:
            self._report(error)
        finally:
            self._end_all()

    def _round(self) -> None:
        """Do what is due, then wait until something happens or becomes due."""
        while self._inbox:
            self._inbox.popleft()()
        if self._ends:
            return
        self._expire()
        self._watch_memory()
        self._fill_up()
        self._hand_out()
        sources = [source for worker in self._workers for source in worker.process.sources]
        ready = set(cast(list[Connection], wait([self._listens, *sources], self._patience())))
        if self._listens in ready:
            with self._waking:
                self._listens.recv_bytes()
        for worker in tuple(self._workers):
            if worker.process.connection in ready:
                self._hear(worker)
            if worker.process.is_gone or (worker.doomed is not None and time.monotonic() > worker.doomed):
                self._bury(worker)
        self._dying = [process for process in self._dying if not process.is_cleared]

    def _patience(self) -> float | None:
        """Seconds until something is due; None when nothing is."""
        due = [entry.job.deadline for entry in self._queue]
        for worker in self._workers:
            due += [worker.entry.job.deadline if worker.entry is not None and not worker.ending else None]
            due += [None if worker.memory is None or worker.ending else worker.memory.due, worker.doomed]
            if worker.process.pid is None:
                due.append(worker.since + _START_SECONDS)
        if self._failures:
            due.append(self._launch_at)
        if self._dying:
            due.append(time.monotonic() + 0.2)
        if any(worker.doomed is not None for worker in self._workers):
            due.append(time.monotonic() + 0.02)
        times = [second for second in due if second is not None]
        return max(0.0, min(times) - time.monotonic()) if times else None

    def _expire(self) -> None:
        """End what has passed its deadline, waiting or running, and workers that do not get ready."""
        late = [entry for entry in self._queue if entry.job.is_late]
        for entry in late:
            self._queue.remove(entry)
            self._report(Outcome(entry.job, error=too_late(), stopped="deadline"))
        for worker in self._workers:
            if worker.entry is not None and worker.entry.job.is_late:
                self._end(worker, "deadline", too_long(time.monotonic() - worker.since))
            elif worker.process.pid is None and time.monotonic() > worker.since + _START_SECONDS:
                self._problem = f"a worker process was not ready after {_START_SECONDS:.0f} s"
                self._end(worker, "crash", "")

    def _watch_memory(self) -> None:
        for worker in self._workers:
            watch, entry = worker.memory, worker.entry
            if watch is not None and entry is not None and entry.job.memory is not None and watch.is_due:
                taken = watch.taken(entry.job.memory)
                if taken > entry.job.memory:
                    self._end(worker, "memory", too_much(taken, entry.job.memory, time.monotonic() - worker.since))

    def _stop(self, key: Any) -> None:
        for entry in [entry for entry in self._queue if entry.job.key == key]:
            self._queue.remove(entry)
            self._report(Outcome(entry.job, error=asked(), stopped="asked"))
        for worker in self._workers:
            if worker.entry is not None and worker.entry.job.key == key:
                self._end(worker, "asked", asked(time.monotonic() - worker.since))

    def _end(self, worker: _Worker, stopped: Stopped, reason: str) -> None:
        """Kill a worker; its job's outcome is reported when it is gone."""
        if worker.ending is None:
            worker.ending = (stopped, reason)
            worker.doomed = time.monotonic() + _DEATH_SECONDS
            worker.process.kill()

    def _fill_up(self) -> None:
        """Start as many workers as there should be, and let go of those that are too many."""
        wanted, threads = self._limits()
        staying = [worker for worker in self._workers if not worker.leaving and worker.doomed is None]
        while len(staying) < wanted and time.monotonic() >= self._launch_at:
            try:
                process = start_worker(self._modules, threads=threads, fork=self._fork)
            except OSError as error:
                self._count_failure(f"{type(error).__name__}: {error}")
                return
            staying.append(_Worker(process, time.monotonic()))
            self._workers.append(staying[-1])
        for worker in [worker for worker in staying if worker.is_free][: max(0, len(staying) - wanted)]:
            worker.leaving = True
            worker.doomed = time.monotonic() + _DEATH_SECONDS
            worker.process.retire()

    def _count_failure(self, problem: str) -> None:
        """Wait longer after each worker that did not get ready; after some, give up the jobs that wait."""
        self._problem = problem or self._problem
        self._failures += 1
        self._launch_at = time.monotonic() + (0.1 * 3**self._failures if self._failures > 1 else 0.0)
        if self._failures < _LAUNCHES:
            return
        for entry in self._queue:
            reason = f"Worker processes cannot be started: {self._problem}; use executor='in_process'."
            self._report(Outcome(entry.job, error=reason, stopped="crash"))
        self._queue.clear()
        self._failures = 0

    def _hand_out(self) -> None:
        """Start jobs, in their order, as long as there are workers and cores for them."""
        workers, threads = self._limits()
        used = sum(worker.entry.threads for worker in self._workers if worker.entry is not None)
        for worker in [worker for worker in self._workers if worker.is_free]:
            if not self._queue or sum(worker.entry is not None for worker in self._workers) >= workers:
                return
            self._queue[0].threads = min(self._queue[0].threads, workers * threads)
            used += self._queue[0].threads
            if used > workers * threads:
                return
            entry = self._queue.popleft()
            worker.entry, worker.begun, worker.since = entry, False, time.monotonic()
            if entry.job.memory is not None and worker.process.pid is not None:
                worker.memory = MemoryWatch(worker.process.pid)
            with contextlib.suppress(OSError):  # a dead worker shows when its answer is awaited
                worker.process.connection.send((entry.threads, entry.payload))

    def _hear(self, worker: _Worker) -> None:
        """Take in one message of a worker; one that closed its end is ended if it has not."""
        try:
            word, value = worker.process.connection.recv()
        except (EOFError, OSError):
            worker.process.kill()
            worker.process.connection.close()
            if worker.doomed is None:
                worker.doomed = time.monotonic() + _DEATH_SECONDS
            return
        if word == "ready":
            worker.process.pid, self._failures = value, 0
        elif word == "begun":
            worker.begun = True
        else:
            worker.leaving = word == "last"
            self._finish(worker, value)

    def _finish(self, worker: _Worker, answer: bytes) -> None:
        entry, worker.entry, worker.memory = worker.entry, None, None
        if entry is None:
            return
        try:
            value, error, seconds = pickle.loads(answer)
        except BaseException as problem:
            value, seconds = None, time.monotonic() - worker.since
            error = f"The result could not be read back: {type(problem).__name__}: {problem}"
        self._report(Outcome(entry.job, value, error, seconds))

    def _bury(self, worker: _Worker) -> None:
        """Report the job of a worker that is gone, unless it was not begun: then another worker takes it."""
        while not worker.process.connection.closed and self._has_message(worker):
            self._hear(worker)  # the answer of a job that was done
        self._workers.remove(worker)
        self._dying.append(worker.process)
        if not worker.process.connection.closed:
            worker.process.connection.close()
        if worker.process.pid is None:
            self._count_failure("")
        if worker.entry is None:
            return
        seconds = time.monotonic() - worker.since
        if worker.ending is not None:
            self._report(Outcome(worker.entry.job, error=worker.ending[1], seconds=seconds, stopped=worker.ending[0]))
        elif worker.begun:
            reason = crashed(worker.process.status)
            self._report(Outcome(worker.entry.job, error=reason, seconds=seconds, stopped="crash"))
        else:
            self._queue.appendleft(worker.entry)

    @staticmethod
    def _has_message(worker: _Worker) -> bool:
        try:
            return worker.process.connection.poll()
        except OSError:
            return False

    def _end_all(self) -> None:
        """End every worker and wait until nothing is left of them."""
        for worker in self._workers:
            worker.process.kill()
        self._dying += [worker.process for worker in self._workers]
        until = time.monotonic() + _DEATH_SECONDS
        while self._dying and time.monotonic() < until:
            self._dying = [process for process in self._dying if not process.is_cleared]
            time.sleep(0.005)
        for worker in self._workers:
            worker.process.connection.close()
        self._workers.clear()
        self._listens.close()
        self._wakes.close()
