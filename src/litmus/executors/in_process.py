"""One job after the other, in this process: for debugging, and where processes cannot be started."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from litmus.executors.base import Executor, Job, Outcome, attempt

__all__ = ["InProcess"]


class InProcess(Executor):
    """Runs jobs here, in the order given.

    Args:
        threads: threads that each job may use.
    """

    def __init__(self, *, threads: int = 1) -> None:
        self.threads = threads

    def run(
        self,
        jobs: Sequence[Job],
        *,
        at_most: int | None = None,  # noqa: ARG002 - one at a time is never too many
        skip: Callable[[Job], bool] | None = None,
    ) -> Iterator[Outcome]:
        """Run each job and yield its outcome."""
        for job in jobs:
            if skip is None or not skip(job):
                yield attempt(job)
