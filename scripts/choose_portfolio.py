#!/usr/bin/env python3
"""Measure many configurations on tables that no benchmark reports on, and choose an ordered portfolio from them.

usage: choose_portfolio.py measure RESULTS.jsonl [--tables NAME…]   (hours on one core; finished tables are not done again)
       choose_portfolio.py choose RESULTS.jsonl [--size 16]

Each configuration is drawn at random from its algorithm's search ranges, beside the defaults of every algorithm. `choose`
adds, one after the other, the configuration that lowers the mean regret of the best one so far the most, over the tables:
the regret of a score is its distance to the table's best one, as a share of the distance from the best to the baseline.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
TABLES = {
    "airbnb_listings": "price",
    "amazon_employee_access": "ACTION",
    "bike_sharing_hour": "cnt",
    "covertype_10k": "Cover_Type",
    "creditcard_fraud_5412": "Class",
    "electricity": "class",
    "give_me_some_credit": "SeriousDlqin2yrs",
    "house_prices_ames_kaggle": "SalePrice",
    "hr_job_change": "target",
    "satellite": "Class",
    "taxis": "tip",
    "titanic": "Survived",
}
"""Tables to choose on. Reported on, and so not here: abalone, adult, california_housing, diamonds, letter, phoneme, telco_churn."""
LEAKS = {"bike_sharing_hour": ["casual", "registered"], "taxis": ["total"]}
BUNDLED = ("breast_cancer", "diabetes", "digits", "wine")
"""Tables that come with scikit-learn."""
ROWS = 4000
DRAWS = {
    "LightGBM": 9,
    "XGBoost": 7,
    "CatBoost": 6,
    "RandomForest": 3,
    "ExtraTrees": 4,
    "MLP": 5,
    "LinearModel": 1,
    "NearestNeighbours": 2,
}


def read(name: str) -> tuple[pd.DataFrame, str]:
    if name in BUNDLED:
        from sklearn import datasets

        frame = getattr(datasets, f"load_{name}")(as_frame=True).frame
        if name != "diabetes":
            frame["target"] = "c" + frame["target"].astype(str)
        return frame, "target"
    target = TABLES[name]
    frame = pd.read_parquet(SHARED / f"{name}.parquet").dropna(subset=[target]).drop(columns=LEAKS.get(name, []))
    return frame.sample(min(ROWS, len(frame)), random_state=1).reset_index(drop=True), target


def configurations() -> list[tuple[str, dict[str, Any]]]:
    """The defaults and the draws of each algorithm."""
    from litmus.algorithms.registry import family
    from litmus.search import Space

    rng = np.random.default_rng(2026)
    found: list[tuple[str, dict[str, Any]]] = []
    for name, draws in DRAWS.items():
        found.append((name, {}))
        space = Space(
            {
                key: domain
                for key, domain in type(family(name)).classifier.domains().items()
                if key in family(name).regressor.domains()
            }
        )
        found += [(name, {key: _rounded(value) for key, value in space.sample(rng).items()}) for _ in range(draws)]
    return found


def _rounded(value: Any) -> Any:
    return float(f"{value:.3g}") if isinstance(value, float) else value


def measure(file: Path, tables: list[str]) -> None:
    """Train every configuration on every table, three folds each, on one core."""
    from litmus import train
    from litmus.pipeline import Pipeline
    from litmus.pipeline.resolve import check_algorithm

    done = {json.loads(line)["table"] for line in file.read_text().splitlines()} if file.exists() else set()
    for name in tables:
        if name in done:
            continue
        frame, target = read(name)
        pipelines = [
            Pipeline(check_algorithm(a).hyperparams(**s), name=f"{a} {json.dumps(s)}") for a, s in configurations()
        ]
        started = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            run = train(frame, target=target, algorithm=pipelines, k_fold=3, callbacks=[], executor="in_process", resources={"train": {"cpus": 1}, "predict": {"cpus": 1}})  # fmt: skip
        objective = next(iter(run.leaderboard.objectives.values()))
        rows = []
        for trial in run.leaderboard:
            score = trial.score(objective)
            rows.append(
                {"name": trial.name, "score": None if score is None else score.value, "seconds": trial.fit_seconds}
            )
            maximize = score.maximize if score is not None else True
        with file.open("a") as out:
            out.write(json.dumps({"table": name, "objective": objective, "maximize": maximize, "trials": rows}) + "\n")
        print(f"{name}: {len(rows)} trials, {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)


def choose(file: Path, size: int) -> None:
    """Print the portfolio, best first, and the mean regret after each."""
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    names = [row["name"] for row in lines[0]["trials"] if row["name"] != "Baseline"]
    names = sorted(
        set.intersection(*({row["name"] for row in line["trials"]} for line in lines)) - {"Baseline"}, key=names.index
    )
    regret = np.ones((len(lines), len(names)))
    for i, line in enumerate(lines):
        sign = 1 if line["maximize"] else -1
        value = {row["name"]: sign * row["score"] for row in line["trials"] if row["score"] is not None}
        best, base = max(value.values()), value["Baseline"]
        for j, name in enumerate(names):
            regret[i, j] = min((best - value.get(name, base)) / max(best - base, 1e-12), 1.0)
    chosen: list[int] = []
    for _ in range(min(size, len(names))):
        so_far = regret[:, chosen].min(axis=1, initial=1.0)
        gains = [np.minimum(so_far, regret[:, j]).mean() for j in range(len(names))]
        j = int(np.argmin(gains))
        if chosen and gains[j] >= so_far.mean() - 1e-6:
            break
        chosen.append(j)
        print(f"{np.minimum(so_far, regret[:, j]).mean():.4f}  {names[j]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("measure", "choose"))
    parser.add_argument("file", type=Path)
    parser.add_argument("--tables", nargs="*", default=[*BUNDLED, *TABLES])
    parser.add_argument("--size", type=int, default=16)
    given = parser.parse_args()
    if given.what == "measure":
        measure(given.file, given.tables)
    else:
        choose(given.file, given.size)


if __name__ == "__main__":
    main()
