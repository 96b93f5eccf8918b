"""What every part of bundles agrees on: names, the version, and the hash of a manifest."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from typing import Any

__all__ = ["FORMAT", "FORMAT_VERSION", "MANIFEST", "digest", "python_version"]

MANIFEST = "manifest.json"
FORMAT = "litmus"
FORMAT_VERSION = 3
_OWN = ("sha256", "signature")  # what is said about the manifest itself


def digest(manifest: Mapping[str, Any]) -> str:
    """The hash of a manifest's values in their order, its own hash and signature left out."""
    values = {name: value for name, value in manifest.items() if name not in _OWN}
    return hashlib.sha256(json.dumps(values, separators=(",", ":")).encode("ascii")).hexdigest()


def python_version() -> str:
    """The version of Python that compiled code of a user belongs to: "3.11"."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"
