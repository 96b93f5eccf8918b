"""Kill the process that answers asynchronous requests again and again: what is lost, what is done twice, and how fast it is.

Prints: requests lost (goal: 0), requests done twice (goal: 0), requests taken and answered a second.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

import litmus
from litmus.asynchronous import Queue, waiting
from litmus.serve.config import AsynchronousConfig, ServiceConfig, VariantConfig, save_config

REQUESTS = 1_000
KILLS = 5


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        measure(Path(place))


def measure(folder: Path) -> None:
    age = np.random.default_rng(0).integers(18, 80, 1_000)
    frame = pd.DataFrame({"age": age, "bought": np.where(age > 50, "yes", "no")})
    model = litmus.train(frame, target="bought", algorithm="LinearModel", callbacks=[], executor="in_process").best
    model.save(folder / "m.litmus")
    variants = [VariantConfig("main", "m.litmus", "m-1")]
    save_config(ServiceConfig("queue", 1, variants=variants, asynchronous=AsynchronousConfig(workers=1)), folder)
    queue = Queue(folder)
    started = time.perf_counter()
    ids = [
        queue.submit(json.dumps({"age": 18 + n % 60}).encode(), content_type="application/json").id
        for n in range(REQUESTS)
    ]
    print(f"taken: {REQUESTS / (time.perf_counter() - started):,.0f} requests a second")
    log = sqlite3.connect(folder / "queue.sqlite", timeout=60)
    log.execute("CREATE TABLE ends (id TEXT)")
    log.execute(
        "CREATE TRIGGER ended AFTER UPDATE OF status ON jobs WHEN NEW.status = 'done' BEGIN INSERT INTO ends VALUES (NEW.id); END"
    )
    log.commit()
    for number in range(KILLS):
        before = waiting(folder)
        process = start(folder)
        while waiting(folder) > before - 50 - 10 * number:
            time.sleep(0.002)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    left = waiting(folder)
    process = start(folder)
    while waiting(folder) == left:  # until it has started
        time.sleep(0.002)
    started = time.perf_counter()
    while waiting(folder):
        time.sleep(0.002)
    print(f"answered: {left / (time.perf_counter() - started):,.0f} requests a second, one process")
    process.wait()
    ended = Counter(identity for (identity,) in log.execute("SELECT id FROM ends"))
    log.close()
    results = [path.name for path in (folder / "results").iterdir()]
    print(f"killed {KILLS} times: lost {len(set(ids) - set(results))}, done twice {sum(n > 1 for n in ended.values())}, "
          f"results without a request {len(set(results) - set(ids))}")  # fmt: skip


def start(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "litmus.asynchronous", str(folder), "--idle", "1"])


if __name__ == "__main__":
    main()
