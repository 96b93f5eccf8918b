"""Trials logged by several processes at once: is any lost, how long does a write take, and does training wait for it?

Run: python benchmarks/store_trials.py [--trials 10000] [--processes 8] [--runs 5] [--url postgresql://…]

Each process writes its part of the trials one by one, a transaction each, into one database; then the same through the log of
runs, whose thread writes what waits together. Training is measured with the log and without it, in turns, each in a process of
its own that has imported everything.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from litmus.events import Events
from litmus.store import Store
from litmus.store.trial_log import TrialLog

TRIAL = {"data": "adult", "status": "complete", "metric": "roc_auc", "score": 0.9273, "maximize": True, "cost": 3.2}


def write_one_by_one(home: str, url: str | None, run: str, count: int, gate: multiprocessing.Barrier) -> list[float]:
    store = Store(home, url=url)
    store.begin_run(run)
    gate.wait()
    seconds = []
    for number in range(count):
        begun = time.perf_counter()
        store.log_trial(run, {"name": f"T{number}", **TRIAL})
        seconds.append(time.perf_counter() - begun)
    return seconds


def write_by_log(home: str, url: str | None, run: str, count: int, gate: multiprocessing.Barrier) -> list[float]:
    """The time an event takes where it is emitted: what training sees of the log."""
    store = Store(home, url=url)
    store.begin_run(run)
    log = TrialLog(store, run)
    events = Events((log,))
    gate.wait()
    seconds = []
    for number in range(count):
        begun = time.perf_counter()
        events.emit("trial.finished", "", trial=f"T{number}", **TRIAL)
        seconds.append(time.perf_counter() - begun)
    log.close()
    assert not log.problem, log.problem
    return seconds


def _part(what, home, url, number, count, gate, answers) -> None:
    answers.put(what(home, url, f"{what.__name__}-{number}", count, gate))


def measure_writing(what, trials: int, processes: int, url: str | None) -> None:
    home = tempfile.mkdtemp()
    context = multiprocessing.get_context("spawn")
    gate, answers = context.Barrier(processes), context.Queue()
    count = trials // processes
    workers = [
        context.Process(target=_part, args=(what, home, url, number, count, gate, answers))
        for number in range(processes)
    ]
    for worker in workers:
        worker.start()
    seconds = np.concatenate([answers.get() for _ in workers])
    for worker in workers:
        worker.join()
    store = Store(home, url=url)
    kept = [store.run(f"{what.__name__}-{number}").trials for number in range(processes)]
    whole = sum({trial["name"] for trial in part} == {f"T{n}" for n in range(count)} for part in kept)
    print(
        f"{what.__name__}: {sum(map(len, kept)):,} of {count * processes:,} trials kept, {whole} of {processes} runs whole; "
        f"median {1e3 * np.median(seconds):.3f} ms, p99 {1e3 * np.quantile(seconds, 0.99):.2f} ms, "
        f"longest {1e3 * seconds.max():.1f} ms",
        flush=True,
    )


def measure_training(runs: int) -> None:
    """Seconds of a training of many short trials, with the log and without, in turns."""
    found: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(runs):
        for logged in (True, False):
            variables = {**os.environ, "LITMUS_HOME": tempfile.mkdtemp()}
            command = [sys.executable, __file__, "--train", "logged" if logged else "not logged"]
            done = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
            found[logged].append(float(done.stdout.strip().splitlines()[-1]))
    ratios = [with_log / without for with_log, without in zip(found[True], found[False], strict=True)]
    print(
        f"training: {statistics.median(found[True]):.2f} s with the log, {statistics.median(found[False]):.2f} s without; "
        f"median of the ratios of {runs} pairs {statistics.median(ratios):.4f}",
        flush=True,
    )


class NoLog:
    """In the place of the log: training as it was without."""

    problem = ""

    def __init__(self, store: Store, run_id: str, *, resumed: bool = False) -> None:
        pass

    def __call__(self, event: object) -> None:
        pass

    def close(self) -> None:
        pass


def train(logged: bool) -> None:
    import litmus
    import litmus.store.trial_log

    if not logged:
        litmus.store.trial_log.TrialLog = NoLog
    table = Path(__file__).resolve().parents[1] / "examples" / "adult" / "adult.csv.gz"
    options = {"target": "income", "algorithm": "LightGBM", "max_trials": 12, "search": "random", "callbacks": []}
    options |= {"ensemble": False, "k_fold": 3}
    litmus.train(table, target="income", algorithm="LinearModel", callbacks=[], k_fold=3)  # imports all, starts workers
    begun = time.perf_counter()
    litmus.train(table, **options)
    print(time.perf_counter() - begun)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--url", default=None)
    parser.add_argument("--train", default=None)
    asked = parser.parse_args()
    if asked.train is not None:
        train(asked.train == "logged")
        return
    measure_writing(write_one_by_one, asked.trials, asked.processes, asked.url)
    measure_writing(write_by_log, asked.trials, asked.processes, asked.url)
    if asked.runs:
        measure_training(asked.runs)


if __name__ == "__main__":
    main()
