"""What capturing every request costs those who ask: one row over HTTP, with and without capture, in turns.

Prints the median and the 99th percentile of both, and what one call of the recorder takes.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

import litmus
import litmus.runtime
from litmus.capture import CaptureRecorder, losses
from litmus.serve.address import listen
from litmus.serve.config import CaptureConfig, ServiceConfig, VariantConfig, save_config
from litmus.serve.counters import read_counters

ROUNDS, ASKED = 40, 250


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        measure(Path(place))


def measure(folder: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(2_000, 12)), columns=[f"c{n}" for n in range(12)])
    frame["bought"] = np.where(frame["c0"] > 0, "yes", "no")
    model = litmus.train(frame, target="bought", algorithm="LightGBM", callbacks=[], executor="in_process").best
    model.save(folder / "m.litmus")
    row = json.dumps({name: float(value) for name, value in frame.drop(columns="bought").iloc[0].items()})
    capture = CaptureConfig(share=1.0, max_bytes=10**9, masked=["c3"])
    servers = {name: Server(folder, name, given) for name, given in (("without", None), ("with", capture))}
    times: dict[str, list[float]] = {name: [] for name in servers}
    for turn in range(ROUNDS):
        for name in servers if turn % 2 else reversed(servers):
            times[name] += servers[name].ask(row, ASKED)
    for name, taken in times.items():
        p50, p99 = np.quantile(taken[ASKED:], [0.5, 0.99]) * 1e6
        print(f"{name} capture: p50 {p50:,.0f} µs, p99 {p99:,.0f} µs ({len(taken):,} requests)")
    ratio = np.median(times["with"]) / np.median(times["without"])
    print(f"median with capture / without: {ratio:.3f}")
    for server in servers.values():
        server.stop()
    print(f"captured: {losses(folder / 'with')}")
    recorder = CaptureRecorder(folder, share=1.0, max_bytes=10**9)
    rows, answers = [json.loads(row)], litmus.runtime.load(folder / "m.litmus").answer(json.loads(row))
    started = time.perf_counter()
    for _ in range(10_000):
        recorder.record("id", "main", "m-1", rows=rows, answers=answers, seconds=0.1)
    print(f"one call of record(): {(time.perf_counter() - started) / 10_000 * 1e6:.2f} µs")


class Server:
    def __init__(self, home: Path, name: str, capture: CaptureConfig | None) -> None:
        folder = home / name
        folder.mkdir()
        variants = [VariantConfig("main", str(home / "m.litmus"), "m-1")]
        save_config(ServiceConfig(name, 1, variants=variants, capture=capture, require_key=False), folder)
        self._listener = listen("127.0.0.1", 0)
        descriptor = self._listener.fileno()
        command = [sys.executable, "-m", "litmus.serve", "--config", str(folder), "--slot", "0", "--listen-fd"]
        self._process = subprocess.Popen([*command, str(descriptor)], pass_fds=[descriptor])
        while not any(worker.ready for worker in read_counters(folder).workers.values()):
            time.sleep(0.05)
        self._connection = socket.create_connection(self._listener.getsockname())
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, row: str, count: int) -> list[float]:
        head = (
            f"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {len(row)}\r\n\r\n"
        )
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
