"""What an ensemble gains over the best trial, on test rows, and what it costs.

    python benchmarks/ensembles.py [TABLE …] [--rows N] [--seeds N]
    python benchmarks/ensembles.py --speed

Reads the tables of ../shared/data (or $LITMUS_TABLES). For each table and seed a run of eleven configurations; the best one by its
validation score against the ensemble that the same run made, both on the same test rows. The gain is the share of the best
trial's error (1 - ROC AUC or 1 - accuracy, or RMSE) that the ensemble avoids; below 0 it is worse. Takes about ten minutes.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import litmus
from litmus.evaluate.ensemble import select
from litmus.evaluate.trial import Trial
from litmus.metrics.predictions import Predictions, decide

TABLES = Path(os.environ.get("LITMUS_TABLES", Path(__file__).resolve().parents[2] / "shared" / "data"))
TARGETS = {
    "german_credit": "class",
    "concrete": "strength",
    "titanic": "Survived",
    "abalone": "Rings",
    "phoneme": "Class",
    "telco_churn": "Churn",
    "satellite": "Class",
    "california_housing": "median_house_value",
}
DROPPED = {"titanic": ["Name", "Ticket", "PassengerId"], "telco_churn": ["customerID"]}


def configurations() -> list[Any]:
    """A few of each family, with fixed parameters."""
    return [
        litmus.LightGBM(n_estimators=300),
        litmus.LightGBM(n_estimators=300, num_leaves=8, learning_rate=0.1),
        litmus.LightGBM(n_estimators=300, num_leaves=63, colsample_bytree=0.5),
        litmus.XGBoost(n_estimators=300),
        litmus.XGBoost(n_estimators=300, max_depth=3, learning_rate=0.1),
        litmus.CatBoost(n_estimators=300),
        litmus.ExtraTrees(n_estimators=100),
        litmus.RandomForest(n_estimators=100),
        litmus.LinearModel(),
        litmus.NearestNeighbours(),
        litmus.MLP(),
    ]


def error(score: Any) -> float:
    """What is to be avoided: the distance to a perfect score."""
    return 1 - score.value if score.maximize else score.value


def one_run(table: str, rows: int, seed: int) -> dict[str, Any]:
    """Best trial and ensemble of one run."""
    frame = pd.read_parquet(TABLES / f"{table}.parquet").drop(columns=DROPPED.get(table, []))
    if len(frame) > rows:
        frame = frame.sample(rows, random_state=seed).reset_index(drop=True)
    started = time.perf_counter()
    run = litmus.train(
        frame, target=TARGETS[table], algorithm=configurations(), ensemble="greedy", seed=seed, callbacks=[]
    )
    seconds = time.perf_counter() - started
    ensemble = next((trial for trial in run.leaderboard if trial.members), None)
    best = next(trial for trial in run.leaderboard if not trial.members)
    (metric,) = set(run.leaderboard.objectives.values())
    facts = {"metric": metric, "best": best.name, "single": best.score(metric, "test").value, "seconds": seconds}
    if ensemble is None:
        return {
            **facts,
            "members": 1,
            "ensemble": facts["single"],
            "gain": 0.0,
            "said": 0.0,
            "cost": 0.0,
            "slower": 1.0,
        }
    return {
        **facts,
        "members": len(ensemble.members),
        "ensemble": ensemble.score(metric, "test").value,
        "gain": 1 - error(ensemble.score(metric, "test")) / error(best.score(metric, "test")),
        "said": 1 - error(ensemble.score(metric)) / error(best.score(metric)),
        "cost": ensemble.cost_seconds,
        "slower": ensemble.predict_seconds / best.predict_seconds,
    }


def speed(rows: int = 100_000, trials: int = 200) -> None:
    """Print how long one selection takes from made-up trials."""
    rng = np.random.default_rng(0)
    y = {"binary": rng.integers(0, 2, rows), "regression": rng.normal(size=rows)}
    for task, metrics in {"binary": ("roc_auc", "log_loss", "accuracy"), "regression": ("rmse",)}.items():
        made = []
        for number in range(1, trials + 1):
            noise = (1 + 0.01 * number) * rng.normal(size=rows)
            scores = y[task] + noise if task == "regression" else 1 / (1 + np.exp(-(2 * y[task] - 1 + noise)))
            if task == "binary":
                scores = np.column_stack([1 - scores, scores]).astype(np.float32)
            classes = (0, 1) if task == "binary" else ()
            truth = Predictions(task, y[task], scores, decide(task, scores), classes)
            made.append(Trial(number, f"T{number}", "made up", "MLP", {}, validation=truth))
        for name in metrics:
            started = time.perf_counter()
            found = select(made, litmus.Metric(name), folds=np.arange(rows) % 5)
            seconds = time.perf_counter() - started
            print(f"{trials} trials, {rows:,} rows, {name}: {seconds:.1f} s, {len(found.trials)} members", flush=True)


def main() -> None:
    """Print a line for each table and seed, and the mean of all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tables", nargs="*", default=list(TARGETS))
    parser.add_argument("--rows", type=int, default=3000)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--speed", action="store_true")
    given = parser.parse_args()
    if given.speed:
        speed()
        return
    print(
        "table               seed metric     best single                      test    ensemble   gain   said  members  chosen in  slower"
    )
    gains = []
    for table in given.tables:
        for seed in range(given.seeds):
            found = one_run(table, given.rows, seed)
            gains.append(found["gain"])
            print(
                f"{table:20s}{seed:4d} {found['metric']:10s} {found['best'][:32]:32s} {found['single']:9.4f} "
                f"{found['ensemble']:9.4f} {found['gain']:+7.1%} {found['said']:+6.1%} {found['members']:6d} "
                f"{found['cost']:9.1f} s {found['slower']:6.1f} x",
                flush=True,
            )
    print(
        f"mean gain {statistics.mean(gains):+.1%}, median {statistics.median(gains):+.1%}, "
        f"better in {sum(gain > 0 for gain in gains)} of {len(gains)}, worse in {sum(gain < 0 for gain in gains)}"
    )


if __name__ == "__main__":
    main()
