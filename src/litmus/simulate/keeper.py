"""The processes of a simulation: started on chosen cores, watched, and gone with their folder when it ends."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, cast

from litmus.errors import ResourceError

__all__ = ["Ended", "Keeper", "isolated_python"]

_PROGRAM = Path(__file__).with_name("_keeper_process.py")
_LAST_WORDS_BYTES = 4000


@dataclasses.dataclass(frozen=True)
class Ended:
    """How a process ended.

    Attributes:
        name: which one.
        status: its exit status; negative for the signal that killed it.
        peak: bytes it took at most.
        too_much: whether it was killed for taking more memory than it may.
        last_words: the end of what it wrote to standard error.
    """

    name: str
    status: int
    peak: int
    too_much: bool
    last_words: str

    @property
    def how(self) -> str:
        """The status in words, with the last line it wrote."""
        try:
            end = (
                f"killed by {signal.Signals(-self.status).name}" if self.status < 0 else f"it exited with {self.status}"
            )
        except ValueError:
            end = f"it ended with status {self.status}"
        lines = [line.strip() for line in self.last_words.splitlines() if line.strip()]
        return f"{end}: {lines[-1]}" if lines else end


class Keeper:
    """Starts processes and answers for their end.

    A process beside this one does the work (`_keeper_process.py`): it ends all processes and removes the folder
    when the `with` block is left, and also when this process is killed.

    Attributes:
        folder: a temporary folder for the simulation's files, removed at the end.
        peaks: name → bytes that the process took at most so far.
        started: name → when it was started, in `time.monotonic()` seconds.
        numbers: name → the number of the process.
    """

    def __init__(self) -> None:
        if not sys.platform.startswith("linux"):
            raise ResourceError(
                f"A deployment can be simulated on Linux only, because cores and memory are read from /proc; this is "
                f"{sys.platform}. Use a Linux machine or container."
            )
        self.peaks: dict[str, int] = {}
        self.started: dict[str, float] = {}
        self.numbers: dict[str, int] = {}
        self._said: list[dict[str, Any]] = []
        self._buffer = b""
        self._ended: dict[str, Ended] = {}

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(  # noqa: S603
            [*isolated_python(), str(_PROGRAM), tempfile.gettempdir()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C in a terminal is for us; we tell it what to do
        )
        self._orders, self._events = cast(IO[bytes], self._process.stdin), cast(IO[bytes], self._process.stdout)
        try:
            self.folder = Path(self._next(lambda event: event["event"] == "folder", 30.0)["path"])
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    @property
    def process(self) -> int:
        """The number of the process that keeps the others."""
        return self._process.pid

    def _close(self) -> None:
        with contextlib.suppress(OSError):
            self._orders.close()
        try:
            self._process.wait(30.0)
        finally:
            self._events.close()

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        cpus: Sequence[int],
        env: Mapping[str, str],
        memory: int | None = None,
    ) -> None:
        """Start a process on the cores `cpus`, to be ended when it and what it starts take more than `memory` bytes."""
        self._ended.pop(name, None)
        for known in (self.peaks, self.started, self.numbers):
            known.pop(name, None)
        order = {"do": "start", "name": name, "command": list(command), "cpus": list(cpus), "env": dict(env)}
        self._order({**order, "memory": memory})

    def stop(self, name: str) -> None:
        """End a process and wait until it is gone."""
        if name not in self._ended:
            self._order({"do": "stop", "name": name})
            self.wait(name, 30.0)

    def wait(self, name: str, seconds: float, *, unless: str | None = None) -> Ended | None:
        """Wait until the process `name` ends, or the process `unless`, whichever is first; None when time runs out."""
        until = time.monotonic() + seconds
        while True:
            for each in (name, unless):
                if each in self._ended:
                    return self._ended[each]
            if not self._listen(until - time.monotonic()):
                return None

    def told(self, name: str, seconds: float) -> dict[str, Any] | Ended | None:
        """What the process `name` says next on standard output: a JSON object, or how it ended; None after `seconds`."""
        until = time.monotonic() + seconds
        while True:
            for place, event in enumerate(self._said):
                if event.get("event") == f"told by {name}" and name in self.started:
                    return self._said.pop(place)
            if name in self._ended:
                return self._ended[name]
            if not self._listen(until - time.monotonic()):
                return None

    def ended(self, name: str) -> Ended | None:
        """How the process ended, or None when it still runs."""
        while self._listen(0.0):
            pass
        return self._ended.get(name)

    def _order(self, order: Mapping[str, Any]) -> None:
        try:
            self._orders.write(json.dumps(order).encode() + b"\n")
            self._orders.flush()
        except BrokenPipeError:
            raise _gone() from None

    def _next(self, wanted: Any, seconds: float) -> dict[str, Any]:
        until = time.monotonic() + seconds
        while True:
            for place, event in enumerate(self._said):
                if wanted(event):
                    return self._said.pop(place)
            if not self._listen(until - time.monotonic()):
                raise _gone()

    def _listen(self, seconds: float) -> bool:
        """Take in what is said within `seconds`; whether anything was."""
        if not select.select([self._events], [], [], max(seconds, 0.0))[0]:
            return False
        data = os.read(self._events.fileno(), 65536)
        if not data:
            raise _gone()
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            self._take_in(line)
        return True

    def _take_in(self, line: bytes) -> None:
        try:
            event = json.loads(line)
            kind = event["event"]
        except (ValueError, TypeError, KeyError):
            return  # a library that writes to standard output before it is told not to
        name = event.get("name", "")
        if kind == "peak":
            self.peaks[name] = event["bytes"]
        elif kind == "started":
            self.started[name] = event["at"]
            self.numbers[name] = event["pid"]
        elif kind == "ended":
            words = event["reason"] or self.last_words(name)
            self._ended[name] = Ended(name, event["status"], event["peak"], event["too_much"], words)
        else:
            self._said.append(event)

    def last_words(self, name: str) -> str:
        """The end of what a process wrote to standard error."""
        try:
            with (self.folder / f"{name}.log").open("rb") as file:
                file.seek(0, os.SEEK_END)
                file.seek(max(file.tell() - _LAST_WORDS_BYTES, 0))
                return file.read().decode("utf-8", "replace")
        except OSError:
            return ""


def isolated_python() -> list[str]:
    """The command of this Python with nothing but the standard library: no installed packages, no PYTHON… variables."""
    return [sys.executable, "-I", "-S"]


def _gone() -> ResourceError:
    return ResourceError(
        "The process that keeps a simulation's server ended before its work was done; it was killed from outside, as a "
        "system does that runs out of memory. Simulate again when the machine has more free."
    )
