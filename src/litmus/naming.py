"""Looking a built-in up by its name, and saying what was meant when there is none."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from litmus.errors import UnknownNameError

__all__ = ["find_name", "nearest"]


def nearest(name: str, allowed: Iterable[str]) -> str | None:
    """The allowed name that looks most like `name`, ignoring case, or None when none comes close."""
    by_lower = {candidate.lower(): candidate for candidate in allowed}
    wanted = name.lower()
    matches = difflib.get_close_matches(wanted, by_lower, n=1, cutoff=0.5)
    # "f1_score" has more letters that differ than are the same, and yet means "f1"
    matches = (
        matches or sorted((known for known in by_lower if len(known) > 1 and wanted.startswith(known)), key=len)[-1:]
    )
    return by_lower[matches[0]] if matches else None


def find_name(kind: str, name: str, allowed: Iterable[str]) -> str:
    """Return the allowed spelling of `name` (case is ignored).

    Raises:
        UnknownNameError: when `name` is not allowed; the message suggests the nearest and lists all.
    """
    names = list(allowed)
    for candidate in names:
        if candidate.lower() == name.lower():
            return candidate
    close = nearest(name, names)
    hint = f" Did you mean {close!r}?" if close else ""
    raise UnknownNameError(f"There is no {kind} named {name!r}.{hint} Known: {', '.join(names)}.")
