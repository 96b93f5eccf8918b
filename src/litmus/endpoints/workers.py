"""An endpoint's worker processes: so many of each kind as there should be, started again when they die."""

from __future__ import annotations

import dataclasses
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

from litmus.endpoints.forker import Forker, how_ended
from litmus.endpoints.identity import born, is_alive, send_signal
from litmus.endpoints.log import tail
from litmus.endpoints.state import WorkerProcess
from litmus.endpoints.worker_kinds import kind_named
from litmus.serve.totals import Totals

__all__ = ["Note", "Workers"]

_SETTLED_SECONDS = 10.0
"""A worker that lived this long did not die of what it was started with."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 30.0
_DRAIN_SECONDS = 35.0
_FORK_SECONDS = 5.0
_SAYING_SECONDS = 0.5


class Note(Protocol):
    """Writes an event down."""

    def __call__(self, event: str, message: str = "", **facts: Any) -> None:
        """Take an event, as a sentence and with its facts."""


@dataclasses.dataclass
class _Worker:
    """A process that runs."""

    pid: int
    born: str
    began: float
    origin: int = 0
    connections: int = 0
    generation: int = 0
    ready: bool = False
    error: str = ""
    kill_at: float | None = None  # it was told to end
    missed: float | None = None

    @property
    def stopping(self) -> bool:
        return self.kill_at is not None


@dataclasses.dataclass
class _Place:
    """Where one worker belongs, whether or not it runs."""

    worker: _Worker | None = None
    asked: float | None = None
    restarts: int = 0
    quick_ends: int = 0
    not_before: float = 0.0
    why: str = ""


class Workers:
    """The workers of one endpoint.

    Args:
        folder: the endpoint's folder.
        note: writes events down.
        clock: seconds that only go forward.

    Attributes:
        wanted: how many there should be, by kind.
        deaths: how many ended that nobody had told to.
        origin: of the workers that are started now; it grows when what they share was loaded anew.
    """

    def __init__(self, folder: Path, note: Note, clock: Callable[[], float] = time.monotonic) -> None:
        self.wanted: dict[str, int] = {}
        self.deaths = 0
        self.origin = 0
        self._folder = folder
        self._note = note
        self._clock = clock
        self._places: dict[tuple[str, int], _Place] = {}

    def keep(self, forker: Forker | None) -> None:
        """Start what is missing and tell what is too much to end."""
        now = self._clock()
        for kind, count in self.wanted.items():
            first, stays = kind_named(kind).first_slot, kind_named(kind).ends_by_itself
            for slot in range(first, first + count):
                self._keep_one(self._places.setdefault((kind, slot), _Place()), kind, slot, forker, now)
            for (other, slot), place in list(self._places.items()):
                if other == kind and slot >= first + count and not (stays and place.worker is not None):
                    self._let_go(other, slot, place, now)
        for _, _, worker in self._running():
            if worker.kill_at is not None and now > worker.kill_at:
                send_signal(worker.pid, worker.born, signal.SIGKILL)

    def _keep_one(self, place: _Place, kind: str, slot: int, forker: Forker | None, now: float) -> None:
        if place.asked is not None and now > place.asked + _FORK_SECONDS:
            place.asked = None  # the forker that was asked is gone
        if place.worker is None and place.asked is None and now >= place.not_before and forker is not None:
            if forker.fork(kind, slot):
                place.asked = now
        elif place.worker is not None and place.quick_ends and now - place.worker.began > _SETTLED_SECONDS:
            place.quick_ends = 0

    def _let_go(self, kind: str, slot: int, place: _Place, now: float) -> None:
        if place.worker is not None and not place.worker.stopping:
            self._tell_to_end(place.worker, now)
        elif place.worker is None and place.asked is None:
            del self._places[kind, slot]

    def _tell_to_end(self, worker: _Worker, now: float) -> None:
        worker.kill_at = now + _DRAIN_SECONDS
        worker.ready = False
        send_signal(worker.pid, worker.born, signal.SIGTERM)

    def forked(self, kind: str, slot: int, pid: int) -> None:
        """A worker was started."""
        place = self._places.setdefault((kind, slot), _Place())
        place.asked = None
        place.worker = _Worker(pid, born(pid), self._clock(), self.origin)

    def ended(self, kind: str, slot: int, pid: int, code: int | None) -> None:
        """A worker ended."""
        place = self._places.get((kind, slot))
        if place is None or place.worker is None or place.worker.pid != pid:
            return
        worker, now = place.worker, self._clock()
        place.worker = None
        if worker.stopping:
            return
        lived = now - worker.began
        place.why = how_ended(code) + self._last_words(code)
        if code == 0 and kind_named(kind).ends_by_itself:
            return
        self.deaths += 1
        place.restarts += 1
        place.quick_ends = place.quick_ends + 1 if lived < _SETTLED_SECONDS else 0
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (place.quick_ends - 1)) if place.quick_ends else 0.0
        place.not_before = now + pause
        again = "at once" if pause < 1 else f"in {pause:.0f} seconds"
        self._note(
            "worker died",
            f"Worker {slot} (process {pid}) {place.why} after {lived:.1f} seconds; it is started again {again}.",
            kind=kind,
            slot=slot,
            pid=pid,
            code=code,
            restarts=place.restarts,
        )

    def _last_words(self, code: int | None) -> str:
        """What a worker that failed wrote last: the line that says what was wrong."""
        if not code or code < 0:
            return ""
        lines = [line.strip() for line in tail(self._folder, 3) if line.strip()]
        return f" ({lines[-1][:300]})" if lines else ""

    def find_ended(self) -> None:
        """Notice workers that ended without their forker saying so: it had been replaced, or was killed."""
        for kind, slot, worker in self._running():
            try:
                pid, status = os.waitpid(worker.pid, os.WNOHANG)
            except ChildProcessError:  # the forker's child, which knows how it ended and says so
                if is_alive(worker.pid, worker.born):
                    worker.missed = None
                elif worker.missed is None:
                    worker.missed = self._clock()
                elif self._clock() - worker.missed > _SAYING_SECONDS:
                    self.ended(kind, slot, worker.pid, None)
                continue
            if pid:
                self.ended(kind, slot, pid, os.waitstatus_to_exitcode(status))

    def see(self, totals: Totals) -> None:
        """Take in what the workers say of themselves."""
        for _, slot, worker in self._running():
            said = totals.workers.get(slot)
            if said is not None and said.pid == worker.pid:
                worker.generation, worker.error, worker.connections = said.generation, said.error, said.connections
                worker.ready = said.ready and not worker.stopping

    def renew(self) -> None:
        """Replace a worker that shares no memory with those started now, if one has no connection open and all are ready.

        After an update each worker has a copy of the new model; those that are started again share one. Nobody notices:
        a worker with connections is left alone.
        """
        if self.ready() < self.wanted["http"] or self.wanted["http"] < 2:
            return
        for kind, _, worker in self._running():
            if kind == "http" and worker.origin < self.origin and not worker.connections and not worker.stopping:
                self._tell_to_end(worker, self._clock())
                return

    def _running(self) -> Iterator[tuple[str, int, _Worker]]:
        for (kind, slot), place in list(self._places.items()):
            if place.worker is not None:
                yield kind, slot, place.worker

    def count(self, kind: str) -> int:
        """How many run and were not told to end."""
        return sum(each == kind and not worker.stopping for each, _, worker in self._running())

    def ready(self, generation: int | None = None) -> int:
        """How many answer requests; of a generation, or of any."""
        return sum(
            kind == "http" and worker.ready and generation in (None, worker.generation)
            for kind, _, worker in self._running()
        )

    def behind(self, generation: int) -> int:
        """How many answer requests by an older configuration."""
        return sum(
            kind == "http" and worker.ready and worker.generation < generation for kind, _, worker in self._running()
        )

    def error(self) -> str:
        """Why a worker could not take the newest configuration, or ""."""
        return next((worker.error for kind, _, worker in self._running() if kind == "http" and worker.error), "")

    def trouble(self) -> str:
        """Why there may be no worker that answers: what the last ones died of, or ""."""
        failing = [place for (kind, _), place in self._places.items() if kind == "http" and place.quick_ends]
        return f"the last worker {failing[0].why}" if failing else ""

    def report(self) -> list[WorkerProcess]:
        """The running workers, as `state.json` has them."""
        return [
            WorkerProcess(
                pid=worker.pid,
                born=worker.born,
                slot=slot,
                kind=kind,
                generation=worker.generation,
                ready=worker.ready,
                restarts=self._places[kind, slot].restarts,
            )
            for kind, slot, worker in sorted(self._running(), key=lambda each: each[1])
        ]

    def stop(self) -> None:
        """Tell all of them to end."""
        now = self._clock()
        self.wanted = dict.fromkeys(self.wanted, 0)
        for _, _, worker in self._running():
            if not worker.stopping:
                self._tell_to_end(worker, now)

    def kill(self) -> None:
        """End all of them now."""
        for _, _, worker in self._running():
            send_signal(worker.pid, worker.born, signal.SIGKILL)

    @property
    def any_left(self) -> bool:
        """Whether any runs or is being started."""
        return any(place.worker is not None or place.asked is not None for place in self._places.values())
