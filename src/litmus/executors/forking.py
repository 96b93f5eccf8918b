"""What the kept process does: fork a worker for each request, tell how each ended, and end what workers leave behind.

It is the reaper of everything that its workers start: a process whose parent died becomes its child, also one that went
into a session of its own. Whatever is its child and no worker is such an orphan, and is ended: politely at first, because
Python's own resource tracker must have the time to unlink shared memory, then by force.
"""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import json
import os
import select
import shutil
import signal
import socket
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from litmus.executors.family import children_of, clears_up, inherit_orphans

__all__ = ["fork_on_request"]

_IDLE_SECONDS = 600.0
"""How long the process waits for the next request, without any worker, before it ends."""

_GRACE_SECONDS = 1.0
"""How long an orphan has to end by itself."""


@dataclasses.dataclass
class _Child:
    """A worker: where to tell how it ended, and its folder for temporary files."""

    fate: Connection
    scratch: str


class _Forking:
    """The state of the process."""

    def __init__(self) -> None:
        self._requests = socket.socket(fileno=os.dup(0))
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # the requests are not for whoever reads standard input
        self._wake, self._signals = os.pipe()
        self._workers: dict[int, _Child] = {}
        self._ended: list[_Child] = []
        self._orphans: dict[int, float] = {}
        self._forked = 0
        self._home = ""

    def run(self) -> None:
        """Serve requests until the parent ends, or nothing was asked for a while."""
        from litmus.executors.worker import preload

        first = self._receive()
        if first is None:
            return
        facts, _ = first
        self._home = facts["home"]
        sys.path[:] = facts["path"]
        gc.disable()  # what libraries make as they are imported stays; looking through it takes a tenth of the time
        preload(facts["modules"])
        inherit_orphans()
        self._listen_to_signals()
        while self._serve_one():
            pass
        self._end_all()

    def _listen_to_signals(self) -> None:
        os.set_blocking(self._wake, False)
        os.set_blocking(self._signals, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._signals, warn_on_full_buffer=False)

    def _serve_one(self) -> bool:
        """Wait for one request or the end of a child; False when this process should end."""
        timeout = 0.05 if self._ended else (None if self._workers else _IDLE_SECONDS)
        sources: list[Any] = [self._requests, self._wake]
        ready = select.select(sources, [], [], timeout)[0]
        if not ready and timeout == _IDLE_SECONDS:
            return False
        if self._wake in ready:
            with contextlib.suppress(BlockingIOError):
                while os.read(self._wake, 4096):
                    pass
        self._reap()
        if self._requests not in ready:
            return True
        request = self._receive()
        if request is not None:
            self._fork(*request)
        return request is not None

    def _receive(self) -> tuple[dict[str, Any], list[int]] | None:
        """One request with the descriptors that came with it; None when the parent has ended."""
        head, descriptors, _, _ = socket.recv_fds(self._requests, 8, 2, socket.MSG_WAITALL)
        size, body = int.from_bytes(head), bytearray()
        while len(head) == 8 and len(body) < size:
            part = self._requests.recv(size - len(body))
            if not part:
                break
            body += part
        for descriptor in descriptors:
            os.set_inheritable(descriptor, False)  # not for the programs that a job starts
        return (json.loads(body), descriptors) if len(head) == 8 and len(body) == size else None

    def _fork(self, facts: dict[str, Any], descriptors: list[int]) -> None:
        from litmus.executors.worker import preload

        sys.path[:] = facts["path"]
        preload(facts["modules"])
        self._forked += 1
        connection = Connection(descriptors[0])
        gc.freeze()  # a collection would write to every object, and so copy the pages that workers share
        child = _Child(Connection(descriptors[1], readable=False), f"{self._home}/{self._forked}")
        try:
            pid = os.fork()
        except OSError:  # no room for another process: the parent sees both connections end
            connection.close()
            child.fate.close()
            return
        if pid == 0:
            self._live(facts, connection, child)
        connection.close()
        self._workers[pid] = child

    def _live(self, facts: dict[str, Any], connection: Connection, child: _Child) -> None:
        """The life of a worker; never returns."""
        code = 1
        try:
            gc.enable()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for other in (child, *self._workers.values(), *self._ended):
                other.fate.close()  # its end must show when the forker dies
            self._requests.close()
            os.close(self._wake)
            os.close(self._signals)
            os.setsid()
            inherit_orphans()
            _be_the_first_to_go()
            _live_as(facts, child.scratch)
            from litmus.executors.worker import serve

            serve(connection)
            code = 0
        finally:
            os._exit(code)

    def _reap(self) -> None:
        """Take note of the children that ended, and see to the processes they left behind."""
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                child = self._workers.pop(ended[0], None)
                if child is not None:
                    with contextlib.suppress(OSError):
                        child.fate.send(os.waitstatus_to_exitcode(ended[1]))
                    self._ended.append(child)
        if not self._ended or self._end_orphans():
            return
        for child in self._ended:
            shutil.rmtree(child.scratch, ignore_errors=True)
            child.fate.close()
        self._ended.clear()

    def _end_orphans(self) -> bool:
        """Ask orphans to end, then end them; whether there are any left."""
        now = time.monotonic()
        alive = [pid for pid in children_of(os.getpid()) if pid not in self._workers]
        self._orphans = {pid: self._orphans.get(pid, 0.0) for pid in alive}
        for pid, until in self._orphans.items():
            with contextlib.suppress(OSError):
                if not until:
                    os.kill(pid, signal.SIGTERM)
                    # the one that clears up starts when all others have ended
                    self._orphans[pid] = now + _GRACE_SECONDS * (2 if clears_up(pid) else 1)
                elif now > until:
                    os.kill(pid, signal.SIGKILL)
        return bool(alive)

    def _end_all(self) -> None:
        """End every worker, and everything they started."""
        for pid in self._workers:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        until = time.monotonic() + 10
        while (self._workers or self._ended) and time.monotonic() < until:
            self._reap()
            time.sleep(0.01)
        shutil.rmtree(self._home, ignore_errors=True)


def fork_on_request() -> None:
    """Fork a worker for each request of the parent, until it ends or nothing was asked for a while.

    The work is done by a child: a parent that kills its own children as it ends, as Ray's processes do, must not take away
    the one that ends all the others.
    """
    child = os.fork()
    if child == 0:
        return _Forking().run()
    os.close(0)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(child, 0)
    return None


def _be_the_first_to_go() -> None:
    """When the machine's memory runs out, the system should end a worker, not the program that it works for."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:  # noqa: PTH123
        file.write("500")


def _live_as(facts: dict[str, Any], scratch: str) -> None:
    """Take over the folder and the environment that the parent has now, with a folder for temporary files of its own."""
    os.environ.clear()
    os.environ.update(facts["environment"])
    with contextlib.suppress(OSError, TypeError):  # the folder is gone: paths in the jobs are absolute
        os.chdir(facts["folder"])
    with contextlib.suppress(OSError):  # a full disk is for the job to report that writes to it
        Path(scratch).mkdir(mode=0o700, parents=True)
        os.environ["TMPDIR"] = tempfile.tempdir = scratch
