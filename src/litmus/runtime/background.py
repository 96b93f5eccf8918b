"""A few rows of the training table that a bundle keeps: what a prediction is explained against."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from litmus.errors import BundleError

__all__ = ["BACKGROUND", "chosen_background", "read_background", "write_background"]

BACKGROUND = "background.json"
"""The file of a bundle."""
_ROWS = 50
_BYTES = 128 * 1024


def chosen_background(rows: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Up to 50 of some rows, evenly spread, and fewer where they would take more than 128 KiB.

    Example:
        >>> len(chosen_background([{"age": age} for age in range(200)]))
        50
    """
    if not rows:
        return ()
    count = min(_ROWS, len(rows))
    places = [round(number * (len(rows) - 1) / max(1, count - 1)) for number in range(count)]
    chosen: list[dict[str, Any]] = []
    size = 0
    for place in places:
        row = {str(name): _plain(value) for name, value in rows[place].items()}
        size += len(json.dumps(row, ensure_ascii=False).encode("utf-8", "surrogatepass"))
        if chosen and size > _BYTES:
            break
        chosen.append(row)
    return tuple(chosen)


def write_background(rows: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """Write the rows into an unpacked bundle; without rows there is no file."""
    if rows:
        text = json.dumps([dict(row) for row in rows], ensure_ascii=True, allow_nan=False, default=_plain)
        (folder / BACKGROUND).write_text(text, encoding="utf-8")


def read_background(folder: Path) -> tuple[dict[str, Any], ...]:
    """The rows of an unpacked bundle; none where an earlier version made it.

    Raises:
        BundleError: when the file is damaged.
    """
    file = folder / BACKGROUND
    if not file.exists():
        return ()
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise TypeError("it holds no list of rows")
    except (OSError, ValueError, TypeError) as error:
        raise BundleError(f"The background rows are damaged ({error}); save the model again.") from error
    return tuple(rows)


def _plain(value: Any) -> Any:
    """The value as JSON has it, and as `predict` reads it."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    item = getattr(value, "item", None)
    return _plain(item()) if callable(item) else str(value)
