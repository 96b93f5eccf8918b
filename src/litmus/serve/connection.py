"""One connection of a client: bytes to requests, and replies back in the order of the requests."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING, Any

import httptools

from litmus.serve.reply import Reply, error_reply
from litmus.serve.turned_away import turned_away

if TYPE_CHECKING:
    from litmus.serve.http_server import HttpServer

__all__ = ["Connection", "Request"]

_HEAD_BYTES = 64 * 1024
_HEADERS = 100
_QUICK_BODY_BYTES = 64 * 1024
_KEPT_BYTES = 256 * 1024  # of a body that nobody has read yet; then the client has to wait
_FORGOTTEN_BYTES = 64 * 1024 * 1024  # of a body after its request was turned down, so that the client sees the answer
_PIPELINED = 8
_LONG_HEAD = error_reply(431, f"The request's headers are longer than {_HEAD_BYTES >> 10} KiB; send fewer.")
_NOT_HTTP = error_reply(400, "The request is not valid HTTP/1.1; send one as the curl line in the documentation does.")
_QUICK_PATHS = (b"/predict", b"/invocations")
_QUICK_TYPES = (b"application/json", b"", b"application/json; charset=utf-8", b"application/x-www-form-urlencoded")


class Request:
    """A request as far as it has arrived.

    Attributes:
        method, url, headers: as they came; names of headers in lower case.
        named: the headers by name.
        arrived: when its first byte did, in seconds of `time.perf_counter()`.
        quick: whether it asks for what is answered without the rest of the application.
        body: of a quick one.
        chunks: of the body of another one that nobody has read yet.
    """

    __slots__ = (
        "accept", "arrived", "body", "chunks", "connection", "content_type", "event", "expects", "forgotten",
        "head_done", "head_size", "headers", "keep_alive", "kept", "method", "named", "quick", "request_id", "target", "url", "version",
        "whole",
    )  # fmt: skip

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.arrived = time.perf_counter()
        self.method = self.url = self.request_id = b""
        self.version = "1.1"
        self.keep_alive = True
        self.accept = self.content_type = ""
        self.named: dict[bytes, bytes] = {}
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""
        self.head_done = self.whole = self.quick = self.expects = False
        self.target: str | None = None
        self.forgotten = -1  # bytes, once its body is not wanted any more
        self.chunks: deque[bytes] = deque()
        self.kept = self.head_size = 0
        self.event: asyncio.Event | None = None

    def received(self, chunk: bytes) -> None:
        """Take a piece of the body."""
        if self.forgotten >= 0:
            self.forgotten += len(chunk)
        elif self.quick:
            self.body = self.body + chunk if self.body else chunk
        else:
            self.chunks.append(chunk)
            self.kept += len(chunk)
            self.wake()

    def wake(self) -> None:
        """Tell who waits for the body that there is more of it."""
        if self.event is not None:
            self.event.set()

    def forget(self) -> None:
        """Let go of the body: what is still to come is read and dropped."""
        self.chunks.clear()
        self.kept = 0
        self.forgotten = max(self.forgotten, 0)


class Connection(asyncio.Protocol):
    """The parser's callbacks and the connection's state; `HttpServer` owns it.

    Attributes:
        client: the address at the other end.
        since: when the state began that a time limit is for.
        stalled: when the client stopped to take answers; 0 while it does.
        current: the request that is being answered.
    """

    def __init__(self, server: HttpServer) -> None:
        self._server = server
        self._parser: Any = None
        self._receiving: Request | None = None
        self._later: deque[Request] = deque()
        self._head_bytes = 0
        self._paused = False
        self._refusal: Reply | None = None
        self._turned_down: Request | None = None  # stands for one that was not parsed
        self._transport: Any = None
        self.current: Request | None = None
        self.client = ""
        self.since = 0.0
        self.stalled = 0.0
        self.gone = False
        self.used = False
        self._drained: asyncio.Event | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin."""
        self._transport = transport
        self._parser = httptools.HttpRequestParser(self)
        self.since = time.perf_counter()
        peer = transport.get_extra_info("peername")
        self.client = str(peer[0]) if isinstance(peer, tuple) else ""
        self._server.opened(self)

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002
        """Forget what is under way: nobody is there to read it."""
        self.gone = True
        self._parser = None
        self._server.closed(self)
        for request in (self.current, self._receiving, *self._later):
            if request is not None:
                request.wake()
        self.resume_writing()
        self._later.clear()

    def pause_writing(self) -> None:
        """The client does not take what is sent."""
        self.stalled = time.perf_counter()

    def resume_writing(self) -> None:
        """It does again."""
        self.stalled = 0.0
        if self._drained is not None:
            self._drained.set()

    def data_received(self, data: bytes) -> None:
        """Feed the parser."""
        if self._parser is None:
            return
        receiving = self._receiving
        if receiving is None and self.current is None and self._server.turns_down(self, data):
            self.used = True
            if self._turned_down is None:
                self._turned_down = Request(self)
                self._turned_down.whole = True
            self.current = self._turned_down
            return
        if receiving is None or not receiving.head_done:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.refuse(self._refusal or _NOT_HTTP)
            return
        receiving = self._receiving
        if self._head_bytes > _HEAD_BYTES and receiving is not None and not receiving.head_done:
            self.refuse(_LONG_HEAD)
        elif (receiving is not None and receiving.kept > _KEPT_BYTES) or len(self._later) >= _PIPELINED:
            self._pause()
        elif receiving is not None and receiving.forgotten > _FORGOTTEN_BYTES:
            self.close()

    def eof_received(self) -> bool:
        """A client that sends no more may still wait for its answers."""
        last = self._later[-1] if self._later else self.current
        if last is None or not last.whole:
            return False
        last.keep_alive = False
        return True

    def refuse(self, reply: Reply) -> None:
        """Say why and close: what follows on this connection cannot be understood, or is not wanted."""
        self._parser = None
        last = self._later[-1] if self._later else self.current
        if last is not None and last.whole:  # what came before is answered first
            last.keep_alive = False
            return
        if not self.gone:
            self._transport.write(reply.head(b"-", close=True) + reply.body)
        self.close()

    # What the parser calls.

    def on_message_begin(self) -> None:
        """A request begins."""
        self.used = True
        self._receiving = Request(self)
        self.since = self._receiving.arrived

    def on_url(self, url: bytes) -> None:
        """The path and query, or a piece of them."""
        request = self._receiving
        if request is not None:
            request.url += url
            self._count_head(request, len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header."""
        request = self._receiving
        if request is not None:
            request.headers.append((name.lower(), value))
            self._count_head(request, len(name) + len(value))
            if len(request.headers) > _HEADERS:
                self._stop(error_reply(431, f"The request has more than {_HEADERS} headers; send fewer."))

    def _count_head(self, request: Request, size: int) -> None:
        request.head_size += size
        if request.head_size > _HEAD_BYTES:
            self._stop(_LONG_HEAD)

    def _stop(self, refusal: Reply) -> None:
        """End parsing from within the parser, with the reason that the client is told."""
        self._refusal = refusal
        raise ValueError

    def on_headers_complete(self) -> None:
        """The head is there: see who answers."""
        request = self._receiving
        if request is None:
            return
        request.head_done = True
        self._head_bytes = 0
        parser = self._parser
        request.method = parser.get_method()
        request.version = parser.get_http_version()
        request.keep_alive = parser.should_keep_alive()
        if parser.should_upgrade():
            self._stop(error_reply(400, "Other protocols than HTTP/1.1 are not spoken here; send no Upgrade header."))
        named = request.named = dict(request.headers)
        request.request_id = self._server.answering.ids.of(named.get(b"x-request-id"))
        request.accept = named[b"accept"].decode("latin-1") if b"accept" in named else ""
        content_type = named.get(b"content-type", b"")
        request.content_type = content_type.decode("latin-1")
        request.expects = b"expect" in named
        length = named.get(b"content-length")
        if (
            request.method == b"POST"
            and request.url in _QUICK_PATHS
            and content_type in _QUICK_TYPES
            and length is not None
            and len(length) < 8
            and int(length) <= min(_QUICK_BODY_BYTES, self._server.max_body_bytes)
            and not request.expects
            and b"content-encoding" not in named
        ):
            request.quick = True
            request.target = _target(named)
        elif self.current is None:
            self.current = request
            self._server.slow(request)
        else:
            self._later.append(request)

    def on_body(self, chunk: bytes) -> None:
        """A piece of the body."""
        request = self._receiving
        if request is not None:
            request.received(chunk)

    def on_message_complete(self) -> None:
        """The request is there."""
        request = self._receiving
        if request is None:
            return
        self._receiving = None
        request.whole = True
        if not request.quick:
            request.wake()
            if request.forgotten >= 0 and self.current is request:
                self._next()
        elif self.current is None:
            self.current = request
            self._server.quick(request)
        else:
            self._later.append(request)

    # What the server calls.

    def send(self, request: Request, reply: Reply) -> None:
        """Send a whole reply and turn to the next request."""
        if self.gone:
            return
        close = not request.keep_alive or (self._server.draining and not self._later)
        request.keep_alive = not close
        head = reply.head(request.request_id, close=close)
        self._transport.write(head + reply.body if request.method != b"HEAD" else head)
        self.finished(request)

    def tell_turned_down(self) -> None:
        """Answer the request that was turned down before it was parsed."""
        if not self.gone and self.current is not None:
            self._transport.write(turned_away(self._server.answering.ids.of(None)))
            self.finished(self.current)

    def write(self, data: bytes) -> None:
        """Send a piece."""
        if not self.gone:
            self._transport.write(data)

    async def drained(self) -> None:
        """Wait until the client has taken most of what was sent."""
        if self.stalled and not self.gone:
            self._drained = asyncio.Event()
            await self._drained.wait()

    def finished(self, request: Request) -> None:
        """The request is answered."""
        self.since = time.perf_counter()
        if not request.keep_alive:
            if not request.whole:
                self._linger(request)
                return
            self.close()
        elif request.whole:
            self._next()
        else:
            self._linger(request)

    def _linger(self, request: Request) -> None:
        """Read what the client still sends, so that it gets to see the answer."""
        request.forget()
        self.resume_reading()
        if request.expects:  # it may send the body, or not: what comes next cannot be told
            self.close()

    def _next(self) -> None:
        done, self.current = self.current, None
        if done is not None and not done.keep_alive:
            self.close()
            return
        if self._later:
            request = self.current = self._later.popleft()
            (self._server.quick if request.quick else self._server.slow)(request)
        self.resume_reading()

    def _pause(self) -> None:
        if not self._paused and not self.gone:
            self._paused = True
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Take more of the body, or of the next requests."""
        if self._paused and not self.gone:
            self._paused = False
            self._transport.resume_reading()

    def check_time(self, now: float, head_seconds: float, body_seconds: float, idle_seconds: float) -> None:
        """Close when the client takes too long to send a request, to take an answer, or to ask again."""
        waited = now - self.since
        receiving = self._receiving
        if self.stalled:
            if now - self.stalled > body_seconds:
                self._transport.abort()
        elif receiving is not None:
            if not receiving.head_done:
                if waited > head_seconds:
                    self.refuse(error_reply(408, "The request's headers did not arrive in time; send them faster."))
            elif (receiving.quick or receiving.forgotten >= 0) and waited > body_seconds:
                sentence = f"The body did not arrive within {body_seconds:g} seconds; send it faster or in parts."
                self.refuse(error_reply(408, sentence))
        elif self.current is None and waited > (idle_seconds if self.used else head_seconds):
            self.close()

    @property
    def idle(self) -> bool:
        """Whether nothing of a request is there."""
        return self.current is None and self._receiving is None

    def close(self) -> None:
        """Close when what was written is sent."""
        self._parser = None
        if not self.gone:
            self._transport.close()


def _target(named: dict[bytes, bytes]) -> str | None:
    for name in (b"x-litmus-target", b"x-amzn-sagemaker-target-variant", b"x-amzn-sagemaker-target-model"):
        if name in named:
            return named[name].decode("latin-1")
    return None
