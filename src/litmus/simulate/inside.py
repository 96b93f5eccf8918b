"""The time a bundle's answers take without HTTP, in the environment and on the cores of its server."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np

from litmus.simulate.calibration import Calibration
from litmus.simulate.keeper import Keeper, isolated_python
from litmus.simulate.latency import Latency
from litmus.simulate.load import Replayed
from litmus.simulate.server import Place, clean_variables

__all__ = ["Inside", "time_inside"]

_PROGRAM = Path(__file__).with_name("_inside_process.py")
_NAME = "inside"
_LONGEST_SECONDS = 120.0


@dataclasses.dataclass(frozen=True)
class Inside:
    """Times in seconds, each an array in the order of the rows, repeated.

    Attributes:
        times: "answer", the whole; and, where the bundle's parts are timed apart, "steps".
        rows: how many rows there are.
        calibration: of the cores of the server.
    """

    times: dict[str, np.ndarray]
    rows: int
    calibration: Calibration

    def parts(self, replayed: Replayed | None) -> tuple[Latency | None, Latency | None, Latency | None]:
        """Steps, model, and HTTP: what is left of `replayed` beyond the usual time of the same row in the process."""
        answer, steps = self.times.get("answer"), self.times.get("steps")
        if answer is None:
            return None, None, None
        predict = (
            answer if steps is None else np.maximum(answer - self._usual(steps)[np.arange(len(answer)) % self.rows], 0)
        )
        http = None
        if replayed is not None:
            usual = self._usual(answer)
            http = Latency.of(np.maximum(replayed.seconds - usual[replayed.rows % self.rows], 0.0))
        return None if steps is None else Latency.of(steps), Latency.of(predict), http

    def _usual(self, times: np.ndarray) -> np.ndarray:
        """The median time of each row; of all, for rows that were not reached."""
        everywhere = np.full(self.rows, np.median(times))
        for row in range(min(self.rows, len(times))):
            everywhere[row] = np.median(times[row :: self.rows])
        return everywhere


def time_inside(keeper: Keeper, place: Place, seconds: float) -> Inside | None:
    """Time the answers to the rows in the file `bodies`; None when that could not be done."""
    found, bodies = keeper.folder / "inside.json", keeper.folder / "bodies"
    trust = "trust" if place.trust else ""
    arguments = [place.packages, place.bundle, bodies, seconds, trust, found]
    command = [*isolated_python(), str(_PROGRAM), *map(str, arguments)]
    keeper.start(_NAME, command, cpus=place.cpus, env=clean_variables(keeper.folder, len(place.cpus)))
    ended = keeper.wait(_NAME, seconds + _LONGEST_SECONDS)
    if ended is None:
        keeper.stop(_NAME)
    if ended is None or ended.status != 0:
        return None
    facts = json.loads(found.read_text(encoding="utf-8"))
    times = {name: np.asarray(values) for name, values in facts["times"].items()}
    with bodies.open("rb") as file:
        rows = sum(1 for _ in file)
    return Inside(times, rows, Calibration(**facts["calibration"]))
