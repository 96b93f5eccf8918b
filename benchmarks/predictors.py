"""Fitted algorithms in forms of their own against their libraries: one row, many rows, memory, size, and the difference.

    python benchmarks/predictors.py [--folds 5] [--rows 100000] [--train 32561] [--algorithms LightGBM,CatBoost]

Every algorithm is fitted on the Adult table, once for each fold, with 200 trees where it has trees. "library" is its own
`predict_proba` on features that are ready, summed over the folds; "ours" is one merged predictor on the same features.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is imported: one thread for both sides

import numpy as np
import pandas as pd

from litmus.algorithms import FitContext, registry
from litmus.predictors import combined, load_predictor

ADULT = Path(__file__).parents[1] / "examples" / "adult" / "adult.csv.gz"
QUICK = {name: {"n_estimators": 200} for name in ("LightGBM", "XGBoost", "CatBoost", "RandomForest", "ExtraTrees")} | {
    "MLP": {"max_epochs": 5}
}


class Given(NamedTuple):
    """Features of rows, as a program gives them."""

    dense: np.ndarray
    sparse: tuple = ()


def adult() -> tuple[dict[str, np.ndarray], np.ndarray, tuple[int, ...]]:
    """Features as algorithms take them ("native": codes, "onehot": scaled numbers and one column a category)."""
    table = pd.read_csv(ADULT)
    y = table.pop(table.columns[-1]).astype(str).str.contains(">50").to_numpy().astype(np.int64)
    categorical = tuple(place for place, name in enumerate(table) if not pd.api.types.is_numeric_dtype(table[name]))
    codes = [pd.factorize(table[name])[0] if place in categorical else table[name] for place, name in enumerate(table)]
    native = np.column_stack(codes).astype(np.float32)
    numbers = native[:, [place for place in range(native.shape[1]) if place not in categorical]]
    scaled = (numbers - numbers.mean(axis=0)) / numbers.std(axis=0)
    ones = [native[:, place][:, None] == np.unique(native[:, place]) for place in categorical]
    onehot = np.concatenate([scaled, *ones], axis=1).astype(np.float32)
    return {"native": native, "ordinal": native, "onehot": onehot}, y, categorical


def microseconds(call: Callable[[int], Any], calls: int) -> tuple[float, float]:
    """The median and the 99th percentile of the time of a call."""
    for number in range(20):
        call(number)
    times = []
    for number in range(calls):
        start = time.perf_counter_ns()
        call(number)
        times.append(time.perf_counter_ns() - start)
    return float(np.percentile(times, 50)) / 1e3, float(np.percentile(times, 99)) / 1e3


def seconds(call: Callable[[], Any], rounds: int = 3) -> float:
    """The shortest time of a few calls."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def measure(name: str, folds: int, batch: int, train: int) -> None:
    """Print the line of one algorithm."""
    features, y, categorical = adult()
    y = y[:train]
    family = registry.family(name).hyperparams(**QUICK.get(name, {}))
    X = features[family.for_task("binary").categories][:train]
    rng, algorithms = np.random.default_rng(0), []
    for fold in range(folds):
        algorithm = family.for_task("binary")
        chosen = rng.random(len(X)) > 1 / max(folds, 2)
        codes = categorical if algorithm.categories == "native" else ()
        algorithm.fit(X[chosen], y[chosen], FitContext(n_classes=2, threads=2, seed=fold, categorical=codes))
        algorithm.threads_ = 1
        algorithms.append(algorithm)
    columns = np.arange(X.shape[1])
    parts = [(algorithm.lowered().moved(columns, X.shape[1]), 1 / folds) for algorithm in algorithms]
    predictor = combined(parts, Given(X[:64]))
    rows = [Given(np.ascontiguousarray(X[place : place + 1])) for place in range(2_000)]
    many = np.ascontiguousarray(np.tile(X, (-(-batch // len(X)), 1))[:batch])

    def library(given: np.ndarray) -> np.ndarray:
        return sum(algorithm.predict_proba(given).astype(np.float64) for algorithm in algorithms) / folds

    with tempfile.TemporaryDirectory() as folder:
        predictor.save(Path(folder))
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()) / 1e6
        loading = seconds(lambda: load_predictor(Path(folder)), 1)
    apart = float(np.abs(predictor.rows(Given(X[:3_000])) - library(X[:3_000])).max())
    native = microseconds(lambda at: library(rows[at % 2_000].dense), 200)
    ours = microseconds(lambda at: predictor.row(rows[at % 2_000]), 4_000)
    native_batch, our_batch = seconds(lambda: library(many), 1), seconds(lambda: predictor.rows(Given(many)), 2)
    print(
        f"{name:18} {native[0]:9.0f} {native[1]:9.0f} {ours[0]:8.1f} {ours[1]:8.1f} "
        f"{native_batch / batch * 1e6:9.2f} {our_batch / batch * 1e6:9.2f} {native_batch / our_batch:7.2f} "
        f"{size:8.2f} {predictor.n_bytes / 1e6:8.1f} {loading:7.2f} {apart:9.1e}  {'; '.join(predictor.parts)}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--train", type=int, default=32_561, help="how many rows of the table to learn from")
    parser.add_argument("--algorithms", default=",".join(registry.names()))
    given = parser.parse_args()
    print(f"{given.folds} folds; microseconds for one row, then for a row of {given.rows:,}, on one thread")
    print(
        f"{'':18} {'library':>9} {'p99':>9} {'ours':>8} {'p99':>8} {'library':>9} {'ours':>9} {'faster':>7} "
        f"{'MB disk':>8} {'MB':>8} {'load s':>7} {'apart':>9}"
    )
    for name in given.algorithms.split(","):
        measure(name, given.folds, given.rows, given.train)


if __name__ == "__main__":
    main()
