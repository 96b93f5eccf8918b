"""An answer on its way to a client, whichever server carries it."""

from __future__ import annotations

import dataclasses
import re
import secrets
from collections.abc import Mapping
from http import HTTPStatus

import msgspec

__all__ = ["FIXED_HEADERS", "JSON", "HeaderLines", "Reply", "RequestIds", "error_reply", "status_line"]

JSON = "application/json"
_REASONS = {status.value: status.phrase for status in HTTPStatus}
FIXED_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_FIXED = b"\r\n" + "".join(f"{name}: {value}\r\n" for name, value in FIXED_HEADERS.items()).encode("ascii")
_HEADS = {200: b"HTTP/1.1 200 OK\r\n"}
_CONTENT_TYPES = {JSON: JSON.encode("ascii")}
_GIVEN_ID = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}")
_encoder = msgspec.json.Encoder()


@dataclasses.dataclass(slots=True)
class Reply:
    """A status, headers and a body.

    Attributes:
        status: of HTTP.
        body: as it is sent.
        media_type: of the body.
        headers: beside those that every answer has.
    """

    status: int
    body: bytes
    media_type: str = JSON
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def head(self, request_id: bytes, *, close: bool = False) -> bytes:
        """The status line and headers, with the blank line that ends them."""
        lines = [
            _HEADS.get(self.status) or status_line(self.status),
            b"content-length: %d\r\ncontent-type: " % len(self.body),
            _CONTENT_TYPES.get(self.media_type) or self.media_type.encode("latin-1", "replace"),
            _FIXED,
            self.headers.lines if type(self.headers) is HeaderLines else HeaderLines(self.headers).lines,
            b"connection: close\r\nx-request-id: " if close else b"x-request-id: ",
            request_id,
            b"\r\n\r\n",
        ]
        return b"".join(lines)


class HeaderLines(dict[str, str]):
    """Headers that do not change, with their lines as they are sent."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__(headers)
        self.lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode("latin-1", "replace")


def status_line(status: int) -> bytes:
    """The first line of an answer."""
    return f"HTTP/1.1 {status} {_REASONS.get(status, 'Unknown')}\r\n".encode("ascii")


def error_reply(status: int, sentence: str, headers: Mapping[str, str] | None = None, **more: str) -> Reply:
    """`{"error": sentence}`, with `more` beside it."""
    return Reply(status, _encoder.encode({"error": sentence, **more}), JSON, headers or {})


class RequestIds:
    """Names for requests: what the client gave, or a number under a random name of this process."""

    def __init__(self) -> None:
        self._prefix = secrets.token_hex(6).encode("ascii")
        self._number = 0

    def of(self, given: bytes | None) -> bytes:
        """The id of a request; one that is too long or has odd signs is replaced, as it ends up in logs."""
        if given is not None and _GIVEN_ID.fullmatch(given):
            return given
        self._number += 1
        return b"%b-%x" % (self._prefix, self._number)
