"""500 bundles behind one address with memory for 50: do all answer, and what does a loaded one take beside a single model?

Prints: models that answered (goal: 500), the median and 99th percentile of one row for loaded models and for a server of one
model, asked in turns (goal: 99th percentile within 2 times), the first answer of a model that has to be loaded, and the
server's memory beside what it counted.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import psutil

import litmus
import litmus.runtime
from litmus.serve.address import listen
from litmus.serve.config import ManyModelsConfig, ServiceConfig, VariantConfig, save_config
from litmus.serve.counters import read_counters
from litmus.serve.memory_of import memory_of

MODELS, LOADED, WARM = 500, 50, 40
ROUNDS, ASKED = 40, 200


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        measure(Path(place))


def measure(folder: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(4_000, 12)), columns=[f"c{n}" for n in range(12)])
    frame["bought"] = np.where(frame["c0"] * frame["c1"] > 0, "yes", "no")
    model = litmus.train(
        frame,
        target="bought",
        algorithm=litmus.LightGBM().hyperparams(n_estimators=40),
        k_fold=2,
        callbacks=[],
        executor="in_process",
    ).best
    model.save(folder / "one.litmus")
    (folder / "models").mkdir()
    for number in range(MODELS):
        shutil.copy(folder / "one.litmus", folder / "models" / f"m{number:03d}.litmus")
    size = memory_of(litmus.runtime.load(folder / "one.litmus"), folder / "one.litmus")
    row = json.dumps({name: float(value) for name, value in frame.drop(columns="bought").iloc[0].items()})
    many = Server(folder, "many", many_models=ManyModelsConfig(str(folder / "models"), LOADED * size + size // 2))
    before = many.memory()
    first = np.array([many.ask(row, 1, f"m{number:03d}")[0] for number in range(MODELS)])
    print(
        f"answered: {len(first)} of {MODELS} models; the first answer of each: median {np.median(first) * 1e3:,.0f} ms"
    )
    grown = many.memory() - before
    print(
        f"memory: {grown / 1e6:,.0f} MB more, {LOADED} models of {size / 1e6:.2f} MB are {LOADED * size / 1e6:,.0f} MB"
    )
    single = Server(folder, "single", variants=[VariantConfig("main", str(folder / "one.litmus"), "m-1")])
    names = [f"m{number:03d}" for number in range(MODELS - WARM, MODELS)]
    times: dict[str, list[float]] = {"many": [], "single": []}
    for turn in range(ROUNDS):
        for name in ("many", "single") if turn % 2 else ("single", "many"):
            if name == "single":
                times[name] += single.ask(row, ASKED)
            else:
                for place in range(ASKED):
                    times[name] += many.ask(row, 1, names[(turn * ASKED + place) % WARM])
    quantiles = {name: np.quantile(taken[ASKED:], [0.5, 0.99]) * 1e6 for name, taken in times.items()}
    for name, (p50, p99) in quantiles.items():
        print(f"{name}: p50 {p50:,.0f} µs, p99 {p99:,.0f} µs")
    ratios = quantiles["many"] / quantiles["single"]
    print(f"loaded ones of many / a single model: p50 {ratios[0]:.2f}, p99 {ratios[1]:.2f} times")
    many.stop()
    single.stop()


class Server:
    def __init__(self, home: Path, name: str, **config: object) -> None:
        folder = home / name
        folder.mkdir()
        save_config(ServiceConfig(name, 1, require_key=False, **config), folder)
        self._listener = listen("127.0.0.1", 0)
        descriptor = self._listener.fileno()
        command = [sys.executable, "-m", "litmus.serve", "--config", str(folder), "--slot", "0", "--listen-fd"]
        self._process = subprocess.Popen([*command, str(descriptor)], pass_fds=[descriptor])
        while not any(worker.ready for worker in read_counters(folder).workers.values()):
            time.sleep(0.05)
        self._connection = socket.create_connection(self._listener.getsockname())
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def memory(self) -> int:
        return psutil.Process(self._process.pid).memory_info().rss

    def ask(self, row: str, count: int, target: str = "") -> list[float]:
        named = f"X-Litmus-Target: {target}\r\n" if target else ""
        head = f"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n{named}Content-Length: {len(row)}\r\n\r\n"
        request, taken = (head + row).encode(), []
        for _ in range(count):
            started = time.perf_counter()
            self._connection.sendall(request)
            answer = self._connection.recv(65536)
            taken.append(time.perf_counter() - started)
            assert answer.startswith(b"HTTP/1.1 200"), answer
        return taken

    def stop(self) -> None:
        self._connection.close()
        self._process.terminate()
        self._process.wait()
        self._listener.close()


if __name__ == "__main__":
    main()
