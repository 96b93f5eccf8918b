"""A process that has imported the libraries once and forks workers from itself, kept for the next run of this program.

Importing what training needs takes about two seconds; every run after the first starts its workers in milliseconds.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any

__all__ = ["Forker", "run_worker_module", "shared_forker", "thread_limits"]

_LONGEST_FOLDER = 60
"""Sockets that libraries make in the folder for temporary files have room for 103 bytes on some systems."""


def run_worker_module(
    *arguments: str, threads: int, stdin: Any, pass_fds: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    """Start `python -m litmus.executors.worker`, which reads what it needs to know from its standard input."""
    command = [sys.executable, "-m", "litmus.executors.worker", *arguments]
    variables = {**os.environ, **thread_limits(threads), "PYTHONWARNINGS": "ignore"}
    # in a group of their own, workers do not hear the Ctrl-C of a terminal, which is the parent's to handle
    group = 0 if os.name == "posix" else None
    return subprocess.Popen(command, stdin=stdin, env=variables, process_group=group, pass_fds=pass_fds)  # noqa: S603


def thread_limits(threads: int) -> dict[str, str]:
    """The variables by which libraries learn how many threads they may start."""
    return dict.fromkeys(("OMP_NUM_THREADS", "POLARS_MAX_THREADS"), str(threads))


class Forker:
    """One such process; it ends when this program does, or after ten minutes without a worker.

    Its libraries are held to one thread, because a process with threads should not be forked; its workers lift that.

    Args:
        modules: libraries to import before the first worker is forked, beside the usual ones.
    """

    def __init__(self, *, modules: Sequence[str] = ()) -> None:
        self._sending = threading.Lock()
        self._home = Path(_temporary_folder()) / f"litmus-workers-{secrets.token_hex(6)}"
        self._requests, theirs = socket.socketpair()
        with theirs:
            self._process = run_worker_module(threads=1, stdin=theirs)
        with contextlib.suppress(OSError):  # it shows when the first worker is asked for
            self._send({"path": sys.path, "modules": list(modules), "home": str(self._home)})

    @property
    def is_alive(self) -> bool:
        """Whether it can still be asked."""
        return self._process.poll() is None

    def fork(self, *, threads: int, modules: Sequence[str] = ()) -> tuple[Connection, Connection]:
        """Ask for a worker for jobs of so many threads, which lives in this program's folder and environment.

        Returns:
            The connection it is given jobs by, and one on which the number it ended with comes (minus the signal, or
            its exit code), then the end of the file when nothing of it is left. Both end at once if the forker does
            not live to read the request, because nobody else holds their other ends.

        Raises:
            OSError: when the forker has ended.
        """
        ours, theirs = Pipe()
        fate, writes_fate = Pipe(duplex=False)
        facts = {"modules": list(modules), "path": sys.path, "folder": _folder()}
        with theirs, writes_fate:
            try:
                self._send(
                    {**facts, "environment": {**os.environ, **thread_limits(threads)}},
                    [theirs.fileno(), writes_fate.fileno()],
                )
            except OSError:
                ours.close()
                fate.close()
                raise
        return ours, fate

    def close(self) -> None:
        """End the process and with it every worker forked from it, and remove their temporary files."""
        with contextlib.suppress(OSError):
            self._requests.shutdown(socket.SHUT_RDWR)
        self._requests.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._home, ignore_errors=True)

    def _send(self, facts: Mapping[str, Any], descriptors: Sequence[int] = ()) -> None:
        text = json.dumps(facts).encode()
        with self._sending:
            socket.send_fds(self._requests, [len(text).to_bytes(8)], descriptors)
            self._requests.sendall(text)


def _temporary_folder() -> str:
    """Where the workers' temporary files go: the usual place, unless its path is too long for sockets in it."""
    folder = tempfile.gettempdir()
    too_long = os.name == "posix" and len(os.fsencode(folder)) > _LONGEST_FOLDER
    return "/tmp" if too_long else folder  # noqa: S108 - the folder made there is private


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
        self.dead: list[Forker] = []
        self.owner = 0
        self.ended = False


_kept = _Kept()


def shared_forker(*, modules: Sequence[str] = ()) -> Forker:
    """The forker kept by this program, started when there is none yet.

    Raises:
        OSError: when the process cannot be started, or this program is ending.
    """
    with _kept.lock:
        if _kept.ended:
            raise OSError("this program is ending")
        ours = _kept.owner == os.getpid()
        if ours and _kept.forker is not None:
            if _kept.forker.is_alive:
                return _kept.forker
            _kept.dead.append(_kept.forker)  # workers that outlive it still write to its folder
            _kept.forker = None
        elif not ours:
            _kept.dead.clear()
            atexit.register(_end)
        _kept.forker, _kept.owner = Forker(modules=modules), os.getpid()
        return _kept.forker


def _end() -> None:
    """End the kept forker with the program that started it."""
    with _kept.lock:
        _kept.ended = True
        if _kept.owner != os.getpid():
            return
        for forker in (*_kept.dead, _kept.forker):
            if forker is not None:
                forker.close()
