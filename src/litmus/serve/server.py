"""The process that serves a model until it is told to stop."""

from __future__ import annotations

import contextlib
import errno
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

from litmus.errors import ParameterError, ResourceError
from litmus.serve.api_key import new_key
from litmus.serve.app import create_app
from litmus.serve.limits import Limits
from litmus.serve.served import Served

__all__ = ["run_server"]

_STOP_SECONDS = 10
_CONNECTIONS = 1_000  # open at once, idle ones included; more get 503


def run_server(
    model: Served,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    key: str | None = None,
    require_key: bool = True,
    max_rows: int = Limits.max_rows,
    max_body_bytes: int = Limits.max_body_bytes,
    timeout_seconds: float = Limits.timeout_seconds,
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
    import uvicorn

    if not require_key and key is not None:
        raise ParameterError("A key was given and require_key=False asks for none; leave one of them out.")
    used_key = (key if key is not None else new_key()) if require_key else None
    app = create_app(
        model, key=used_key, max_rows=max_rows, max_body_bytes=max_body_bytes, timeout_seconds=timeout_seconds
    )
    with _listen(host, port) as listener:
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            lifespan="off",
            limit_concurrency=_CONNECTIONS,
            timeout_graceful_shutdown=_STOP_SECONDS,
        )

        class _Server(uvicorn.Server):
            async def startup(self, sockets: list[socket.socket] | None = None) -> None:
                await super().startup(sockets=sockets)
                if self.started and ready is not None:
                    ready(_url(listener), used_key)

        with _quiet_signals():
            _Server(config).run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket, or one sentence about why there is none."""
    if isinstance(port, bool) or not isinstance(port, int) or not 0 <= port <= 65_535:
        raise ParameterError(
            f"port={port!r} is not a port; give a whole number from 1 to 65535, or 0 for any free one."
        )
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (socket.gaierror, UnicodeError) as error:
        raise ResourceError(f"{host!r} is no address of this machine ({error}); use 127.0.0.1 or 0.0.0.0.") from error
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise ResourceError(_why_not(error, host, port)) from error
    return listener


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is in use by another program; choose another port, or 0 for any free one."
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"This user may not listen on port {port}; choose one above 1023."
    return f"Cannot listen on {host}, port {port}: {error.strerror}; use 127.0.0.1 or another port."


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextlib.contextmanager
def _quiet_signals() -> Iterator[None]:
    """Let a stop signal end the server and not the process: uvicorn raises it again when it has shut down."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ignore(*_: Any) -> None:
        return None

    before = {number: signal.signal(number, ignore) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
