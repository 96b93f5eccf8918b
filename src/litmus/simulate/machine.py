"""The machine that a measurement holds for, and what else it was doing meanwhile."""

from __future__ import annotations

import dataclasses
import os
import platform
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from litmus.resources import available_cpus

__all__ = ["BusyCores", "Machine", "quietest_cpus"]

_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_GLANCE_SECONDS = 0.05


@dataclasses.dataclass(frozen=True)
class Machine:
    """What was measured on.

    Attributes:
        processor: the model of the processor.
        cores: how many cores the machine has.
        usable: how many of them this process may use.
        memory: bytes.
        system: the operating system.
        others: cores that were busy with other work on average during the measurement; None before one.
    """

    processor: str
    cores: int
    usable: int
    memory: int
    system: str
    others: float | None = None

    @classmethod
    def here(cls) -> Machine:
        """The machine that this process runs on.

        Example:
            >>> Machine.here().cores >= 1
            True
        """
        return cls(
            _processor(),
            os.cpu_count() or 1,
            available_cpus(),
            os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
            f"{platform.system()} {platform.machine()}",
        )

    def to_json(self) -> dict[str, Any]:
        """The fields."""
        return dataclasses.asdict(self)

    def __str__(self) -> str:
        cores = "1 core" if self.cores == 1 else f"{self.cores} cores"
        busy = "" if self.others is None else f", {self.others:.1f} of them busy with other work meanwhile"
        return f"{self.processor}, {cores}{busy}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    for line in lines:
        name, _, value = line.partition(":")
        if name.strip().lower() in ("model name", "hardware", "cpu model"):
            return " ".join(value.split())
    return platform.processor() or platform.machine()


class BusyCores:
    """Counts the cores that are busy with work of others than the given processes and what they start.

    Args:
        mine: processes of the measurement itself, which are there at the end too, with what they have started ended.
    """

    def __init__(self, mine: Sequence[int]) -> None:
        self._mine = list(mine)
        self._begun = time.monotonic()
        self._all, self._own = _busy_seconds(), self._seconds_of_mine()

    def others(self) -> float:
        """Cores on average since this object was made."""
        elapsed = max(time.monotonic() - self._begun, 1e-3)
        busy = _busy_seconds() - self._all - (self._seconds_of_mine() - self._own)
        return max(busy / elapsed, 0.0)

    def _seconds_of_mine(self) -> float:
        return sum(map(_seconds_of, self._mine))


def _seconds_of(process: int) -> float:
    """Processor seconds of a process and of its children that have ended."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / _TICKS


def _busy_seconds() -> float:
    return sum(busy for busy, _ in _core_seconds().values())


def _core_seconds() -> dict[int, tuple[float, float]]:
    """Core → seconds busy and idle since the machine started."""
    found = {}
    try:
        lines = Path("/proc/stat").read_text(encoding="ascii").splitlines()
    except OSError:
        return {}
    for line in lines:
        name, *fields = line.split()
        if name.startswith("cpu") and name != "cpu":
            user, nice, system, idle, waiting, interrupts, soft, stolen = map(int, fields[:8])
            busy = user + nice + system + interrupts + soft + stolen
            found[int(name[3:])] = busy / _TICKS, (idle + waiting) / _TICKS
    return found


def quietest_cpus() -> list[int]:
    """The cores this process may use, those with the least to do just now first."""
    allowed = sorted(os.sched_getaffinity(0))
    before = _core_seconds()
    time.sleep(_GLANCE_SECONDS)
    after = _core_seconds()
    nothing = (0.0, 0.0)
    return sorted(allowed, key=lambda cpu: (after.get(cpu, nothing)[0] - before.get(cpu, nothing)[0], -cpu))
