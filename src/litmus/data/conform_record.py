"""One row of a prediction, the short way: a request must not pay for what only long tables need."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from litmus.data.canonical import EXPECTED, number_text
from litmus.data.cells import whole_characters
from litmus.data.conform_column import conform_column, refuse_absent
from litmus.data.counted import shown
from litmus.data.markers import column_markers
from litmus.data.schema import Column, Schema
from litmus.errors import PredictionError
from litsdf import DataFrame
from litsdf.interchange import frame_of_row

__all__ = ["conform_record"]

_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d+\Z", re.ASCII)
_WHOLE_WITH_ZEROS = re.compile(r"([+-]?\d+)\.0+\Z", re.ASCII)
_ABSENT = object()


def conform_record(row: Mapping[Any, Any], schema: Schema) -> DataFrame:
    """One row as a frame in the record layout, which takes no array library; the same as `conform` makes of its frame.

    Raises:
        PredictionError: when a required column is absent or a value has the wrong type.
    """
    values: dict[str, Any] = {}
    dtypes: dict[str, str] = {}
    absent: list[Column] = []
    for name in schema.inputs:
        column = schema[name]
        value = row.get(name, _ABSENT)
        if value is _ABSENT:
            absent.append(column)
            values[name], dtypes[name] = _NOTHING.get(column.kind, (math.nan, "float64"))
        elif column.kind == "numeric" and isinstance(value, str | int | float | None):
            values[name] = number = _number(value, column)
            dtypes[name] = "int64" if type(number) is int else "float64"
        elif column.kind in ("categorical", "text") and isinstance(value, str | int | float | None):
            text = _text(value, column)
            values[name], dtypes[name] = math.nan if text is None else _whole(text), "str"
        elif column.kind == "boolean" and isinstance(value, bool):
            values[name], dtypes[name] = value, "boolean"
        else:
            values[name] = _the_long_way(value, column)
    refuse_absent(absent)
    return frame_of_row(values, dtypes)


_NOTHING: dict[str, tuple[Any, str]] = {
    "datetime": (None, "datetime64[us]"),
    "boolean": (None, "boolean"),
    "categorical": (math.nan, "str"),
    "text": (math.nan, "str"),
}
"""Kind → the value and type of a column that a row does not have."""


def _whole(text: str) -> str:
    """The text without halves of characters, which JSON can spell and nothing can write."""
    return text if text.isascii() else whole_characters(text)


def _the_long_way(value: Any, column: Column) -> Any:
    import pandas as pd

    cell = np.empty(1, dtype=object)
    cell[0] = value
    try:
        return conform_column(pd.Series(cell).infer_objects(), column)
    except PredictionError as error:
        raise _wrong(value, column) from error


def _wrong(value: Any, column: Column) -> PredictionError:
    return PredictionError(f"{column.name}: {shown(value)} was given, {EXPECTED[column.kind]}.")


def _number(value: str | float | None, column: Column) -> float | int:
    if value is None:
        return math.nan
    if isinstance(value, str):
        value = _parsed(value.strip(), column)
    if isinstance(value, int):
        return int(value) if -(2**63) <= value < 2**63 else _large(value)
    return math.nan if math.isinf(value) else float(value)


def _large(value: int) -> float:
    """A whole number beyond 64 bits, as near as a float comes; beyond those too, it is infinite, which counts as missing."""
    try:
        return float(value)
    except OverflowError:
        return math.nan


def _parsed(text: str, column: Column) -> float | int:
    if text in column_markers(column):
        return math.nan
    if "," in text:
        if column.number_format == "decimal comma" and re.match(r"[+-]?\d+,\d+\Z", text):
            text = text.replace(",", ".")
        elif column.number_format == "thousands comma" and re.match(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?\Z", text):
            text = text.replace(",", "")
    if _WHOLE.match(text):
        return int(text) if len(text) <= 20 else float(text)
    if _PLAIN.match(text):
        return float(text)
    if text.lower().lstrip("+-") in ("inf", "infinity"):
        return math.nan
    raise _wrong(text, column)


def _text(value: str | float | None, column: Column) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        text = value.strip()
        if text in column_markers(column):
            return None
        whole = _WHOLE_WITH_ZEROS.match(text) if column.kind == "categorical" else None
        return whole.group(1) if whole else text
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return number_text(value)
