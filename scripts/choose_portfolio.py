#!/usr/bin/env python3
"""Measure many configurations on tables that no benchmark reports on, and choose an ordered portfolio from them.

usage: choose_portfolio.py measure RESULTS.jsonl [--tables NAME…] [--cpus 4] [--seconds 1500]
       choose_portfolio.py choose RESULTS.jsonl [--size 16]

`measure` goes on where it was stopped, after `--seconds` for one; 2,000 rows of each table and two folds keep it short. Each
configuration is drawn at random from its algorithm's search ranges, beside the defaults of every algorithm. `choose` adds, one
after the other, the configuration that lowers the mean regret of the best one so far the most, over the tables that are
finished: the regret of a score is its distance to the table's best one, as a share of the distance from the best to the baseline.
"""

from __future__ import annotations

import argparse
import contextlib
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
ROWS, COLUMNS = 2000, 60
AT_ONCE = 24
"""Configurations between two lines of the results: what is lost when the measurement is stopped."""
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
        return small(frame, "target"), "target"
    target = TABLES[name]
    frame = pd.read_parquet(SHARED / f"{name}.parquet").dropna(subset=[target]).drop(columns=LEAKS.get(name, []))
    return small(frame, target), target


def small(frame: pd.DataFrame, target: str) -> pd.DataFrame:
    """At most so many rows and columns of a table, drawn at random."""
    others = [name for name in frame if name != target]
    kept = np.random.default_rng(1).permutation(len(others))[:COLUMNS]
    frame = frame[[*(others[place] for place in sorted(kept)), target]]
    return frame.sample(min(ROWS, len(frame)), random_state=1).reset_index(drop=True)


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


def measure(file: Path, tables: list[str], cpus: int, seconds: float) -> None:
    """Train every configuration on every table, two folds each, some at a time, until `seconds` have passed."""
    started = time.perf_counter()
    done = {(line["table"], row["name"]) for line in lines_of(file) for row in line["trials"]}
    for name in tables:
        frame, target = read(name)
        waiting = [
            (algorithm, settings)
            for algorithm, settings in configurations()
            if (name, label(algorithm, settings)) not in done
        ]
        for part in parts(waiting):
            if time.perf_counter() - started > seconds:
                print("The time is over; the same command goes on.", file=sys.stderr)
                return
            begun = time.perf_counter()
            line = trained(frame, target, part, cpus)
            with file.open("a") as out:
                out.write(json.dumps({"table": name, **line}) + "\n")
            print(f"{name}: {len(part)} trials, {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)


def trained(frame: pd.DataFrame, target: str, chosen: list[tuple[str, dict[str, Any]]], cpus: int) -> dict[str, Any]:
    """What some configurations score on a table."""
    from litmus import train
    from litmus.pipeline import Pipeline
    from litmus.pipeline.resolve import check_algorithm

    pipelines = [Pipeline(check_algorithm(a).hyperparams(**s), name=label(a, s)) for a, s in chosen]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        resources = {"train": {"cpus": cpus}, "predict": {"cpus": cpus}}
        run = train(frame, target=target, algorithm=pipelines, k_fold=2, callbacks=[], resources=resources)
    objective = next(iter(run.leaderboard.objectives.values()))
    scores = [(trial, trial.score(objective)) for trial in run.leaderboard]
    rows = [
        {"name": trial.name, "score": None if score is None else score.value, "seconds": trial.fit_seconds}
        for trial, score in scores
    ]
    maximize = next((score.maximize for _, score in scores if score is not None), True)
    return {"objective": objective, "maximize": maximize, "trials": rows}


def label(algorithm: str, settings: dict[str, Any]) -> str:
    """What a configuration is called in the results."""
    return f"{algorithm} {json.dumps(settings)}"


def parts(items: list[Any]) -> list[list[Any]]:
    """The items, `AT_ONCE` at a time."""
    return [items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE)]


def lines_of(file: Path) -> list[dict[str, Any]]:
    """The results so far; a last line that was cut off is left out."""
    found = []
    for line in file.read_text().splitlines() if file.exists() else []:
        with contextlib.suppress(json.JSONDecodeError):
            found.append(json.loads(line))
    return found


def choose(file: Path, size: int) -> None:
    """Print the portfolio, best first, and the mean regret after each."""
    by_table: dict[str, dict[str, Any]] = {}
    for line in lines_of(file):
        known = by_table.setdefault(line["table"], {**line, "trials": []})
        known["trials"] += line["trials"]
    every = [label(algorithm, settings) for algorithm, settings in configurations()]
    measured = {name: {row["name"] for row in line["trials"]} for name, line in by_table.items()}
    lines = [line for name, line in by_table.items() if measured[name] >= set(every)]  # the others are not finished
    if not lines:
        print("No table is finished yet; run measure again.", file=sys.stderr)
        return
    names = every
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
    parser.add_argument("--cpus", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=1500)
    parser.add_argument("--size", type=int, default=16)
    given = parser.parse_args()
    if given.what == "measure":
        measure(given.file, given.tables, given.cpus, given.seconds)
    else:
        choose(given.file, given.size)


if __name__ == "__main__":
    main()
