"""Where portions are computed: on threads of this process, or by Dask."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, Protocol

from litsdf.errors import ComputeError
from litsdf.layouts.partition_pieces import (
    FilePieces,
    Folder,
    Shape,
    ShuffledPieces,
    as_bytes,
    as_files,
    no_pieces,
)
from litsdf.layouts.portions import Task, run_task, run_tasks

__all__ = ["DaskRunner", "Runner", "ThreadRunner"]


class Runner(Protocol):
    """Computes portions. Only a few whole ones are on their way at a time, so memory does not grow with their number."""

    def each(self, sources: Sequence[Any], tasks: Sequence[Task]) -> Iterator[Any]:
        """Give the result of each task, in order."""
        ...

    def exchange(self, sources: Sequence[Any], tasks: Sequence[Task], shape: Shape) -> list[Any]:
        """Cut each portion into pieces, which is what the tasks end with, and give the sources of the new portions."""
        ...


_FEW = 20_000
"""Rows below which starting threads takes longer than the work."""
_MOST = 16
"""Portions that one task computes at most: what is lost with a worker is computed again."""


class ThreadRunner:
    """Threads of this process; Polars and Arrow work outside the interpreter's lock."""

    def each(self, sources: Sequence[Any], tasks: Sequence[Task]) -> Iterator[Any]:
        """Give the result of each task, in order."""
        if len(sources) == 1 or sum(_FEW if source.rows is None else source.rows for source in sources) < _FEW:
            yield from map(run_task, sources, tasks)
            return
        threads = min(os.cpu_count() or 1, 8)
        with ThreadPoolExecutor(threads) as pool:
            starts = [partial(pool.submit, run_task, *pair) for pair in zip(sources, tasks, strict=True)]
            yield from _windowed(starts, threads + 1)

    def exchange(self, sources: Sequence[Any], tasks: Sequence[Task], shape: Shape) -> list[Any]:
        """Write the pieces of each portion into a file of a temporary folder."""
        folder = Folder()
        writing = [
            task._replace(then=partial(as_files, cut=task.then, shape=shape, path=f"{folder.path}/{task.number}.arrow"))
            for task in tasks
        ]
        counts = list(self.each(sources, writing))
        return [
            FilePieces(folder, len(counts), place, sum(count[place] for count in counts), shape)
            for place in range(shape.parts)
        ]


class DaskRunner:
    """The workers of the active Dask client; without one, threads of this process."""

    def each(self, sources: Sequence[Any], tasks: Sequence[Task]) -> Iterator[Any]:
        """Give the result of each task, in order.

        Raises:
            ComputeError: Dask gave the computation up, as after several workers died on it.
        """
        client = active_client()
        if client is None:
            yield from ThreadRunner().each(sources, tasks)
            return
        import dask

        cores = sum(client.nthreads().values()) or 1
        whole = any(task.whole for task in tasks)
        # the tables in memory travel with the tasks: what is scattered would be lost with its worker
        starts = [
            partial(client.submit, run_tasks, batch, _futures(batch), pure=False)
            for batch in _batches(list(zip(sources, tasks, strict=True)), None if whole else 8 * cores)
        ]
        with _explained(len(tasks)), dask.config.set({"distributed.admin.large-graph-warning-threshold": "100GB"}):
            for results in _windowed(starts, 2 * cores + 2 if whole else len(starts) + 1):
                yield from results

    def exchange(self, sources: Sequence[Any], tasks: Sequence[Task], shape: Shape) -> list[Any]:
        """Let Dask's shuffle move the pieces.

        Raises:
            ComputeError: Dask gave the computation up, as after several workers died on it.
        """
        client = active_client()
        if client is None:
            return ThreadRunner().exchange(sources, tasks, shape)
        import dask
        import dask.dataframe as dd

        pieces = []
        for source, task in zip(sources, tasks, strict=True):
            then = partial(as_bytes, cut=task.then, shape=shape, number=task.number)
            batch = [(source, task._replace(then=then))]
            job = dask.delayed(_Job(batch), pure=False, traverse=False)
            pieces.append(job(_futures(batch)))
        with _explained(len(tasks)), dask.config.set({"distributed.admin.large-graph-warning-threshold": "100GB"}):
            table = dd.from_delayed(pieces, meta=no_pieces(), verify_meta=False)
            moved = table.set_index("part", divisions=list(range(shape.parts + 1)), shuffle_method="p2p")
            futures = client.compute(moved.to_delayed(), optimize_graph=False)
            counts = client.gather(client.map(_rows, futures, pure=False))
        return [ShuffledPieces((future,), count, shape) for future, count in zip(futures, counts, strict=True)]


class _Job:
    """Computing portions, as Dask is to see it: without looking for tasks inside."""

    def __init__(self, pairs: list[Any]) -> None:
        self.pairs = pairs

    def __call__(self, held: list[Any]) -> Any:
        return run_tasks(self.pairs, held)[0]


def _futures(batch: Sequence[Any]) -> list[Any]:
    """What the portions of a batch are held in on the cluster, to be given to the task by Dask."""
    return [list(getattr(source, "futures", ())) for source, _ in batch]


def _rows(pieces: Any) -> int:
    return int(pieces["rows"].sum())


@contextmanager
def _explained(partitions: int) -> Iterator[None]:
    """Say what it means when Dask gives a computation up."""
    from distributed import KilledWorker
    from distributed.client import FutureCancelledError

    try:
        yield
    except (KilledWorker, FutureCancelledError) as error:
        raise ComputeError(
            f"Dask gave up a computation of {partitions} partitions: {error}. "
            "Workers that die are usually out of memory: use more, smaller partitions or larger workers."
        ) from error


def _batches(pairs: list[Any], wanted: int | None) -> Iterator[list[Any]]:
    """Cut into about this many lists, because Dask takes milliseconds for a task; each alone when None is."""
    size = 1 if wanted is None else min(max(len(pairs) // wanted, 1), _MOST)
    for start in range(0, len(pairs), size):
        yield pairs[start : start + size]


def _windowed(starts: Sequence[Callable[[], Any]], window: int) -> Iterator[Any]:
    """Start a few ahead, and give the results in order."""
    running: deque[Any] = deque()
    try:
        for start in starts:
            running.append(start())
            if len(running) >= window:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()
    finally:
        for future in running:
            future.cancel()


def active_client() -> Any:
    """The active client of dask.distributed, or None."""
    import sys

    if "distributed" not in sys.modules:
        return None
    from distributed import default_client

    try:
        return default_client()
    except ValueError:
        return None
