"""Files that other processes read while they are replaced: they see the file before, or the new one."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from typing import Any

import msgspec

__all__ = ["read_json", "write_json"]


def write_json(path: Path, value: Any, *, durable: bool = False) -> None:
    """Replace `path` by a JSON document in one step, readable by its owner only.

    Args:
        path: the file.
        value: what msgspec can write.
        durable: whether it must be on the disk before this returns, for what decides how to go on after a crash.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        number = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(number, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(value), indent=1))
            if durable:
                file.flush()
                os.fsync(file.fileno())
        part.replace(path)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def read_json(path: Path, kind: Any = Any) -> Any:
    """The document in `path` as a `kind`; None when there is no such file.

    Raises:
        ValueError: when it is damaged, which msgspec's errors are.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    return msgspec.json.decode(content, type=kind)
