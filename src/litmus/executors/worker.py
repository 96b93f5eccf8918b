"""A worker process: it connects to the parent, runs the jobs it is sent, and ends when the parent does.

Run as `python -m litmus.executors.worker ADDRESS`. On Linux the address is empty: the process imports the libraries that
jobs need, and then forks one child for each worker asked for. So libraries are imported once, their memory is shared,
and no thread was started before a fork, which is what makes forking safe here.
"""

from __future__ import annotations

import os
import signal
import sys
from multiprocessing.connection import Client, Connection
from typing import Any

__all__ = ["main"]

IDLE_SECONDS = 600.0
"""How long a forker waits for the next request before it ends."""

PRELOAD = ("numpy", "pandas", "pyarrow", "scipy.sparse", "sklearn.base", "litmus.executors.work")


def preload(modules: list[str]) -> None:
    """Import what jobs will need; a missing library is reported by the job that needs it."""
    import contextlib
    import importlib
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in (*PRELOAD, *modules):
            with contextlib.suppress(Exception):
                importlib.import_module(name)


def serve(address: str, key: bytes, number: int) -> None:
    """Connect as worker `number`, then run jobs until the parent closes the connection."""
    from litmus.executors.work import run_job

    with Client(address, authkey=key) as connection:
        connection.send((number, os.getpid()))
        while True:
            try:
                threads, payload = connection.recv()
            except (EOFError, OSError):
                return
            _answer(connection, run_job(payload, threads))


def _answer(connection: Connection, result: bytes) -> None:
    import contextlib

    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the parent is gone: so is the use of the answer
        connection.send_bytes(result)


def _fork_on_request() -> None:
    """Fork a worker for each request of the parent, until it ends or nothing was asked for a while."""
    import json
    import select

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # finished children are reaped by the system
    while select.select([0], [], [], IDLE_SECONDS)[0] and (line := _line()):
        facts: dict[str, Any] = json.loads(line)
        sys.path[:] = facts["path"]
        preload(facts["modules"])
        if os.fork() == 0:
            code = 1
            try:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # the requests are the forker's to read
                _live_as(facts)
                serve(facts["address"], bytes.fromhex(facts["key"]), facts["number"])
                code = 0
            finally:
                os._exit(code)


def _live_as(facts: dict[str, Any]) -> None:
    """Take over the folder and the environment that the parent has now."""
    import contextlib

    os.environ.clear()
    os.environ.update(facts["environment"])
    with contextlib.suppress(OSError, TypeError):  # the folder is gone: paths in the jobs are absolute
        os.chdir(facts["folder"])


def _line() -> bytes:
    """One line of standard input, read without a buffer, so that waiting for the next one is seen; empty at the end."""
    parts = bytearray()
    while not parts.endswith(b"\n"):
        part = os.read(0, 1)
        if not part:
            return b""
        parts += part
    return bytes(parts)


def main() -> None:
    """Read the start-up facts from standard input, then serve, or fork those who do."""
    import json

    address = sys.argv[1]
    facts = json.loads(_line())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the parent's to handle
    sys.path[:] = facts["path"]
    preload(facts["modules"])
    if address:
        serve(address, bytes.fromhex(facts["key"]), facts["number"])
    else:
        _fork_on_request()


if __name__ == "__main__":
    main()
