"""One text or number → a point in time, as a whole column of them is read, without an array library."""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Sequence

__all__ = [
    "ISO",
    "MIXED",
    "MIXED_DAY_FIRST",
    "format_candidates",
    "is_day_first",
    "moment_of_number",
    "moment_of_text",
    "prevailing_day_first",
]

MIXED = "mixed"
MIXED_DAY_FIRST = "mixed, day first"
"""Values of `Column.datetime_format` for a column written in several formats."""
ISO = "ISO8601"

_TIMES = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", "T%H:%M:%S", " %H:%M:%S %z")
_NAMED_MONTHS = (
    "%d %b %Y",
    "%d %B %Y",
    "%b %d %Y",
    "%B %d %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d %b %y",
)
_UNAMBIGUOUS = ("%Y/%m/%d", "%Y.%m.%d", "%Y%m%d")
_DAY_FIRST = ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%y", "%d.%m.%y", "%d-%m-%y")
_MONTH_FIRST = ("%m/%d/%Y", "%m-%d-%Y", "%m.%d.%Y", "%m/%d/%y", "%m.%d.%y", "%m-%d-%y")
_WHOLE_FORMATS = (
    "%a %b %d %H:%M:%S %z %Y",
    "%a %b %d %H:%M:%S %Y",
    "%a, %d %b %Y %H:%M:%S %z",
    "%a, %d %b %Y %H:%M:%S",
)
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - UTC without a zone, as columns have it
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LONG_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_LOOKS_LIKE_DATE = re.compile(
    r"^\d{4}-\d\d?-\d\d?|^\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4}\b|^\d{8}$|^\d{4}-\d\d$"
    r"|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b.*\d",
    re.IGNORECASE,
)
_TWO_ORDERS = re.compile(r"^(\d{1,2})([/.-])(\d{1,2})[/.-]\d{2,4}", re.ASCII)
_ZONE = r"(?P<zone>Z|[+-]\d\d:?(?:\d\d)?)"
_ISO_TEXT = re.compile(
    r"(?P<year>\d{4})"
    r"(?:(?P<separator>[-/. ])(?P<month>\d{1,2})(?:(?P=separator)(?P<day>\d{1,2}))?"
    r"|(?P<month_close>\d\d)(?P<day_close>\d\d))?"
    r"(?:(?<=\d)[T ](?P<hour>\d{1,2})(?::(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:\.(?P<fraction>\d*))?)?"
    r"|(?P<minute_close>\d\d)(?:(?P<second_close>\d\d)(?:\.(?P<fraction_close>\d*))?)?)?"
    r" ?" + _ZONE + r"?)?\Z",
    re.ASCII,
)
_DIRECTIVES = {
    "Y": r"(?P<year>\d{4})",
    "y": r"(?P<short_year>\d\d)",
    "m": r"(?P<month>1[0-2]|0[1-9]|[1-9])",
    "d": r"(?P<day>3[01]|[12]\d|0[1-9]|[1-9]| [1-9])",
    "H": r"(?P<hour>2[0-3]|[01]\d|\d)",
    "I": r"(?P<hour>1[0-2]|0[1-9]|[1-9])",
    "M": r"(?P<minute>[0-5]\d|\d)",
    "S": r"(?P<second>6[01]|[0-5]\d|\d)",
    "f": r"(?P<fraction>\d{1,9})",
    "p": r"(?P<half>am|pm)",
    "b": f"(?P<named>{'|'.join(_MONTHS)})",
    "B": f"(?P<named>{'|'.join(sorted(_LONG_MONTHS, key=len, reverse=True))})",
    "a": "(?:mon|tue|wed|thu|fri|sat|sun)",
    "z": r"(?P<zone>Z|[+-]\d\d:?[0-5]\d(?::?[0-5]\d(?:\.\d{1,6})?)?)",
}


def format_candidates(*, day_first: bool) -> tuple[str, ...]:
    """All formats that are tried, the likelier order of day and month before the other."""
    orders = _DAY_FIRST + _MONTH_FIRST if day_first else _MONTH_FIRST + _DAY_FIRST
    dates = _UNAMBIGUOUS + orders + _NAMED_MONTHS
    return (ISO, *_WHOLE_FORMATS, *(date + time for date in dates for time in _TIMES))


def is_day_first(known: str | None) -> bool:
    """Whether a column's format says that the day stands first."""
    return known == MIXED_DAY_FIRST or (known or "").startswith("%d")


