"""The course of a simulation: a clean environment, the real server in it, real rows sent to it, and what came of it."""

from __future__ import annotations

import dataclasses
import os
import platform
import statistics
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litmus.bundle_reader import read_manifest
from litmus.deployment import Deployment, parse_deployment
from litmus.errors import BundleError, ParameterError
from litmus.quantities import asked_bytes_text, bytes_text, parse_seconds
from litmus.simulate.calibration import Calibration
from litmus.simulate.capacity import highest_rate, keeps
from litmus.simulate.clean_environment import Closure, closure_of, install
from litmus.simulate.inside import Inside, time_inside
from litmus.simulate.keeper import Ended, Keeper
from litmus.simulate.load import Load, Replayed, ServerEndedError
from litmus.simulate.machine import BusyCores, Machine, quietest_cpus
from litmus.simulate.request_bodies import request_bodies, write_bodies
from litmus.simulate.requirements import requirements_of
from litmus.simulate.result import Simulation
from litmus.simulate.server import NAME, Place, Running, divided, start_server

if TYPE_CHECKING:
    from litmus.model import Model

__all__ = ["simulate"]

_STARTS = 3
_LONG_STARTS = 5.0
_INSIDE_SHARE, _ONE_ROW_SHARE, _LOAD_SHARE = 0.15, 0.25, 0.25
_WARM_UP_SECONDS = 0.3
_FEW_REQUESTS = 300
_BUSY_CORES = 0.5
_LATE_SHARE = 0.3


def simulate(
    model: Model | str | Path,
    deployment: Deployment | Mapping[str, Any] | None = None,
    rows: Any = None,
    *,
    duration: float | str = "10s",
    seed: int = 0,
    port: int = 0,
    trust: bool = False,
) -> Simulation:
    """Run a model as it will be served, and measure it there.

    A folder is made with the packages that the bundle requires and nothing else; the real server runs from it on as
    many cores and in as much memory as the deployment has; rows are sent to it over HTTP by a process of its own. No
    process and no file stays, however it ends.

    Args:
        model: a model, or the path of a bundle.
        deployment: what the environment allows; a dict of the same names, or None for the defaults.
        rows: rows to send, in any form that `Model.predict` takes; None sends those of the training table that a model in
            memory holds, or the sample request of a bundle.
        duration: seconds, or text, during which answers are timed; starting takes a few more.
        seed: of the order of rows and of the moments when requests are due.
        port: where the server listens; 0 takes any free port.
        trust: allow a bundle to run code of its maker's own; a model in memory is trusted.

    Raises:
        ParameterError: when the deployment or the duration is not allowed.
        ResourceError: when this machine has fewer cores than the deployment, the port is in use, or it is no Linux.
        BundleError: when the bundle cannot be opened.
        PredictionError: when the rows do not fit the model.

    Example:
        >>> import litmus
        >>> rows = [{"size": size, "price": 3 * size} for size in range(200)]
        >>> run = litmus.train(rows, target="price", algorithm="LinearModel", callbacks=[], executor="in_process")
        >>> print(simulate(run.best, {"latency_p99": "20ms"}))    # doctest: +SKIP
    """
    limits = parse_deployment(deployment)
    seconds = parse_seconds(duration, name="duration", examples="'10s' or '1m'")
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise ParameterError(f"seed={seed!r} is not allowed; give a whole number.")
    begun = time.monotonic()
    server_cpus, client_cpus, apart = divided(quietest_cpus(), limits.cpus)
    with Keeper() as keeper:
        bundle, trusted = _bundle(model, keeper.folder)
        manifest = read_manifest(bundle)
        held = list(getattr(model, "sample_rows", ())) or None
        bodies = request_bodies(held if rows is None else rows, manifest, seed=seed)
        write_bodies(bodies, keeper.folder / "bodies")
        closure = closure_of(requirements_of(manifest))
        packages = keeper.folder / "packages"
        packages.mkdir()
        size = install(closure, packages)
        memory = None if limits.memory is None else int(limits.memory)
        place = Place(packages, bundle, server_cpus, memory, port, trust or trusted)
        work = _Work(keeper, place, limits, client_cpus, apart, seconds, seed)
        busy = BusyCores([os.getpid(), keeper.process])
        work.measure()
        keeper.stop(NAME)
        machine = dataclasses.replace(Machine.here(), others=busy.others())
        setting = _Setting(manifest, closure, size, len(bodies), machine, time.monotonic() - begun)
        return _result(work, setting)


