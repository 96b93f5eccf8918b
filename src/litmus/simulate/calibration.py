"""A fixed piece of work that tells how fast a machine is at what serving a row takes."""

from __future__ import annotations

import dataclasses
import json
import platform
import struct
import time
from collections.abc import Sequence
from typing import Any, Self

__all__ = ["Calibration", "calibrate", "glance"]

_ROUNDS = 21
_ROWS_A_ROUND = 150
_GLANCE_ROWS, _GLANCE_TRIES = 3, 3
_ROW = {f"column {number}": number * 1.25 if number % 3 else f"text {number}" for number in range(14)}
_TEXT = json.dumps(_ROW)
_CODES: dict[Any, float] = {value: float(place) for place, value in enumerate(_ROW.values())}


@dataclasses.dataclass(frozen=True)
class Calibration:
    """How long the reference work took here.

    Attributes:
        seconds: of one round of the reference work, the median of several.
        spread: the share by which the slowest fourth of the rounds was slower than the fastest fourth: noise.
        python: the version of Python that did the work; compare calibrations of the same `major.minor` only.
    """

    seconds: float
    spread: float
    python: str

    @classmethod
    def of(cls, rounds: Sequence[float]) -> Self:
        """From the seconds of some rounds, at least one.

        Example:
            >>> Calibration.of([0.002, 0.003, 0.002]).seconds
            0.002
        """
        times = sorted(rounds)
        fast, middle, slow = (times[place * len(times) // 4] for place in (1, 2, 3))
        return cls(middle, (slow - fast) / fast, platform.python_version())

    def factor_to(self, other: Calibration) -> float:
        """What times measured here are multiplied with to estimate those on the machine of `other`.

        It holds for work that one core does on a few rows. It knows nothing of memory bandwidth, of instructions for
        large arrays, or of how a machine shares its cores; take it as right within a third.

        Example:
            >>> Calibration(0.002, 0.05, "3.11.7").factor_to(Calibration(0.003, 0.05, "3.11.7"))
            1.5
        """
        return other.seconds / self.seconds

    def to_json(self) -> dict[str, Any]:
        """The fields."""
        return dataclasses.asdict(self)


def calibrate() -> Calibration:
    """Do the reference work, about 0.1 s, on the core this process happens to be on.

    A round reads rows as JSON, looks their values up, packs them as float32 and writes an answer as JSON, in the
    standard library alone: what serving spends its time on outside the model, and the same work whatever is installed.

    Example:
        >>> calibrate().seconds > 0
        True
    """
    _work(_ROWS_A_ROUND)
    return Calibration.of([_seconds_of(_ROWS_A_ROUND) for _ in range(_ROUNDS)])


def glance() -> float:
    """Seconds that a round of the reference work would take at the speed of this moment, from a tenth of a millisecond of it.

    The shortest of a few tries counts: the first finds the processor's caches full of other things.

    Example:
        >>> glance() > 0
        True
    """
    return min(_seconds_of(_GLANCE_ROWS) for _ in range(_GLANCE_TRIES)) * _ROWS_A_ROUND / _GLANCE_ROWS


def _seconds_of(rows: int) -> float:
    begun = time.perf_counter()
    _work(rows)
    return time.perf_counter() - begun


def _work(rows: int) -> None:
    for _ in range(rows):
        row = json.loads(_TEXT)
        values = [_CODES[value] for value in row.values()]
        packed = struct.unpack(f"{len(values)}f", struct.pack(f"{len(values)}f", *values))
        json.dumps({"prediction": "yes", "probabilities": {"yes": packed[0] + packed[1], "no": sum(packed)}})
