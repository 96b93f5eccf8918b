"""Finding what must not be written down: passwords in addresses, access keys, tokens, secrets of the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

__all__ = ["assigned_secrets", "holds_secret", "without_secrets"]

HIDDEN = "[hidden]"
"""What stands in a text where a secret was."""

_ADDRESS = re.compile(r"(?P<before>[A-Za-z][A-Za-z0-9+.-]*://)[^/\s@'\"]*@")
_QUERY = re.compile(
    r"(?P<before>[?&](?:[\w.-]*(?:signature|token|secret|password|credential|key|sig)[\w.-]*)=)[^&\s'\"]+",
    re.IGNORECASE,
)
_KEY = re.compile(r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])")
_TOKEN = re.compile(
    r"(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{30,}|sk-[A-Za-z0-9_-]{20,}|xox[abprs]-[A-Za-z0-9-]{10,})"
)
_PASSWORD = re.compile(
    r"(?P<before>\b\w*(?:password|passwd|secret_?key|api_?key|access_?key|private_?key)['\"]?\s*[=:]\s*)"
    r"(?P<quote>['\"])(?P<value>[^'\"\s]{4,})(?P=quote)",
    re.IGNORECASE,
)
_TOKENLIKE = re.compile(
    r"(?P<before>\b\w*(?:secret|token)\w*['\"]?\s*[=:]\s*)"
    r"(?P<quote>['\"])(?P<value>(?=[^'\"]*[0-9])(?=[^'\"]*[A-Za-z])[A-Za-z0-9+/=_.-]{12,})(?P=quote)",
    re.IGNORECASE,
)
_NAMES = re.compile(r"secret|token|passw|credential|api_?key|access_?key|private_?key", re.IGNORECASE)
_SHORTEST = 8
"""Characters from which on the value of a variable of the environment is long enough to be looked for in texts."""


def without_secrets(value: Any) -> Any:
    """The value with every secret in its texts replaced by "[hidden]"; lists and dicts are gone through.

    Example:
        >>> without_secrets({"place": "postgresql://ann:pw@host/db", "url": "https://host/t.csv?token=abc"})
        {'place': 'postgresql://[hidden]@host/db', 'url': 'https://host/t.csv?token=[hidden]'}
    """
    if isinstance(value, str):
        return _cleaned(value)
    if isinstance(value, Mapping):
        return {without_secrets(key): without_secrets(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_secrets(item) for item in value]
    return value


def holds_secret(value: str | bytes) -> bool:
    """Whether a text, or bytes such as those of a pickle, hold what `without_secrets` would hide.

    Example:
        >>> holds_secret(b"s3://key:secret@bucket/table.csv"), holds_secret("s3://bucket/table.csv")
        (True, False)
    """
    text = value.decode("utf-8", errors="replace") if isinstance(value, bytes) else value
    return _cleaned(text) != text


def assigned_secrets(text: str) -> set[str]:
    """The values that a source text gives to names such as `password` and `api_key`.

    Example:
        >>> assigned_secrets("PASSWORD = 'opensesame'")
        {'opensesame'}
    """
    return {match["value"] for assigned in (_PASSWORD, _TOKENLIKE) for match in assigned.finditer(text)}


def _cleaned(text: str) -> str:
    for secret in _of_environment():
        text = text.replace(secret, HIDDEN)
    if "://" in text:
        text = _ADDRESS.sub(rf"\g<before>{HIDDEN}@", text)
        text = _QUERY.sub(rf"\g<before>{HIDDEN}", text)
    text = _KEY.sub(HIDDEN, text)
    text = _TOKEN.sub(HIDDEN, text)
    for assigned in (_PASSWORD, _TOKENLIKE):
        text = assigned.sub(rf"\g<before>\g<quote>{HIDDEN}\g<quote>", text)
    return text


def _of_environment() -> list[str]:
    """The values of this process's variables that are secrets by their names, the longest first."""
    found = {value for name, value in os.environ.items() if _NAMES.search(name) and len(value) >= _SHORTEST}
    return sorted((value for value in found if not value.startswith(("/", "."))), key=len, reverse=True)
