"""What goes to another machine and what comes back; reading it needs no library that fits do."""

from __future__ import annotations

import dataclasses
import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from litmus.executors.base import Stopped

__all__ = ["Arrived", "Parcel", "files_in", "seconds_between_clocks", "unpack"]


@dataclasses.dataclass(frozen=True)
class Parcel:
    """A job on its way to another machine.

    Attributes:
        work: the pickled function and arguments, with the paths of the machine that sent it.
        data: path of a data set there → the name it has on every machine.
        output: the folder there that the job makes, or None.
        deadline: `time.monotonic()` second of its deadline there, or None.
        clock: `seconds_between_clocks()` there.
        memory: its share of memory in bytes, or None.
        threads: threads it may use.
        modules: libraries to import before the first job.
    """

    work: bytes
    data: Mapping[str, str]
    output: str | None
    deadline: float | None
    clock: float
    memory: int | None
    threads: int
    modules: tuple[str, ...]

    @property
    def clock_shift(self) -> float:
        """What to add to a `time.monotonic()` second of the machine that sent it, to have it by this machine's clock."""
        return self.clock - seconds_between_clocks()


@dataclasses.dataclass(frozen=True)
class Arrived:
    """What came back: as in an `Outcome`, the value pickled, with the files of the output folder."""

    value: bytes | None
    error: str | None
    seconds: float
    stopped: Stopped
    files: Mapping[str, bytes] | None


def seconds_between_clocks() -> float:
    """The clock that machines agree about, minus the one that deadlines are counted by."""
    return time.time() - time.monotonic()


def files_in(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, by its path within it."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def unpack(files: Mapping[str, Any], folder: Path) -> None:
    """Write files into a folder, which appears under its name when it is whole."""
    making = folder.with_name(f".{folder.name}-{os.getpid()}-{time.monotonic_ns()}")
    try:
        making.mkdir(parents=True)
        for name, content in files.items():
            path = making / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        shutil.rmtree(folder, ignore_errors=True)
        making.rename(folder)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise
