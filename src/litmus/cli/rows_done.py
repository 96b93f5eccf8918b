"""A sign of life while a file is predicted: how many rows are done, on standard error."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self, TextIO

__all__ = ["RowsDone"]

_SECONDS_BETWEEN_LINES = 5.0


class RowsDone:
    """Shows the rows done: one line that changes in a terminal, a line now and then elsewhere.

    Args:
        file: where to write; default: standard error.

    Example:
        >>> import io
        >>> file = io.StringIO()
        >>> with RowsDone(file=file) as show:
        ...     show(50_000)
        >>> file.getvalue().startswith("50,000 rows")
        True
    """

    def __init__(self, *, file: TextIO | None = None) -> None:
        self._file = file or sys.stderr
        self._live = self._file.isatty()
        self._started = time.monotonic()
        self._last = float("-inf")
        self._shown = ""

    def __call__(self, rows: int, *, files: tuple[int, int] | None = None) -> None:
        """Show that `rows` rows are done, and how many of how many files."""
        now = time.monotonic()
        if not self._live and now - self._last < _SECONDS_BETWEEN_LINES:
            return
        self._last = now
        rate = rows / max(now - self._started, 1e-3)
        text = f"{rows:,} rows, {rate:,.0f} rows a second"
        if files is not None and files[1] > 1:
            text = f"{files[0]:,} of {files[1]:,} files, {text}"
        if self._live:
            self._file.write("\r" + text.ljust(len(self._shown)))
            self._file.flush()
            self._shown = text
        else:
            self._file.write(text + "\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            self._file.write("\r" + " " * len(self._shown) + "\r")
            self._file.flush()
