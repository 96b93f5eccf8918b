"""The contract of an executor: it runs jobs, in any order and place, and hands back what became of each."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self

from litmus.errors import LitmusError

__all__ = ["Executor", "Job", "Outcome", "attempt", "explain"]


@dataclasses.dataclass(frozen=True)
class Job:
    """One piece of work.

    Attributes:
        key: what the caller knows the job by.
        function: a function that can be sent to another process.
        arguments: its arguments.
        group: jobs of one group take about the same time; an executor starts the longest groups first.
    """

    key: Any
    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()
    group: Any = None


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of a job: its value, or the reason why there is none."""

    job: Job
    value: Any = None
    error: str | None = None
    seconds: float = 0.0


class Executor(ABC):
    """Runs jobs. Write `run`, and `close` when something must be ended.

    Attributes:
        workers: how many jobs run at once.
        threads: threads that each of them may use.
    """

    workers: int = 1
    threads: int = 1

    def start(self) -> None:
        """Get ready in the background; called while the data are still being read."""

    @abstractmethod
    def run(
        self, jobs: Sequence[Job], *, at_most: int | None = None, skip: Callable[[Job], bool] | None = None
    ) -> Iterator[Outcome]:
        """Run the jobs and yield one outcome for each, as they finish.

        Args:
            jobs: the work, in any order.
            at_most: how many may run at once, if fewer than `workers`.
            skip: asked before a job starts; a job it says True to is not run and has no outcome.
        """

    def close(self) -> None:
        """End whatever `start` and `run` began; called once, also after an error."""

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


def attempt(job: Job) -> Outcome:
    """Run a job here, turning an error into an outcome; interrupts pass through."""
    import time

    started = time.perf_counter()
    try:
        value = job.function(*job.arguments)
    except Exception as error:
        return Outcome(
            dataclasses.replace(job, arguments=()), error=explain(error), seconds=time.perf_counter() - started
        )
    return Outcome(dataclasses.replace(job, arguments=()), value=value, seconds=time.perf_counter() - started)
