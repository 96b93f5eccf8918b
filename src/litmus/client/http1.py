"""HTTP/1.1 (RFC 9112) as bytes: what a request looks like, and reading an answer as its bytes arrive."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

__all__ = ["Answer", "AnswerReader", "MalformedError", "Request", "request_bytes"]

_HEAD_BYTES = 64 * 1024
_BODY_BYTES = 1024 * 1024 * 1024


class MalformedError(Exception):
    """What arrived is no answer of a web server."""


@dataclasses.dataclass(frozen=True)
class Request:
    """What is sent.

    Attributes:
        method: such as "POST".
        path: such as "/predict".
        body: the body.
        headers: beside those that every request has.
        repeatable: whether sending it twice does no more than sending it once.
    """

    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    repeatable: bool = True


@dataclasses.dataclass(frozen=True)
class Answer:
    """What came back.

    Attributes:
        status: of HTTP.
        headers: by name in lower case; the last one of several.
        body: the body.
        keep: whether the connection may be used again.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    keep: bool


def request_bytes(request: Request, common: bytes, prefix: str) -> bytes:
    """The bytes of a request.

    Args:
        request: the request.
        common: lines of headers that every request has, each with its end.
        prefix: what stands before every path.
    """
    lines = [f"{request.method} {prefix}{request.path} HTTP/1.1\r\n"]
    lines += [f"{name}: {value}\r\n" for name, value in request.headers.items()]
    if request.body or request.method == "POST":
        lines.append(f"Content-Length: {len(request.body)}\r\n")
    return "".join(lines).encode("latin-1") + common + b"\r\n" + request.body


class AnswerReader:
    r"""Reads one answer; bytes are fed as they arrive, in pieces of any size.

    Args:
        head_only: whether the answer has no body, as one to HEAD.

    Attributes:
        answer: the answer, when it is whole.
        begun: whether any byte of it has arrived.

    Example:
        >>> reader = AnswerReader()
        >>> reader.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        >>> reader.answer.status, reader.answer.body
        (200, b'hi')
    """

    def __init__(self, *, head_only: bool = False) -> None:
        self.answer: Answer | None = None
        self.begun = False
        self._head_only = head_only
        self._held = bytearray()
        self._body: list[bytes] = []
        self._status = 0
        self._headers: dict[str, str] = {}
        self._keep = False
        self._left: int | None = None  # of the body or of the chunk; None reads to the end of the connection
        self._state = "head"
        self._taken = 0
        self._steps = {
            "head": self._read_head,
            "body": self._read_body,
            "size": self._read_size,
            "chunk": self._read_body,
            "chunk end": self._read_chunk_end,
            "trailer": self._read_trailer,
        }

    def feed(self, data: bytes) -> None:
        """Take bytes in.

        Raises:
            MalformedError: when they are no answer, or it is too large.
        """
        self.begun = self.begun or bool(data)
        self._held += data
        while self.answer is None and self._step():
            pass

    def end(self) -> None:
        """Say that the connection has ended, which is how some answers end.

        Raises:
            MalformedError: when the answer is not whole.
        """
        if self.answer is None and self._state == "body" and self._left is None:
            self._done(keep=False)
        if self.answer is None:
            raise MalformedError("the connection ended before the answer was whole")

    def _step(self) -> bool:
        """One step; False when more bytes are needed for the next one."""
        return self._steps[self._state]()

    def _read_head(self) -> bool:
        end = self._held.find(b"\r\n\r\n")
        if end < 0:
            if len(self._held) > _HEAD_BYTES:
                raise MalformedError("the headers are too long")
            return False
        first, *lines = bytes(self._held[:end]).decode("latin-1").split("\r\n")
        del self._held[: end + 4]
        version, _, rest = first.partition(" ")
        status = rest[:3]
        if not version.startswith("HTTP/1.") or not status.isdecimal() or len(status) < 3:
            raise MalformedError("it does not begin with a status of HTTP/1.1")
        self._status = int(status)
        self._headers = _headers(lines)
        if self._status < 200:  # an interim answer, and the real one follows
            return True
        closing = self._headers.get("connection", "").lower()
        self._keep = "close" not in closing and (version != "HTTP/1.0" or "keep-alive" in closing)
        self._choose_framing()
        return True

    def _choose_framing(self) -> None:
        length = self._headers.get("content-length")
        if self._head_only or self._status in (204, 304):
            self._done(keep=self._keep)
        elif "chunked" in self._headers.get("transfer-encoding", "").lower():
            self._state = "size"
        elif length is not None:
            if not length.isdecimal() or int(length) > _BODY_BYTES:
                raise MalformedError(f"its length is {length[:40]!r}")
            self._left = int(length)
            self._state = "body"
        else:
            self._left = None
            self._state = "body"

    def _read_body(self) -> bool:
        wanted = len(self._held) if self._left is None else min(self._left, len(self._held))
        if wanted:
            self._take(wanted)
        if self._left is None:
            return False
        self._left -= wanted
        if self._left:
            return False
        if self._state == "body":
            self._done(keep=self._keep)
        else:
            self._state = "chunk end"
        return True

    def _read_size(self) -> bool:
        """The line with the length of the next chunk, in hexadecimal; 0 is the last."""
        line = self._line()
        if line is None:
            return False
        text = line.partition(b";")[0].strip()
        try:
            size = int(text, 16)
        except ValueError:
            raise MalformedError("a chunk has no length") from None
        if size < 0 or self._taken + size > _BODY_BYTES:
            raise MalformedError("it is too long")
        self._left = size
        self._state = "chunk" if size else "trailer"
        return True

    def _read_chunk_end(self) -> bool:
        if len(self._held) < 2:
            return False
        if bytes(self._held[:2]) != b"\r\n":
            raise MalformedError("a chunk is longer than it says")
        del self._held[:2]
        self._state = "size"
        return True

    def _read_trailer(self) -> bool:
        line = self._line()
        if line is None:
            return False
        if not line:
            self._done(keep=self._keep)
        return True

    def _line(self) -> bytes | None:
        end = self._held.find(b"\r\n")
        if end < 0:
            if len(self._held) > _HEAD_BYTES:
                raise MalformedError("a line is too long")
            return None
        line = bytes(self._held[:end])
        del self._held[: end + 2]
        return line

    def _take(self, size: int) -> None:
        self._taken += size
        if self._taken > _BODY_BYTES:
            raise MalformedError("it is too long")
        self._body.append(bytes(self._held[:size]))
        del self._held[:size]

    def _done(self, *, keep: bool) -> None:
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        self.answer = Answer(self._status, self._headers, body, keep and not self._held)


def _headers(lines: list[str]) -> dict[str, str]:
    found = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise MalformedError("a header is damaged")
        found[name.lower()] = value.strip()
    return found
