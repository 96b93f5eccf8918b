"""The socket that a server listens on, which an endpoint's workers share."""

from __future__ import annotations

import errno
import socket

from litmus.errors import ParameterError, ResourceError

__all__ = ["listen", "url_of"]


def listen(host: str, port: int) -> socket.socket:
    """A listening socket.

    Args:
        host: the address.
        port: the port; 0 takes a free one.

    Raises:
        ParameterError: when the port is none.
        ResourceError: when the address cannot be listened on; the message says why.
    """
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


def url_of(listener: socket.socket, *, tls: bool = False) -> str:
    """Where a listening socket is reached."""
    host, port = listener.getsockname()[:2]
    scheme = "https" if tls else "http"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is in use by another program; choose another port, or 0 for any free one."
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"This user may not listen on port {port}; choose one above 1023."
    return f"Cannot listen on {host}, port {port}: {error.strerror}; use 127.0.0.1 or another port."
