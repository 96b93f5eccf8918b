"""Jobs on the machines of a Ray cluster: data put once into its object store, lost machines survived."""

from __future__ import annotations

import contextlib
import dataclasses
import pickle
import secrets
import threading
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from litmus.errors import ParameterError, ResourceError
from litmus.executors.base import Job, Outcome
from litmus.executors.local import LocalProcesses
from litmus.executors.parcel import Arrived, unpack
from litmus.executors.ray_connection import connect, import_ray
from litmus.executors.ray_node import clear_node, run_parcel
from litmus.executors.sentences import asked, crashed, too_late, too_long
from litmus.executors.travel import data_of, output_of, pack, threads_of, travels
from litmus.quantities import bytes_text
from litmus.resources import available_cpus

__all__ = ["RayCluster"]

_LOOK_SECONDS = 0.1
_GRACE_SECONDS = 1.5
"""How much longer than the deadline a machine's own answer is waited for."""
_CLEAR_SECONDS = 10.0
_RETRIES = 3
"""How often a job starts again whose machine was lost."""


@dataclasses.dataclass(eq=False)
class _Flight:
    """A job on the cluster."""

    job: Job
    payload: bytes
    threads: int
    reference: Any = None
    since: float = 0.0


class RayCluster(LocalProcesses):
    """Runs fits on the machines of a Ray cluster, and jobs that need the run's folder, such as scoring, on this one.

    A job keeps its deadline and its share of memory there as here. One whose machine is lost runs again on another. The
    cluster's machines need the same versions of Python, Ray and Litmus; code of the program's main module travels.

    Args:
        address: "ray://host:port", "host:port", "auto" (the cluster this machine belongs to), "local" (one started
            here), or None: "auto" where there is one, else "local".
        cpus: cores to use of the cluster; None means all.
        gpus: accelerators that all jobs together use.
        workers: jobs that run at once; None means as many as there are cores, at most `most_jobs`.
        memory: bytes that all jobs together should stay under, of which each reserves its part; None reserves nothing.
        most_jobs: how many jobs there will be at most, if known.
        modules: libraries that the workers import before the first job, beside the usual ones.
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        cpus: int | None = None,
        gpus: int = 0,
        workers: int | None = None,
        memory: int | None = None,
        most_jobs: int | None = None,
        modules: Sequence[str] = (),
    ) -> None:
        if address is not None and (not isinstance(address, str) or not address):
            raise ParameterError(
                f"address={address!r} is not allowed; give 'ray://host:port', 'host:port', 'auto' or 'local'."
            )
        super().__init__(workers or cpus or 1, modules=modules)
        self.address, self._cpus, self._gpus, self._memory = address, cpus, gpus, memory
        self._asked_workers, self._most_jobs = workers, most_jobs
        self._here = (min(available_cpus(), most_jobs or available_cpus()), 1)
        self._run = secrets.token_hex(6)
        self._connected = self._ours = self._closing = False
        self._largest: dict[str, float] = {}
        self._waiting: deque[_Flight] = deque()
        self._flying: list[_Flight] = []
        self._stores: dict[str, tuple[str, dict[str, Any]]] = {}
        self._steering = threading.RLock()
        self._watcher: threading.Thread | None = None
        self._task: Any = None

    def start(self) -> None:
        """Connect, and find out what the cluster has.

        Raises:
            ResourceError: when no cluster answers, or it does not have what was asked for.
        """
        if self._connected:
            return
        self._ours, self.notes = connect(self.address, cpus=self._cpus or available_cpus())
        self._connected, self._closing = True, False
        try:
            self._size_up()
        except BaseException:
            self.close()
            raise
        self._watcher = threading.Thread(target=self._watch, daemon=True, name="litmus-ray")
        self._watcher.start()

    def submit(self, job: Job) -> None:
        """Send the job to the cluster if it travels, else to a process of this machine."""
        self.start()
        if not travels(job):
            return super().submit(job)
        self._count()
        threads = min(threads_of(job) or self.threads, int(self._largest.get("CPU", 1)) or 1)
        try:
            data = {path: self._stored(path)[0] for path in data_of(job)}
            payload = pickle.dumps(pack(job, data, threads=threads, modules=tuple(self._modules)))
        except Exception as error:
            reason = f"It cannot be sent to the cluster: {type(error).__name__}: {error}"
            return self._report(Outcome(job, error=reason))
        with self._steering:
            self._waiting.append(_Flight(job, payload, threads))
            self._take_off()
        return None

    def stop(self, key: Any) -> None:
        """End the jobs with this key, waiting or running, here or on the cluster."""
        super().stop(key)
        with self._steering:
            for flight in [flight for flight in self._waiting if flight.job.key == key]:
                self._waiting.remove(flight)
                self._report(Outcome(flight.job, error=asked(), stopped="asked"))
            for flight in [flight for flight in self._flying if flight.job.key == key]:
                seconds = time.monotonic() - flight.since
                self._land(flight, Outcome(flight.job, error=asked(seconds), seconds=seconds, stopped="asked"))
                self._cancel(flight)

    def resize(self, workers: int, *, threads: int) -> None:
        """From now on run `workers` jobs at once on this machine; the cluster's share stays."""
        self._here = (min(workers, available_cpus()), threads)
        if self._supervisor is not None:
            self._supervisor.wake()

    def close(self) -> None:
        """End all jobs, remove the data from the machines, and leave the cluster as it was."""
        super().close()
        if not self._connected:
            return
        self._closing = True
        if self._watcher is not None:
            self._watcher.join(10)
            self._watcher = None
        with self._steering:
            for flight in self._flying:
                self._cancel(flight)
            self._flying.clear()
            self._waiting.clear()
            if self._task is not None:  # machines have folders of this run
                self._clear_nodes()
            self._task = None
            self._stores.clear()
        self._connected = False
        if self._ours:
            import_ray().shutdown()

    def _local_limits(self) -> tuple[int, int]:
        return self._here

    def _size_up(self) -> None:
        """Decide how many jobs run at once, and check that some machine can run one."""
        ray = import_ray()
        nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
        total = sum(node.get("CPU", 0) for node in nodes)
        self._largest = {name: max(node.get(name, 0) for node in nodes) for name in ("CPU", "GPU", "memory")}
        cpus = max(1, int(min(self._cpus or total, total)))
        self.workers = max(1, min(self._asked_workers or cpus, self._most_jobs or cpus, cpus))
        self.threads = max(1, min(cpus // self.workers, int(self._largest["CPU"]) or 1))
        wanted = {"GPU": self._gpus / self.workers, "memory": (self._memory or 0) / self.workers}
        gpus = sum(node.get("GPU", 0) for node in nodes)
        if self._gpus > gpus:
            raise ResourceError(
                f"resources ask for {self._gpus} GPUs, and the Ray cluster has {gpus:g}; ask for fewer."
            )
        if wanted["memory"] > self._largest["memory"]:
            raise ResourceError(
                f"Each of {self.workers} jobs is to have {bytes_text(int(wanted['memory']))} of memory, and no machine of "
                f"the Ray cluster has more than {bytes_text(int(self._largest['memory']))}; ask for less, or more workers."
            )

    def _stored(self, path: str) -> tuple[str, dict[str, Any]]:
        """The name of a data set on every machine, and its files in the object store, put there when first asked for."""
        with self._steering:
            if path not in self._stores:
                ray = import_ray()
                files = sorted(file for file in Path(path).iterdir() if file.is_file())
                stored = {file.name: ray.put(np.fromfile(file, np.uint8)) for file in files}
                self._stores[path] = (f"data-{len(self._stores)}", stored)
            return self._stores[path]

    def _take_off(self) -> None:
        """Hand waiting jobs to Ray, up to the number that may run at once."""
        ray = import_ray()
        while self._waiting and len(self._flying) < self.workers:
            flight = self._waiting.popleft()
            if flight.job.is_late:
                self._report(Outcome(flight.job, error=too_late(), stopped="deadline"))
                continue
            options: dict[str, Any] = {"num_cpus": flight.threads, "max_retries": _RETRIES}
            if self._gpus:
                options["num_gpus"] = self._gpus / self.workers
            memory = flight.job.memory or (self._memory or 0) // self.workers
            if self._task is None:
                self._task = ray.remote(run_parcel)
            if memory:
                options["memory"] = min(memory, int(self._largest["memory"]))
            stores = dict(self._stored(path) for path in data_of(flight.job))
            flight.since = time.monotonic()
            flight.reference = self._task.options(**options).remote(flight.payload, self._run, stores)
            self._flying.append(flight)

    def _watch(self) -> None:
        """Bring in what has landed, and call back what is too late, until the executor is closed."""
        while not self._closing:
            try:
                self._look()
            except Exception as error:
                if not self._closing:
                    self._report(error)
                return

    def _look(self) -> None:
        ray = import_ray()
        with self._steering:
            flights = {flight.reference: flight for flight in self._flying}
        if not flights:
            return time.sleep(_LOOK_SECONDS)
        landed, _ = ray.wait(list(flights), num_returns=1, timeout=_LOOK_SECONDS, fetch_local=False)
        for reference in landed:
            outcome = self._outcome(flights[reference])
            with self._steering:
                self._land(flights[reference], outcome)
        with self._steering:
            for flight in tuple(self._flying):
                deadline = flight.job.deadline
                if deadline is not None and time.monotonic() > deadline + _GRACE_SECONDS:
                    seconds = time.monotonic() - flight.since
                    self._land(
                        flight, Outcome(flight.job, error=too_long(seconds), seconds=seconds, stopped="deadline")
                    )
                    self._cancel(flight)
            late = [flight for flight in self._waiting if flight.job.is_late]
            for flight in late:
                self._waiting.remove(flight)
                self._report(Outcome(flight.job, error=too_late(), stopped="deadline"))
            self._take_off()
        return None

    def _outcome(self, flight: _Flight) -> Outcome:
        """What became of a job that came back; its output is written where the job was to write it."""
        ray, job = import_ray(), flight.job
        seconds = time.monotonic() - flight.since
        try:
            arrived: Arrived = pickle.loads(ray.get(flight.reference))
            output = output_of(job)
            if arrived.files is not None and output is not None:
                unpack(arrived.files, Path(output))
            value = None if arrived.value is None else pickle.loads(arrived.value)
        except ray.exceptions.OutOfMemoryError:
            reason = "Its machine ran out of memory and Ray ended it; run fewer fits at once or use less data."
            return Outcome(job, error=reason, seconds=seconds, stopped="memory")
        except (ray.exceptions.WorkerCrashedError, ray.exceptions.NodeDiedError, ray.exceptions.ObjectLostError):
            reason = f"{crashed(None)} It ran on a Ray cluster, and was started {_RETRIES + 1} times."
            return Outcome(job, error=reason, seconds=seconds, stopped="crash")
        except Exception as error:
            text = " ".join(str(error).split())[-500:]
            reason = f"It could not be run on the Ray cluster: {type(error).__name__}: {text}"
            return Outcome(job, error=reason, seconds=seconds)
        return Outcome(job, value, arrived.error, arrived.seconds, arrived.stopped)

    def _land(self, flight: _Flight, outcome: Outcome) -> None:
        """Report a job once, whichever of its ends came first."""
        if flight in self._flying:
            self._flying.remove(flight)
            self._report(outcome)

    @staticmethod
    def _cancel(flight: _Flight) -> None:
        with contextlib.suppress(Exception):  # it has ended meanwhile, or its machine has
            import_ray().cancel(flight.reference, force=True)

    def _clear_nodes(self) -> None:
        """Remove the run's folder from every machine that is there."""
        ray = import_ray()
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        with contextlib.suppress(Exception):  # a machine that cannot be reached clears up in its next run
            references = [
                ray.remote(clear_node)
                .options(num_cpus=0, scheduling_strategy=NodeAffinitySchedulingStrategy(node["NodeID"], soft=False))
                .remote(self._run)
                for node in ray.nodes()
                if node["Alive"]
            ]
            ray.wait(references, num_returns=len(references), timeout=_CLEAR_SECONDS)
