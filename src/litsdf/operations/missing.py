# ruff: noqa: PLR0124  (NaN differs from itself: the fastest test for it)
"""Dtype rules of missing values, membership, replacement by value, and casts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litsdf.contract import NotNative
from litsdf.dtypes import (
    BOOL,
    DATETIME,
    FLOAT,
    INT,
    INT32,
    INT32_OR_FLOAT,
    INT_OR_FLOAT,
    LIST,
    STR,
    TIMEDELTA,
    is_missing,
    scalar_dtype,
)

__all__ = ["RULES"]

_EXACT = 2**53
"""Integers up to here survive becoming float64, which is what a missing value beside them does."""
_KNOWN = {INT, INT32, FLOAT, BOOL, STR, DATETIME, TIMEDELTA, LIST, INT_OR_FLOAT, INT32_OR_FLOAT}


def _isna(dtypes: tuple[str, ...], _: Mapping[str, Any]) -> str:
    if dtypes[0] not in _KNOWN:
        raise NotNative(f"isna of {dtypes[0]}")
    return BOOL


def _fillna(dtypes: tuple[str, ...], parameters: Mapping[str, Any]) -> str:
    dtype, value = dtypes[0], parameters["value"]
    if is_missing(value):
        raise NotNative("fillna with a missing value")
    given = scalar_dtype(value)
    fits = (dtype == given and dtype in {STR, FLOAT, INT, BOOL, DATETIME}) or (dtype == FLOAT and given == INT)
    if not fits and not (dtype == INT_OR_FLOAT and given == INT and abs(value) < _EXACT):
        raise NotNative(f"fillna of {dtype} with {given}")
    return dtype


def _where(dtypes: tuple[str, ...], _: Mapping[str, Any]) -> str:
    dtype, condition, other = dtypes
    if condition != BOOL or dtype != other or dtype not in {STR, FLOAT, INT, BOOL, DATETIME}:
        raise NotNative("where")
    return dtype


def _isin(dtypes: tuple[str, ...], parameters: Mapping[str, Any]) -> str:
    allowed = {STR: (str,), INT: (int,), INT32: (int,), FLOAT: (int, float)}.get(dtypes[0])
    if allowed is None or not parameters["values"]:
        raise NotNative(f"isin of {dtypes[0]}")
    for value in parameters["values"]:
        if type(value) not in allowed or value != value or (type(value) is int and abs(value) >= _EXACT):
            raise NotNative("isin of mixed or missing values")
    return BOOL


def _dtype_of_values(mapping: Mapping[Any, Any]) -> str:
    types = set(map(type, mapping.values()))
    if types == {int}:
        if any(abs(value) >= _EXACT for value in mapping.values()):
            raise NotNative("map to large integers")
        return INT_OR_FLOAT
    if types in ({float}, {int, float}):
        if any(type(value) is int and abs(value) >= _EXACT for value in mapping.values()):
            raise NotNative("map to large integers")
        return FLOAT
    if types == {str}:
        return STR
    raise NotNative("map to values of these types")


def _map(dtypes: tuple[str, ...], parameters: Mapping[str, Any]) -> str:
    mapping = parameters["arg"]
    key = {STR: str, INT: int}.get(dtypes[0])
    if type(mapping) is not dict or key is None or set(map(type, mapping)) != {key}:
        raise NotNative("map")
    return _dtype_of_values(mapping)


def _replace_values(dtypes: tuple[str, ...], parameters: Mapping[str, Any]) -> str:
    mapping = parameters["mapping"]
    kind = {STR: str, INT: int}.get(dtypes[0])
    if kind is None or set(map(type, mapping)) != {kind} or set(map(type, mapping.values())) != {kind}:
        raise NotNative("replace")
    if kind is int and any(abs(value) >= _EXACT for pair in mapping.items() for value in pair):
        raise NotNative("replace with large integers")
    return dtypes[0]


def _astype(dtypes: tuple[str, ...], parameters: Mapping[str, Any]) -> str:
    dtype, target = dtypes[0], parameters["dtype"]
    if target not in {FLOAT, INT, STR, BOOL} or dtype not in {FLOAT, INT, BOOL, STR, INT_OR_FLOAT, INT32}:
        raise NotNative(f"astype {target}")
    if dtype == STR and target != STR:
        raise NotNative("reading numbers in text")
    if dtype in {INT_OR_FLOAT, INT32} and target not in {FLOAT, INT}:
        raise NotNative(f"astype {target}")
    return str(target)


RULES = {
    "isna": _isna, "notna": _isna, "fillna": _fillna, "where": _where, "isin": _isin, "map": _map,
    "replace": _replace_values, "astype": _astype,
}  # fmt: skip
