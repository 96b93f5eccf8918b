"""How far the cheap estimate of a model's p99 over HTTP is from the simulated one, for models of different algorithms.

Each model is trained on 5,000 rows of a table and saved; the estimate times the compiled model in this process for half a
second and adds the cost of HTTP measured once for the table; the simulation runs the real server and sends it one row at a
time. Both see the same 200 rows. Goal: within 25 % for 90 % of the models. A p99 on a machine with other work is
itself unsure: the p99 of two simulations of the same model is compared too, in the column "again".

Run: python benchmarks/simulate_error.py [--duration 4s] [--tables adult,german_credit]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

import pandas as pd
from tables import TABLES, read

import litmus
import litmus.runtime
from litmus.simulate import estimate, measure_http, simulate

ALGORITHMS = [
    "LightGBM", "XGBoost", "CatBoost", "RandomForest", "ExtraTrees", "DecisionTree", "LinearModel", "LinearSVM",
    "NearestNeighbours", "NaiveBayes", "MLP",
]  # fmt: skip
GOAL = 0.25


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tables", default="adult,german_credit")
    parser.add_argument("--duration", default="4s")
    parser.add_argument("--algorithms", default=",".join(ALGORITHMS))
    options = parser.parse_args()
    errors: list[float] = []
    agains: list[float] = []
    print(f"{'table':14} {'algorithm':18} {'estimate':>10} {'simulated':>10} {'again':>10} {'error':>7}")
    for name in options.tables.split(","):
        table, target = read(name), TABLES[name][0]
        if table is None:
            continue
        frame = table.sample(min(len(table), 5_200), random_state=0).reset_index(drop=True)
        frame, sent = frame.iloc[:-200], frame.iloc[-200:].drop(columns=target)
        rows = [
            {key: None if pd.isna(value) else value for key, value in row.items()} for row in sent.to_dict("records")
        ]
        for algorithm in options.algorithms.split(","):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "model.litmus"
                run = litmus.train(frame, target=target, algorithm=algorithm, k_fold=3, callbacks=[])
                run.best.save(path)
                http = measure_http(rows, seconds=1.0)
                guess = estimate(litmus.runtime.load(path), rows, http=http).latency_p99
                first, again = (p99(path, rows, options.duration) for _ in range(2))
            simulated = (first + again) / 2
            errors.append(guess / simulated - 1)
            agains.append(abs(first - again) / simulated)
            print(
                f"{name:14} {algorithm:18} {guess * 1e6:7.0f} µs {first * 1e6:7.0f} µs {again * 1e6:7.0f} µs {errors[-1]:+7.0%}",
                flush=True,
            )
    within = sum(abs(error) <= GOAL for error in errors) / len(errors)
    print(
        f"\nwithin {GOAL:.0%}: {within:.0%} of {len(errors)} models; median error {statistics.median(map(abs, errors)):.0%}"
    )
    print(f"two simulations of the same model differ by {statistics.median(agains):.0%} in the median")


def p99(path: Path, rows: list, duration: str) -> float:
    found = simulate(path, {"memory": None, "latency_p99": None}, rows, duration=duration)
    if found.one_row is None:
        raise SystemExit(found.problem)
    return found.one_row.p99


if __name__ == "__main__":
    main()
