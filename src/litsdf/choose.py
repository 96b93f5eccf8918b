"""Choose a layout by the number of rows, by thresholds that a command measures on the machine."""

from __future__ import annotations

import os
import sys
import warnings
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Thresholds", "choose_layout", "machine", "save_thresholds", "thresholds", "thresholds_path"]

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Up to how many rows each layout is the fastest.

    Args:
        record: largest number of rows held as plain Python values; the record layout holds one row at most.
        numpy: largest number of rows held as NumPy arrays; no more than `record` where the layout has no range.
        pandas: largest number of rows held by pandas; above it, Polars when it is installed.
    """

    record: int = 1
    numpy: int = 10_000
    pandas: int = 10_000


class ThresholdsWarning(UserWarning):
    """The file of measured thresholds cannot be used."""


def machine() -> dict[str, str | int]:
    """What measured times depend on: the model of the processor, and how many of its cores this process may use."""
    import platform
    from pathlib import Path

    model = platform.processor() or platform.machine()
    with suppress(OSError):  # other systems than Linux name the model above
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return {"processor": model, "cores": cores}


def thresholds_path() -> Path:
    """Where measured thresholds are kept: `LITSDF_THRESHOLDS`, or a file in the user's folder for settings."""
    from pathlib import Path

    given = os.environ.get("LITSDF_THRESHOLDS")
    if given:
        return Path(given)
    if sys.platform == "win32":
        folder = Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
    elif sys.platform == "darwin":
        folder = Path.home() / "Library" / "Application Support"
    else:
        folder = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return folder / "litsdf" / "thresholds.json"


def thresholds() -> Thresholds:
    """The thresholds in use: those that `python -m litsdf calibrate` measured, else the defaults.

    >>> thresholds().record
    1
    """
    return _read(thresholds_path())


@lru_cache(maxsize=8)
def _read(path: Path) -> Thresholds:
    import json

    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        if held["litsdf_thresholds"] != _FORMAT:
            raise ValueError(f"format {held['litsdf_thresholds']} instead of {_FORMAT}")
        limits = [held[name] for name in ("record", "numpy", "pandas")]
        if any(type(limit) is not int or limit < 0 for limit in limits):
            raise ValueError("a limit is a number of rows")
        measured_on = held.get("machine")
        if measured_on is not None and measured_on != machine():
            raise ValueError(f"it was measured on another machine, {measured_on}; this is {machine()}")
        return Thresholds(*limits)
    except OSError:
        return Thresholds()
    except (KeyError, TypeError, ValueError) as error:
        warnings.warn(
            f"{path} holds no thresholds for this version and machine ({error}); the defaults are used. "
            "Run `python -m litsdf calibrate` to measure them anew.",
            ThresholdsWarning,
            stacklevel=4,
        )
        return Thresholds()


def save_thresholds(measured: Thresholds) -> Path:
    """Write thresholds for every later process of this user, atomically."""
    import json

    path = thresholds_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    held = {
        "litsdf_thresholds": _FORMAT, "record": measured.record, "numpy": measured.numpy, "pandas": measured.pandas,
        "machine": machine(),
    }  # fmt: skip
    try:
        temporary.write_text(json.dumps(held), encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    _read.cache_clear()
    return path


def choose_layout(rows: int, limits: Thresholds | None = None) -> str:
    """Name the layout for a table of this many rows; None takes the thresholds in use.

    >>> choose_layout(1, Thresholds())
    'record'
    >>> choose_layout(500, Thresholds(numpy=1_000))
    'numpy'
    """
    limits = limits or thresholds()
    if rows == 1 <= limits.record:
        return "record"
    if 1 < rows <= limits.numpy:
        return "numpy"
    if rows > limits.pandas and find_spec("polars") is not None:
        return "polars"
    return "pandas"
