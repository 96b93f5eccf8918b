"""A fixed piece of work that tells how fast a machine is at what serving a row takes."""

from __future__ import annotations

import dataclasses
import json
import platform
import struct
import time
from typing import Any

__all__ = ["Calibration", "calibrate"]

_ROUNDS = 21
_ROWS_A_ROUND = 150
_ROW = {f"column {number}": number * 1.25 if number % 3 else f"text {number}" for number in range(14)}


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
    text = json.dumps(_ROW)
    codes = {value: float(place) for place, value in enumerate(_ROW.values())}
    _round(text, codes)
    times = []
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        _round(text, codes)
        times.append(time.perf_counter() - begun)
    times.sort()
    fast, middle, slow = times[_ROUNDS // 4], times[_ROUNDS // 2], times[3 * _ROUNDS // 4]
    return Calibration(middle, (slow - fast) / fast, platform.python_version())


def _round(text: str, codes: dict[Any, float]) -> None:
    for _ in range(_ROWS_A_ROUND):
        row = json.loads(text)
        values = [codes[value] for value in row.values()]
        packed = struct.unpack(f"{len(values)}f", struct.pack(f"{len(values)}f", *values))
        json.dumps({"prediction": "yes", "probabilities": {"yes": packed[0] + packed[1], "no": sum(packed)}})
