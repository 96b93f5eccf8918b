"""Litmus and AutoML peers on real tables: the same split, the same cores, the same time; a table of scores and ratios.

usage: automl_scores.py [--seconds 60] [--tables NAME… | all] [--methods litmus flaml ag-medium ag-high ag-best] [--out FILE.jsonl]
                        [--minutes 90]

What `--out` holds already is not run again, so that a run which was ended, or used up its `--minutes`, goes on with the same command.

The split, the metric and the peers' runs are those of `peers.py` beside the real tables: 70/30, seed 0, training rows capped
at 20,000; ROC AUC, negative log loss, negative RMSE. Peers run where their environments are: benchmarks/.envs/flaml and
benchmarks/.envs/autogluon (`sh benchmarks/peers/make flaml; sh benchmarks/peers/make autogluon`); without them only Litmus runs, beside the lines measured
before, which are named as such. Runs follow one another, never side by side.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
SHARED = HERE.parents[1] / "shared"
TABLES = {
    "abalone": ("Rings", "reg"),
    "adult": ("income", "binary"),
    "california_housing": ("median_house_value", "reg"),
    "diamonds": ("price", "reg"),
    "letter": ("letter", "multi"),
    "phoneme": ("Class", "binary"),
    "telco_churn": ("Churn", "binary"),
}
OTHERS = {
    "airbnb_listings": ("price", "reg"),
    "amazon_employee_access": ("ACTION", "binary"),
    "concrete": ("strength", "reg"),
    "covertype_10k": ("Cover_Type", "multi"),
    "creditcard_fraud_5412": ("Class", "binary"),
    "electricity": ("class", "binary"),
    "german_credit": ("class", "binary"),
    "give_me_some_credit": ("SeriousDlqin2yrs", "binary"),
    "house_prices_ames_kaggle": ("SalePrice", "reg"),
    "hr_job_change": ("target", "binary"),
    "satellite": ("Class", "multi"),
    "titanic": ("Survived", "binary"),
    "ag_news_test": ("label", "multi"),
    "sms_spam": ("type", "binary"),
}
"""Tables for `--tables all`, beside those that the peers were measured on before."""
ENVIRONMENTS = {"flaml": "flaml", "ag-medium": "autogluon", "ag-high": "autogluon", "ag-best": "autogluon"}
OBJECTIVES = {"binary": "roc_auc", "multi": "log_loss", "reg": "rmse"}
MOST_ROWS = 20_000


def split(name: str, target: str, task: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The training and test rows, as `peers.py` has them."""
    from sklearn.model_selection import train_test_split

    frame = pd.read_parquet(SHARED / "data" / f"{name}.parquet").dropna(subset=[target])
    if len(frame) > MOST_ROWS * 10 / 7:
        frame = frame.sample(int(MOST_ROWS * 10 / 7), random_state=0)
    return train_test_split(frame, test_size=0.3, random_state=0, stratify=None if task == "reg" else frame[target])


def score(task: str, y: pd.Series, model: Any, rows: pd.DataFrame) -> float:
    """The peers' metric, larger is better."""
    from sklearn.metrics import log_loss, roc_auc_score, root_mean_squared_error

    if task == "reg":
        return -float(root_mean_squared_error(y, model.predict(rows)))
    found = model.predict_proba(rows)
    classes = sorted(y.unique())
    by_class = {str(name): found[name].to_numpy() for name in found.columns}
    if task == "binary":
        return float(roc_auc_score(y == classes[1], by_class[str(classes[1])]))
    proba = np.column_stack([by_class[str(name)] for name in classes])
    return -float(log_loss(y, proba / proba.sum(axis=1, keepdims=True), labels=classes))


def run_litmus(name: str, seconds: float) -> dict[str, Any]:
    """One run of ours, measured as the peers are."""
    import litmus

    target, task = (TABLES | OTHERS)[name]
    train, test = split(name, target, task)
    started = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = litmus.TaskData.create(data={"train": train}, target=target, split=litmus.NoSplit())
        run = litmus.train(data, objective=OBJECTIVES[task], time_limit=seconds, callbacks=[])
    fit = time.perf_counter() - started
    rows = test.drop(columns=target)
    batch = time.perf_counter()
    found = score(task, test[target], run.best, rows)
    batch = time.perf_counter() - batch
    row = rows.iloc[0].to_dict()
    times = []
    for _ in range(50):
        begun = time.perf_counter()
        run.best.predict_proba(row) if task != "reg" else run.best.predict(row)
        times.append(time.perf_counter() - begun)
    return {
        "data": f"{name}.parquet", "method": "litmus", "secs": seconds, "train": len(train), "test": len(test),
        "score": round(found, 5), "fit_s": round(fit, 1), "row_p50_ms": round(float(np.median(times)) * 1e3, 3),
        "batch_rows_s": round(len(test) / batch), "best": run.leaderboard.best().name, "trials": len(run.leaderboard),
    }  # fmt: skip


