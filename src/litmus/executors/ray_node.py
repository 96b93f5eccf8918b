"""What runs on the machines of a Ray cluster: the data set is written once a machine, the job runs in a process it can lose.

A Ray task does not run the job itself: a `LocalProcesses` of one worker does, so that deadlines, shares of memory, crashes
and processes left behind are dealt with there as on the user's own machine.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pickle
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from litmus.executors.base import Job
from litmus.executors.parcel import Arrived, Parcel, files_in, unpack

__all__ = ["clear_node", "run_parcel"]

_PREFIX = "litmus-node-"


def run_parcel(payload: bytes, run: str, data: Mapping[str, Mapping[str, Any]]) -> bytes:
    """The Ray task: run a parcel in a process of this machine; returns the pickled `Arrived`.

    Args:
        payload: the pickled parcel.
        run: a name for the run, the same for all its jobs.
        data: name of a data set → file → reference to its bytes.
    """
    from litmus.executors.local import LocalProcesses

    parcel: Parcel = pickle.loads(payload)
    with _node_folder(run) as folder:
        places = {path: str(_materialise(folder, name, data[name])) for path, name in parcel.data.items()}
        output = Path(tempfile.mkdtemp(prefix="job-", dir=folder)) / "output"
        if parcel.output is not None:
            places[parcel.output] = str(output)
        deadline = None if parcel.deadline is None else parcel.deadline + parcel.clock_shift
        arguments = (parcel.work, places, parcel.clock_shift)
        job = Job(0, _run_moved, arguments, None, deadline, parcel.memory, parcel.threads)
        try:
            with LocalProcesses(1, threads=parcel.threads, modules=parcel.modules) as pool:
                (outcome,) = pool.run([job])
            files = files_in(output) if outcome.error is None and parcel.output is not None else None
            return pickle.dumps(Arrived(outcome.value, outcome.error, outcome.seconds, outcome.stopped, files))
        finally:
            shutil.rmtree(output.parent, ignore_errors=True)


def clear_node(run: str) -> None:
    """Remove what a run left on this machine, and what runs left whose program died."""
    home = _home(run)
    shutil.rmtree(home, ignore_errors=True)
    Path(f"{home}.lock").unlink(missing_ok=True)
    for lock in home.parent.glob(f"{_PREFIX}*.lock"):
        with contextlib.suppress(OSError), lock.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # nobody runs a job there
            shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
            lock.unlink(missing_ok=True)


def _home(run: str) -> Path:
    """The folder of a run on this node; several nodes of a test share a machine, so the node is in its name."""
    import ray

    node = ray.get_runtime_context().get_node_id()
    return Path(tempfile.gettempdir()) / f"{_PREFIX}{run}-{node[:12]}"


@contextlib.contextmanager
def _node_folder(run: str) -> Iterator[Path]:
    """The run's folder on this machine, held as long as a job runs there."""
    home = _home(run)
    with _locked(Path(f"{home}.lock"), fcntl.LOCK_SH):
        home.mkdir(mode=0o700, exist_ok=True)
        yield home


@contextlib.contextmanager
def _locked(path: Path, kind: int) -> Iterator[None]:
    """Hold a lock file, made again when another run cleared it away meanwhile."""
    while True:
        file = path.open("a")
        fcntl.flock(file, kind)
        if path.exists() and path.stat().st_ino == os.fstat(file.fileno()).st_ino:
            break
        file.close()
    with file:
        yield


def _materialise(folder: Path, name: str, files: Mapping[str, Any]) -> Path:
    """The data set's folder on this machine, written by the first job that needs it while others wait."""
    import ray

    place = folder / name
    with (folder / f"{name}.turn").open("a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not place.exists():
            unpack({file: ray.get(reference) for file, reference in files.items()}, place)
    return place


def _run_moved(work: bytes, places: Mapping[str, str], clock_shift: float) -> bytes:
    """Run the work in the worker, which has the libraries it needs; the Ray task does without them."""
    from litmus.executors.travel import run_moved

    return run_moved(work, places, clock_shift)
