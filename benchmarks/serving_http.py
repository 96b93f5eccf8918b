"""One row over HTTP, many connections, several workers and overload: Litmus beside the servers that do the same.

Adult with bagged LightGBM (5 folds of 200 trees). A bare Starlette application serves the same compiled model; FastAPI, BentoML,
LitServe and `mlflow models serve` serve one LightGBM of 200 trees by hand, a fifth of that. Load comes over loopback from
processes of its own; rounds of all servers alternate and the best of each counts, as other work on the machine only slows down.

    sh benchmarks/peers/make serving && python benchmarks/serving_http.py [--parts table,workers,overload] [--seconds 2]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import serving_load
import tables

HERE = Path(__file__).resolve().parent
PEERS = HERE / ".envs" / "serving" / "bin"
SOURCE = HERE.parent / "src"

_FORKING = """
import os, socket, sys, time
from litmus.serve.worker import run_worker
from litmus.serve.service import open_service
import gc
service = open_service(sys.argv[1])
gc.collect(); gc.freeze()
listener = socket.socket(fileno=int(sys.argv[2]))
children = []
for slot in range(int(sys.argv[3])):
    pid = os.fork()
    if pid == 0:
        run_worker(sys.argv[1], slot, listener, service=service)
        os._exit(0)
    children.append(pid)
print(*children, flush=True)
for pid in children:
    os.waitpid(pid, 0)
