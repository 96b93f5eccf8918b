"""What the server, its protocol and the way there and back add to a model's own time, on this machine, now."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from litmus.errors import ResourceError
from litmus.simulate.calibration import Calibration
from litmus.simulate.keeper import Ended, Keeper, isolated_python
from litmus.simulate.latency import Latency
from litmus.simulate.load import Load, ServerEndedError
from litmus.simulate.machine import quietest_cpus
from litmus.simulate.request_bodies import write_bodies
from litmus.simulate.server import NAME, clean_variables, divided, reached

__all__ = ["HttpCost", "measure_http"]

_PROGRAM = Path(__file__).with_name("_empty_serving_process.py")
_KEPT = 2_000
_WARM_UP_SECONDS = 0.2
_START_SECONDS = 60.0
_LONGER_SECONDS = 2.0


@dataclasses.dataclass(frozen=True)
class HttpCost:
    """Seconds of requests to the real server with a model that takes no time.

    Attributes:
        seconds: of each request, at most 2,000 of them in ascending order.
        calibration: how fast the server's core was meanwhile; None where that is not known.
    """

    seconds: np.ndarray
    calibration: Calibration | None = None

    @property
    def latency(self) -> Latency:
        """The quantiles."""
        return Latency.of(self.seconds)


def measure_http(rows: Sequence[Mapping[str, Any]], *, seconds: float = 1.0, seed: int = 0) -> HttpCost:
    """Start the real server with a model that answers at once, and send it these rows one at a time.

    Once for a run is enough: it is the same for all models that take the same rows. Takes a second or two beyond `seconds`.

    Raises:
        ResourceError: when the server does not start, or this is no Linux.

    Example:
        >>> measure_http([{"age": 39}], seconds=0.1).latency.p50 > 0    # doctest: +SKIP
        True
    """
    server_cpus, client_cpus, apart = divided(quietest_cpus(), 1)
    with Keeper() as keeper:
        write_bodies([dict(row) for row in rows], keeper.folder / "bodies")
        command = [*isolated_python(), str(_PROGRAM), *(path for path in sys.path if path)]
        keeper.start(NAME, command, cpus=server_cpus, env=clean_variables(keeper.folder, 1))
        told = keeper.told(NAME, _START_SECONDS)
        if told is None or isinstance(told, Ended):
            why = "it said nothing" if told is None else told.how
            raise ResourceError(f"The server whose own time is measured did not start ({why}).")
        load = Load(keeper, reached(told), keeper.folder / "bodies", client_cpus, apart, server_cpus, seed)
        try:
            load.send(_WARM_UP_SECONDS)
            sent = load.send(seconds)
            if not sent.quiet.any():  # a machine that does other work gave no answer a turn in that time
                sent = load.send(max(10 * seconds, _LONGER_SECONDS))
        except ServerEndedError as error:
            raise ResourceError(f"The server whose own time is measured ended ({error}).") from error
    found = np.sort(sent.seconds[sent.quiet])
    if not len(found):
        raise ResourceError(
            "The server whose own time is measured gave no answer; the machine is too busy with other work."
        )
    if len(found) > _KEPT:
        found = found[np.linspace(0, len(found) - 1, _KEPT).round().astype(int)]
    return HttpCost(found, sent.calibration)
