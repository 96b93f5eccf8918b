"""The progress of a run on a command line: silent until the data are read, so that a mistake in them is one sentence."""

from __future__ import annotations

import contextlib
import sys
from types import TracebackType
from typing import Self

from litmus.events import Event, Subscriber

__all__ = ["RunProgress"]


class RunProgress:
    """Shows the events of a run on standard error.

    In a terminal every event shows at once. Elsewhere those before the data are loaded wait for that moment, and are
    forgotten when it never comes. What was not put into the store is always said.

    Args:
        quiet: show nothing else.
    """

    def __init__(self, *, quiet: bool) -> None:
        self._waiting: list[Event] | None = None if sys.stderr.isatty() else []
        self._stack = contextlib.ExitStack()
        self._show: Subscriber | None = None
        if not quiet:
            from litmus.progress.terminal import TerminalProgress

            self._show = self._stack.enter_context(TerminalProgress())

    def __call__(self, event: Event) -> None:
        """Show an event, now or later."""
        if self._show is None:
            if event.kind == "note":
                sys.stderr.write(f"litmus: {event.message}\n")
            return
        if self._waiting is not None:
            self._waiting.append(event)
            if event.kind not in ("data.loaded", "run.started"):
                return
            shown, self._waiting = self._waiting, None
        else:
            shown = [event]
        for each in shown:
            self._show(each)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