def moment_of_text(text: str, known: str | None, *, day_first: bool | None = None) -> dt.datetime | None:
    """The point in time, in UTC without a zone, that a stripped text means; None where it is no date.

    Args:
        text: the text.
        known: the column's format, tried first; None finds out.
        day_first: what to take 03/04/2024 for where the format does not say; None judges by the text alone.

    Example:
        >>> moment_of_text("2024-01-31T10:00:00+01:00", "ISO8601")
        datetime.datetime(2024, 1, 31, 9, 0)
    """
    if known is None and _LOOKS_LIKE_DATE.search(text) is None:
        return None
    if known not in (None, MIXED, MIXED_DAY_FIRST):
        found = _read(text, str(known))
        if found is not None:
            return found
    if known not in (None, MIXED, ISO):
        day_first = is_day_first(known)
    elif day_first is None:
        day_first = prevailing_day_first([text])
    for pattern in format_candidates(day_first=bool(day_first)):
        found = _read(text, pattern)
        if found is not None:
            return found
    return None


def moment_of_number(value: float) -> dt.datetime | None:
    """The point in time of a number: whole ones such as 20240131 are days, others seconds or milliseconds since 1970."""
    if 19_000_101 <= value <= 22_001_231 and value == int(value):
        return _read(str(int(value)), "%Y%m%d")
    scale = 1_000 if abs(value) > 1e11 else 1_000_000
    try:
        microseconds = value * scale
        if isinstance(value, float):  # which columns count in billionths of a second, as far as 64 bits go
            nanoseconds = round(value * scale * 1_000)
            if not -(2**63) < nanoseconds < 2**63:
                return None
            microseconds = nanoseconds // 1_000
        return _EPOCH + dt.timedelta(microseconds=microseconds)
    except OverflowError:
        return None


def prevailing_day_first(texts: Sequence[str]) -> bool | None:
    """Whether the day stands first in most of the dates such as 31/04/2024; None where none is written so."""
    days = months = dots = count = 0
    for text in dict.fromkeys(texts):
        parts = _TWO_ORDERS.match(text.strip())
        if parts is not None:
            count += 1
            days, months, dots = days + (int(parts[1]) > 12), months + (int(parts[3]) > 12), dots + (parts[2] == ".")
    if not count:
        return None
    # Dots are written where the day stands first; slashes are read as the month first, as pandas does.
    return 2 * dots > count if days == months else days > months


def _read(text: str, pattern: str) -> dt.datetime | None:
    expression = _ISO_TEXT if pattern == ISO else _expression(pattern)
    if expression is None:
        return _by_the_library(text, pattern)
    match = expression.match(text)
    return None if match is None else _moment(match.groupdict())


@functools.cache
def _expression(pattern: str) -> re.Pattern[str] | None:
    """The regular expression of a format; None where it has a directive that is not one of ours."""
    written = []
    for piece in re.split(r"(%.|\s+)", pattern):
        if piece.startswith("%"):
            if piece[1] not in _DIRECTIVES:
                return None
            written.append(_DIRECTIVES[piece[1]])
        else:
            written.append(r"\s+" if piece.isspace() else re.escape(piece))
    try:
        return re.compile("".join(written) + r"\Z", re.IGNORECASE)
    except re.error:  # a directive twice
        return None


def _by_the_library(text: str, pattern: str) -> dt.datetime | None:
    try:
        found = dt.datetime.strptime(text, pattern)  # noqa: DTZ007 - a zone is taken out below
    except ValueError:
        return None
    return found if found.tzinfo is None else found.astimezone(dt.UTC).replace(tzinfo=None)


def _moment(parts: dict[str, str | None]) -> dt.datetime | None:
    def part(*names: str, default: int = 0) -> int:
        return next((int(parts[name] or 0) for name in names if parts.get(name) is not None), default)

    year = part("year", default=1900)
    if short := parts.get("short_year"):
        year = int(short) + (2000 if int(short) <= 68 else 1900)
    month = part("month", "month_close", default=1)
    if named := parts.get("named"):
        month = 1 + _MONTHS.index(named[:3].lower())
    hour = part("hour")
    if half := parts.get("half"):
        hour = hour % 12 + (12 if half.lower() == "pm" else 0)
    fraction = (parts.get("fraction") or parts.get("fraction_close") or "").ljust(6, "0")[:6]
    try:
        found = dt.datetime(  # noqa: DTZ001
            year, month, part("day", "day_close", default=1), hour, part("minute", "minute_close"),
            part("second", "second_close"), int(fraction),
        )  # fmt: skip
        return found - _offset(parts.get("zone"))
    except (ValueError, OverflowError):  # no such day, or beyond the years 1 to 9999
        return None


def _offset(zone: str | None) -> dt.timedelta:
    """The distance of a zone, such as "+05:30", from UTC."""
    if zone is None or zone in "Zz":
        return dt.timedelta()
    digits = zone[1:].replace(":", "")
    hours, minutes = int(digits[:2]), int(digits[2:4] or 0)
    if hours > 23 or minutes > 59:
        raise ValueError(zone)
    offset = dt.timedelta(hours=hours, minutes=minutes, seconds=float(digits[4:] or 0))
    return -offset if zone[0] == "-" else offset
