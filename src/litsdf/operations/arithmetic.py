# ruff: noqa: PLR0124  (NaN differs from itself: the fastest test for it)
"""Dtype rules of arithmetic, comparison, logic and the NumPy functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litsdf.contract import NotNative
from litsdf.dtypes import BOOL, DATETIME, FLOAT, INT, INT32, INT_OR_FLOAT, NUMERIC, STR, TIMEDELTA

__all__ = ["RULES"]

_COMPARED = NUMERIC | {INT32, "int32|float64"}


def _promote(dtypes: tuple[str, ...]) -> str:
    left, right = dtypes
    if left not in NUMERIC or right not in NUMERIC or (left == right == BOOL):
        raise NotNative(f"{left} with {right}")  # bool with bool is logic in NumPy, not arithmetic
    if FLOAT in dtypes:
        return FLOAT
    return INT_OR_FLOAT if INT_OR_FLOAT in dtypes else INT


def _add(dtypes: tuple[str, ...], _: Mapping[str, Any]) -> str:
    if dtypes == (STR, STR):
        return STR
    return _promote(dtypes)


def _subtract(dtypes: tuple[str, ...], _: Mapping[str, Any]) -> str:
    if dtypes == (DATETIME, DATETIME):
        return TIMEDELTA
    return _promote(dtypes)


def _multiply(dtypes: tuple[str, ...], _: Mapping[str, Any]) -> str:
    return _promote(dtypes)


def _divide(dtypes: tuple[str, ...], _: Mapping[str, Any]) -> str:
    _promote(dtypes)
    return FLOAT


def _divide_whole(dtypes: tuple[str, ...], _: Mapping[str, Any]) -> str:
    # an int64 divided by zero turns the whole column into float64
    return FLOAT if _promote(dtypes) == FLOAT and BOOL not in dtypes else _leave("whole division of integers", dtypes)


def _power(dtypes: tuple[str, ...], _: Mapping[str, Any]) -> str:
    if dtypes[0] != FLOAT or dtypes[1] not in {FLOAT, INT}:
        raise NotNative("powers of integers")
    return FLOAT


def _leave(what: str, dtypes: tuple[str, ...]) -> str:
    raise NotNative(f"{what}: {' with '.join(dtypes)}")


def _signed(dtypes: tuple[str, ...], _: Mapping[str, Any]) -> str:
    return dtypes[0] if dtypes[0] in {INT, FLOAT, INT_OR_FLOAT} else _leave("sign", dtypes)


def _equality(dtypes: tuple[str, ...], _: Mapping[str, Any]) -> str:
    left, right = dtypes
    if (left in _COMPARED and right in _COMPARED) or (left == right and left in {STR, DATETIME, TIMEDELTA}):
        return BOOL
    return _leave("comparison", dtypes)


def _logic(dtypes: tuple[str, ...], _: Mapping[str, Any]) -> str:
    return BOOL if all(dtype == BOOL for dtype in dtypes) else _leave("logic", dtypes)


def _round(dtypes: tuple[str, ...], parameters: Mapping[str, Any]) -> str:
    decimals = parameters["decimals"]
    if dtypes[0] != FLOAT or type(decimals) is not int or not 0 <= decimals <= 15:
        raise NotNative("round")
    return FLOAT


def _clip(dtypes: tuple[str, ...], parameters: Mapping[str, Any]) -> str:
    dtype = dtypes[0]
    allowed = (int, float) if dtype == FLOAT else (int,)
    bounds = [bound for bound in (parameters["lower"], parameters["upper"]) if bound is not None]
    if dtype not in {INT, FLOAT, INT_OR_FLOAT} or not bounds:
        raise NotNative("clip")
    if any(type(bound) not in allowed or bound != bound or abs(bound) >= 2**53 for bound in bounds):
        raise NotNative("clip")
    if len(bounds) == 2 and bounds[0] > bounds[1]:
        raise NotNative("clip")
    return dtype


def _real_function(dtypes: tuple[str, ...], _: Mapping[str, Any]) -> str:
    return FLOAT if dtypes[0] in {FLOAT, INT, INT_OR_FLOAT} else _leave("function", dtypes)


def _float_function(dtypes: tuple[str, ...], _: Mapping[str, Any]) -> str:
    return FLOAT if dtypes[0] == FLOAT else _leave("function", dtypes)


RULES = {
    "add": _add, "sub": _subtract, "mul": _multiply, "truediv": _divide, "floordiv": _divide_whole,
    "mod": _divide_whole, "pow": _power, "neg": _signed, "abs": _signed,
    "eq": _equality, "ne": _equality, "lt": _equality, "le": _equality, "gt": _equality, "ge": _equality,
    "and": _logic, "or": _logic, "xor": _logic, "invert": _logic,
    "round": _round, "clip": _clip,
    "log": _real_function, "log1p": _real_function, "log2": _real_function, "log10": _real_function,
    "exp": _real_function, "expm1": _real_function, "sqrt": _real_function, "sin": _real_function,
    "cos": _real_function, "tanh": _real_function, "floor": _float_function, "ceil": _float_function,
}  # fmt: skip
