"""Captured requests on their way to Parquet: lines of JSON, which cost the process that answers next to nothing."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

import msgspec
import numpy as np

__all__ = ["SPOOL", "Captured", "Spool", "abandoned", "encoded", "start_conversion"]

SPOOL = "spool"
"""The folder for them; nothing in it is readable as a table."""
_ENDING = ".jsonl"


class Captured(NamedTuple):
    """A request that was answered; see `litmus.serve.hooks.Recorder`."""

    when: float
    request_id: str
    variant: str
    version: str
    rows: Sequence[Any]
    labels: Any
    probabilities: Any
    seconds: float
    classes: Sequence[str]


def encoded(records: Sequence[Captured]) -> bytes:
    """A line of JSON for each."""
    try:
        return _lines.encode_lines(records)
    except (UnicodeEncodeError, OverflowError, msgspec.MsgspecError, TypeError):
        return b"".join(_slowly(record) for record in records)


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return str(value)


_lines = msgspec.json.Encoder(enc_hook=_plain)


def _slowly(record: Captured) -> bytes:
    """What msgspec does not write: whole numbers beyond 64 bits, halves of characters."""
    return json.dumps(record, default=_plain).encode("ascii") + b"\n"


class Spool:
    """The file that a worker writes to now.

    Args:
        folder: the folder of captured requests.

    Attributes:
        requests, rows: how many are in it.
        begun: when the first one came, seconds since 1970; 0 while it is empty.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: IO[bytes] | None = None
        self._path = Path()
        self.requests = 0
        self.rows = 0
        self.begun = 0.0

    def write(self, records: Sequence[Captured]) -> None:
        """Add requests; raises OSError when the disk takes none, and then none is added."""
        if self._file is None:
            home = self._folder / SPOOL
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._path = home / f"{time.time_ns()}-{os.getpid()}{_ENDING}"
            self._file = self._path.open("ab", buffering=0)
            self.begun = records[0].when
        lines, before = encoded(records), self._file.tell()
        try:
            if self._file.write(lines) != len(lines):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:
            self._file.truncate(before)  # no half of a line, to which the next one would be added
            raise
        self.requests += len(records)
        self.rows += sum(len(record.rows) for record in records)

    def finish(self) -> Path | None:
        """Close the file, to be made into a table; None when nothing was written."""
        if self._file is None:
            return None
        self._file.close()
        self._file = None
        self.requests = self.rows = 0
        self.begun = 0.0
        return self._path


def abandoned(folder: Path) -> list[Path]:
    """The files of workers that have ended."""
    found = []
    for path in (folder / SPOOL).glob(f"*{_ENDING}"):
        pid = path.name.removesuffix(_ENDING).rpartition("-")[2]
        with contextlib.suppress(ValueError):
            try:
                os.kill(int(pid), 0)
            except ProcessLookupError:
                found.append(path)
            except OSError:
                continue
    return sorted(found)


def start_conversion(folder: Path, files: Sequence[Path], max_bytes: int) -> subprocess.Popen[bytes]:
    """Start a process of low priority that makes tables of files, and keeps the folder within its bound."""
    command = [sys.executable, "-P", "-m", "litmus.capture.convert", str(folder), str(max_bytes), *map(str, files)]
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.Popen(command, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # noqa: S603
