"""What stopping hopeless trials early buys: configurations tried in the same time, and the best score found.

usage: fold_stopping.py [--seconds 40] [--seeds 2] [--rows 2000] [--tables NAME…]

Random search around LightGBM with and without it, one after the other, no ensemble, 10 folds, one core. Time is CPU seconds of the
program, which other work on the machine hardly changes. Tables not in the project are read from beside it and left out when absent.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import time
from typing import Any

import numpy as np
from tables import TABLES, read

import litmus

NAMES = ["phoneme", "telco_churn", "abalone", "german_credit", "concrete", "california_housing"]
MANY = 10_000
"""Configurations, more than there is time for."""


class Enough(Exception):
    """Ends a search from its callback."""


def measure(name: str, seconds: float, seed: int, rows: int, *, stopping: bool) -> dict[str, Any]:
    """One search: trials that ended, and the best score of those with all folds, larger is better."""
    frame, target = read(name), TABLES[name][0]
    frame = frame.sample(min(len(frame), rows), random_state=0).reset_index(drop=True)
    tried, best, started = 0, -math.inf, 0.0

    def watch(event: Any) -> None:
        nonlocal tried, best, started
        if event.kind == "run.started":
            started = time.process_time()
        if event.kind == "trial.finished" and event.values["trial"] != "Baseline":
            if time.process_time() - started > seconds:
                raise Enough
            tried += event.values["status"] in ("complete", "stopped")
            if event.values["status"] == "complete" and event.values["score"] is not None:
                best = max(best, event.values["score"] * (1 if event.values["maximize"] else -1))

    with contextlib.suppress(Enough):
        litmus.train(
            frame, target=target, algorithm=["LightGBM"], search="random", max_trials=MANY, seed=seed, k_fold=10,
            stop_folds_early=stopping, ensemble=False, executor="in_process", resources={"train": {"cpus": 1}},
            callbacks=[watch],
        )  # fmt: skip
    return {"tried": tried, "score": best}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=40)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--tables", nargs="*", default=NAMES)
    given = parser.parse_args()
    print("| table | seed | tried, all folds | tried, stopping | ratio | best, all folds | best, stopping | gain % |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    ratios, gains = [], []
    for name in [name for name in given.tables if read(name) is not None]:
        for seed in range(given.seeds):
            without = measure(name, given.seconds, seed, given.rows, stopping=False)
            with_it = measure(name, given.seconds, seed, given.rows, stopping=True)
            ratio = with_it["tried"] / max(without["tried"], 1)
            gain = 100 * (with_it["score"] - without["score"]) / abs(without["score"])
            ratios.append(ratio)
            gains.append(gain)
            print(
                f"| {name} | {seed} | {without['tried']} | {with_it['tried']} | {ratio:.2f} | {abs(without['score']):.5g} "
                f"| {abs(with_it['score']):.5g} | {gain:+.3f} |",
                flush=True,
            )
    print(f"\nmean ratio {np.mean(ratios):.2f}, mean gain {np.mean(gains):+.3f} %")


if __name__ == "__main__":
    main()
