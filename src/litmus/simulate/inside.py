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
    """Times in seconds of the answers to the rows in turn, from the first again after the last.

    Attributes:
        times: "answer", the whole; and, where the bundle's parts are timed apart, "steps".
        rows: how many rows there are.
        calibration: of the cores of the server.
    """

    times: dict[str, np.ndarray]
    rows: int
    calibration: Calibration

    def parts(self, replayed: Replayed | None) -> tuple[Latency | None, Latency | None, Latency | None]:
        """Steps, model, and HTTP: the model is an answer beyond the usual time of the row's steps, HTTP what is left of `replayed`."""
        if "answer" not in self.times:
            return None, None, None
        answer = self.times["answer"]
        if "steps" in self.times:
            row = np.arange(len(answer)) % self.rows
            answer = np.maximum(answer - self._usual("steps")[row], 0.0)
        steps = Latency.of(self.times["steps"]) if "steps" in self.times else None
        http = None
        if replayed is not None:
            beyond = replayed.seconds - self._usual("answer")[replayed.rows % self.rows]
            http = Latency.of(np.maximum(beyond, 0.0)[replayed.quiet])
        return steps, Latency.of(answer), http

    def _usual(self, name: str) -> np.ndarray:
        """The median time of each row; of all, for rows that were not reached."""
        times = self.times[name]
        usual = np.full(self.rows, np.median(times))
        for row in range(min(self.rows, len(times))):
            usual[row] = np.median(times[row :: self.rows])
        return usual


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
