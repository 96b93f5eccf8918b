"""An answer on its way to a client, whichever server carries it."""

from __future__ import annotations

import dataclasses
import re
import secrets
from collections.abc import Mapping
from http import HTTPStatus

import msgspec

__all__ = ["FIXED_HEADERS", "JSON", "Reply", "RequestIds", "error_reply", "status_line"]

JSON = "application/json"
_REASONS = {status.value: status.phrase for status in HTTPStatus}
FIXED_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_FIXED = "".join(f"{name}: {value}\r\n" for name, value in FIXED_HEADERS.items())
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
        reason = _REASONS.get(self.status, "Unknown")
        lines = [
            f"HTTP/1.1 {self.status} {reason}\r\ncontent-type: {self.media_type}\r\n",
            f"content-length: {len(self.body)}\r\n{_FIXED}",
        ]
        lines.extend(f"{name}: {value}\r\n" for name, value in self.headers.items())
        if close:
            lines.append("connection: close\r\n")
        return "".join(lines).encode("latin-1", "replace") + b"x-request-id: " + request_id + b"\r\n\r\n"


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
