"""A process that has imported the libraries once and forks workers from itself, kept for the next run of this program.

Importing what training needs takes about two seconds; every run after the first starts its workers in milliseconds.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["Forker", "launch_worker", "shared_forker"]


def launch_worker(address: str, *, threads: int) -> subprocess.Popen[bytes]:
    """Start `python -m litmus.executors.worker`, which reads what it needs to know from its standard input."""
    command = [sys.executable, "-m", "litmus.executors.worker", address]
    variables = {**os.environ, **_thread_limits(threads), "PYTHONWARNINGS": "ignore"}
    # in a group of their own, workers do not hear the Ctrl-C of a terminal, which is the parent's to handle
    group = 0 if os.name == "posix" else None
    return subprocess.Popen(command, stdin=subprocess.PIPE, env=variables, process_group=group)  # noqa: S603


class Forker:
    """One such process; it ends when this program does, or after ten minutes without a request.

    Args:
        threads: threads that each job of its workers may use.
        modules: libraries to import before the first worker is forked, beside the usual ones.
    """

    def __init__(self, *, threads: int, modules: Sequence[str] = ()) -> None:
        self.threads = threads
        self._sending = threading.Lock()
        self._process = launch_worker("", threads=threads)
        self._send({"path": sys.path, "modules": list(modules)})

    @property
    def is_alive(self) -> bool:
        """Whether it can still be asked."""
        return self._process.poll() is None

    def fork(self, address: str, key: bytes, number: int, modules: Sequence[str] = ()) -> None:
        """Ask for worker `number`, which will connect to `address` and live in this program's folder and environment.

        Raises:
            OSError: when the process has ended.
        """
        facts = {"address": address, "key": key.hex(), "number": number, "modules": list(modules), "path": sys.path}
        self._send({**facts, "folder": _folder(), "environment": {**os.environ, **_thread_limits(self.threads)}})

    def close(self) -> None:
        """End the process; workers forked from it end with the connections they hold."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _send(self, facts: Mapping[str, Any]) -> None:
        if self._process.stdin is None:
            raise OSError("the process has no standard input")
        with self._sending:
            self._process.stdin.write((json.dumps(facts) + "\n").encode())
            self._process.stdin.flush()


def _thread_limits(threads: int) -> dict[str, str]:
    """The variables by which libraries learn how many threads they may start."""
    return dict.fromkeys(("OMP_NUM_THREADS", "POLARS_MAX_THREADS"), str(threads))


def _folder() -> str | None:
    """The folder this program is in; None when it was removed."""
    try:
        return os.getcwd()  # noqa: PTH109
    except OSError:
        return None


class _Kept:
    """The forker of this process; a copy of the process made by a fork has none until it asks."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.forker: Forker | None = None
        self.owner = 0


_kept = _Kept()


def shared_forker(*, threads: int, modules: Sequence[str] = ()) -> Forker:
    """The forker kept by this program, started when there is none yet, or none for this number of threads."""
    with _kept.lock:
        ours = _kept.owner == os.getpid()
        if ours and _kept.forker is not None:
            if _kept.forker.is_alive and _kept.forker.threads == threads:
                return _kept.forker
            _kept.forker.close()
        elif not ours:
            atexit.register(_end)
        _kept.forker, _kept.owner = Forker(threads=threads, modules=modules), os.getpid()
        return _kept.forker


def _end() -> None:
    """End the kept forker with the program that started it."""
    with _kept.lock:
        if _kept.forker is not None and _kept.owner == os.getpid():
            _kept.forker.close()
            _kept.forker = None
