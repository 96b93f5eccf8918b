"""Numbers as people read them: as many digits as mean something, with their unit."""

from __future__ import annotations

import math
from collections.abc import Iterable

from litmus.quantities import duration_text

__all__ = [
    "column_decimals",
    "count_text",
    "decimals_for",
    "duration_text",
    "number_text",
    "one_line",
    "percent_text",
    "plural",
]

_LARGEST_DECIMALS = 8
_MORE_DECIMALS = 3
"""Decimals beyond those of the largest value, at most, that a column gets for the sake of its best one."""


def decimals_for(values: Iterable[float], digits: int = 4) -> int:
    """Decimals that show the largest of `values` with `digits` digits, so that a column of them lines up.

    Example:
        >>> decimals_for([0.9285, 0.85]), decimals_for([540.3, 612.0]), decimals_for([0.00123])
        (4, 1, 6)
    """
    sizes = [abs(value) for value in values if math.isfinite(value) and value != 0]
    if not sizes:
        return digits
    before_point = math.floor(math.log10(max(sizes))) + 1
    if before_point <= 0:
        return min(digits - before_point, _LARGEST_DECIMALS)
    return max(digits - before_point, 0) if before_point > 1 else digits


def column_decimals(values: Iterable[float]) -> int:
    """Decimals for a column of scores, best first: enough for the best one, which may be far smaller than the rest.

    Example:
        >>> column_decimals([0.41, 175.5]), column_decimals([708.1, 4032.4])
        (4, 1)
    """
    known = [value for value in values if math.isfinite(value)]
    return min(decimals_for(known[:1]), decimals_for(known) + _MORE_DECIMALS)


def number_text(value: float | None, decimals: int | None = None) -> str:
    """A number with thousands separated; very large and very small ones in powers of ten; a dash when there is none.

    Example:
        >>> number_text(0.92851), number_text(1234567.8), number_text(3.2e-9), number_text(None)
        ('0.9285', '1,234,568', '3.20e-09', '—')
    """
    if value is None or math.isnan(value):
        return "—"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    size = abs(value)
    if size == 0 and decimals is None:
        return "0"
    if size >= 1e9 or (decimals is None and 0 < size < 1e-5):
        return f"{value:.2e}"
    text = f"{value:,.{decimals_for([value]) if decimals is None else decimals}f}"
    return text.removeprefix("-") if not text.strip("-0.,") else text


def short_number(value: float) -> str:
    """A value of the user's data in four digits or so, without decimals that say nothing.

    Example:
        >>> short_number(17.0), short_number(0.25), short_number(12345.6)
        ('17', '0.25', '12,346')
    """
    return number_text(value, 0) if 1000 <= abs(value) < 1e9 else f"{value:.4g}"


def percent_text(share: float | None, decimals: int = 1) -> str:
    """A share of one as a percentage; what is not quite none or all does not read as 0 % or 100 %.

    Example:
        >>> percent_text(0.8742), percent_text(0.00001), percent_text(1.0)
        ('87.4 %', '< 0.1 %', '100 %')
    """
    if share is None or not math.isfinite(share):
        return "—"
    if share in (0.0, 1.0):
        return f"{share:.0%}".replace("%", " %")
    smallest = 10.0**-decimals
    if 0 < share * 100 < smallest / 2:
        return f"< {smallest:.{decimals}f} %"
    if 0 < (1 - share) * 100 < smallest / 2:
        return f"> {100 - smallest:.{decimals}f} %"
    return f"{share * 100:.{decimals}f} %"


def count_text(count: int) -> str:
    """A count with thousands separated."""
    return f"{count:,}"


def plural(count: int, noun: str, many: str | None = None) -> str:
    """A count and its noun: `plural(1, "row")` is "1 row", `plural(2000, "row")` is "2,000 rows"."""
    return f"{count:,} {noun if count == 1 else many or noun + 's'}"


def one_line(text: str, width: int | None = None) -> str:
    """Text on one line without control characters, cut to `width` with an ellipsis."""
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return line if width is None or len(line) <= width else line[: max(width - 1, 0)].rstrip() + "…"
