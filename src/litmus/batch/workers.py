"""The processes that answer parts of files."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import selectors
import subprocess
import sys
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

__all__ = ["Outcome", "Workers"]

Task = TypeVar("Task")
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"), "1")


@dataclasses.dataclass(frozen=True)
class Outcome(Generic[Task]):
    """What became of a task.

    Attributes:
        task: the task.
        failure: why it failed, a sentence; None when it is done.
        died: whether the process ended before it was done.
    """

    task: Task
    failure: str | None = None
    died: bool = False


class _Worker(Generic[Task]):
    """A process, and what it does now."""

    def __init__(self, beginning: dict[str, Any]) -> None:
        variables = {
            **os.environ,
            **_ONE_THREAD,
            "PYTHONWARNINGS": "ignore",
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }
        # -P: the current folder's files are no modules; a group of its own: Ctrl-C is for the parent to handle
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "litmus.batch.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=variables,
            process_group=0 if os.name == "posix" else None,
        )
        self.task: Task | None = None
        self.starting = True
        self.unread = b""
        self.send(beginning)

    def send(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None  # noqa: S101 - it was asked for
        with contextlib.suppress(BrokenPipeError):  # that it is dead shows when it is read from
            self.process.stdin.write(json.dumps(message).encode() + b"\n")
            self.process.stdin.flush()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()


class Workers(Generic[Task]):
    """Some processes with a model each; they are started when there is work, and ended when this is left.

    Args:
        beginning: what a process is told first: the model and the options.
        count: the most processes.
        said: called with a number of rows when they are done.
    """

    def __init__(self, beginning: dict[str, Any], count: int, said: Callable[[Task, int], None]) -> None:
        self._beginning = beginning
        self._count = count
        self._said = said
        self._workers: list[_Worker[Task]] = []
        self._selector = selectors.DefaultSelector()

    @property
    def has_room(self) -> bool:
        """Whether a task may be given."""
        return len(self._workers) < self._count or any(worker.task is None for worker in self._workers)

    @property
    def busy(self) -> int:
        """How many tasks are under way."""
        return sum(worker.task is not None for worker in self._workers)

    def give(self, task: Task, message: dict[str, Any]) -> None:
        """Give a task to a process that has none."""
        worker = next((worker for worker in self._workers if worker.task is None), None)
        if worker is None:
            worker = _Worker(self._beginning)
            assert worker.process.stdout is not None  # noqa: S101 - it was asked for
            self._selector.register(worker.process.stdout, selectors.EVENT_READ, worker)
            self._workers.append(worker)
        worker.task = task
        worker.send(message)

    def outcomes(self) -> Iterator[Outcome[Task]]:
        """Wait until a task is done or failed; yields those that are."""
        for key, _ in self._selector.select():
            worker: _Worker[Task] = key.data
            data = os.read(key.fd, 1 << 16)
            if not data:
                task = worker.task
                self._remove(worker)
                if task is not None:
                    ending = _ending(worker.process.returncode)
                    yield Outcome(task, f"the process that answered ended ({ending})", died=True)
                continue
            *lines, worker.unread = (worker.unread + data).split(b"\n")
            for line in lines:
                yield from self._heard(worker, json.loads(line))

    def _heard(self, worker: _Worker[Task], message: dict[str, Any]) -> Iterator[Outcome[Task]]:
        """What a process says: rows that are done, or how its task ended."""
        task = worker.task
        if task is not None and "rows" in message:
            self._said(task, message["rows"])
        elif worker.starting and "done" in message:
            worker.starting = False
        else:
            worker.task = None
            if worker.starting:  # it could not open the model, and so answers nothing
                self._remove(worker)
            if task is not None:
                yield Outcome(task, message.get("failed"))

    def _remove(self, worker: _Worker[Task]) -> None:
        self._selector.unregister(worker.process.stdout)  # type: ignore[arg-type]
        self._workers.remove(worker)
        worker.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in list(self._workers):
            self._remove(worker)
        self._selector.close()


def _ending(code: int | None) -> str:
    return "out of memory, or killed" if code is not None and code in (-9, 137) else f"code {code}"
