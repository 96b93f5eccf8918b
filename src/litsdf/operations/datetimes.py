"""Dtype rules of `.dt`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litsdf.contract import NotNative
from litsdf.dtypes import BOOL, DATETIME, FLOAT, INT32_OR_FLOAT, INT_OR_FLOAT, TIMEDELTA

__all__ = ["FIELDS", "FLAGS", "RULES"]

FIELDS = (
    "year", "month", "day", "hour", "minute", "second", "microsecond", "day_of_week", "day_of_year", "quarter",
    "days_in_month",
)  # fmt: skip
FLAGS = ("is_month_start", "is_month_end", "is_year_start", "is_year_end", "is_leap_year")


def _field(dtypes: tuple[str, ...], _: Mapping[str, Any]) -> str:
    if dtypes[0] != DATETIME:
        raise NotNative(f".dt of {dtypes[0]}")
    return INT32_OR_FLOAT


def _flag(dtypes: tuple[str, ...], _: Mapping[str, Any]) -> str:
    if dtypes[0] != DATETIME:
        raise NotNative(f".dt of {dtypes[0]}")
    return BOOL


def _normalize(dtypes: tuple[str, ...], _: Mapping[str, Any]) -> str:
    if dtypes[0] != DATETIME:
        raise NotNative(f".dt of {dtypes[0]}")
    return DATETIME


def _total_seconds(dtypes: tuple[str, ...], _: Mapping[str, Any]) -> str:
    if dtypes[0] != TIMEDELTA:
        raise NotNative(f".dt.total_seconds of {dtypes[0]}")
    return FLOAT


def _days(dtypes: tuple[str, ...], _: Mapping[str, Any]) -> str:
    if dtypes[0] != TIMEDELTA:
        raise NotNative(f".dt.days of {dtypes[0]}")
    return INT_OR_FLOAT


RULES = {
    **{f"dt.{name}": _field for name in FIELDS},
    **{f"dt.{name}": _flag for name in FLAGS},
    "dt.normalize": _normalize,
    "dt.total_seconds": _total_seconds,
    "dt.days": _days,
}
