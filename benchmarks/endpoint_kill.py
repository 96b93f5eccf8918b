"""What `kill -9` costs an endpoint under load: of a worker, of the process that forks workers, and of the supervisor.

    .venv/bin/python benchmarks/endpoint_kill.py [--rate 300] [--connections 16] [--kills 10]

The goals: only requests that the killed worker was working on fail, and it is back within 2 seconds.
"""

import argparse
import os
import signal
import statistics
import tempfile
import time
from pathlib import Path

import psutil
from endpoint_load import EndpointLoad

ADULT = Path(__file__).resolve().parents[1] / "examples" / "adult" / "adult.csv.gz"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float, default=300.0)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--kills", type=int, default=10)
    given = parser.parse_args()
    os.environ["LITMUS_HOME"] = tempfile.mkdtemp(prefix="litmus-endpoint-")
    import litmus
    from litmus.serve.counters import read_counters

    model = litmus.train(str(ADULT), target="income", algorithm="LightGBM", callbacks=[]).best
    begun = time.monotonic()
    endpoint = model.deploy("adult", workers=2)
    print(f"deployed from a model in memory, compiling included, in {time.monotonic() - begun:.1f} s")

    def processes():
        return [
            each for each in psutil.process_iter(["cmdline"]) if str(endpoint.folder) in (each.info["cmdline"] or [])
        ]

    def ready(slot, other_than):
        said = read_counters(endpoint.folder).workers.get(slot)
        return said is not None and said.pid != other_than and said.ready

    def until(condition):
        start = time.monotonic()
        while not condition():
            time.sleep(0.002)
        return time.monotonic() - start

    try:
        back, most = [], []
        with EndpointLoad(
            endpoint.url, endpoint.key, dict(model.sample), rate=given.rate, connections=given.connections
        ) as load:
            time.sleep(2)
            for number in range(given.kills):
                slot = number % 2
                said = read_counters(endpoint.folder).workers[slot]
                most.append(said.connections)
                load.mark(f"kill {number}")
                os.kill(said.pid, signal.SIGKILL)
                back.append(until(lambda slot=slot, pid=said.pid: ready(slot, pid)))
                time.sleep(11)  # longer than a worker must live for its death to count as the first
            workers = {each.pid for each in read_counters(endpoint.folder).workers.values()}
            forker = next(each for each in processes() if each.pid not in workers | {endpoint.state.pid})
            load.mark("forker")
            forker.kill()
            time.sleep(5)
            load.mark("after")
        print(f"{'kill -9 under load':34}{'requests':>10}{'failed':>8}{'its open connections':>22}{'back after s':>14}")
        for number in range(given.kills):
            each = load.found[f"kill {number}"]
            print(f"{'worker':34}{each['sent']:>10,}{len(each['failed']):>8}{most[number]:>22}{back[number]:>14.2f}")
        each = load.found["forker"]
        print(f"{'the process that forks workers':34}{each['sent']:>10,}{len(each['failed']):>8}")
        print(f"worker back: median {statistics.median(back):.2f} s, longest {max(back):.2f} s (goal: within 2 s)")
        os.kill(endpoint.state.pid, signal.SIGKILL)
        print(f"supervisor killed: nothing of it left after {until(lambda: not processes()):.2f} s")
        begun = time.monotonic()
        endpoint.start()
        print(
            f"started again in {time.monotonic() - begun:.2f} s; asked, it says {endpoint.predict(dict(model.sample))!r}"
        )
        begun = time.monotonic()
        endpoint.stop()
        print(f"stopped in {time.monotonic() - begun:.2f} s, processes left: {len(processes())}")
    finally:
        endpoint.delete()


if __name__ == "__main__":
    main()