def run_peer(name: str, method: str, seconds: float) -> dict[str, Any] | None:
    """One run of a peer in its own environment; None where it is not installed."""
    python = HERE / ".envs" / ENVIRONMENTS[method] / "bin" / "python"
    if not python.exists():
        return None
    target, task = (TABLES | OTHERS)[name]
    command = [
        str(python),
        str(SHARED / "bench" / "peers.py"),
        str(SHARED / "data" / f"{name}.parquet"),
        target,
        task,
        method,
        str(seconds),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=4 * seconds + 300)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        print(f"{method} on {name} failed: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return None
    return json.loads(lines[-1])


def measured_before(file: Path | None, seconds: float) -> list[dict[str, Any]]:
    """The lines of this limit that an earlier part of the same measurement wrote."""
    if file is None or not file.exists():
        return []
    return [line for line in map(json.loads, file.read_text().splitlines()) if line["secs"] == seconds]


def known_lines(seconds: float) -> list[dict[str, Any]]:
    """What was measured of the peers before, on other days."""
    file = SHARED / "bench" / f"peers_{seconds:.0f}s.jsonl"
    return [json.loads(line) | {"before": True} for line in file.read_text().splitlines()] if file.exists() else []


def table(lines: list[dict[str, Any]]) -> str:
    """Scores by table and method, and how far from the best of them, in percent; then the means over the tables all have."""
    methods = list(dict.fromkeys(_name(line) for line in lines))
    out = ["| table | " + " | ".join(methods) + " |", "|---|" + "---:|" * len(methods)]
    whole: list[dict[str, float]] = []
    for name in dict.fromkeys(line["data"] for line in lines if line["method"] == "litmus"):
        own = {_name(line): float(line["score"]) for line in lines if line["data"] == name}
        best = max(own.values())
        cells = [f"{own[m]:.5g} ({100 * (own[m] - best) / abs(best):.2f} %)" if m in own else "-" for m in methods]
        out.append(f"| {name.removesuffix('.parquet')} | " + " | ".join(cells) + " |")
        if len(own) == len(methods):
            whole.append(own)
    if whole and len(methods) > 1:
        out.append(
            "| normalised mean | " + " | ".join(f"{_normalised(whole, method):.3f}" for method in methods) + " |"
        )
        out += ["", *(_beside(whole, method) for method in methods if method != "litmus")]
    return "\n".join(out)


def _name(line: dict[str, Any]) -> str:
    return line["method"] + ("*" if line.get("before") else "")


def _normalised(tables: list[dict[str, float]], method: str) -> float:
    """The mean over the tables of a method's score, where 1 is the best method of the table and 0 the worst."""
    spans = [(min(own.values()), max(own.values()), own[method]) for own in tables]
    return float(np.mean([(value - low) / (high - low) if high > low else 1.0 for low, high, value in spans]))


def _beside(tables: list[dict[str, float]], method: str) -> str:
    gains = [(own["litmus"] - own[method]) / abs(own[method]) for own in tables]
    near, better = np.mean([gain >= -0.005 for gain in gains]), np.mean([gain > 0 for gain in gains])
    return f"beside {method}: within 0.5 % on {near:.0%} of {len(tables)} tables, better on {better:.0%}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--tables", nargs="*", default=list(TABLES))
    parser.add_argument("--methods", nargs="*", default=["litmus", *ENVIRONMENTS])
    parser.add_argument("--out", type=Path)
    parser.add_argument("--minutes", type=float, default=600, help="begin no run after so many minutes")
    given = parser.parse_args()
    if not (SHARED / "data").exists():
        print("The real tables are not beside this checkout: nothing is measured.")
        return
    lines = measured_before(given.out, given.seconds)
    begun = time.monotonic()
    names = [*TABLES, *OTHERS] if given.tables == ["all"] else given.tables
    for name, method in [(name, method) for name in names for method in given.methods]:
        if (f"{name}.parquet", method) in {(line["data"], line["method"]) for line in lines}:
            continue
        if time.monotonic() - begun > 60 * given.minutes:
            print("The minutes are over; the same command goes on.", file=sys.stderr)
            break
        line = run_litmus(name, given.seconds) if method == "litmus" else run_peer(name, method, given.seconds)
        if line is not None:
            lines.append(line)
            print(json.dumps(line), flush=True)
            if given.out:
                with given.out.open("a") as file:
                    file.write(json.dumps(line) + "\n")
    measured = {(line["data"], line["method"]) for line in lines}
    before = [line for line in known_lines(given.seconds) if (line["data"], line["method"]) not in measured]
    print("\n" + table(lines + before) + "\n\n* measured before, on another day")


if __name__ == "__main__":
    main()
