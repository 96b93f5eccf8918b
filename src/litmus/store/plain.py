"""Facts as JSON and every database can hold them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

__all__ = ["plain"]


def plain(value: Any) -> Any:
    """The value as JSON has it: NaN and infinities as null, what JSON does not know as text.

    Example:
        >>> plain({"share": float("nan"), 3: (1, 2)})
        {'share': None, '3': [1, 2]}
    """
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {_text(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return plain(dataclasses.asdict(value))
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if hasattr(value, "tolist"):  # a number or an array of NumPy, which is not imported for this
        return plain(value.tolist())
    return _text(str(value))


def _text(text: str) -> str:
    """Text without what databases refuse: no zero characters, no halves of characters."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
