"""An endpoint's keys: `keys.json` in its folder holds their hashes, never the keys."""

from __future__ import annotations

import datetime as dt
import secrets
from pathlib import Path
from typing import Any

from litmus.endpoints.atomic import read_json, write_json
from litmus.errors import ParameterError
from litmus.quantities import parse_seconds
from litmus.serve.security.keys import new_key_record

__all__ = ["add_key", "check_key", "new_key", "read_keys", "rotate_keys"]

_FILE = "keys.json"


def new_key() -> str:
    """A key that nobody can guess: 256 random bits as 43 letters, digits, `-` and `_`."""
    return secrets.token_urlsafe(32)


def check_key(key: str) -> str:
    """The key that a user chose, when it can be sent in a header and not be guessed by trying.

    Raises:
        ParameterError: when it cannot.
    """
    if not isinstance(key, str) or len(key) < 16 or not key.isascii() or not key.isprintable() or " " in key:
        raise ParameterError(
            "The key must be text of at least 16 ASCII letters, digits and signs without spaces; leave it out to have one made."
        )
    return key


def rotate_keys(folder: Path, key: str, *, keep_old: float | str | None = None) -> None:
    """Let in who has `key`, and those with the keys before only as long as `keep_old` says; workers see it within a second."""
    kept: list[dict[str, Any]] = []
    if keep_old is not None:
        moment = dt.datetime.now(dt.UTC)
        ends = (moment + dt.timedelta(seconds=parse_seconds(keep_old, name="keep_old"))).isoformat(
            timespec="milliseconds"
        )
        for record in read_keys(folder):
            expires = record.get("expires")
            if expires is None or moment.isoformat() < expires:
                kept.append({**record, "expires": min(expires or ends, ends)})
    write_json(folder / _FILE, [*kept, new_key_record(key)], durable=True)


def add_key(folder: Path, key: str) -> None:
    """Let in who has `key` too."""
    write_json(folder / _FILE, [*read_keys(folder), new_key_record(key)], durable=True)


def read_keys(folder: Path) -> list[dict[str, Any]]:
    """What the file holds: id, hash, created, expires and scope of each key."""
    return list(read_json(folder / _FILE) or [])
