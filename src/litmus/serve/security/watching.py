"""Handing rows to the watch for probing, off the path of requests, and writing down what it finds."""

from __future__ import annotations

import collections
import datetime as dt
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from litmus.serve.hooks import Recorder
from litmus.serve.security.gate import asking_key
from litmus.serve.security.probing import Finding, ProbingWatch

__all__ = ["WatchingRecorder"]

_log = logging.getLogger("litmus.serve")
_EVENTS_FILE = "events.jsonl"
_LOOK_SECONDS = 0.5
_ROWS_AT_ONCE = 100  # in half a second: at some tens of microseconds a row, a hundredth of a core
_WAITING = 2 * _ROWS_AT_ONCE


class WatchingRecorder:
    """A recorder (`litmus.serve.hooks.Recorder`) that keeps copies of some rows for a thread to look at, and passes all on.

    Of rows that come faster than they are looked at, the first ones in each half second are taken: who probes a model sends so
    many of them that these show it.

    Args:
        watch: what looks at them.
        folder: the endpoint's, whose `events.jsonl` gets what is found; None only logs it.
        inner: the recorder that gets everything too.
        count: called for each finding.

    Attributes:
        findings: how many there were.
    """

    def __init__(
        self,
        watch: ProbingWatch,
        *,
        folder: Path | None = None,
        inner: Recorder | None = None,
        count: Callable[[], None] | None = None,
    ) -> None:
        self._watch = watch
        self._folder = folder
        self._inner = inner
        self._count = count
        self._waiting: collections.deque[tuple[str, Mapping[str, Any]]] = collections.deque(maxlen=_WAITING)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.findings = 0

    def record(
        self,
        request_id: str,
        variant: str,
        version: str,
        *,
        rows: Sequence[Mapping[str, Any]],
        answers: Any,
        seconds: float,
    ) -> None:
        """Keep rows to look at; see `litmus.serve.hooks.Recorder.record`."""
        if len(self._waiting) < _ROWS_AT_ONCE:
            key = asking_key.get()
            step = max(1, len(rows) // _ROWS_AT_ONCE)
            self._waiting.extend((key, row) for row in rows[::step])
        if self._inner is not None:
            self._inner.record(request_id, variant, version, rows=rows, answers=answers, seconds=seconds)

    def start(self) -> None:
        """Begin to look."""
        if self._thread is None:
            self._stopping.clear()
            self._thread = threading.Thread(target=self._run, name="litmus-probing", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Look at what is left, and end."""
        if self._thread is not None:
            self._stopping.set()
            self._thread.join(5.0)
            self._thread = None

    def look(self) -> list[Finding]:
        """Look at what waits; returns what was found."""
        by_key: dict[str, list[Mapping[str, Any]]] = {}
        for _ in range(len(self._waiting)):
            key, row = self._waiting.popleft()
            by_key.setdefault(key, []).append(row)
        found: list[Finding] = []
        for key, rows in by_key.items():
            found += self._watch.look(key, rows, now=time.monotonic())
        for finding in found:
            self._tell(finding)
        return found

    def _run(self) -> None:
        while not self._stopping.wait(_LOOK_SECONDS):
            self._look_safely()
        self._look_safely()

    def _look_safely(self) -> None:
        try:
            self.look()
        except Exception:  # answers must not depend on it
            _log.exception("Rows could not be looked at for probing")

    def _tell(self, finding: Finding) -> None:
        self.findings += 1
        if self._count is not None:
            self._count()
        _log.warning("%s", finding.sentence)
        if self._folder is None:
            return
        entry = {
            "time": dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"),
            "event": "probing",
            "message": finding.sentence,
            "key": finding.key,
            "pattern": finding.pattern,
            "columns": list(finding.columns),
            "rows": finding.rows,
        }
        try:
            number = os.open(self._folder / _EVENTS_FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(number, msgspec.json.encode(entry) + b"\n")  # in one piece: lines of two writers never mix
            finally:
                os.close(number)
        except OSError as error:
            _log.error("The finding could not be written to %s: %s", self._folder, error.strerror)
