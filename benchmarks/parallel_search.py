"""A search of 20 trials in 5 folds on all cores against one worker: the same leaderboard, in how much of the time.

usage: parallel_search.py [--workers 4] [--rounds 1]
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from tables import TABLES, read

import litmus


def measure(workers: int) -> tuple[float, list[float]]:
    """Seconds of a search with so many workers, and its scores in the order of the leaderboard."""
    frame = read("adult")
    started = time.perf_counter()
    run = litmus.train(
        frame, target=TABLES["adult"][0], algorithm=["LightGBM", "XGBoost"], search="random", max_trials=20, ensemble=False,
        stop_folds_early=False, callbacks=[], resources={"train": {"cpus": workers, "workers": workers}},
    )  # fmt: skip
    seconds = time.perf_counter() - started
    return seconds, [trial.score("roc_auc").value for trial in run.leaderboard if trial.score("roc_auc") is not None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=1)
    given = parser.parse_args()
    ratios = []
    for _ in range(given.rounds):
        many, scores = measure(given.workers)
        alone, same = measure(1)
        ratios.append(alone / many)
        equal = np.array_equal(np.asarray(scores), np.asarray(same))
        print(
            f"1 worker {alone:.1f} s, {given.workers} workers {many:.1f} s: {ratios[-1]:.2f} times; same scores: {equal}",
            flush=True,
        )
    print(f"median {np.median(ratios):.2f}")


if __name__ == "__main__":
    main()
