"""Data and fits that several of these tests use."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from litmus.algorithms import FitContext, Validation, registry

DATA = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"


def german_credit():
    """1,000 rows: numbers and category codes, and which positions are codes."""
    path = DATA / "german_credit.parquet"
    if not path.exists():
        pytest.skip("the shared tables are not here")
    table = pd.read_parquet(path)
    y = pd.factorize(table.pop("class"), sort=True)[0].astype(np.int64)
    categorical = tuple(i for i, name in enumerate(table) if not pd.api.types.is_numeric_dtype(table[name]))
    columns = [
        pd.factorize(table[name])[0] if i in categorical else table[name].to_numpy() for i, name in enumerate(table)
    ]
    X = np.column_stack(columns).astype(np.float32)
    return X, y, categorical


def numbers(rows=400, features=6, seed=0):
    return np.random.default_rng(seed).normal(size=(rows, features)).astype(np.float32)


def classes(X, n_classes=2):
    signal = X[:, 0] - X[:, 1] + 0.3 * np.random.default_rng(5).normal(size=len(X))
    return np.digitize(signal, np.quantile(signal, np.linspace(0, 1, n_classes + 1)[1:-1])).astype(np.int64)


def values(X):
    return (2.0 * X[:, 0] - X[:, 1] ** 2).astype(np.float64)


def fit(name, X, y, n_classes, *, held_out=None, parameters=None, **context):
    """A built-in algorithm fitted on X and y, `held_out` rows at the end being the validation fold."""
    algorithm = (
        registry.family(name).hyperparams(**(parameters or {})).for_task("binary" if n_classes else "regression")
    )
    validation = None
    if held_out:
        validation = Validation(X[-held_out:], y[-held_out:])
        X, y = X[:-held_out], y[:-held_out]
    algorithm.fit(X, y, FitContext(n_classes=n_classes, validation=validation, **context))
    return algorithm


def round_trip(algorithm, folder):
    folder.mkdir(exist_ok=True, parents=True)
    algorithm.save(folder)
    restored = algorithm.clone()
    restored.restore(folder)
    return restored
