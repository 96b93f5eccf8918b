"""An endpoint's keys as its folder holds them: hashes, never the keys.

A key is 256 random bits, so SHA-256 is enough: nobody can try so many keys, and a slow hash such as scrypt, which protects
passwords that people choose, would let anyone who sends wrong keys keep the server busy for milliseconds each time. A key
that a user chose may have a salt, so that the same key of two endpoints cannot be recognised by its hash.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import hmac
import math
import re
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from litmus.errors import ParameterError

__all__ = ["KEYS_FILE", "SCOPES", "KeyRecord", "Keys", "hash_key", "new_key_record", "read_keys"]

KEYS_FILE = "keys.json"
SCOPES = ("predict", "admin")
"""What a key may be for, of those that let predictions through; other names are kept, and refused here."""

_HASH = re.compile(r"[0-9a-f]{64}")


@dataclasses.dataclass(frozen=True)
class KeyRecord:
    """One key.

    Attributes:
        identity: its name in logs and reports, from which the key cannot be told.
        digest: SHA-256 of the salt and the key.
        salt: in front of the key.
        expires: seconds since 1970; infinite when it does not.
        scope: what it is for.
    """

    identity: str
    digest: bytes
    salt: bytes = b""
    expires: float = math.inf
    scope: str = "predict"

    def is_of(self, key: bytes) -> bool:
        """Whether this is the key; takes as long for a nearly right one as for a wrong one."""
        return hmac.compare_digest(hashlib.sha256(self.salt + key).digest(), self.digest)


class Keys:
    """The keys of an endpoint at one time.

    Args:
        records: one for each key.
    """

    def __init__(self, records: Sequence[KeyRecord]) -> None:
        self.records = tuple(records)

    def find(self, key: bytes) -> KeyRecord | None:
        """The record of a key, or None; all records are looked at, whichever fits."""
        found = None
        for record in self.records:
            if record.is_of(key):
                found = record
        return found


def hash_key(key: str, salt: str = "") -> str:
    """What `keys.json` has in the place of a key: SHA-256 of the salt (hexadecimal) and the key, in hexadecimal.

    Example:
        >>> hash_key("abc")[:16]
        'ba7816bf8f01cfea'
    """
    return hashlib.sha256(bytes.fromhex(salt) + key.encode("ascii")).hexdigest()


def new_key_record(
    key: str, *, scope: str = "predict", expires: dt.datetime | None = None, salted: bool = True
) -> dict[str, Any]:
    """A key as `keys.json` has it.

    Args:
        key: the key, of at least 16 printable ASCII characters without spaces.
        scope: what it is for: "predict" or "admin".
        expires: when it stops to be right.
        salted: whether its hash is its own; see the module.

    Raises:
        ParameterError: when the key or the scope is not allowed.
    """
    if not isinstance(key, str) or len(key) < 16 or not key.isascii() or not key.isprintable() or " " in key:
        raise ParameterError("A key must be text of at least 16 ASCII letters, digits and signs without spaces.")
    if scope not in SCOPES:
        raise ParameterError(f"scope={scope!r} is not allowed; give one of {', '.join(SCOPES)}.")
    salt = secrets.token_hex(16) if salted else ""
    return {
        "id": secrets.token_hex(4),
        "hash": hash_key(key, salt),
        **({"salt": salt} if salted else {}),
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"),
        "expires": None if expires is None else expires.astimezone(dt.UTC).isoformat(timespec="milliseconds"),
        "scope": scope,
    }


def read_keys(file: Path) -> Keys:
    """The keys in a file.

    Raises:
        ParameterError: when it cannot be read, or is no list of keys.
    """
    import msgspec

    try:
        found = msgspec.json.decode(file.read_bytes())
    except OSError as error:
        raise ParameterError(
            f"{file} cannot be read ({error.strerror}); make keys with endpoint.rotate_key()."
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ParameterError(f"{file} is no list of keys ({error}); make keys with endpoint.rotate_key().") from error
    try:
        return Keys([_record(each) for each in found])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ParameterError(
            f"{file} has a key that is damaged ({type(error).__name__}); make keys with endpoint.rotate_key()."
        ) from error


def _record(given: Mapping[str, Any]) -> KeyRecord:
    expires = given.get("expires")
    digest = str(given["hash"])
    if not _HASH.fullmatch(digest):
        raise ValueError
    return KeyRecord(
        identity=str(given["id"]),
        digest=bytes.fromhex(digest),
        salt=bytes.fromhex(given.get("salt") or ""),
        expires=math.inf if expires is None else dt.datetime.fromisoformat(expires).timestamp(),
        scope=str(given.get("scope", "predict")),
    )
