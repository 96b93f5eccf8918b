"""The process that serves a model until it is told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from litmus.errors import ParameterError
from litmus.serve.address import listen, url_of
from litmus.serve.answering import Answering
from litmus.serve.api_key import ApiKey, new_key
from litmus.serve.app import application
from litmus.serve.config import MAX_BODY_BYTES, MAX_ROWS, TIMEOUT_SECONDS, LimitsConfig
from litmus.serve.event_loop import run_loop, stop_on_signals
from litmus.serve.http_server import HttpServer
from litmus.serve.served import Served
from litmus.serve.service import service_of

__all__ = ["run_server"]

_STOP_SECONDS = 10.0


def run_server(
    model: Served,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    key: str | None = None,
    require_key: bool = True,
    max_rows: int = MAX_ROWS,
    max_body_bytes: int = MAX_BODY_BYTES,
    timeout_seconds: float = TIMEOUT_SECONDS,
    ready: Callable[[str, str | None], None] | None = None,
) -> None:
    """Serve `model` over HTTP; returns when the process gets SIGTERM or Ctrl-C and the open requests are answered.

    Args:
        model: what answers.
        host: the address to listen on; the default lets in only programs on this machine.
        port: the port, 0 for any free one.
        key: the key that clients must send; None makes a new one.
        require_key: False lets everyone in who can reach the port.
        max_rows, max_body_bytes, timeout_seconds: bounds of one request.
        ready: called once with the URL and the key when the server accepts requests.

    Raises:
        ResourceError: when the address or port cannot be listened on.
        ParameterError: when an option is not allowed.

    Example:
        >>> run_server(litmus.load("model.litmus"), port=8000)    # doctest: +SKIP
    """
    if not require_key and key is not None:
        raise ParameterError("A key was given and require_key=False asks for none; leave one of them out.")
    used_key = (key if key is not None else new_key()) if require_key else None
    limits = LimitsConfig(max_rows=max_rows, max_body_bytes=max_body_bytes, timeout_seconds=timeout_seconds)
    gate = None if used_key is None else ApiKey(used_key)
    answering = Answering(service_of(model, limits=limits), gate=gate)
    app = application(answering)
    with listen(host, port) as listener:
        server = HttpServer(answering, app, listener)

        async def serve() -> None:
            stop_on_signals(lambda: server.stop(seconds=_STOP_SECONDS))
            running = asyncio.ensure_future(server.run())
            await asyncio.sleep(0)
            if ready is not None:
                ready(url_of(listener), used_key)
            await running

        run_loop(serve())
