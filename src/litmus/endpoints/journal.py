"""What happened to an endpoint: `events.jsonl` in its folder, an object a line, oldest first."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

import msgspec

from litmus.endpoints.state import now

__all__ = ["add_event", "read_events"]

_FILE = "events.jsonl"
_MOST_BYTES = 4 << 20


def add_event(folder: Path, event: str, message: str = "", **facts: Any) -> None:
    """Write down that something happened; the older half is kept in `events.jsonl.1` when the file grows too long.

    Args:
        folder: the endpoint's.
        event: what, in a few words that do not change: "worker died".
        message: the same as a sentence, when more can be said.
        **facts: numbers and texts that belong to it.
    """
    file = folder / _FILE
    entry = {"time": now(), "event": event, **({"message": message} if message else {}), **facts}
    with contextlib.suppress(FileNotFoundError):
        if file.stat().st_size > _MOST_BYTES:
            file.replace(folder / f"{_FILE}.1")
    number = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(number, msgspec.json.encode(entry) + b"\n")  # in one piece, so that lines of two writers never mix
    finally:
        os.close(number)


def read_events(folder: Path, last: int | None = None) -> list[dict[str, Any]]:
    """The events, oldest first; a line that was cut short is passed over.

    Args:
        folder: the endpoint's.
        last: only so many of the newest.
    """
    events: list[dict[str, Any]] = []
    for name in (f"{_FILE}.1", _FILE):
        with contextlib.suppress(FileNotFoundError):
            for line in (folder / name).read_bytes().splitlines():
                with contextlib.suppress(msgspec.DecodeError):
                    events.append(msgspec.json.decode(line, type=dict[str, Any]))
    return events if last is None else events[-last:] if last > 0 else []
