"""What stops a command: Ctrl-C and the signals of a closing terminal or a shutting down machine, all with cleaning up."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any, NoReturn

__all__ = ["INTERRUPTED", "stop_cleanly"]

INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells have it."""

_IMPATIENCE_SECONDS = 5.0
"""A second Ctrl-C within this time is not heard: it would cut short the cleaning up that the first one began."""


@contextlib.contextmanager
def stop_cleanly() -> Iterator[None]:
    """While this is active, a signal that ends the process first lets `finally` blocks run."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed = -_IMPATIENCE_SECONDS

    def interrupt(*_: Any) -> None:
        nonlocal pressed
        now = time.monotonic()
        if now - pressed >= _IMPATIENCE_SECONDS:
            pressed = now
            raise KeyboardInterrupt

    def end(number: int, _: Any) -> NoReturn:
        raise SystemExit(128 + number)

    handlers = {signal.SIGINT: interrupt, signal.SIGTERM: end}
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # not under nohup
        handlers[signal.SIGHUP] = end
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
