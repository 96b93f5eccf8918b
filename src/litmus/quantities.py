"""Times and sizes as people write and read them: "5ms", "512MiB", "1 min 15 s"."""

from __future__ import annotations

import math
import re
from numbers import Real

from litmus.errors import ParameterError

__all__ = ["asked_bytes_text", "bytes_text", "duration_text", "parse_bytes", "parse_seconds"]

_UNITS = {
    "us": 1e-6,
    "µs": 1e-6,
    "μs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "sec": 1.0,
    "m": 60.0,
    "min": 60.0,
    "h": 3600.0,
    "d": 86400.0,
}
_PART = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-zµμ]+)", re.IGNORECASE)
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(i?)B?\s*", re.IGNORECASE)


def parse_seconds(value: object, *, name: str, examples: str = "'90s', '10m' or '1h30m'") -> float:
    """Seconds from a number, or from text such as "90s", "10m", "1h30m", "250ms" or "80us".

    Args:
        value: what the user wrote.
        name: the option, for the error.
        examples: texts that are allowed, for the error.

    Raises:
        ParameterError: for anything else, for zero, and for less.

    Example:
        >>> parse_seconds("1h30m", name="time_limit"), parse_seconds(20, name="time_limit")
        (5400.0, 20.0)
    """
    seconds = math.nan
    if isinstance(value, Real) and not isinstance(value, bool):
        seconds = float(value)
    elif isinstance(value, str):
        seconds = _from_text(value)
    if not (0 < seconds < math.inf):
        raise ParameterError(f"{name}={value!r} is not a time; give seconds above 0, or text such as {examples}.")
    return seconds


def _from_text(text: str) -> float:
    """The sum of the parts of a duration, or NaN when something else is in the text."""
    text = text.strip()
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    parts = _PART.findall(text)
    if not parts or _PART.sub("", text).strip() or any(unit.lower() not in _UNITS for _, unit in parts):
        return math.nan
    return round(sum(float(number) * _UNITS[unit.lower()] for number, unit in parts), 12)  # "800us" is 0.0008


def parse_bytes(value: object, *, name: str) -> int:
    """Bytes from a whole number, or from text such as "512MiB", "8GB" or "1.5 kB".

    Raises:
        ParameterError: for anything else, for zero, and for less.

    Example:
        >>> parse_bytes("512MiB", name="memory"), parse_bytes("1.5 kB", name="memory")
        (536870912, 1500)
    """
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if match and float(match[1]) > 0:
        base = 1024 if match[3] else 1000
        size = float(match[1]) * (base ** ("KMGT".find(match[2].upper()) + 1) if match[2] else 1)
        if size >= 1:
            return int(size)
    raise ParameterError(f"{name}={value!r} is not a size; write bytes or text such as '8GiB'.")


def duration_text(seconds: float | None) -> str:
    """A time in the unit that suits it.

    Example:
        >>> [duration_text(seconds) for seconds in (2.1e-5, 0.0034, 1.26, 75, 7320)]
        ['21 µs', '3.4 ms', '1.3 s', '1 min 15 s', '2 h 02 min']
    """
    if seconds is None or not math.isfinite(seconds):
        return "—"
    for limit, factor, unit in ((0.9995e-3, 1e6, "µs"), (0.9995, 1e3, "ms"), (59.95, 1.0, "s")):
        if seconds < limit:
            amount = seconds * factor
            return f"{amount:.1f} {unit}" if amount < 9.95 else f"{amount:.0f} {unit}"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def bytes_text(number: float) -> str:
    """Bytes as people read them: 1.5 GB.

    Example:
        >>> bytes_text(512), bytes_text(1_820_000), bytes_text(18_200_000), bytes_text(1_540_000_000)
        ('512 bytes', '1.8 MB', '18 MB', '1.5 GB')
    """
    value = float(number)
    for unit in ("bytes", "kB", "MB", "GB"):
        if abs(value) < 1000:
            exact = unit == "bytes" or (unit != "GB" and abs(value) >= 9.95)
            return f"{value:.0f} {unit}" if exact else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def asked_bytes_text(number: float) -> str:
    """A size that somebody asked for, in the units they are likely to have used.

    Example:
        >>> asked_bytes_text(512 * 2**20), asked_bytes_text(300_000_000), asked_bytes_text(8 * 2**30)
        ('512 MiB', '300 MB', '8 GiB')
    """
    for size, unit in ((2**30, "GiB"), (2**20, "MiB")):
        if number >= size and number % size == 0:
            return f"{number / size:.0f} {unit}"
    return bytes_text(number)
