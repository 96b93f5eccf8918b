"""What went wrong with the database, in a sentence; and whether it is worth trying again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy.exc

__all__ = ["may_pass", "sentence"]

_PASSING_CODES = ("08", "40", "53300", "57P01", "57P02", "57P03", "25006")
"""Of PostgreSQL: the connection broke, a deadlock, too many connections, the server stops, crashed or starts."""
_PASSING_TEXTS = ("database is locked", "database table is locked", "database schema has changed", "network error")
_DAMAGED = ("malformed", "not a database", "disk image", "database corruption", "unsupported file format")


def may_pass(error: Exception) -> bool:
    """Whether the same transaction may well succeed in a moment.

    Example:
        >>> may_pass(ConnectionRefusedError())
        True
    """
    if isinstance(error, ConnectionError | TimeoutError):
        return True
    if not isinstance(error, sqlalchemy.exc.DBAPIError):
        return False
    code = _code(error)
    if error.connection_invalidated or code.startswith(_PASSING_CODES):
        return True
    text = str(error.orig).lower()
    return any(part in text for part in _PASSING_TEXTS) or "can't create a connection" in text


def sentence(error: Exception, url: str, file: Path | None) -> str:
    """What happened, and what to do next."""
    if file is not None:
        return _of_file(error, file)
    from litmus.store.database import shown

    place = shown(url)
    code = _code(error)
    if code.startswith("28"):
        return f"The database {place} does not let this user in; put the right user and password into LITMUS_STORE_URL."
    if code == "3D000":
        return f"There is no such database as {place} names; make it with `createdb`, or name another one in LITMUS_STORE_URL."
    if code == "42501":
        return f"This user may not do that in the database {place}: {_what(error)}. Give it the rights, or use another user."
    if may_pass(error):
        return f"The database {place} cannot be reached: {_what(error)}. Start it, or correct LITMUS_STORE_URL; nothing was changed."
    return f"The database {place} refused: {_what(error)}. Nothing was changed."


def _of_file(error: Exception, file: Path) -> str:
    text = _what(error)
    lower = text.lower()
    if any(part in lower for part in _DAMAGED):
        return (
            f"The store's database {file} is damaged ({text}). The models beside it are not: `litmus models repair` makes a "
            "new database from their own records and keeps the damaged one aside."
        )
    if "locked" in lower:
        return f"The store's database {file} is locked by another program for too long; end that one, and try again."
    if "full" in lower:
        return (
            f"There is no room left for the store's database {file}; make some, and do it again. Nothing was changed."
        )
    if "readonly" in lower or "read-only" in lower or isinstance(error, PermissionError):
        return f"The store's database {file} may not be written by this user; set LITMUS_HOME to a folder that can."
    if "unable to open" in lower or isinstance(error, OSError):
        return f"The store's database {file} cannot be opened: {text}. Set LITMUS_HOME to a folder that can be written."
    return f"The store's database {file} cannot be used: {text}. Nothing was changed; `litmus models check` looks for damage."


def _code(error: Exception) -> str:
    """The code that PostgreSQL gives for what happened; empty where there is none."""
    given: Any = getattr(getattr(error, "orig", None), "args", ())
    facts = given[0] if given else None
    return str(facts.get("C", "")) if isinstance(facts, dict) else ""


def _what(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    original: Any = getattr(error, "orig", None) or error
    given = original.args[0] if original.args else str(original)
    text = given.get("M", str(given)) if isinstance(given, dict) else str(given)
    return text.strip().rstrip(".") or type(original).__name__
