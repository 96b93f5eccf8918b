"""Keeps the folder and the processes of one simulation, and takes both away when it ends, however it ends.

A program of its own that needs the standard library only. It makes a folder, starts processes on given cores, watches
the memory they take, and says on standard output, a JSON object a line, what happens. It ends, with all it has started and
made, when standard input closes, the process that started it is gone, or it is told to stop.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from typing import Any, NoReturn

_LOOK_SECONDS = 0.02
_AHEAD = -15
_TURN_NANOSECONDS = 100_000
_SET_SCHEDULING = {"x86_64": 314, "aarch64": 274}  # the number of the system call sched_setattr
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


class _Kept:
    """A process that was started here."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], memory: int | None) -> None:
        self.name = name
        self.process = process
        self.memory = memory
        self.peak = 0
        self.too_much = False


class _Keeper:
    def __init__(self, folder: str, parent: int) -> None:
        self._folder = folder
        self._parent = parent
        self._kept: dict[str, _Kept] = {}
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._buffer = b""

    def run(self) -> None:
        """Follow orders until there is nobody to give any."""
        while os.getppid() == self._parent:
            if select.select([0], [], [], _LOOK_SECONDS)[0]:
                data = os.read(0, 65536)
                if not data:
                    return
                *lines, self._buffer = (self._buffer + data).split(b"\n")
                for line in lines:
                    self._obey(json.loads(line))
            for kept in list(self._kept.values()):
                self._look_after(kept)

    def end_all(self) -> None:
        """Kill what runs, and wait until it is gone."""
        for kept in self._kept.values():
            _kill(kept.process)
        for kept in self._kept.values():
            kept.process.wait()

    def _obey(self, order: dict[str, Any]) -> None:
        name = order["name"]
        if order["do"] == "start":
            self._start(name, order)
        elif name in self._kept:
            _kill(self._kept[name].process)

    def _start(self, name: str, order: dict[str, Any]) -> None:
        keeper = os.getpid()

        def prepare() -> None:
            os.sched_setaffinity(0, order["cpus"])
            self._go_ahead()
            self._libc.prctl(_DIE_WITH_PARENT, signal.SIGKILL)
            if os.getppid() != keeper:
                os._exit(1)

        with open(os.path.join(self._folder, f"{name}.log"), "ab") as log:  # noqa: PTH118, PTH123
            begun = time.monotonic()
            try:
                process = subprocess.Popen(  # noqa: S603
                    order["command"],
                    env=order["env"],
                    cwd=self._folder,
                    stdin=subprocess.DEVNULL,
                    stderr=log,
                    start_new_session=True,
                    preexec_fn=prepare,  # noqa: PLW1509 - this program has one thread
                )
            except OSError as error:
                _say(event="ended", name=name, status=127, peak=0, too_much=False, reason=str(error))
                return
        kept = self._kept[name] = _Kept(name, process, order.get("memory"))
        _say(event="started", name=name, pid=process.pid, at=begun)
        self._look_after(kept)

    def _go_ahead(self) -> None:
        """Let this process run ahead of other work, which disturbs it less then, as far as the system lets it."""
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, _AHEAD)
            with open("/proc/self/autogroup", "w") as file:  # noqa: PTH123
                file.write(str(_AHEAD))
        call = _SET_SCHEDULING.get(os.uname().machine)
        if call is not None:  # a short turn lets it begin at once when it has something to do (Linux 6.12)
            nice = os.getpriority(os.PRIO_PROCESS, 0)
            self._libc.syscall(call, 0, struct.pack("IIQiIQQQ", 48, 0, 0, nice, 0, _TURN_NANOSECONDS, 0, 0), 0)

    def _look_after(self, kept: _Kept) -> None:
        status = kept.process.poll()
        if status is None:
            now, most = _memory(kept.process.pid)
            if most > kept.peak:
                kept.peak = most
                _say(event="peak", name=kept.name, bytes=most)
            if kept.memory is not None and now > kept.memory:
                kept.too_much = True
                _kill(kept.process)
                status = kept.process.wait()
        if status is not None:
            _kill(kept.process)  # what it started itself
            del self._kept[kept.name]
            _say(event="ended", name=kept.name, status=status, peak=kept.peak, too_much=kept.too_much, reason="")


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _memory(pid: int) -> tuple[int, int]:
    """Bytes that a process and what it started hold now, and at most.

    File pages, such as libraries, which processes share, are counted once: as many as the process with the most has.
    """
    own, files, peak = 0, 0, 0
    for each in _family(pid):
        facts = _facts(each)
        own += facts.get(b"RssAnon", 0) + facts.get(b"RssShmem", 0)
        files = max(files, facts.get(b"RssFile", 0))
        peak = max(peak, facts.get(b"VmHWM", 0))
    return own + files, max(own + files, peak)


def _family(pid: int) -> list[int]:
    """The process and all that it started."""
    found, place = [pid], 0
    while place < len(found):
        with contextlib.suppress(OSError):
            for thread in os.listdir(f"/proc/{found[place]}/task"):  # noqa: PTH208
                with open(f"/proc/{found[place]}/task/{thread}/children", "rb") as file:  # noqa: PTH123
                    found += map(int, file.read().split())
        place += 1
    return found


def _facts(pid: int) -> dict[bytes, int]:
    """The memory lines of a process' status, in bytes."""
    facts = {}
    with contextlib.suppress(OSError), open(f"/proc/{pid}/status", "rb") as file:  # noqa: PTH123
        for line in file:
            name, _, value = line.partition(b":")
            if name in (b"RssAnon", b"RssFile", b"RssShmem", b"VmHWM"):
                facts[name] = int(value.split()[0]) * 1024
    return facts


def _say(**event: Any) -> None:
    os.write(1, json.dumps(event).encode() + b"\n")


def _stop(*_: Any) -> NoReturn:
    raise SystemExit


def _main() -> None:
    signal.signal(signal.SIGTERM, _stop)
    parent = os.getppid()
    folder = tempfile.mkdtemp(prefix="litmus-simulate-", dir=sys.argv[1])
    keeper = None
    try:
        keeper = _Keeper(folder, parent)
        _say(event="folder", path=folder)
        keeper.run()
    except BrokenPipeError:
        pass  # nobody listens any more
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if keeper is not None:
            keeper.end_all()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    _main()
