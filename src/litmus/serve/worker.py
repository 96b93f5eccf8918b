"""A worker: a process that answers an endpoint's requests, beside others that share its listening socket.

It follows the endpoint's `config.json`: a new generation is loaded beside the one that answers, asked for a real
prediction, and then takes its place; requests that are under way finish on the model they began with, and no connection
is closed. What cannot be loaded leaves the old one answering, and the reason stands in the worker's counters.
"""

from __future__ import annotations

import gc
import os
import socket
from pathlib import Path

from litmus.errors import LitmusError
from litmus.serve.answering import Answering
from litmus.serve.app import application
from litmus.serve.attached import Attached
from litmus.serve.counters import FOLDER, Counters
from litmus.serve.event_loop import run_loop, stop_on_signals
from litmus.serve.generations import Generations
from litmus.serve.http_server import HttpServer
from litmus.serve.service import Service, open_service
from litmus.serve.siblings import Siblings

__all__ = ["main", "run_worker"]

_DRAIN_SECONDS = 30.0
_GRACE_SECONDS = 1.0


def run_worker(folder: str | Path, slot: int, listener: socket.socket, *, service: Service | None = None) -> None:
    """Answer an endpoint's requests until SIGTERM; then those under way are answered, for up to 30 seconds.

    Args:
        folder: the endpoint's folder.
        slot: the worker's number; `counters/SLOT.bin` is its own.
        listener: a listening socket, which other workers may share.
        service: what is loaded already, such as before this process was forked; by default what `config.json` names.

    Raises:
        LitmusError: when nothing can be loaded; the counters say so too.
    """
    home = Path(folder)
    counters = Counters.open(home / FOLDER / f"{slot}.bin")
    counters.begin(os.getpid())
    try:
        loaded = service if service is not None else open_service(home)
        attached = Attached(home, loaded, counters)
    except LitmusError as error:
        counters.failed(str(error))
        raise
    answering = Answering(loaded, gate=attached.gate, counters=counters, recorder=attached.recorder, folder=home)
    server = HttpServer(
        answering,
        application(answering, routes=attached.routes(loaded)),
        listener,
        tls=attached.tls,
        siblings=Siblings(home, slot),
    )
    generations = Generations(home, answering, attached)
    gc.collect()
    gc.freeze()  # what is loaded by now stays: looking through it again and again would hold up answers

    async def serve() -> None:
        stop_on_signals(lambda: server.stop(seconds=_DRAIN_SECONDS, grace=_GRACE_SECONDS))
        attached.start()
        generations.follow()
        counters.serving(loaded.generation, ready=True)
        await server.run()
        generations.stop()

    try:
        run_loop(serve())
    finally:
        counters.serving(answering.service.generation, ready=False)
        attached.stop()


def main(folder: str, slot: int, descriptor: int) -> int:
    """What `python -m litmus.serve --config FOLDER --slot N --listen-fd FD` does."""
    run_worker(folder, slot, socket.socket(fileno=descriptor))
    return 0
