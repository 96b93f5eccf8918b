"""Which versions are served where, from the files of the endpoints of this machine."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

__all__ = ["versions_served"]


def versions_served(endpoints: Path) -> dict[str, set[str]]:
    """Version → the endpoints that serve it, from their `config.json`; a file that cannot be read is passed over.

    Args:
        endpoints: the folder that has a folder for each endpoint.

    Example:
        >>> versions_served(Path("no such folder"))
        {}
    """
    served: dict[str, set[str]] = {}
    with contextlib.suppress(OSError):
        for file in endpoints.glob("[!.]*/config.json"):
            with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
                for variant in json.loads(file.read_bytes())["variants"]:
                    served.setdefault(str(variant["version"]), set()).add(file.parent.name)
    return served
