"""Captured requests as the columns of a Parquet file."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from litmus.capture.spool import Captured

__all__ = ["INPUT", "PROBABILITY", "Columns"]

INPUT = "input."
PROBABILITY = "probability."
_MAX_TEXT = 10_000
_MAX_COLUMNS = 5_000


class Columns:
    """Rows of requests, a list of values for each column.

    Attributes:
        rows, requests: how many there are.
        first: when the first one was answered.
    """

    def __init__(self) -> None:
        self.rows = 0
        self.requests = 0
        self.first = 0.0
        self._columns: dict[str, list[Any]] = {}

    def add(self, record: Captured) -> None:
        """Add the rows of a request."""
        scores = record.probabilities
        names = record.classes
        if not self.requests:
            self.first = record.when
        self.requests += 1
        for number, (row, label) in enumerate(zip(record.rows, record.labels, strict=True)):
            values = {
                "request_id": record.request_id,
                "row": number,
                "time": record.when,
                "variant": record.variant,
                "version": record.version,
                "seconds": record.seconds,
                "prediction": label,
            }
            if scores is not None:
                for place, score in enumerate(scores[number]):
                    values[f"{PROBABILITY}{names[place] if place < len(names) else place}"] = score
            for name, value in row.items():
                values[f"{INPUT}{name}"] = value
            self._add_row(values)

    def _add_row(self, values: dict[str, Any]) -> None:
        columns = self._columns
        for name, value in values.items():
            column = columns.get(name)
            if column is None:
                if len(columns) >= _MAX_COLUMNS:  # rows with ever new names must not fill the memory
                    continue
                column = columns[name] = [None] * self.rows
            column.append(value)
        self.rows += 1
        if len(values) < len(columns):
            for column in columns.values():
                if len(column) < self.rows:
                    column.append(None)

    def write(self, path: Path) -> None:
        """Write a Parquet file."""
        import pyarrow as pa
        import pyarrow.parquet

        arrays = {name: _array(name, values) for name, values in self._columns.items()}
        pyarrow.parquet.write_table(pa.table(arrays), path, compression="zstd")


def _array(name: str, values: list[Any]) -> Any:
    """One column: truths, numbers, or text where there is anything else."""
    import pyarrow as pa

    if name == "time":
        return pa.array([round(value * 1e6) for value in values], pa.timestamp("us", tz="UTC"))
    kinds = set(map(type, values)) - {type(None)}
    if kinds <= {bool}:
        return pa.array(values, pa.bool_())
    if kinds == {int} and name == "row":
        return pa.array(values, pa.int64())
    if kinds <= {int, float}:
        return pa.array([None if value is None else _number(value) for value in values], pa.float64())
    return pa.array([_text(value) for value in values], pa.string())


def _number(value: float) -> float:
    try:
        return float(value)
    except OverflowError:  # a whole number beyond the largest float
        return math.inf if value > 0 else -math.inf


def _text(value: Any) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text[:_MAX_TEXT].encode("utf-8", "replace").decode("utf-8")