def _bundle(model: Model | str | Path, folder: Path) -> tuple[Path, bool]:
    """The file of the model, and whether its code is this program's own."""
    if hasattr(model, "save"):
        return model.save(folder / "model.litmus"), True
    if not isinstance(model, str | Path):
        raise BundleError(f"A {type(model).__name__} is no model; give a model, or the path of one that save() wrote.")
    return Path(model).expanduser().absolute(), False


@dataclasses.dataclass(frozen=True)
class _Setting:
    """What was run, and where."""

    manifest: Mapping[str, Any]
    closure: Closure
    environment_size: int
    rows: int
    machine: Machine
    seconds: float


@dataclasses.dataclass
class _Work:
    """What is measured, as it is found."""

    keeper: Keeper
    place: Place
    limits: Deployment
    client_cpus: tuple[int, ...]
    apart: bool
    seconds: float
    seed: int
    starts: list[float] = dataclasses.field(default_factory=list)
    inside: Inside | None = None
    one_row: Replayed | None = None
    under_load: Replayed | None = None
    request_rate: float | None = None
    peak: int | None = None
    ended: Ended | None = None
    sent: list[Replayed] = dataclasses.field(default_factory=list)
    notes: list[str] = dataclasses.field(default_factory=list)

    def measure(self) -> None:
        """Everything, or as much as there is until the server ends."""
        running = self._start()
        if running is None:
            return
        self.inside = time_inside(self.keeper, self.place, _INSIDE_SHARE * self.seconds)
        bodies = self.keeper.folder / "bodies"
        load = Load(self.keeper, running, bodies, self.client_cpus, self.apart, self.place.cpus, self.seed)
        try:
            self._send(load)
        except ServerEndedError as error:
            self.ended = error.ended
            self.peak = error.ended.peak
        else:
            self.keeper.ended(NAME)
            self.peak = self.keeper.peaks.get(NAME)

    def _start(self) -> Running | None:
        """Start the server a few times, and leave the last one running."""
        with (self.keeper.folder / "bodies").open("rb") as file:
            first = file.readline().rstrip(b"\n")
        while True:
            running = start_server(self.keeper, self.place, first)
            if isinstance(running, Ended):
                self.ended, self.peak = running, running.peak
                return None
            self.starts.append(running.cold_start)
            if len(self.starts) == _STARTS or sum(self.starts) > _LONG_STARTS:
                return running
            self.keeper.stop(NAME)

    def _send(self, load: Load) -> None:
        concurrency, rate = self.limits.concurrency, self.limits.request_rate
        load.send(_WARM_UP_SECONDS, connections=concurrency)
        share = _ONE_ROW_SHARE
        self.one_row = self._kept(load.send(share * self.seconds, shuffled=False))
        if concurrency == 1 and rate is None:
            self.under_load = self.one_row
        else:
            share += _LOAD_SHARE
            paced = None if rate is None else float(rate)
            self.under_load = self._kept(load.send(_LOAD_SHARE * self.seconds, connections=concurrency, rate=paced))
        limit = None if self.limits.latency_p99 is None else float(self.limits.latency_p99)
        left = self.seconds * (1.0 - _INSIDE_SHARE - share)
        self.request_rate = highest_rate(load, limit, concurrency, left, self._kept)
        for sent in (self.one_row, self.under_load):
            if limit is not None and keeps(sent, limit):
                self.request_rate = max(self.request_rate, sent.rate)
        if len(self.under_load.seconds) < _FEW_REQUESTS:
            self.notes.append(
                f"The quantiles rest on {len(self.under_load.seconds)} requests only; a longer duration makes them surer."
            )

    def _kept(self, replayed: Replayed) -> Replayed:
        self.sent.append(replayed)
        return replayed

    @property
    def calibration(self) -> Calibration | None:
        """How fast the server's cores were while it answered one row at a time; before, where that is not known."""
        if self.one_row is not None and self.one_row.calibration is not None:
            return self.one_row.calibration
        return None if self.inside is None else self.inside.calibration

    @property
    def problem(self) -> str:
        """Why the server is not there any more."""
        if self.ended is None:
            return ""
        when = "before it answered" if not self.starts else "while it was measured"
        if self.ended.too_much:
            return (
                f"The server was ended {when}: it took {bytes_text(self.ended.peak)} of memory, more than the "
                f"{asked_bytes_text(int(self.place.memory or 0))} that the deployment allows; allow more, or serve a smaller model."
            )
        return f"The server ended {when} ({self.ended.how})."


