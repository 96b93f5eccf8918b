"""Which job to start next, so that no core waits for one long job at the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from litmus.executors.base import Job


__all__ = ["LongestFirst"]


class LongestFirst:
    """Starts one job of every group, then always a job of the group whose jobs took longest so far.

    With the times known, starting the longest jobs first is Graham's LPT rule (SIAM J. Appl. Math. 17, 1969),
    whose finish is at most 4/3 of the best one.
    """

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._waiting: dict[object, list[Job]] = defaultdict(list)
        for job in reversed(jobs):
            self._waiting[job.group].append(job)
        self._groups = list(dict.fromkeys(job.group for job in jobs))
        self._started: set[object] = set()
        self._times: dict[object, list[float]] = defaultdict(list)

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def record(self, job: Job, seconds: float) -> None:
        """Remember how long a finished job took."""
        self._times[job.group].append(seconds)

    def next(self) -> Job:
        """Take the job to start now; there must be one waiting."""
        groups = [group for group in self._groups if self._waiting[group]]
        fresh = [group for group in groups if group not in self._started]
        group = fresh[0] if fresh else max(groups, key=self._expected)
        self._started.add(group)
        return self._waiting[group].pop()

    def _expected(self, group: object) -> float:
        """Mean seconds of the group's finished jobs; a group still without any is the slowest known."""
        times = self._times[group]
        return sum(times) / len(times) if times else float("inf")
