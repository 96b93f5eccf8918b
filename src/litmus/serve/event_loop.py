"""The event loop of a server, and the signals that end it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

try:  # here and not in the function: workers that are forked share what was imported before
    from uvloop import new_event_loop as _uvloop
except ImportError:
    _new_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
else:
    _new_loop = _uvloop

__all__ = ["run_loop", "stop_on_signals"]


def run_loop(work: Coroutine[Any, Any, None]) -> None:
    """Run until the work is done: on uvloop, or on asyncio's own loop where there is no uvloop, as on Windows."""
    with asyncio.Runner(loop_factory=_new_loop) as runner:
        runner.run(work)


def stop_on_signals(stop: Callable[[], Awaitable[None]]) -> None:
    """Call `stop` in the running loop at SIGTERM or Ctrl-C; in other threads than the main one there are no signals."""
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    stopping: list[asyncio.Future[None]] = []

    def begin() -> None:
        if not stopping:
            stopping.append(asyncio.ensure_future(stop()))

    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # on Windows
            loop.add_signal_handler(number, begin)
