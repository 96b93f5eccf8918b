"""Bytes to a server as nobody should send them, and what it answers."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import socket
import threading
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit


@dataclasses.dataclass
class Answered:
    """What came back; status 0 when the connection was closed without a word."""

    status: int
    head: bytes
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def send(url: str, data: bytes | Iterable[bytes], *, seconds: float = 30.0) -> Answered:
    """Send bytes, as far as the server takes them, while reading what it says, to the end of the connection or answer."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=seconds) as connection:
        pieces = [data] if isinstance(data, bytes) else data
        answered = threading.Event()

        def pump() -> None:
            with contextlib.suppress(OSError):
                for piece in pieces:
                    if answered.is_set():
                        return
                    connection.sendall(piece)

        sender = threading.Thread(target=pump, daemon=True)
        sender.start()
        held = b""
        with contextlib.suppress(ConnectionResetError):
            while not _whole(held) and (piece := connection.recv(65536)):
                held += piece
        answered.set()
        sender.join(seconds)
    head, _, body = held.partition(b"\r\n\r\n")
    return Answered(int(head[9:12] or 0) if held else 0, head, body)


def _whole(held: bytes) -> bool:
    head, end, body = held.partition(b"\r\n\r\n")
    if not end or head[9:12] == b"100":
        return False
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line[15:])
    return False


def post(path: str, body: bytes, key: str | None, *, content_type: str = "application/json", **headers: str) -> bytes:
    """A request with a body."""
    lines = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Type: {content_type}", f"Content-Length: {len(body)}"]
    lines += [f"Authorization: Bearer {key}"] if key else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
