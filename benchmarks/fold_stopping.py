"""What stopping hopeless trials early buys: what the same configurations cost with it and without, and the best score found.

usage: fold_stopping.py [--trials 40] [--seeds 2] [--rows 2000] [--tables NAME…]

Random search around LightGBM, no ensemble, 10 folds, one core. Its draws do not depend on results, so that both runs of a seed try
the same configurations; the ratio of the CPU seconds, which other work on the machine hardly changes, is how many more there would
be in the same time. The gain is of the run that stops, in which fewer trials are complete, over the other at equal configurations.
Tables not in the project are read from beside it and left out when absent.
"""

from __future__ import annotations

import argparse
import math
import time
from typing import Any

import numpy as np
from tables import TABLES, read

import litmus

NAMES = ["phoneme", "telco_churn", "abalone", "german_credit", "concrete", "california_housing"]


def measure(name: str, trials: int, seed: int, rows: int, *, stopping: bool) -> tuple[float, float, float]:
    """One search: CPU seconds, the best score (larger is better), and the share of folds that were fitted."""
    frame, target = read(name), TABLES[name][0]
    frame = frame.sample(min(len(frame), rows), random_state=0).reset_index(drop=True)
    began, folds = 0.0, 0

    def watch(event: Any) -> None:
        nonlocal began, folds
        began = time.process_time() if event.kind == "run.started" else began
        folds += event.kind == "fold.finished"

    run = litmus.train(
        frame, target=target, algorithm=["LightGBM"], search="random", max_trials=trials, seed=seed, k_fold=10,
        stop_folds_early=stopping, ensemble=False, executor="in_process", resources={"train": {"cpus": 1}},
        callbacks=[watch],
    )  # fmt: skip
    seconds = time.process_time() - began
    found = run.leaderboard.best().score(next(iter(run.leaderboard.objectives.values())))
    best = -math.inf if found is None else found.value * (1 if found.maximize else -1)
    return seconds, best, folds / (10 * (trials + 1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--tables", nargs="*", default=NAMES)
    given = parser.parse_args()
    print(
        "| table | seed | seconds, all folds | seconds, stopping | ratio | folds fitted | best, all folds | best, stopping | gain % |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    ratios, gains = [], []
    for name in [name for name in given.tables if read(name) is not None]:
        for seed in range(given.seeds):
            whole, best, _ = measure(name, given.trials, seed, given.rows, stopping=False)
            part, found, folds = measure(name, given.trials, seed, given.rows, stopping=True)
            gain = 100 * (found - best) / abs(best)
            ratios.append(whole / part)
            gains.append(gain)
            print(
                f"| {name} | {seed} | {whole:.0f} | {part:.0f} | {whole / part:.2f} | {folds:.0%} | {abs(best):.5g} "
                f"| {abs(found):.5g} | {gain:+.3f} |",
                flush=True,
            )
    print(f"\nmean ratio {np.mean(ratios):.2f}, mean gain {np.mean(gains):+.3f} %")


if __name__ == "__main__":
    main()
