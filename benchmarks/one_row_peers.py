"""One row through a saved model, beside AutoGluon and FLAML: latency, size on disk and score of models of the same table.

Adult, 20,000 rows to train and 10,000 to score. Ours is bagged LightGBM (5 folds, 200 trees each), saved and opened by the runtime;
AutoGluon trains `medium_quality` and FLAML searches, each for the given seconds, in environments of their own under
`benchmarks/.envs` (see `benchmarks/peers`). A row is a dict for us and a frame of one row for them, which is what each takes.

Run: python benchmarks/one_row_peers.py [--seconds 30] [--peers autogluon,flaml]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROWS, HELD_OUT = 20_000, 10_000

MEASURE = """
import time
import numpy as np
def times(call, rows, calls):
    for row in rows[:3]:
        call(row)
    seconds = []
    for number in range(calls):
        row = rows[number % len(rows)]
        begun = time.perf_counter()
        call(row)
        seconds.append(time.perf_counter() - begun)
    return [float(value) for value in np.quantile(seconds, [0.5, 0.99])]
def size(folder):
    import os
    return sum(os.path.getsize(os.path.join(at, name)) for at, _, names in os.walk(folder) for name in names)
"""

PEER = """
import json, os, sys, warnings
warnings.simplefilter("ignore")
import pandas as pd
from sklearn.metrics import roc_auc_score
which, train, test, folder, seconds = sys.argv[1:6]
train, test = pd.read_parquet(train), pd.read_parquet(test)
rows, y = test.drop(columns="income"), (test["income"] == sorted(train["income"].unique())[1])
single = [rows.iloc[[number]] for number in range(50)]
if which == "autogluon":
    from autogluon.tabular import TabularPredictor
    made = TabularPredictor(label="income", path=folder, eval_metric="roc_auc", verbosity=0)
    made.fit(train, presets="medium_quality", time_limit=float(seconds), num_gpus=0)
    held = made.predict_proba(rows)[sorted(train["income"].unique())[1]]
    made.persist()
    call, what = made.predict_proba, made.model_best
else:
    import pickle
    from flaml import AutoML
    made = AutoML()
    made.fit(train.drop(columns="income"), train["income"], task="classification", metric="roc_auc",
             time_budget=float(seconds), verbose=0, seed=0)
    held = made.predict_proba(rows)[:, 1]
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "model.pickle"), "wb") as file:
        pickle.dump(made, file)
    call, what = made.predict_proba, made.best_estimator
p50, p99 = times(call, single, 200)
print(json.dumps({"what": str(what), "score": float(roc_auc_score(y, held)), "p50": p50, "p99": p99, "bytes": size(folder)}))
"""


def peer(which: str, train: Path, test: Path, folder: Path, seconds: float) -> dict | None:
    """What a peer came to, in its own environment; None where that is not there."""
    python = HERE / ".envs" / which / "bin" / "python"
    if not python.exists():
        return None
    command = [str(python), "-c", MEASURE + PEER, which, str(train), str(test), str(folder), str(seconds)]
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10 * seconds + 300, env=clean)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        print(f"{which} failed: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return None
    return json.loads(lines[-1])


def ours(train: Path, test: Path, folder: Path) -> dict:
    """What our bundle comes to, a dict in, label and probabilities out."""
    import pandas as pd
    from sklearn.metrics import roc_auc_score

    import litmus
    import litmus.runtime

    scope: dict = {}
    exec(MEASURE, scope)
    table, held = pd.read_parquet(train), pd.read_parquet(test)
    algorithm = litmus.LightGBM().hyperparams(n_estimators=200)
    data = litmus.TaskData.create(data={"train": table}, target="income", k_fold=5, split=litmus.NoSplit())
    run = litmus.train(data, algorithm=algorithm, ensemble=False, callbacks=[])
    path = run.best.save(folder / "model.litmus")
    model = litmus.runtime.load(path)
    rows = held.drop(columns="income")
    found = model.predict_proba(rows)[sorted(table["income"].unique())[1]]
    records = [
        {name: None if pd.isna(value) else value for name, value in row.items()}
        for row in rows.head(50).to_dict("records")
    ]
    p50, p99 = scope["times"](model.answer, records, 5_000)
    score = float(roc_auc_score(held["income"] == sorted(table["income"].unique())[1], found))
    return {"what": "5 LightGBM", "score": score, "p50": p50, "p99": p99, "bytes": path.stat().st_size}


def main() -> None:
    given = argparse.ArgumentParser()
    given.add_argument("--seconds", type=float, default=30.0)
    given.add_argument("--peers", default="autogluon,flaml")
    options = given.parse_args()
    from tables import read

    table = read("adult")
    table = table.sample(ROWS + HELD_OUT, random_state=0).reset_index(drop=True)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        os.environ["LITMUS_HOME"] = str(folder / "store")
        train, test = folder / "train.parquet", folder / "test.parquet"
        table.iloc[:ROWS].to_parquet(train)
        table.iloc[ROWS:].to_parquet(test)
        found = {"litmus": ours(train, test, folder)}
        for which in filter(None, options.peers.split(",")):
            seen = peer(which, train, test, folder / which, options.seconds)
            if seen is not None:
                found[which] = seen
    print(f"{'':10} {'model':28} {'roc_auc':>8} {'one row p50':>12} {'p99':>10} {'ours is':>9} {'on disk':>10}")
    for name, seen in found.items():
        times = seen["p50"] / found["litmus"]["p50"]
        print(
            f"{name:10} {seen['what'][:28]:28} {seen['score']:8.4f} {seen['p50'] * 1e3:9.3f} ms {seen['p99'] * 1e3:7.3f} ms "
            f"{times:7.0f} x {seen['bytes'] / 1e6:7.1f} MB"
        )


if __name__ == "__main__":
    main()
