"""The contract of an executor: it runs jobs, in any order and place, and hands back what became of each."""

from __future__ import annotations

import dataclasses
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, Self

from litmus.errors import LitmusError
from litmus.executors.order import LongestFirst

__all__ = ["Executor", "Job", "Outcome", "Stopped", "attempt", "explain"]

Stopped = Literal["", "deadline", "memory", "asked", "crash"]


@dataclasses.dataclass(frozen=True)
class Job:
    """One piece of work.

    Attributes:
        key: what the caller knows the job by.
        function: a function that can be sent to another process.
        arguments: its arguments.
        group: jobs of one group take about the same time; `run` starts the longest groups first.
        deadline: `time.monotonic()` second at which the job is ended; None means never.
        memory: bytes that its process, children included, may take beyond what it had before; None means no limit.
        threads: threads it may use, and cores it counts for; None means the executor's `threads`.
        travels: whether it may run on another machine: of the files it reads, all belong to the data set of a
            `FitWork` among its arguments, and it writes nothing outside that work's output folder.
    """

    key: Any
    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()
    group: Any = None
    deadline: float | None = None
    memory: int | None = None
    threads: int | None = None
    travels: bool = False

    @property
    def is_late(self) -> bool:
        """Whether the deadline has passed."""
        return self.deadline is not None and time.monotonic() >= self.deadline


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of a job: its value, or the reason why there is none.

    Attributes:
        job: the job, as it was given.
        value: what its function returned; None when there is an error.
        error: the reason, one sentence; None when the job ended well.
        seconds: how long it ran.
        stopped: "" when it ended by itself, with a value or an error; else what ended it: its "deadline", its share of
            "memory", a call of `stop` ("asked"), or the death of its process ("crash").
    """

    job: Job
    value: Any = None
    error: str | None = None
    seconds: float = 0.0
    stopped: Stopped = ""


class Executor(ABC):
    """Runs jobs. Write `submit`, `next` and `stop`; `start` and `close` when something must be begun and ended.

    One thread at a time may call `next` or `run`.

    Attributes:
        workers: how many jobs run at once.
        threads: threads that each of them may use; `workers` x `threads` is what the executor takes of the machine.
        notes: sentences about where the jobs run that the user should read, known once it is started.
    """

    workers: int = 1
    threads: int = 1
    notes: tuple[str, ...] = ()

    def start(self) -> None:
        """Get ready in the background; called while the data are still being read."""

    @abstractmethod
    def submit(self, job: Job) -> None:
        """Take a job and return at once; it waits when all workers are busy, and jobs start in the order given."""

    @abstractmethod
    def next(self, timeout: float | None = None) -> Outcome | None:
        """The next job that finished; None when nothing is under way, or `timeout` seconds have passed before one did."""

    @abstractmethod
    def stop(self, key: Any) -> None:
        """End the jobs with this key, waiting or running; each still has an outcome. Unknown and finished keys are ignored."""

    @property
    @abstractmethod
    def under_way(self) -> int:
        """How many jobs wait or run."""

    @property
    def idle(self) -> int:
        """How many workers have nothing to do, and nothing waiting for them."""
        return max(0, self.workers - self.under_way)

    def resize(self, workers: int, *, threads: int) -> None:
        """From now on run `workers` jobs at once with `threads` threads each, as for a phase with other resources."""
        self.workers, self.threads = workers, threads

    def run(
        self, jobs: Sequence[Job], *, at_most: int | None = None, skip: Callable[[Job], bool] | None = None
    ) -> Iterator[Outcome]:
        """Run the jobs, the longest first once times are known, and yield one outcome for each, as they finish.

        Nothing else may be under way. Jobs that were started are ended when the iterator is left early.

        Args:
            jobs: the work, in any order.
            at_most: how many may run at once, if fewer than `workers`.
            skip: asked before a job starts; a job it says True to is not run and has no outcome.
        """
        self.start()
        queue = LongestFirst(jobs)
        running: dict[int, Job] = {}
        try:
            while queue or running:
                while queue and len(running) < max(1, min(self.workers, at_most or self.workers)):
                    job = queue.next()
                    if skip is None or not skip(job):
                        running[id(job)] = job
                        self.submit(job)
                outcome = self.next() if running else None  # every job may have been skipped
                if outcome is not None and running.pop(id(outcome.job), None) is not None:
                    queue.record(outcome.job, outcome.seconds)
                    yield outcome
        finally:
            self._abandon(running)

    def _abandon(self, running: dict[int, Job]) -> None:
        """End what a caller that left `run` early no longer waits for, so that the next run does not hear of it."""
        for job in running.values():
            self.stop(job.key)
        while running and (outcome := self.next()) is not None:
            running.pop(id(outcome.job), None)

    def close(self) -> None:
        """End whatever was begun; called once, also after an error."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def explain(error: BaseException) -> str:
    """One sentence for an error: ours as it is, any other with its type and the line it came from."""
    if isinstance(error, LitmusError):
        return str(error)
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    where = f" (line {frames[-1].lineno} of {frames[-1].name})" if frames else ""
    text = " ".join(str(error).partition("Stack trace:")[0].split())  # a library's own trace tells users nothing
    return f"{type(error).__name__}: {text[:500]}{where}" if text else f"{type(error).__name__}{where}"


def attempt(job: Job, *, caught: tuple[type[BaseException], ...] = (Exception, SystemExit)) -> Outcome:
    """Run a job here, turning the errors `caught` into an outcome; an interrupt by the user passes through by default."""
    started = time.perf_counter()
    try:
        value = job.function(*job.arguments)
    except caught as error:
        return Outcome(job, error=explain(error), seconds=time.perf_counter() - started)
    return Outcome(job, value=value, seconds=time.perf_counter() - started)
