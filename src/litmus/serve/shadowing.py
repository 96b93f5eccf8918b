"""Copies of requests for shadow variants: they are answered when there is time, compared, and go nowhere."""

from __future__ import annotations

import json
import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from litmus.serve.counters import Counters
from litmus.serve.responses import json_bytes
from litmus.serve.served import Answers

if TYPE_CHECKING:
    from litmus.serve.service import Variant

__all__ = ["Shadowing"]

_log = logging.getLogger("litmus.serve")
_COPIES = 256
_ROWS = 1_000  # of one request that are compared
_TOLD_SECONDS = 1.0
_CLOSE = 1e-6


class Shadowing:
    """Answers copies with shadow variants in a thread of its own, and counts where they differ.

    Args:
        counters: of the worker; the words of shadows are written by this thread alone.
        tell: is given a difference now and then, at most one a second: a mapping for `events.jsonl`.
    """

    def __init__(self, counters: Counters, tell: Callable[[Mapping[str, Any]], None] | None = None) -> None:
        self._counters = counters
        self.tell = tell or _log_difference
        self._copies: queue.Queue[tuple[Sequence[Variant], Variant, Any, Answers] | None] = queue.Queue(_COPIES)
        self._thread: threading.Thread | None = None
        self._told = 0.0
        self._dropped = 0

    def copy(self, shadows: Sequence[Variant], variant: Variant, rows: Any, answers: Answers) -> None:
        """Hand over a request that was answered; it is dropped, and counted, when too many wait."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="litmus-shadow", daemon=True)
            self._thread.start()
        try:
            self._copies.put_nowait((shadows, variant, rows, answers))
        except queue.Full:
            self._dropped += 1  # by the event loop alone; the thread writes it down

    def waiting(self) -> int:
        """Copies that are not answered yet."""
        return self._copies.unfinished_tasks

    def _work(self) -> None:
        counted = 0
        while (copied := self._copies.get()) is not None:
            shadows, variant, rows, answers = copied
            dropped, counted = self._dropped - counted, self._dropped
            for shadow in shadows:
                if dropped:
                    shadow.counters(self._counters).shadowed(dropped=dropped)
                self._compare(shadow, variant, rows, answers)
            self._copies.task_done()

    def _compare(self, shadow: Variant, variant: Variant, rows: Any, answers: Answers) -> None:
        given = rows[:_ROWS] if isinstance(rows, list) else rows
        counters = shadow.counters(self._counters)
        started = time.perf_counter()
        try:
            own = shadow.model.answer(given)
        except Exception as error:
            counters.observe(time.perf_counter() - started, 0.0, 5, 0)
            counters.shadowed(compared=1, different=1)
            self._tell(shadow, variant, f"{type(error).__name__}: {error}")
            return
        count = 1 if isinstance(given, dict) else len(given)
        counters.observe(time.perf_counter() - started, 0.0, 2, count)
        differing = [number for number in range(count) if not _same(answers.labels[number], own.labels[number])]
        counters.shadowed(compared=count, different=len(differing))
        if differing:
            first = differing[0]
            self._tell(shadow, variant, None, _plain(answers.labels[first]), _plain(own.labels[first]))

    def _tell(self, shadow: Variant, variant: Variant, error: str | None, *labels: Any) -> None:
        if (now := time.monotonic()) < self._told + _TOLD_SECONDS:
            return
        self._told = now
        event: dict[str, Any] = {"event": "shadow differs", "variant": variant.version, "shadow": shadow.version}
        if error is not None:
            event["error"] = error[:500]
        else:
            event["answers"], event["shadow_answers"] = labels
        self.tell(event)

    def close(self) -> None:
        """End the thread when it has answered what it works on."""
        if self._thread is not None:
            while True:
                try:
                    self._copies.put_nowait(None)
                    break
                except queue.Full:
                    self._copies.get_nowait()
            self._thread.join(5.0)
            self._thread = None


def _log_difference(event: Mapping[str, Any]) -> None:
    _log.info("%s", json.dumps(event))


def _plain(label: Any) -> Any:
    return json.loads(json_bytes(label))


def _same(label: Any, other: Any) -> bool:
    """Whether two answers are the same; numbers to six digits, as copies of a model may round otherwise."""
    if isinstance(label, float | np.floating) and isinstance(other, float | np.floating):
        return bool(np.isclose(label, other, rtol=_CLOSE, atol=_CLOSE, equal_nan=True))
    return json_bytes(label) == json_bytes(other)
