"""A worker process: it runs the jobs it is sent, one after the other, and ends when its parent does.

Run as `python -m litmus.executors.worker`. Without arguments (on Linux) its standard input is a socket of requests: it
imports the libraries that jobs need, and then forks one child for each worker asked for. So libraries are imported once,
their memory is shared, and no thread was started before a fork, which is what makes forking safe here. With the number of
a connection as its argument it is a worker itself.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from multiprocessing.connection import Connection

__all__ = ["main", "preload", "serve"]

PRELOAD = ("numpy", "pandas", "pyarrow", "scipy.sparse", "sklearn.base", "litmus.executors.work")


def preload(modules: Sequence[str]) -> None:
    """Import what jobs will need; a missing library is reported by the job that needs it."""
    import importlib
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in (*PRELOAD, *modules):
            with contextlib.suppress(Exception):
                importlib.import_module(name)


def serve(connection: Connection) -> None:
    """Say that this worker is ready, then run jobs until the parent closes the connection, or a job leaves processes behind.

    To the parent go ("ready", process id), ("begun", None) for each job that was read, and ("done" or "last", result).
    """
    from litmus.executors.tidy import Surroundings
    from litmus.executors.work import run_job

    surroundings = Surroundings()
    with contextlib.suppress(EOFError, OSError):  # the parent is gone: so is the use of an answer
        connection.send(("ready", os.getpid()))
        while True:
            threads, payload = connection.recv()
            connection.send(("begun", None))
            result = run_job(payload, threads)
            leaves = surroundings.restore()
            connection.send(("last" if leaves else "done", result))
            if leaves:  # its processes are ended with it; a new worker is forked in its place
                return


def main() -> None:
    """Read the start-up facts from standard input, then serve, or fork those who do."""
    import json

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the parent's to handle
    if len(sys.argv) == 1:
        from litmus.executors.forking import fork_on_request

        return fork_on_request()
    facts = json.loads(sys.stdin.readline())
    sys.path[:] = facts["path"]
    preload(facts["modules"])
    return serve(Connection(int(sys.argv[1])))


if __name__ == "__main__":
    main()
