"""The order in which jobs start."""

from litmus.executors.base import Job
from litmus.executors.order import LongestFirst


def test_each_group_starts_once_then_the_longest_goes_first():
    jobs = [Job((group, n), print, group=group) for group in ("quick", "slow") for n in range(3)]
    queue = LongestFirst(jobs)
    first, second = queue.next(), queue.next()
    assert (first.key, second.key) == (("quick", 0), ("slow", 0))
    queue.record(first, 1.0)
    queue.record(second, 9.0)
    assert [queue.next().key for _ in range(4)] == [("slow", 1), ("slow", 2), ("quick", 1), ("quick", 2)]
    assert len(queue) == 0
