"""Texts that are numbers: which they are, how they are written, and their values."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["NumberFormat", "Numbers", "parse_numbers"]

NumberFormat = Literal["plain", "decimal comma", "thousands comma"]

_PLAIN = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_INFINITE = r"^(?i)[+-]?inf(inity)?$"
_WHOLE = r"^[+-]?\d+$"
_LEADING_ZERO = r"^[+-]?0\d"
_COMMAS: tuple[tuple[NumberFormat, str], ...] = (
    ("thousands comma", r"^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$"),
    ("decimal comma", r"^[+-]?\d+,\d+$"),
)


@dataclasses.dataclass(frozen=True)
class Numbers:
    """What some texts mean as numbers.

    Attributes:
        values: float64 or int64 (texts,); NaN where the text is no number.
        is_number: bool (texts,); infinities count as numbers.
        style: how the numbers are written: "plain" without commas.
        leading_zeros: whether a text such as "007" is among them, which a number would lose.
        too_large: whether a whole number does not fit 64 bits, so that a number would round it.
    """

    values: np.ndarray
    is_number: np.ndarray
    style: NumberFormat
    leading_zeros: bool
    too_large: bool


def parse_numbers(texts: pa.Array, style: NumberFormat | None = None) -> Numbers:
    """Read texts as numbers.

    Args:
        texts: distinct, stripped texts (an Arrow string array).
        style: how commas are meant ("plain": a text with a comma is no number); None finds out.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    plain = _matches(texts, _PLAIN)
    is_number = plain | _matches(texts, _INFINITE)
    if not is_number.all():
        commas = {name: _matches(texts, pattern) for name, pattern in _COMMAS}
        style = style or _comma_style(commas, is_number)
        if style in commas:
            texts = _without_commas(texts, style)
            is_number = is_number | commas[style]
            plain = _matches(texts, _PLAIN) & is_number
    style = style or "plain"
    whole = _matches(texts, _WHOLE) & is_number
    leading_zeros = bool((_matches(texts, _LEADING_ZERO) & whole).any())
    values = np.full(len(texts), np.nan)
    if whole.size and whole.all():
        try:
            integers = pc.replace_substring_regex(texts, pattern=r"^\+", replacement="").cast(pa.int64())
            return Numbers(integers.to_numpy(zero_copy_only=False), whole, style, leading_zeros, too_large=False)
        except pa.ArrowInvalid:
            values[:] = texts.cast(pa.float64()).to_numpy(zero_copy_only=False)
            return Numbers(values, whole, style, leading_zeros, too_large=True)
    values[plain] = texts.filter(pa.array(plain)).cast(pa.float64()).to_numpy(zero_copy_only=False)
    values[is_number & ~plain] = np.inf
    return Numbers(values, is_number, style, leading_zeros, too_large=_any_too_large(texts, whole))


def _matches(texts: pa.Array, pattern: str) -> np.ndarray:
    import pyarrow.compute as pc

    found = pc.match_substring_regex(texts, pattern)
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)


def _comma_style(commas: dict[NumberFormat, np.ndarray], is_number: np.ndarray) -> NumberFormat:
    """The way of writing commas that makes every text a number; "1,234" alone is read as thousands."""
    for name, matched in commas.items():
        if matched.any() and (matched | is_number).all():
            return name
    return "plain"


def _without_commas(texts: pa.Array, style: NumberFormat) -> pa.Array:
    import pyarrow.compute as pc

    return pc.replace_substring(texts, pattern=",", replacement="." if style == "decimal comma" else "")


def _any_too_large(texts: pa.Array, whole: np.ndarray) -> bool:
    import pyarrow as pa
    import pyarrow.compute as pc

    return bool(whole.any() and pc.max(pc.utf8_length(texts.filter(pa.array(whole)))).as_py() > 19)
