# ruff: noqa: PLR0124, ICN001  (NaN differs from itself: the fastest test for it)
"""Functions that generated row code calls where Python and NumPy or pandas would otherwise differ."""

from __future__ import annotations

import calendar
import datetime
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from litsdf.contract import NotNative

__all__ = [
    "ceil", "cos", "days_in_month", "days_in_year", "divide_by_zero", "exp", "expm1", "float_to_text", "floor",
    "floor_divide", "in_linear_time", "log", "log1p", "log2", "log10", "modulo", "only_missing", "other_case", "other_text", "power", "round_half_even",
    "sin", "sqrt", "tanh", "to_integer", "wrap",
]  # fmt: skip

_CHANGED_CASE = re.compile(
    "[\u0130\u03a3\xdf\u0149\u01f0\u0390\u03b0\u0587\u1e96-\u1e9a\u1f50-\u1ffc\ufb00-\ufb17"
    "\u019b\u0264\u0277\u027c\u1c89\u1c8a\ua7cb-\ua7ff\uab4b-\uab4c\uab6c-\uab6f\U00010570-\U000105bc\U00010d40-\U00010d8f"
    "\U00016e80-\U00016eff\U0001df00-\U0001dfff]"
)
"""Characters whose case the Arrow kernels behind pandas change otherwise than `str` does; the tests check all others."""


def only_missing() -> float:
    """Leave to pandas what it does with a column in which every text is missing."""
    raise NotNative("only missing texts")


def in_linear_time(operation: str, parameters: Mapping[str, Any]) -> Callable[[str], Any]:
    """Give a function that asks Polars about one text, for patterns that Python's own engine must not be given."""

    def call(text: str) -> Any:
        import polars as pl

        from litsdf.layouts.polars import PolarsColumn

        column = PolarsColumn(pl.Series("", [text], dtype=pl.String), "str")
        return column.elementwise(operation, (), parameters).data.item()

    return call


def wrap(value: int) -> int:
    """Bring an integer into 64 bits as machine arithmetic does."""
    return (value + 2**63) % 2**64 - 2**63


def divide_by_zero(left: float, right: float) -> float:
    """Divide by zero as IEEE 754 says."""
    if left != left or left == 0:
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1.0, right)


def floor_divide(left: float, right: float) -> float:
    """Floor division of floats, as pandas does it for a zero divisor."""
    if not right or not math.isfinite(left) or not math.isfinite(right):
        raise NotNative("whole division by zero or infinity")
    return left // right


def modulo(left: float, right: float) -> float:
    """Remainder of floats with the sign of the divisor."""
    if not right or not math.isfinite(left) or not math.isfinite(right):
        raise NotNative("remainder by zero or infinity")
    return left % right


def power(base: float, exponent: float) -> float:
    """Power of a float; what Python would raise or make complex is left to NumPy."""
    try:
        result = base**exponent
    except (OverflowError, ZeroDivisionError):
        raise NotNative("power out of range") from None
    if isinstance(result, complex):
        return math.nan
    return result


def round_half_even(value: float, decimals: int) -> float:
    """Round as NumPy does: scale, round half to even, scale back."""
    if not math.isfinite(value):
        return value
    factor = 10.0**decimals
    scaled = value * factor
    if not math.isfinite(scaled):
        raise NotNative("round of a large value")
    return math.copysign(float(round(scaled)), scaled) / factor


def log(value: float) -> float:
    """Natural logarithm; minus infinity at zero, NaN below."""
    return math.log(value) if value > 0 else (-math.inf if value == 0 else math.nan)


def log1p(value: float) -> float:
    """Logarithm of one plus the value."""
    return math.log1p(value) if value > -1 else (-math.inf if value == -1 else math.nan)


def log2(value: float) -> float:
    """Logarithm to base 2."""
    return math.log2(value) if value > 0 else (-math.inf if value == 0 else math.nan)


def log10(value: float) -> float:
    """Logarithm to base 10."""
    return math.log10(value) if value > 0 else (-math.inf if value == 0 else math.nan)


def exp(value: float) -> float:
    """Exponential; infinity instead of an error when it is too large."""
    try:
        return math.exp(value)
    except OverflowError:
        return math.inf


def expm1(value: float) -> float:
    """Exponential minus one."""
    try:
        return math.expm1(value)
    except OverflowError:
        return math.inf


def sqrt(value: float) -> float:
    """Square root; NaN below zero."""
    return math.sqrt(value) if value >= 0 else math.nan


def sin(value: float) -> float:
    """Sine; NaN at infinity."""
    return math.sin(value) if math.isfinite(value) else math.nan


def cos(value: float) -> float:
    """Cosine; NaN at infinity."""
    return math.cos(value) if math.isfinite(value) else math.nan


def tanh(value: float) -> float:
    """Hyperbolic tangent."""
    return math.tanh(value)


def floor(value: float) -> float:
    """Largest whole number that is not above the value, as a float."""
    return math.copysign(float(math.floor(value)), value) if math.isfinite(value) else value


def ceil(value: float) -> float:
    """Smallest whole number that is not below the value, as a float."""
    return math.copysign(float(math.ceil(value)), value) if math.isfinite(value) else value


def to_integer(value: float) -> int:
    """Cut a float to an integer; pandas refuses missing and infinite values, so those are left to it."""
    if type(value) is int:
        return value
    if not -9.2e18 < value < 9.2e18:
        raise NotNative("a float that is no integer")
    return int(value)


def float_to_text(value: float) -> Any:
    """Spell a float; a missing one stays missing."""
    return str(value) if value == value else math.nan


def other_case(text: str, method: str) -> str:
    """Change the case of text that is not all ASCII, by the mapping that pandas' Arrow strings use."""
    if _CHANGED_CASE.search(text) is None:
        return str(getattr(text, method)())
    return _arrow(text, {"lower": "utf8_lower", "upper": "utf8_upper"}[method])


_ARROW_KERNELS = {
    "title": "utf8_title", "capitalize": "utf8_capitalize", "swapcase": "utf8_swapcase", "isalnum": "utf8_is_alnum",
    "isalpha": "utf8_is_alpha", "isdecimal": "utf8_is_decimal", "isdigit": "utf8_is_digit",
    "islower": "utf8_is_lower", "isnumeric": "utf8_is_numeric", "isspace": "utf8_is_space",
    "istitle": "utf8_is_title", "isupper": "utf8_is_upper",
}  # fmt: skip


def other_text(text: str, method: str) -> Any:
    """Answer for text that is not all ASCII with the kernel that pandas' Arrow strings use."""
    return _arrow(text, _ARROW_KERNELS[method])


def _arrow(text: str, kernel: str) -> Any:
    try:
        import pyarrow as pa
        import pyarrow.compute as pc
    except ImportError:
        raise NotNative("characters beyond ASCII without pyarrow") from None
    call, scalar, kind = pc.call_function, pa.scalar, pa.large_string()
    return call(kernel, [scalar(text, kind)]).as_py()


def days_in_month(date: datetime.datetime) -> int:
    """Count the days of the date's month."""
    return calendar.monthrange(date.year, date.month)[1]


def days_in_year(date: datetime.datetime) -> int:
    """Count the days of the date's year."""
    return 366 if calendar.isleap(date.year) else 365
