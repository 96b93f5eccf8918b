"""One value of a row → what the column's kind makes of it, without an array library."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import numpy as np

from litmus.data.counted import listed, shown
from litmus.data.markers import column_markers
from litmus.data.one_moment import moment_of_number, moment_of_text
from litmus.data.schema import Column
from litmus.errors import PredictionError

__all__ = [
    "EXPECTED", "TRUTHS", "moment_of", "number_of", "number_text", "refuse_absent", "text_of", "truth_of", "whole_characters", "wrong",
]  # fmt: skip

TRUTHS: dict[str, bool] = {
    **dict.fromkeys(("true", "t", "yes", "y", "1", "1.0", "on"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0", "0.0", "off"), False),
}
"""Lower-case texts that a boolean column may hold."""

EXPECTED: dict[str, str] = {
    "numeric": "a number is expected",
    "boolean": "true or false is expected",
    "datetime": "a date or time is expected",
    "weight": "a number is expected",
}
"""Kind → what a cell that does not fit should have been."""

_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d+\Z", re.ASCII)
_WHOLE_WITH_ZEROS = re.compile(r"([+-]?\d+)\.0+\Z", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+\Z", re.ASCII)
_THOUSANDS_COMMA = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?\Z", re.ASCII)
_MISSING = ("NAType", "NaTType")  # pandas' signs for a missing value, by name: pandas need not be there


def wrong(value: Any, column: Column) -> PredictionError:
    """The error for a value that does not fit its column."""
    return PredictionError(f"{column.name}: {shown(value)} was given, {EXPECTED[column.kind]}.")


def refuse_absent(absent: Iterable[Column]) -> None:
    """Raise PredictionError when a required column is among the absent ones."""
    required = [column.name for column in absent if column.required]
    if required:
        raise PredictionError(
            f"The rows have no column {listed(required)}, which the model needs because training rows always had it; "
            "add it, with None where the value is not known."
        )


def number_of(value: Any, column: Column) -> float | int:
    """What a numeric column makes of a value: a whole number, or a float with NaN for missing.

    Raises:
        PredictionError: when it is no number.
    """
    given = value
    if not isinstance(value, str | int | float | None):
        value = _plain(value)
        if isinstance(value, dt.datetime):
            raise wrong(given, column)
    if value is None:
        return math.nan
    if isinstance(value, str):
        parsed = _parsed(value.strip(), column)
        if parsed is None:
            raise wrong(value.strip() if given is value else given, column)
        value = parsed
    if isinstance(value, int):
        return int(value) if -(2**63) <= value < 2**63 else _large(value)
    return math.nan if math.isinf(value) else float(value)


def text_of(value: Any, column: Column) -> str | None:
    """What a categorical or text column makes of a value; None for missing.

    Halves of characters, which JSON can spell and nothing can write, become question marks.
    """
    if not isinstance(value, str | int | float | None):
        value = _plain(value)
        if isinstance(value, dt.datetime):
            return value.strftime("%Y-%m-%dT%H:%M:%S")
    if value is None:
        return None
    if isinstance(value, str):
        text = value.strip()
        if text in column_markers(column):
            return None
        whole = _WHOLE_WITH_ZEROS.match(text) if column.kind == "categorical" else None
        return whole_characters(whole.group(1) if whole else text)
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return number_text(value)


def truth_of(value: Any, column: Column) -> bool | None:
    """What a boolean column makes of a value; None for missing.

    Raises:
        PredictionError: when it is neither true nor false.
    """
    if isinstance(value, bool):
        return value
    plain = _plain(value)
    if plain is None or (isinstance(plain, float) and not math.isfinite(plain)):
        return None
    meant: Any = None
    if isinstance(plain, str):
        text = whole_characters(plain).strip()
        if text in column_markers(column):
            return None
        meant = TRUTHS.get(text.lower())
    elif isinstance(plain, bool | int | float) and plain in (0, 1):
        meant = bool(plain)
    if meant is None:
        raise wrong(value, column)
    return bool(meant)


def moment_of(value: Any, column: Column, *, day_first: bool | None = None) -> dt.datetime | None:
    """What a datetime column makes of a value: a point in time in UTC without a zone; None for missing.

    Args:
        value: any value.
        column: its column.
        day_first: how dates such as 03/04/2024 are read where the column's format does not say; None: by this value.

    Raises:
        PredictionError: when it is no date.
    """
    plain = _plain(value)
    if plain is None or (isinstance(plain, float) and not math.isfinite(plain)):
        return None
    found: dt.datetime | None = None
    if isinstance(plain, dt.datetime):
        found = plain
    elif isinstance(plain, str):
        text = whole_characters(plain).strip()
        if text in column_markers(column):
            return None
        found = moment_of_text(text, column.datetime_format, day_first=day_first)
    elif not isinstance(plain, bool):
        found = moment_of_number(plain)
    if found is None:
        raise wrong(value, column)
    return found


def number_text(value: float) -> str:
    """One number as a category text: a whole one without a fraction ("5"), others as short as they are exact ("0.1")."""
    if isinstance(value, int):
        return str(value)
    return str(int(value)) if abs(value) < 2**53 and value.is_integer() else str(np.float64(value))


def whole_characters(text: str) -> str:
    """The text with a question mark for each half of a character (a lone surrogate), which no encoding can hold."""
    return text if text.isascii() else text.encode("utf-8", errors="replace").decode("utf-8")


def _plain(value: Any) -> Any:
    """A value of any type as None, a truth, a number, a text, or a point in time (UTC, without a zone)."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, np.datetime64 | np.timedelta64):
        if np.isnat(value):
            return None
        moment = value.astype("datetime64[us]" if isinstance(value, np.datetime64) else "timedelta64[us]").item()
        return _plain(moment)
    if isinstance(value, np.generic):
        return value.item() if isinstance(value.item(), str | bool | int | float) else str(value)
    if type(value).__name__ in _MISSING:
        return None
    if isinstance(value, dt.datetime):
        moment = value.astimezone(dt.UTC).replace(tzinfo=None) if value.tzinfo is not None else value
        return dt.datetime(  # noqa: DTZ001 - UTC without a zone, as columns have it
            moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second, moment.microsecond
        )
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day)  # noqa: DTZ001
    if isinstance(value, dt.timedelta):
        return value.total_seconds()
    if isinstance(value, Decimal):
        return float(value)
    return _written(value)


def _written(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    try:
        return str(value)
    except ValueError:  # a whole number of more digits than Python writes
        return "inf"


def _large(value: int) -> float:
    """A whole number beyond 64 bits, as near as a float comes; beyond those too, it is infinite, which counts as missing."""
    try:
        return float(value)
    except OverflowError:
        return math.nan


def _parsed(text: str, column: Column) -> float | int | None:
    """The number that a text is, NaN where it means missing, None where it is no number."""
    if text in column_markers(column):
        return math.nan
    if "," in text:
        if column.number_format == "decimal comma" and _DECIMAL_COMMA.match(text):
            text = text.replace(",", ".")
        elif column.number_format == "thousands comma" and _THOUSANDS_COMMA.match(text):
            text = text.replace(",", "")
    if _WHOLE.match(text):
        return int(text) if len(text) <= 20 else float(text)
    if _PLAIN.match(text):
        return float(text)
    return math.nan if text.lower().lstrip("+-") in ("inf", "infinity") else None
