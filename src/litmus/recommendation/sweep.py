"""Measuring how a bundle is served in several ways: so many processes of so many threads, in batches of so many rows."""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import io
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from litmus.errors import ResourceError
from litmus.simulate.keeper import Ended, Keeper
from litmus.simulate.load import Load, Replayed, ServerEndedError
from litmus.simulate.machine import quietest_cpus
from litmus.simulate.server import NAME, Place, Running, start_server

__all__ = ["FORMS", "Layout", "Measured", "layouts_for", "measure"]

FORMS = {"json": "application/json", "csv": "text/csv"}
"""Layout of the rows in a request → its content type: a JSON object for each row, or columns named once."""

_WARM_UP_SECONDS = 0.3
_BODIES = 64
"""Different requests of each size; they take turns."""


@dataclasses.dataclass(frozen=True, order=True)
class Layout:
    """How the cores of a machine are used.

    Attributes:
        workers: processes, each with the model.
        threads: of each process, and cores it has.
    """

    workers: int
    threads: int

    @property
    def cpus(self) -> int:
        """Cores in all."""
        return self.workers * self.threads


@dataclasses.dataclass(frozen=True)
class Measured:
    """What was found for one layout and one size of batches.

    Attributes:
        layout: processes and threads.
        batch: rows in each request.
        form: how they are laid out there: "json" or "csv".
        latency_p50, latency_p99: seconds of a request, with one under way in each process.
        invocations_per_minute: requests answered at most.
        memory: bytes that all processes held together at most.
        precision: of the weights of networks, as `litmus.recommendation.precisions` names them.
    """

    layout: Layout
    batch: int
    form: str
    latency_p50: float
    latency_p99: float
    invocations_per_minute: float
    memory: int
    precision: str = "float32"


def layouts_for(cpus: int) -> list[Layout]:
    """The ways to divide cores: into as many processes as divide them without a rest.

    Example:
        >>> layouts_for(4)
        [Layout(workers=1, threads=4), Layout(workers=2, threads=2), Layout(workers=4, threads=1)]
    """
    return [Layout(workers, cpus // workers) for workers in range(1, cpus + 1) if cpus % workers == 0]


def measure(
    layout: Layout,
    batches: Sequence[int],
    *,
    bundle: Path,
    packages: Path,
    rows: Sequence[Mapping[str, Any]],
    seconds: float,
    trust: bool,
    forms: Sequence[str] = ("json",),
    told: Callable[[str], None] = lambda _: None,
) -> list[Measured]:
    """Start the servers of a layout, and send them batches of each size for some seconds.

    Every process has a client of its own with one connection, so that as many requests are under way as there are
    processes. A size that fails, such as one beyond what the server takes, is left out.

    Raises:
        ResourceError: when a server does not start, or ends.
    """
    order = quietest_cpus()
    taken, others = order[: layout.cpus], tuple(order[layout.cpus :])
    found: list[Measured] = []
    with contextlib.ExitStack() as stack, ThreadPoolExecutor(layout.workers) as threads:
        servers = [_Server(stack.enter_context(Keeper())) for _ in range(layout.workers)]
        for number, server in enumerate(servers):
            server.cpus = tuple(taken[number * layout.threads : (number + 1) * layout.threads])
            server.others = others or tuple(order)
            server.apart = bool(others)
            server.place = Place(packages, bundle, server.cpus, None, 0, trust)
        first = json.dumps(dict(rows[0]), separators=(",", ":"), allow_nan=False).encode()
        list(threads.map(lambda server: server.start(first), servers))
        for batch in batches:
            for form in forms if batch > 1 else ("json",):
                told(f"{layout.workers} x {layout.threads}, batches of {batch} as {form}")
                found += _measured(layout, batch, form, servers=servers, rows=rows, seconds=seconds, threads=threads)
    return found


@dataclasses.dataclass
class _Server:
    """One of the processes, with the client that sends to it."""

    keeper: Keeper
    cpus: tuple[int, ...] = ()
    others: tuple[int, ...] = ()
    apart: bool = False
    place: Place | None = None
    running: Running | None = None

    def start(self, first: bytes) -> None:
        """Start it, and wait for its first answer."""
        if self.place is None:
            raise ResourceError("The server has no place to run in.")
        running = start_server(self.keeper, self.place, first)
        if isinstance(running, Ended):
            raise ResourceError(
                f"The server did not start ({running.how}); see whether the bundle loads: litmus.load(…)."
            )
        self.running = running

    def send(self, bodies: Path, form: str, seconds: float) -> Replayed:
        """Send requests one after the other."""
        if self.running is None:
            raise ResourceError("The server is not there.")
        load = Load(self.keeper, self.running, bodies, self.others, self.apart, self.cpus, 0, FORMS[form])
        try:
            load.send(min(_WARM_UP_SECONDS, seconds))
            return load.send(seconds)
        except ServerEndedError as error:
            raise ResourceError(f"The server ended while it was measured ({error}).") from error

    @property
    def peak(self) -> int:
        """Bytes that it held at most."""
        self.keeper.ended(NAME)
        return self.keeper.peaks.get(NAME, 0)


def _measured(
    layout: Layout,
    batch: int,
    form: str,
    *,
    servers: Sequence[_Server],
    rows: Sequence[Mapping[str, Any]],
    seconds: float,
    threads: ThreadPoolExecutor,
) -> list[Measured]:
    """What all servers together answer; nothing where requests of this size fail."""

    def sent(server: _Server) -> Replayed:
        bodies = server.keeper.folder / f"bodies-{batch}-{form}"
        bodies.write_text("\n".join(_bodies(rows, batch, form)) + "\n", encoding="utf-8")
        return server.send(bodies, form, seconds)

    replayed = list(threads.map(sent, servers))
    if any(one.failures or not len(one.seconds) for one in replayed):
        return []
    times = np.concatenate([one.seconds[one.quiet] for one in replayed])
    p50, p99 = np.quantile(times, [0.5, 0.99]).tolist()
    rate = sum(one.rate for one in replayed)
    return [Measured(layout, batch, form, p50, p99, 60 * rate, sum(server.peak for server in servers))]


def _bodies(rows: Sequence[Mapping[str, Any]], batch: int, form: str) -> list[str]:
    """The lines of a file of requests with so many rows."""
    made = []
    for start in range(min(_BODIES, max(1, 20_000 // batch))):
        taken = [dict(rows[(start * batch + place) % len(rows)]) for place in range(batch)]
        if form == "csv":
            made.append(json.dumps(_as_csv(taken)))
            continue
        made.append(json.dumps(taken[0] if batch == 1 else taken, separators=(",", ":"), allow_nan=False))
    return made


def _as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as CSV, an empty cell where a value is missing."""
    file = io.StringIO()
    writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()
