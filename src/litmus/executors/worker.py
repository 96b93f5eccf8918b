"""A worker process: it connects to the parent, runs the jobs it is sent, and ends when the parent does.

Run as `python -m litmus.executors.worker ADDRESS`. On Linux it first imports the libraries that jobs need, and then
forks one child for each worker asked for: libraries are imported once, their memory is shared, and no child has
started a thread yet, which is what makes forking safe here.
"""

from __future__ import annotations

import os
import signal
import sys
from multiprocessing.connection import Client, Connection
from typing import Any

__all__ = ["main"]

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
        connection.send(("ready", number, os.getpid()))
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


def _fork_on_request(address: str, key: bytes) -> None:
    """Fork a worker for each number the parent sends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # finished children are reaped by the system
    with Client(address, authkey=key) as connection:
        connection.send(("forker", -1, os.getpid()))
        while True:
            try:
                number: Any = connection.recv()
            except (EOFError, OSError):
                return
            if os.fork() == 0:
                connection.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                code = 1
                try:
                    serve(address, key, number)
                    code = 0
                finally:
                    os._exit(code)


def main() -> None:
    """Read the key and the start-up facts from standard input, then serve."""
    import json

    address = sys.argv[1]
    facts = json.loads(sys.stdin.readline())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the parent's to handle
    sys.path[:] = facts["path"]
    key = bytes.fromhex(facts["key"])
    preload(facts["modules"])
    if facts["fork"]:
        _fork_on_request(address, key)
    else:
        serve(address, key, facts["number"])


if __name__ == "__main__":
    main()
