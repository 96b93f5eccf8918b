"""Requests that fail while an endpoint is updated under load, in every kind of rollout. The goal is 0.

    .venv/bin/python benchmarks/endpoint_update.py [--rate 300] [--connections 16] [--rounds 3]

Two workers serve Adult; a process of its own sends rows at the rate over connections that stay open.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

from endpoint_load import EndpointLoad, milliseconds

ADULT = Path(__file__).resolve().parents[1] / "examples" / "adult" / "adult.csv.gz"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float, default=300.0)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    os.environ["LITMUS_HOME"] = tempfile.mkdtemp(prefix="litmus-endpoint-")
    import litmus
    from litmus.endpoints import Alarm, AllAtOnce, Canary, Linear

    models = [
        litmus.train(str(ADULT), target="income", algorithm=name, callbacks=[]).best
        for name in ("LightGBM", "LinearModel")
    ]
    endpoint = models[0].deploy("adult", workers=2)

    def updates(rollout, alarms=()):
        for number in range(given.rounds):
            assert endpoint.update(models[(number + 1) % 2], rollout=rollout, alarms=alarms).wait() == "finished"

    def taken_back():
        for _ in range(given.rounds):
            update = endpoint.update(models[1], rollout=Canary(50, bake="10m"), alarms=[Alarm(p99="1us")])
            assert update.wait() == "rolled back"

    def shared():
        endpoint.variants({"a": (models[0], 0.5), "b": (models[1], 0.5)})
        endpoint.shadow(models[1])
        time.sleep(2)
        endpoint.unshadow()
        endpoint.update(models[0]).wait()

    def scaled():
        for workers in (4, 1, 3, 2):
            endpoint.scale(workers)
            time.sleep(3)

    work = {
        "all at once": lambda: updates(AllAtOnce()),
        "canary, 10 % then all": lambda: updates(Canary(10, bake="1s"), [Alarm(error_rate=0.01)]),
        "linear, steps of 25 %": lambda: updates(Linear(25, every="0.5s")),
        "taken back by an alarm": taken_back,
        "variants, a shadow, back": shared,
        "workers 2, 4, 1, 3, 2": scaled,
    }
    try:
        row = dict(models[0].sample)
        with EndpointLoad(endpoint.url, endpoint.key, row, rate=given.rate, connections=given.connections) as load:
            time.sleep(3)
            took = {}
            for name, do in work.items():
                load.mark(name)
                begun = time.monotonic()
                do()
                time.sleep(1)
                took[name] = time.monotonic() - begun
                load.mark("between")
        print(
            f"{'under load':28}{'requests':>10}{'a second':>10}{'failed':>8}{'p50 ms':>9}{'p99 ms':>9}{'worst ms':>10}"
        )
        for name in ("before", *work):
            each = load.found[name]
            rate = f"{each['sent'] / took[name]:.0f}" if name in took else ""
            p50, p99, worst = (milliseconds(each["seconds"], share) for share in (0.5, 0.99, 1.0))
            print(f"{name:28}{each['sent']:>10,}{rate:>10}{len(each['failed']):>8}{p50:>9.2f}{p99:>9.2f}{worst:>10.1f}")
            if each["failed"]:
                print("   ", sorted(set(each["failed"])))
    finally:
        endpoint.delete()


if __name__ == "__main__":
    main()
