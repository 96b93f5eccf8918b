"""Who may ask an endpoint: those with a key whose hash stands in its `keys.json`."""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from pathlib import Path

import msgspec

from litmus.errors import ParameterError
from litmus.serve.refusal import Refusal

__all__ = ["KEYS_FILE", "KeyFile"]

KEYS_FILE = "keys.json"
_LOOK_SECONDS = 1.0


class _Key(msgspec.Struct):
    hash: str
    expires: dt.datetime | None = None


class KeyFile:
    """A gate (`litmus.serve.hooks.Gate`) that reads the file again, at most once a second, when it was replaced.

    Keys are looked up by their hash, so that the time of an answer says nothing of the keys there are.

    Args:
        folder: the endpoint's folder.

    Raises:
        ParameterError: when the file cannot be read; what was read before goes on to hold when that happens later.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / KEYS_FILE
        self._mark: tuple[int, int] | None = None
        self._keys: dict[str, float] = {}
        self._next_look = 0.0
        self._read()

    def _read(self) -> None:
        self._next_look = time.monotonic() + _LOOK_SECONDS
        try:
            found = self._file.stat()
            mark = (found.st_mtime_ns, found.st_ino)
            if mark == self._mark:
                return
            keys = msgspec.json.decode(self._file.read_bytes(), type=list[_Key])
        except (OSError, msgspec.DecodeError) as error:
            if self._mark is None:
                raise ParameterError(
                    f"{self._file} holds no keys ({error}); make a new key for the endpoint."
                ) from error
            return
        self._mark = mark
        self._keys = {key.hash: float("inf") if key.expires is None else key.expires.timestamp() for key in keys}

    def check(self, authorization: bytes | None, client: str) -> None:  # noqa: ARG002 (others look at the address)
        """Raise `Refusal` (401) unless the request carries a key that holds."""
        if time.monotonic() > self._next_look:
            self._read()
        scheme, _, given = (authorization or b"").partition(b" ")
        if scheme.lower() == b"bearer":
            expires = self._keys.get(hashlib.sha256(given.strip()).hexdigest())
            if expires is not None and time.time() < expires:
                return
        sent = "no key" if not scheme else "a key that does not hold here"
        raise Refusal(
            401,
            f"The request carries {sent}; send the header 'Authorization: Bearer KEY' with this endpoint's key.",
            {"WWW-Authenticate": "Bearer"},
        )
