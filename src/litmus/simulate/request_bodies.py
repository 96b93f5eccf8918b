"""Rows as the requests of a client: a JSON object a line."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from litmus.errors import DataError

__all__ = ["request_bodies", "write_bodies"]

_MOST_ROWS = 500


def request_bodies(rows: Any, manifest: Mapping[str, Any], *, seed: int) -> list[dict[str, Any]]:
    """The rows to send: some of those that are given, or those that the bundle carries.

    Args:
        rows: a list of dicts, a table or a path, as `Model.predict` takes them; or None.
        manifest: of the bundle.
        seed: which rows are taken when there are more than 500.

    Raises:
        PredictionError: when the rows do not fit the model.
        DataError: when there are none, or a file cannot be read.
    """
    if rows is None:
        return _carried(manifest)
    from litmus.data import Schema, conform

    schema = Schema.from_json(manifest["schema"])
    frame, _ = conform([rows] if isinstance(rows, Mapping) and _is_row(rows) else rows, schema)
    table = frame.to_pandas()
    if not len(table):
        raise DataError("There are no rows to send; give at least one.")
    if len(table) > _MOST_ROWS:
        table = table.iloc[sorted(random.Random(seed).sample(range(len(table)), _MOST_ROWS))]  # noqa: S311
    return [{str(name): _plain(value) for name, value in row.items()} for row in table.to_dict("records")]


def _carried(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows in the bundle: of the held-out ones where it has them, else the sample request."""
    sample = manifest.get("samples") or manifest.get("sample")
    found = [row for row in (sample if isinstance(sample, list) else [sample]) if isinstance(row, dict)]
    if not found:
        raise DataError("The bundle carries no sample request; give rows to send, such as the file of a test split.")
    return found


def _is_row(rows: Mapping[str, Any]) -> bool:
    return not any(
        hasattr(value, "__len__") and not isinstance(value, str | bytes | Mapping) for value in rows.values()
    )


def _plain(value: Any) -> Any:
    """A value as JSON has it; missing ones as null."""
    if hasattr(value, "isoformat"):
        return None if value != value else value.isoformat()  # noqa: PLR0124 - NaT
    if hasattr(value, "item"):
        value = value.item()
    if value is None or (isinstance(value, float) and not math.isfinite(value)) or str(value) == "<NA>":
        return None
    return value if isinstance(value, str | int | float | bool) else str(value)


def write_bodies(bodies: list[dict[str, Any]], file: Path) -> None:
    """Write one body a line."""
    lines = (json.dumps(body, separators=(",", ":"), allow_nan=False) for body in bodies)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
