"""Turning requests down in overload for as little as can be: they are not even parsed.

A server that is asked for five times what it can answer spends most of its time on requests that it turns down. What such a
request has to be for that, whole and alone in what was received, is seen with two searches; any other one is parsed as usual
and turned down then.
"""

from __future__ import annotations

import re

from litmus.serve.reply import error_reply

__all__ = ["FULL", "is_whole_prediction", "turned_away"]

FULL = error_reply(503, "Too many requests wait for their turn; send it again in a second.", {"retry-after": "1"})
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d{1,5})\r\n", re.IGNORECASE)
_UNUSUAL = re.compile(rb"\r\n(?:connection: *close|transfer-encoding|expect|upgrade)", re.IGNORECASE)
_BEGINNINGS = (b"POST /predict HTTP/1.1\r\n", b"POST /invocations HTTP/1.1\r\n")
_BEFORE, _AFTER = (FULL.head(b"ID") + FULL.body).split(b"ID", 1)


def is_whole_prediction(data: bytes) -> bool:
    r"""Whether these bytes are one whole request for a prediction, on a connection that is kept.

    Example:
        >>> is_whole_prediction(b"POST /predict HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}")
        True
    """
    if not data.startswith(_BEGINNINGS):
        return False
    end = data.find(b"\r\n\r\n")
    found = _LENGTH.search(data, 0, end + 2)
    return found is not None and end + 4 + int(found[1]) == len(data) and _UNUSUAL.search(data, 0, end) is None


def turned_away(request_id: bytes) -> bytes:
    """The answer, with the id."""
    return _BEFORE + request_id + _AFTER
