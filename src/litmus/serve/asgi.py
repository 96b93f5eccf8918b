"""A request handed to an ASGI application, and its answer back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

from litmus.serve.connection import Request
from litmus.serve.reply import error_reply, status_line

__all__ = ["AsgiApp", "run_asgi"]

_log = logging.getLogger("litmus.serve")
AsgiApp = Callable[[Any, Any, Any], Awaitable[None]]


async def run_asgi(app: AsgiApp, request: Request, *, draining: Callable[[], bool]) -> None:
    """Let the application answer the request; whatever it raises becomes a 500."""
    exchange = _Exchange(request, draining)
    try:
        await app(_scope(request), exchange.receive, exchange.send)
    except Exception:
        _log.exception("Request %s failed", request.request_id.decode("ascii"))
    if not exchange.started:
        request.connection.send(request, error_reply(500, "The server failed on this request; its log has the reason."))
    elif not exchange.ended:
        request.keep_alive = False
        request.connection.finished(request)


def _scope(request: Request) -> dict[str, Any]:
    path, _, query = request.url.partition(b"?")
    if not path.startswith(b"/"):  # an absolute URL, as proxies get it
        path = b"/" + path.partition(b"://")[2].partition(b"/")[2]
    path = path.partition(b"#")[0]
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": request.version,
        "scheme": "http",
        "method": request.method.decode("ascii"),
        "path": unquote(path.decode("latin-1")),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": request.headers,
        "client": (request.connection.client, 0),
        "server": None,
        "litmus.arrived": request.arrived,
        "litmus.request_id": request.request_id,
    }


class _Exchange:
    """What the application calls."""

    def __init__(self, request: Request, draining: Callable[[], bool]) -> None:
        self._request = request
        self._draining = draining
        self._told = False
        self._chunked = False
        self._silent = request.method == b"HEAD"
        self._start: dict[str, Any] = {}
        self.started = False
        self.ended = False

    async def receive(self) -> dict[str, Any]:
        request = self._request
        if request.expects and not request.whole and not request.chunks and not self.started:
            request.expects = False
            request.connection.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        while True:
            if request.connection.gone or self.ended:
                return {"type": "http.disconnect"}
            if request.chunks:
                body = b"".join(request.chunks)
                request.chunks.clear()
                request.kept = 0
                request.connection.resume_reading()
                self._told = request.whole
                return {"type": "http.request", "body": body, "more_body": not request.whole}
            if request.whole and not self._told:
                self._told = True
                return {"type": "http.request", "body": b"", "more_body": False}
            request.event = asyncio.Event()
            await request.event.wait()

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        if message["type"] != "http.response.body" or self.ended:
            return
        body, more = message.get("body", b""), message.get("more_body", False)
        connection = self._request.connection
        if not self.started:
            connection.write(self._head(len(body), more=more) + self._piece(body, more=more))
            self.started = True
        else:
            connection.write(self._piece(body, more=more))
        if more:
            await connection.drained()
            return
        self.ended = True
        connection.finished(self._request)

    def _head(self, length: int, *, more: bool) -> bytes:
        self.started = True
        request, headers = self._request, self._start.get("headers", ())
        lines = [status_line(self._start["status"])]
        lines.extend(name + b": " + value + b"\r\n" for name, value in headers)
        if not any(name.lower() == b"content-length" for name, _ in headers):
            if more and request.version == "1.1":
                self._chunked = True
                lines.append(b"transfer-encoding: chunked\r\n")
            elif more:
                request.keep_alive = False
            else:
                lines.append(b"content-length: %d\r\n" % length)
        if self._draining():
            request.keep_alive = False
        if not request.keep_alive:
            lines.append(b"connection: close\r\n")
        return b"".join(lines) + b"\r\n"

    def _piece(self, body: bytes, *, more: bool) -> bytes:
        if self._silent:
            return b""
        if not self._chunked:
            return body
        piece = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
        return piece if more else piece + b"0\r\n\r\n"
