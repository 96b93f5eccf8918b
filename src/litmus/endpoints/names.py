"""What an endpoint may be called: its name is a folder's name and part of addresses."""

from __future__ import annotations

import re

from litmus.errors import ParameterError

__all__ = ["check_name"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


def check_name(name: object) -> str:
    """The name, when it is allowed.

    Raises:
        ParameterError: when it is not.

    Example:
        >>> check_name("income")
        'income'
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        shown = f"{name!r}" if len(repr(name)) < 80 else f"{repr(name)[:80]}…"
        raise ParameterError(
            f"{shown} cannot name an endpoint; use 1 to 63 letters, digits, '.', '_' and '-', and begin with a letter or digit."
        )
    return name