def _result(work: _Work, setting: _Setting) -> Simulation:
    closure = setting.closure
    steps, predict, http = work.inside.parts(work.one_row) if work.inside is not None else (None, None, None)
    allowed = [name for name, version in closure.packages.items() if work.limits.allows(name, version)]
    permitted = closure.reached_from(allowed)
    return Simulation(
        model=str(setting.manifest.get("version") or setting.manifest["name"]),
        deployment=work.limits,
        one_row=None if work.one_row is None else work.one_row.latency,
        under_load=None if work.under_load is None else work.under_load.latency,
        steps=steps,
        predict=predict,
        http=http,
        request_rate=work.request_rate,
        cold_start=statistics.median(work.starts) if work.starts else None,
        cold_starts=tuple(work.starts),
        memory=work.peak,
        bundle_size=work.place.bundle.stat().st_size,
        environment_size=setting.environment_size,
        packages=closure.packages,
        forbidden=tuple(f"{name}=={version}" for name, version in closure.packages.items() if name not in permitted),
        missing=closure.missing,
        python=platform.python_version(),
        rows=setting.rows,
        requests=sum(len(each.seconds) for each in work.sent),
        failures=sum(each.failures for each in work.sent),
        first_failure=next((each.first_failure for each in work.sent if each.first_failure), ""),
        problem=_with_missing(work.problem, closure),
        notes=tuple(_notes(work, setting)),
        machine=setting.machine,
        calibration=work.calibration,
        seconds=setting.seconds,
    )


def _with_missing(problem: str, closure: Closure) -> str:
    """A server that does not start because a package is missing: then that is the reason."""
    if not problem or not closure.missing:
        return problem
    names = " ".join(f"'{name}'" if ">" in name or "<" in name else name for name in closure.missing)
    verb = "is" if len(closure.missing) == 1 else "are"
    return f"{', '.join(closure.missing)} {verb} required and not installed here; install with: pip install {names}. {problem}"


def _notes(work: _Work, setting: _Setting) -> list[str]:
    found = list(work.notes)
    found += [f"{each}." for each in setting.closure.other_versions]
    if setting.rows == 1:
        found.append(
            "One row was sent again and again: the bundle carries no more. Give rows for figures that vary as yours do."
        )
    if work.under_load is not None and work.under_load.late > _LATE_SHARE * work.under_load.latency.p99:
        found.append(
            "The sender could not keep up with the rate, which counts as the server's time: its p99 is shorter than shown."
        )
    if not work.apart:
        found.append(
            "The server shares its cores with the one who measures, since this machine has no more: times are longer."
        )
    if setting.machine.others is not None and setting.machine.others > _BUSY_CORES:
        found.append("The machine was busy with other work meanwhile: on a quiet one times are shorter.")
    return found
