"""What stopping hopeless trials early buys: configurations tried in the same time, and the best score found.

usage: fold_stopping.py [--seconds 40] [--seeds 2] [--tables NAME…]

Random search around LightGBM with and without it, one after the other, no ensemble, 10 folds. Tables not in the project are
read from beside it and left out when absent.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from tables import TABLES, read

import litmus

NAMES = ["phoneme", "telco_churn", "abalone", "german_credit"]


def measure(name: str, seconds: float, seed: int, *, stopping: bool) -> dict[str, Any]:
    """One search."""
    frame = read(name)
    target, _ = TABLES[name]
    run = litmus.train(
        frame, target=target, algorithm=["LightGBM"], search="random", time_limit=seconds, seed=seed, k_fold=10,
        stop_folds_early=stopping, ensemble=False, callbacks=[],
    )  # fmt: skip
    best = run.leaderboard.best()
    score = best.score(run.leaderboard.objectives[best.data])
    test = best.score(run.leaderboard.objectives[best.data], "test")
    tried = sum(trial.status in ("complete", "stopped") and trial.algorithm != "Baseline" for trial in run.leaderboard)
    return {"tried": tried, "score": score.value, "test": test.value, "maximize": score.maximize}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=40)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--tables", nargs="*", default=NAMES)
    given = parser.parse_args()
    print("| table | seed | tried, all folds | tried, stopping | ratio | best, all folds | best, stopping | gain % |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    ratios, gains = [], []
    for name in [name for name in given.tables if read(name) is not None]:
        for seed in range(given.seeds):
            without = measure(name, given.seconds, seed, stopping=False)
            with_it = measure(name, given.seconds, seed, stopping=True)
            ratio = with_it["tried"] / max(without["tried"], 1)
            sign = 1 if with_it["maximize"] else -1
            gain = 100 * sign * (with_it["score"] - without["score"]) / abs(without["score"])
            ratios.append(ratio)
            gains.append(gain)
            print(
                f"| {name} | {seed} | {without['tried']} | {with_it['tried']} | {ratio:.2f} | {without['score']:.5g} "
                f"| {with_it['score']:.5g} | {gain:+.3f} |",
                flush=True,
            )
    print(f"\nmedian ratio {np.median(ratios):.2f}, mean gain {np.mean(gains):+.3f} %")


if __name__ == "__main__":
    main()
