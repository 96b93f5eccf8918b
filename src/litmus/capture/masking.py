"""Which columns of a request are written down, and which only as a hash."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["Masking"]

_MAX_TEXT = 10_000


class Masking:
    """Takes columns out of rows, and hashes values with a key: equal ones stay equal, and cannot be read.

    Args:
        masked: columns to hash; "name=drop" leaves one out.
        salt: the key.

    Example:
        >>> row = Masking(["email", "phone=drop"], b"key").masked([{"age": 3, "email": "a@b.c", "phone": "1"}])[0]
        >>> row["age"], len(row["email"]), "phone" in row
        (3, 32, False)
    """

    def __init__(self, masked: Sequence[str], salt: bytes) -> None:
        self._dropped = frozenset(name.removesuffix("=drop") for name in masked if name.endswith("=drop"))
        self._hashed = frozenset(name for name in masked if not name.endswith("=drop"))
        self._salt = salt
        self.inputs: frozenset[str] | None = None
        """The only columns that are kept; None: all."""

    def masked(self, rows: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
        """The rows as they may be written down; the given ones are not changed."""
        return [self._row(row) for row in rows]

    def _row(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        inputs, dropped, hashed = self.inputs, self._dropped, self._hashed
        if not dropped and not hashed and (inputs is None or row.keys() <= inputs):
            return row
        kept = {
            name: value for name, value in row.items() if name not in dropped and (inputs is None or name in inputs)
        }
        for name in hashed:
            if name in kept:
                kept[name] = self._hash(kept[name])
        return kept

    def _hash(self, value: Any) -> str | None:
        if value is None:
            return None
        text = value if isinstance(value, str) else json.dumps(value, default=str)
        return hmac.new(self._salt, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:32]
