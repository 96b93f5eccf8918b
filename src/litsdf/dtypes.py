# ruff: noqa: ICN001  (dt would be taken for the accessor)
"""The dtypes that layouts store natively, by the names pandas prints."""

from __future__ import annotations

import datetime
import math
from typing import Any

from litsdf.contract import NotNative

__all__ = [
    "BOOL", "BY_DATA", "DATETIME", "FLOAT", "INT", "INT32", "INT32_OR_FLOAT", "INT_OR_FLOAT", "LIST", "NATIVE", "NUMERIC",
    "OPAQUE", "STR", "TIMEDELTA", "is_missing", "scalar_dtype",
]  # fmt: skip

INT, FLOAT, BOOL, STR = "int64", "float64", "bool", "str"
INT32 = "int32"
"""What `.dt.year` and its like give; stored and compared natively, calculated with by pandas."""
DATETIME, TIMEDELTA = "datetime64[us]", "timedelta64[us]"
LIST = "list"
"""A pandas object column whose values are lists of strings (what `str.split` gives) or missing."""
INT_OR_FLOAT = "int64|float64"
"""int64, or float64 when a value of the whole column is missing: pandas decides this by the data."""
INT32_OR_FLOAT = "int32|float64"
BY_DATA = {INT_OR_FLOAT: INT, INT32_OR_FLOAT: INT32}
"""Dtypes decided by the data → what they are when nothing is missing (float64 otherwise)."""
OPAQUE = "opaque"
"""Held as the pandas array it was; everything but moving it around goes through pandas."""

NUMERIC = frozenset({INT, FLOAT, BOOL, INT_OR_FLOAT})
NATIVE = frozenset({INT, INT32, FLOAT, BOOL, STR, DATETIME, TIMEDELTA})

_BY_TYPE = {
    bool: BOOL, int: INT, float: FLOAT, str: STR, datetime.datetime: DATETIME, datetime.timedelta: TIMEDELTA,
}  # fmt: skip
_LARGEST = 2**63


def scalar_dtype(value: Any) -> str:
    """Name the dtype that pandas gives a column of this scalar; NotNative when no layout stores it natively."""
    dtype = _BY_TYPE.get(type(value))
    if dtype is None:
        raise NotNative(f"a {type(value).__name__}")
    if dtype is INT and not -_LARGEST <= value < _LARGEST:
        raise NotNative("an integer beyond 64 bits")
    if dtype is DATETIME and (value.tzinfo is not None or value.fold):
        raise NotNative("a time zone")
    return dtype


def is_missing(value: Any) -> bool:
    """Whether a scalar is one of pandas' missing values: None, NaN, NaT or NA."""
    if value is None:
        return True
    if isinstance(value, float):
        return math.isnan(value)
    return type(value).__name__ in {"NaTType", "NAType"}
