"""What a worker has to say of its endpoint: lines of `events.jsonl`, which the endpoint's supervisor writes too."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

__all__ = ["add_event"]

_FILE = "events.jsonl"
_MOST_BYTES = 8 << 20  # the supervisor begins a new file at half of it


def add_event(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write a line in one piece, so that lines of several writers never mix; nothing is written to a full disk or file.

    Args:
        folder: the endpoint's.
        facts: what happened, with the key "event".
    """
    entry = {"time": dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"), **facts}
    with contextlib.suppress(OSError):
        number = os.open(folder / _FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if os.fstat(number).st_size < _MOST_BYTES:
                os.write(number, msgspec.json.encode(entry) + b"\n")
        finally:
            os.close(number)
