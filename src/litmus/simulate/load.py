"""Requests sent to a running server, and how long it took to answer them."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np

from litmus.errors import ResourceError
from litmus.simulate.calibration import Calibration
from litmus.simulate.disturbance import SLICE_SECONDS
from litmus.simulate.keeper import Ended, Keeper, isolated_python
from litmus.simulate.latency import Latency
from litmus.simulate.quiet import quiet_answers, steady_answers
from litmus.simulate.server import NAME, Running

__all__ = ["Load", "Replayed", "ServerEndedError"]

_PROGRAM = Path(__file__).with_name("_replaying_process.py")
_CLIENT = "client"
_MOST_REQUESTS = 1_000_000
_LEAST_SHARE = 0.2  # of the answers that have to be left for the others to be left out


class ServerEndedError(Exception):
    """The server ended while requests were sent to it."""

    def __init__(self, ended: Ended) -> None:
        super().__init__(ended.how)
        self.ended = ended


@dataclasses.dataclass(frozen=True)
class Replayed:
    """What came of some requests.

    Attributes:
        seconds: of each request, from when it was due to its answer.
        rows: the number of the row that each one sent.
        elapsed: seconds during which requests were sent.
        failures: how many were answered with an error, or not at all.
        first_failure: what the first of them said.
        late: seconds by which the sender itself was late, for 99 % of the requests at most.
        quiet: which of the requests were answered while others hardly disturbed.
        calibration: how fast the server's cores were meanwhile; None where that is not known.
    """

    seconds: np.ndarray
    rows: np.ndarray
    elapsed: float
    failures: int
    first_failure: str
    late: float
    quiet: np.ndarray
    calibration: Calibration | None = None

    @property
    def latency(self) -> Latency:
        """The quantiles of the requests that were hardly disturbed; only with at least one request."""
        return Latency.of(self.seconds[self.quiet])

    @property
    def rate(self) -> float:
        """Requests answered a second."""
        return (len(self.seconds) - self.failures) / self.elapsed


@dataclasses.dataclass
class Load:
    """Sends the rows in `bodies` to a server, from a process of its own.

    Attributes:
        keeper: who starts that process.
        running: the server.
        bodies: a file with the body of a request in each line.
        cpus: the cores it sends from.
        apart: whether the server has none of these cores: only then is every moment spent looking for answers.
        server_cpus: the cores of the server.
        seed: of the order of rows and of the moments when requests are due.
        content_type: of the bodies; those that are no JSON stand in the file as JSON texts.
    """

    keeper: Keeper
    running: Running
    bodies: Path
    cpus: tuple[int, ...]
    apart: bool
    server_cpus: tuple[int, ...]
    seed: int
    content_type: str = "application/json"

    def send(
        self,
        seconds: float,
        *,
        connections: int = 1,
        rate: float | None = None,
        shuffled: bool = True,
        most: int = _MOST_REQUESTS,
    ) -> Replayed:
        """Send for some seconds: at a rate, or on each connection as soon as the answer before is there.

        Raises:
            ServerEndedError: when the server ends meanwhile.
        """
        found = self.keeper.folder / "replayed"
        order = {
            "host": self.running.host,
            "port": self.running.port,
            "key": self.running.key,
            "bodies": str(self.bodies),
            "content_type": self.content_type,
            "found": str(found),
            "connections": connections,
            "rate": rate,
            "seconds": seconds,
            "most": most,
            "shuffled": shuffled,
            "spin": self.apart,
            "seed": self.seed,
            "process": self.keeper.numbers[NAME],
            "packages": str(Path(__file__).parents[2]),
            "cpus": [*self.cpus, *self.server_cpus] if self.apart else list(self.cpus),
            "server_cpus": list(self.server_cpus),
            "slice": SLICE_SECONDS,
        }
        file = self.keeper.folder / "replay.json"
        file.write_text(json.dumps(order), encoding="utf-8")
        self.keeper.start(_CLIENT, [*isolated_python(), str(_PROGRAM), str(file)], cpus=self.cpus, env={})
        ended = self.keeper.wait(_CLIENT, seconds + 60.0, unless=NAME)
        if ended is not None and ended.name == _CLIENT and ended.status == 0:
            replayed = _read(found)
            if replayed is not None:
                return replayed
        gone = self.keeper.wait(NAME, 2.0) if ended is None or ended.name == _CLIENT else ended
        self.keeper.stop(_CLIENT)
        if gone is not None:
            raise ServerEndedError(gone)
        why = ended.how if ended is not None else "it did not come to an end"
        raise ResourceError(f"The requests of the simulation could not be sent ({why}); simulate again.")


def _read(file: Path) -> Replayed | None:
    """What the sender found; None when it could not go on because the server was gone."""
    head, _, values = file.read_bytes().partition(b"\n")
    facts = json.loads(head)
    if facts["server_gone"]:
        return None
    count = len(values) // 12
    seconds = np.frombuffer(values[: 8 * count], dtype=np.float64)
    rows = np.frombuffer(values[8 * count :], dtype=np.uint32)
    failures = facts["failures"] + facts["unanswered"]
    why = facts["first_failure"] or ("the server gave no answer in time" if failures else "")
    quiet = quiet_answers([(moment, done, waited) for moment, done, waited in facts["marks"]], count)
    glances = [(done, speed) for done, speed in facts["glances"] if speed > 0]
    steady, calibration = steady_answers(glances, count)
    if np.count_nonzero(quiet & steady) >= _LEAST_SHARE * np.count_nonzero(quiet):
        quiet &= steady
    return Replayed(seconds, rows, facts["elapsed"], failures, why, facts["late_p99"], quiet, calibration)