"""


def train(folder: Path) -> tuple[Path, list[dict[str, Any]]]:
    import litmus

    os.environ["LITMUS_HOME"] = f"{folder}/store"
    table = tables.read("adult")
    algorithm = litmus.LightGBM().hyperparams(n_estimators=200)
    run = litmus.train(table, target="income", algorithm=algorithm, ensemble=False, callbacks=[])
    rows = json.loads(table.drop(columns="income").sample(200, random_state=0).to_json(orient="records"))
    return Path(run.best.save(folder / "adult.litmus")), rows


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextlib.contextmanager
def process(command: list[str], *, answers_on: int | None = None, **options: Any) -> Iterator[subprocess.Popen]:
    with tempfile.TemporaryFile() as said:
        options.setdefault("stdout", said)
        started = subprocess.Popen(command, stderr=said, start_new_session=True, **options)
        try:
            if answers_on is not None:
                wait_for(started, answers_on, said)
            yield started
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(started.pid, signal.SIGTERM)
            try:
                started.wait(timeout=15)
            except subprocess.TimeoutExpired:
                os.killpg(started.pid, signal.SIGKILL)
                started.wait()


def wait_for(started: subprocess.Popen, port: int, said: Any) -> None:
    for _ in range(600):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        if started.poll() is not None:
            break
        time.sleep(0.1)
    said.seek(0)
    raise RuntimeError(said.read().decode()[-2000:])


def servers(
    folder: Path, bundle: Path, rows: list[dict[str, Any]], stack: contextlib.ExitStack
) -> dict[str, tuple[int, int, list[bytes]]]:
    """Name → process, port, requests; those that are installed, all running."""
    found: dict[str, tuple[int, int, list[bytes]]] = {}

    def requests(path: str = "/predict", wrap: Any = lambda row: row, **headers: str) -> list[bytes]:
        return [serving_load.request_of(json.dumps(wrap(row)).encode(), path, headers) for row in rows]

    command = [sys.executable, "-m", "litmus.serve", str(bundle), "--port", "0", "--json"]
    litmus = stack.enter_context(process(command, stdout=subprocess.PIPE, text=True))
    told = json.loads(litmus.stdout.readline())
    port = int(told["url"].rsplit(":", 1)[1])
    found["Litmus"] = (litmus.pid, port, requests(Authorization=f"Bearer {told['key']}"))
    if not PEERS.exists():
        return found
    python, apps = str(PEERS / "python"), str(HERE / "peers" / "serving_apps.py")
    subprocess.run([python, apps, "model", str(folder)], check=True, capture_output=True)
    plain = {**os.environ, "PYTHONPATH": str(SOURCE), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    commands: dict[str, tuple[list[str], list[bytes]]] = {
        "Starlette, same model": ([python, apps, "starlette", str(folder), "PORT", str(bundle)], requests()),
        "FastAPI by hand": ([python, apps, "fastapi", str(folder), "PORT"], requests(wrap=lambda row: {name.replace("-", "_"): value for name, value in row.items()})),
        "BentoML": ([str(PEERS / "bentoml"), "serve", "serving_bentoml:Adult", "--port", "PORT", "--host", "127.0.0.1"], requests(wrap=lambda row: {"row": row})),
        "LitServe": ([python, str(HERE / "peers" / "serving_litserve.py"), "PORT"], requests()),
        "mlflow models serve": ([str(PEERS / "mlflow"), "models", "serve", "-m", str(folder / "mlflow"), "--env-manager", "local", "-p", "PORT", "-w", "1"],
                                requests("/invocations", lambda row: {"dataframe_records": [row]})),
    }  # fmt: skip
    path = f"{PEERS}{os.pathsep}{os.environ['PATH']}"
    for name, (started, asked) in commands.items():
        port = free_port()
        words = [str(port) if word == "PORT" else word for word in started]
        options = {"cwd": HERE / "peers", "env": {**plain, "SERVING_FOLDER": str(folder), "PATH": path}}
        try:
            running = stack.enter_context(process(words, answers_on=port, **options))
        except RuntimeError as error:
            print(f"{name} did not start: {str(error).splitlines()[-1]}")
            continue
        found[name] = (running.pid, port, asked)
    return found


def processor_seconds(pid: int) -> float:
    parent = psutil.Process(pid)
    return sum(sum(each.cpu_times()[:2]) for each in [parent, *parent.children(recursive=True)])


def print_table(folder: Path, bundle: Path, rows: list[dict[str, Any]], seconds: float, rounds: int) -> None:
    with contextlib.ExitStack() as stack:
        running = servers(folder, bundle, rows, stack)
        measured: dict[str, list[tuple[float, ...]]] = {name: [] for name in running}
        for turn in range(rounds + 1):
            for name, (pid, port, requests) in running.items():
                one = serving_load.one_after_the_other(("127.0.0.1", port), requests, seconds)
                before = processor_seconds(pid)
                many = serving_load.ask(("127.0.0.1", port), requests, seconds=seconds)
                spent = (processor_seconds(pid) - before) / len(many["times"]) * 1e6
                wrong = {*one["statuses"], *many["statuses"]} - {200}
                if wrong or many["failed"]:
                    raise RuntimeError(f"{name} answered {wrong}, and {many['failed']} requests not at all")
                p50, p99 = np.percentile(one["times"], [50, 99]) * 1e3
                if turn:  # the first warms up
                    measured[name].append((p50, p99, len(one["times"]) / seconds, many["rate"], spent))
    print(f"\n{'':22} one connection: p50      p99   rate/s   32 connections: rate/s   processor time a request")
    best = {
        name: tuple((max if part in (2, 3) else min)(each[part] for each in found) for part in range(5))
        for name, found in measured.items()
    }
    for name, (p50, p99, alone, rate, spent) in best.items():
        print(f"{name:22} {p50:17.3f} ms {p99:6.2f} ms {alone:8,.0f} {rate:24,.0f} {spent:23,.0f} µs")
    ours = best["Litmus"]
    for name, each in best.items():
        if name != "Litmus":
            print(f"Litmus beside {name}: p50 1/{each[0] / ours[0]:.1f}, one connection {ours[2] / each[2]:.1f}x, "
                  f"32 connections {ours[3] / each[3]:.2f}x, per core {each[4] / ours[4]:.2f}x")  # fmt: skip


@contextlib.contextmanager
def workers(folder: Path, bundle: Path, count: int, **limits: Any) -> Iterator[tuple[int, list[int]]]:
    from litmus.serve.address import listen
    from litmus.serve.config import LimitsConfig, ServiceConfig, VariantConfig, save_config
    from litmus.serve.counters import read_counters

    home = folder / f"workers{count}"
    home.mkdir(exist_ok=True)
    variants = [VariantConfig("main", str(bundle), "adult-1")]
    limited = LimitsConfig(**limits)
    save_config(ServiceConfig("adult", 1, variants=variants, limits=limited, require_key=False), home)
    with listen("127.0.0.1", 0) as listener:
        command = [sys.executable, "-c", _FORKING, str(home), str(listener.fileno()), str(count)]
        options = {"env": {**os.environ, "OPENBLAS_NUM_THREADS": "1"}, "pass_fds": [listener.fileno()]}
        with process(command, stdout=subprocess.PIPE, text=True, **options) as parent:
            pids = [int(word) for word in parent.stdout.readline().split()]
            while sum(each.ready for each in read_counters(home).workers.values()) < count:
                time.sleep(0.1)
            yield listener.getsockname()[1], pids


def print_workers(folder: Path, bundle: Path, rows: list[dict[str, Any]], seconds: float, rounds: int) -> None:
    requests = [serving_load.request_of(json.dumps(row).encode(), "/predict", {}) for row in rows]
    rates: dict[int, list[float]] = {1: [], 2: [], 4: []}
    for _ in range(rounds):
        for count, found in rates.items():
            with workers(folder, bundle, count) as (port, pids):
                serving_load.ask(("127.0.0.1", port), requests, connections=64, seconds=0.5, processes=2)
                before = np.array(list(map(processor_seconds, pids)))
                many = serving_load.ask(("127.0.0.1", port), requests, connections=64, seconds=seconds, processes=2)
                each_spent = np.array(list(map(processor_seconds, pids))) - before
                spent = each_spent.sum()
                found.append(many["rate"])
                memory = [psutil.Process(pid).memory_full_info() for pid in pids]
                print(f"{count} workers: {many['rate']:8,.0f} requests a second, {spent / many['seconds']:.2f} cores used by them, "
                      f"{spent / len(many['times']) * 1e6:.0f} µs a request, the busiest {each_spent.max() / spent:.0%} of it; "
                      f"memory of one: {np.mean([each.uss for each in memory]) / 1e6:.1f} MB of its own, "
                      f"{np.mean([each.pss for each in memory]) / 1e6:.1f} MB with its part of what is shared")  # fmt: skip
    print(f"4 workers beside 1: {max(rates[4]) / max(rates[1]):.2f}x, 2 beside 1: {max(rates[2]) / max(rates[1]):.2f}x")


def print_overload(name: str, address: tuple[str, int], pid: int, requests: list[bytes], seconds: float) -> None:
    """Five times what it can answer, beside a twentieth of that before and after; times are from when a request was sent.

    Load comes from two processes with a core each, which no other process of the benchmark is on: otherwise they would measure
    how long they wait for a core themselves. How late they sent, and how busy they were, is said beside the times.
    """
    every = sorted(os.sched_getaffinity(0))
    cores = every[-2:] if len(every) > 2 else None
    if cores is not None:
        for each in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
            for thread in each.threads():
                os.sched_setaffinity(thread.id, every[:-2])
    light = {"connections": 64, "seconds": 10.0, "processes": 2, "cores": cores}
    busy = serving_load.ask(address, requests, seconds=3.0, cores=cores)
    capacity = float(np.sum(busy["statuses"] == 200)) / busy["seconds"]
    idle = serving_load.ask(address, requests, rate=capacity / 20, **light)
    memory = psutil.Process(pid).memory_info().rss
    found = serving_load.ask(address, requests, rate=5 * capacity, **{**light, "connections": 960, "seconds": seconds})
    grown = psutil.Process(pid).memory_info().rss - memory
    after = serving_load.ask(address, requests, rate=capacity / 20, **light)
    if set(idle["statuses"]) != {200}:
        raise RuntimeError("requests were turned down without overload")
    accepted, refused = (found["times"][found["statuses"] == status] for status in (200, 503))
    others = set(np.unique(found["statuses"])) - {200, 503}
    idle_p99 = np.percentile(idle["times"], 99) * 1e3
    print(f"\n{name}: capacity {capacity:,.0f}/s, asked {5 * capacity:,.0f}/s for {seconds:.0f} s: answered {len(accepted) / seconds:,.0f}/s, "
          f"refused {len(refused) / seconds:,.0f}/s, not sent for want of a connection {found['unsent'] / seconds:,.0f}/s, "
          f"failed {found['failed']}, other statuses {others or 'none'}; memory grew by {grown / 1e6:.1f} MB; "
          f"load was sent {np.percentile(found['late'], 99) * 1e3:.2f} ms late (p99) by processes that were busy for {found['busy']:.0%}")  # fmt: skip
    for kind, times in (
        ("idle", idle["times"]),
        ("accepted", accepted),
        ("refused", refused),
        ("idle again", after["times"]),
    ):
        if len(times):
            p50, p99 = np.percentile(times, [50, 99]) * 1e3
            print(f"  {kind:10} p50 {p50:7.2f} ms  p99 {p99:7.2f} ms  ({p99 / idle_p99:.1f} times the idle p99)  longest {times.max() * 1e3:.0f} ms")  # fmt: skip


def print_overloads(folder: Path, bundle: Path, rows: list[dict[str, Any]], seconds: float) -> None:
    requests = [serving_load.request_of(json.dumps(row).encode(), "/predict", {}) for row in rows]
    with workers(folder, bundle, 1) as (port, pids):
        print_overload("Adult", ("127.0.0.1", port), pids[0], requests, seconds)
    slow = [sys.executable, str(HERE.parent / "tests" / "serve" / "batch_served.py"), json.dumps({"seconds": 0.005})]
    with process(slow, stdout=subprocess.PIPE, text=True) as started:
        port = int(started.stdout.readline())
        requests = [serving_load.request_of(b'{"age": 39}', "/predict", {})]
        print_overload("a model that takes 5 ms", ("127.0.0.1", port), started.pid, requests, seconds)


def main() -> None:
    given = argparse.ArgumentParser()
    given.add_argument("--parts", default="table,workers,overload")
    given.add_argument("--seconds", type=float, default=2.0)
    given.add_argument("--rounds", type=int, default=3)
    given.add_argument("--overload-seconds", type=float, default=60.0)
    given.add_argument("--bundle", type=Path, help="of Adult, from a run before; trained when left out")
    options = given.parse_args()
    os.environ.setdefault("PYTHONPATH", str(SOURCE))
    print(f"load on this machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.bundle:
            bundle = options.bundle
            rows = json.loads(
                tables.read("adult").drop(columns="income").sample(200, random_state=0).to_json(orient="records")
            )
        else:
            bundle, rows = train(folder)
        parts = options.parts.split(",")
        if "table" in parts:
            print_table(folder, bundle, rows, options.seconds, options.rounds)
        if "workers" in parts:
            print_workers(folder, bundle, rows, options.seconds, options.rounds)
        if "overload" in parts:
            print_overloads(folder, bundle, rows, options.overload_seconds)
    print(f"load on this machine after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
