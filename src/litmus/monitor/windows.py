"""Dividing traffic into windows that end with its last row: of so much time, or of so many rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import numpy as np

from litmus.errors import ParameterError
from litmus.monitor.traffic import Piece, Traffic, as_moment
from litmus.quantities import parse_seconds

__all__ = ["MOST_WINDOWS", "check_window", "windowed"]

MOST_WINDOWS = 100
"""Windows of one check: each has a sample of rows in memory. Older ones are left out."""


def check_window(window: str | float | None) -> tuple[str, float] | None:
    """What a window is: ("rows", n) for a whole number, ("seconds", s) for a text such as "1h".

    Raises:
        ParameterError: for anything else.

    Example:
        >>> check_window("1h"), check_window(500), check_window(None)
        (('seconds', 3600.0), ('rows', 500.0), None)
    """
    if window is None:
        return None
    if isinstance(window, str):
        return "seconds", parse_seconds(window, name="window", examples="'15m', '1h' or '7d', or a number of rows")
    if isinstance(window, bool) or not isinstance(window, int) or window < 1:
        raise ParameterError(f"window={window!r} is not allowed; give a time such as '1h', or a number of rows.")
    return "rows", float(window)


def windowed(
    traffic: Traffic, window: tuple[str, float], start: dt.datetime | None, end: dt.datetime | None
) -> Iterator[tuple[int, Piece]]:
    """Pieces, each with the number of its window counted back from the last, which is 0; at most 100 windows.

    Raises:
        ParameterError: when windows of time are asked for and rows have no times.
    """
    unit, size = window
    number = _by_rows(traffic, int(size), start, end) if unit == "rows" else _by_time(traffic, size, start, end)
    for piece in traffic.pieces(start, end):
        numbers = number(piece)
        for each in np.unique(numbers):
            if 0 <= each < MOST_WINDOWS:
                yield int(each), piece.take(numbers == each)


def _by_rows(
    traffic: Traffic, size: int, start: dt.datetime | None, end: dt.datetime | None
) -> Callable[[Piece], np.ndarray]:
    left = sum(piece.rows for piece in traffic.pieces(start, end))

    def number(piece: Piece) -> np.ndarray:
        nonlocal left
        numbers = (left - 1 - np.arange(piece.rows)) // size
        left -= piece.rows
        return numbers

    return number


def _by_time(
    traffic: Traffic, seconds: float, start: dt.datetime | None, end: dt.datetime | None
) -> Callable[[Piece], np.ndarray]:
    last: np.datetime64 | None = None
    if end is not None:
        last = np.datetime64(as_moment(end).replace(tzinfo=None), "us") - np.timedelta64(1, "us")
    else:
        for piece in traffic.pieces(start, end):
            times = piece.times()
            if times is None:
                raise ParameterError("The rows have no column `time`; give the window as a number of rows.")
            known = times[~np.isnat(times)]
            if len(known):
                last = known.max() if last is None else max(last, known.max())

    def number(piece: Piece) -> np.ndarray:
        times = piece.times()
        if times is None:
            raise ParameterError("The rows have no column `time`; give the window as a number of rows.")
        if last is None:
            return np.full(piece.rows, -1)
        before = (last - times).astype(np.float64) / 1e6
        return np.where(np.isnat(times), -1, before // seconds).astype(np.int64)

    return number
