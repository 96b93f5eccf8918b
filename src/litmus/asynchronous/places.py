"""Which files a request may name: none, unless the endpoint's owner allowed folders or URLs."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote

from litmus.errors import ParameterError

__all__ = ["allowed_place"]

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)


def allowed_place(place: str, allowed: Sequence[str], *, what: str) -> str:
    """The place as it may be used: a path without links, or a URL without steps upward.

    Args:
        place: what a request names.
        allowed: folders and URLs below which it may be.
        what: "input" or "output", for the message.

    Raises:
        ParameterError: when it is nowhere below them, or no plain place; the message does not say what there is.

    Example:
        >>> allowed_place("s3://bucket/in/a.csv", ["s3://bucket/in"], what="input")
        's3://bucket/in/a.csv'
    """
    if not isinstance(place, str) or not place or len(place) > 2000 or not place.isprintable():
        raise ParameterError(f"The {what} is no path or URL; give one of at most 2,000 signs.")
    if "::" in place or re.search(r"[*?\[\]]", place):
        raise ParameterError(f"The {what} must be one file, without wildcards and without '::'.")
    used = _normal(place)
    for root in allowed:
        base = _normal(root).rstrip("/")
        if used.startswith(f"{base}/") and len(used) > len(base) + 1:
            return used
    if not allowed:
        raise ParameterError(
            f"This endpoint takes no {what} by path or URL; send the rows themselves and fetch the result."
        )
    raise ParameterError(f"The {what} is in no place that this endpoint may use; ask its owner which those are.")


def _normal(place: str) -> str:
    """One spelling of a place; links in paths are followed, so that none leads out of an allowed folder."""
    match = _URL.fullmatch(place)
    if match and match[1].lower() != "file":
        path = unquote(match[2])
        if (
            ".." in path.split("/")
            or "\\" in path
            or path != posixpath.normpath(path) + ("/" if path.endswith("/") else "")
        ):
            raise ParameterError("A URL with '..', '//' or '\\' in its path is not allowed; write it plainly.")
        return f"{match[1].lower()}://{match[2]}"
    return str(Path(match[2] if match else place).expanduser().resolve())
