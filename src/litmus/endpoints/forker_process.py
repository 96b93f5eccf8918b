"""The program that loads an endpoint's models once and forks its workers, which share that memory.

It talks to the supervisor in JSON lines over a socket: it says `loaded` or `failed`, is told `fork`, and says `forked` and
`ended` with how a worker ended. It has one thread, as only such processes may be forked, and it ends when the supervisor
does; its workers do not end with it.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from litmus.serve.service import Service

__all__ = ["main"]

_DRAIN_SECONDS = 35.0


class _Forker:
    def __init__(self, folder: Path, listener: socket.socket, control: socket.socket, lifeline: int) -> None:
        self.folder = folder
        self.listener = listener
        self.control = control
        self.lifeline = lifeline
        self.service: Service | None = None
        self._children: dict[int, tuple[str, int]] = {}

    def run(self) -> None:
        """Load, then fork as told until the supervisor lets go of the control socket."""
        try:
            self._load()
        except Exception as error:
            self._say(event="failed", message=_sentence(error))
            return
        self._say(event="loaded")
        waker, wakes = socket.socketpair()
        wakes.setblocking(False)
        waker.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        self._listen_to_supervisor(wakes)

    def _load(self) -> None:
        import litmus.serve.worker  # noqa: F401 (its workers share what is imported before they are forked)
        from litmus.serve.service import open_service

        self.service = open_service(self.folder)
        gc.collect()
        gc.freeze()  # a collection would write to every object, and so copy the pages that workers share

    def _listen_to_supervisor(self, wakes: socket.socket) -> None:
        import selectors

        selector = selectors.DefaultSelector()
        selector.register(self.control, selectors.EVENT_READ)
        selector.register(wakes, selectors.EVENT_READ)
        waiting = b""
        while True:
            for key, _ in selector.select():
                if key.fileobj is wakes:
                    with contextlib.suppress(BlockingIOError):
                        wakes.recv(4096)
                    continue
                received = self.control.recv(65536)
                if not received:
                    return
                waiting += received
                *lines, waiting = waiting.split(b"\n")
                for line in lines:
                    self._fork(json.loads(line), selector)
            self._reap()

    def _fork(self, order: dict[str, Any], selector: Any) -> None:
        kind, slot = str(order["kind"]), int(order["slot"])
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            selector.close()
            self.control.close()
            self._work(kind, slot)
        self._children[pid] = (kind, slot)
        self._say(event="forked", kind=kind, slot=slot, pid=pid)

    def _work(self, kind: str, slot: int) -> None:
        """Be a worker; never returns."""
        code = 1
        try:
            from litmus.endpoints.worker_kinds import kind_named

            threading.Thread(target=_end_with, args=(self.lifeline,), daemon=True, name="lifeline").start()
            if self.service is None:
                raise RuntimeError("nothing is loaded")
            kind_named(kind).run(self.folder, slot, self.listener, self.service)
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        except BaseException:
            traceback.print_exc()
        finally:
            with contextlib.suppress(Exception):
                sys.stderr.flush()
            os._exit(code)

    def _reap(self) -> None:
        while self._children:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid in self._children:
                kind, slot = self._children.pop(pid)
                self._say(event="ended", kind=kind, slot=slot, pid=pid, code=os.waitstatus_to_exitcode(status))

    def _say(self, **event: Any) -> None:
        with contextlib.suppress(OSError):
            self.control.sendall(json.dumps(event).encode() + b"\n")


def _end_with(lifeline: int) -> None:
    """End this process when the supervisor, which alone holds the other end, is gone."""
    with contextlib.suppress(OSError):
        while os.read(lifeline, 1):
            pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_DRAIN_SECONDS)
    os._exit(1)


def _sentence(error: Exception) -> str:
    from litmus.errors import LitmusError

    if isinstance(error, LitmusError):
        return " ".join(str(error).split())
    traceback.print_exc()
    return f"The model could not be loaded ({type(error).__name__}: {' '.join(str(error).split())[:300]})."


def main(arguments: Sequence[str]) -> int:
    """Arguments: the endpoint's folder, and the numbers of the listening socket, the control socket and the lifeline."""
    folder, listener, control, lifeline = Path(arguments[0]), *map(int, arguments[1:4])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is none of its business
    _Forker(folder, socket.socket(fileno=listener), socket.socket(fileno=control), lifeline).run()
    return 0
