"""Lets requests with a right key through, and as many of them as the key may send."""

from __future__ import annotations

import asyncio
import contextvars
import hashlib
import logging
import math
import time
from pathlib import Path

from litmus.errors import ParameterError
from litmus.serve.config import LimitsConfig
from litmus.serve.refusal import Refusal
from litmus.serve.security.keys import KEYS_FILE, SCOPES, KeyRecord, read_keys
from litmus.serve.security.rates import LIMITS_FILE, RateLimits

__all__ = ["KeyGate", "asking_key"]

_log = logging.getLogger("litmus.serve")
_LOOK_SECONDS = 1.0
_SPELLINGS = 16  # of the header for one key that are remembered: "Bearer KEY", "bearer  KEY"

asking_key: contextvars.ContextVar[str] = contextvars.ContextVar("asking_key", default="")
"""The identity of the key that the request of the moment carries."""


class KeyGate:
    """A gate (`litmus.serve.hooks.Gate`) for the keys in an endpoint's folder.

    The file is looked at once a second, in between requests, so that keys change while the server runs. A key that was right
    once is known again by a digest of its header: a check takes some microseconds. A file that is removed or damaged lets in
    nobody but those who had a right key before.

    Args:
        folder: the endpoint's folder, with `keys.json`.
        limits: `requests_per_second` of a key.

    Raises:
        ParameterError: when there are no keys that can be read.
    """

    def __init__(self, folder: Path, limits: LimitsConfig) -> None:
        self._file = folder / KEYS_FILE
        self._seen = _stamp(self._file)
        self._keys = read_keys(self._file)
        self._verified: dict[bytes, KeyRecord] = {}
        self._rates = RateLimits(folder / LIMITS_FILE)
        self._rate: float | None = None
        self._burst = 1.0
        self._timer: asyncio.TimerHandle | None = None
        self.use(limits)

    def use(self, limits: LimitsConfig) -> None:
        """Take the limits of a new configuration."""
        self._rate = limits.requests_per_second
        self._burst = max(1.0, self._rate or 1.0)  # what a second allows may come at once

    def check(self, authorization: bytes | None, client: str) -> None:  # noqa: ARG002 (keys come from anywhere)
        """Let a request pass.

        Raises:
            Refusal: 401 without a right key, 403 with one for something else, 429 when it asks too often.
        """
        if authorization is None:
            raise _no_key()
        digest = hashlib.sha256(authorization).digest()
        record = self._verified.get(digest)
        if record is None:
            record = self._verify(authorization, digest)
        if record.expires <= time.time():
            raise Refusal(401, "The key has expired; ask the owner of this endpoint for a new one.", _CHALLENGE)
        if record.scope not in SCOPES:
            raise Refusal(403, "The key is not for predictions; send one that is.")
        if self._rate is not None:
            wait = self._rates.wait(record.digest, rate=self._rate, burst=self._burst)
            if wait:
                raise Refusal(
                    429,
                    f"The key may send {self._rate:g} requests a second; send this one again later.",
                    {"Retry-After": str(math.ceil(wait))},
                )
        asking_key.set(record.identity)

    def start(self) -> None:
        """Begin to look at the file, in the event loop of the moment."""
        self._timer = asyncio.get_running_loop().call_later(_LOOK_SECONDS, self._look)

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def look(self) -> None:
        """Take the keys that are in the file now, if it has changed."""
        stamp = _stamp(self._file)
        if stamp == self._seen:
            return
        self._seen = stamp
        try:
            self._keys = read_keys(self._file)
        except ParameterError as error:
            _log.error("Keys stay as they were: %s", error)
            return
        self._verified.clear()

    def _look(self) -> None:
        self.look()
        self.start()

    def _verify(self, authorization: bytes, digest: bytes) -> KeyRecord:
        scheme, _, given = authorization.partition(b" ")
        key = given.strip()
        record = self._keys.find(key) if key and scheme.lower() == b"bearer" else None
        if record is None:
            raise _no_key() if not key else Refusal(401, _WRONG.format(sent="a wrong key"), _CHALLENGE)
        if len(self._verified) >= _SPELLINGS * len(self._keys.records):
            self._verified.clear()
        self._verified[digest] = record
        return record

    def __repr__(self) -> str:
        return f"KeyGate(keys={len(self._keys.records)})"


_CHALLENGE = {"WWW-Authenticate": "Bearer"}
_WRONG = "The request carries {sent}; send the header 'Authorization: Bearer KEY' with this server's key."


def _no_key() -> Refusal:
    return Refusal(401, _WRONG.format(sent="no key"), _CHALLENGE)


def _stamp(file: Path) -> tuple[int, int, int] | None:
    """What changes whenever the file is replaced or written."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
