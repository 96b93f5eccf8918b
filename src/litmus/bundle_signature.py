"""Signed bundles: who has the key can tell that a bundle was saved by somebody who has it, and not changed since."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from litmus.bundle_format import digest
from litmus.errors import BundleError, ParameterError

__all__ = ["check_signature", "signature"]

_ALGORITHM = "hmac-sha256"
_SHORTEST = 16


def signature(manifest: Mapping[str, Any], key: str | bytes) -> dict[str, str]:
    """The signature of a manifest, and with it of every file whose hash it holds (HMAC-SHA256, RFC 2104).

    Raises:
        ParameterError: when the key is too short.

    Example:
        >>> signature({"name": "income"}, "a key of enough letters")["algorithm"]
        'hmac-sha256'
    """
    value = hmac.new(_checked(key), digest(manifest).encode("ascii"), hashlib.sha256).hexdigest()
    return {"algorithm": _ALGORITHM, "value": value}


def check_signature(manifest: Mapping[str, Any], key: str | bytes | None, source: Path) -> None:
    """Refuse a bundle that is not signed with the key; without a key everything is let through.

    Raises:
        BundleError: when it has no signature, or another one.
    """
    if key is None:
        return
    expected, found = signature(manifest, key), manifest.get("signature")
    if not isinstance(found, dict) or not isinstance(found.get("value"), str):
        raise BundleError(
            f"{source.name} is not signed; save it with model.save(path, sign=key), or load it without verify=."
        )
    if found.get("algorithm") != _ALGORITHM or not hmac.compare_digest(
        found["value"].encode("utf-8", "replace"), expected["value"].encode("ascii")
    ):
        raise BundleError(
            f"{source.name} is not signed with this key: it was saved by somebody else, or changed; do not use it."
        )


def _checked(key: str | bytes) -> bytes:
    held = key.encode("utf-8") if isinstance(key, str) else key
    if not isinstance(held, bytes) or len(held) < _SHORTEST:
        raise ParameterError(
            f"The key of a signature must be text or bytes of at least {_SHORTEST} characters; make one with "
            "secrets.token_hex(32)."
        )
    return held
