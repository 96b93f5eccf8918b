"""Every built-in algorithm answers the same in its own form, merged, saved and read back, as through its library."""

from __future__ import annotations

import numpy as np
import pytest
from shared_features import Given, odd_rows

from litmus.algorithms import FitContext, registry
from litmus.predictors import combined, load_form, load_predictor

QUICK = {
    "XGBoost": {"n_estimators": 30},
    "LightGBM": {"n_estimators": 30},
    "CatBoost": {"n_estimators": 30},
    "RandomForest": {"n_estimators": 12},
    "ExtraTrees": {"n_estimators": 12},
    "MLP": {"max_epochs": 3},
}
CLASSIFIERS = registry.names()
REGRESSORS = tuple(name for name in registry.names() if name != "NaiveBayes")
HUGE = {"NearestNeighbours": 30.0}  # beyond, every training row is equally far and any may be the nearest
NOT_YET = ()


def table(rows=600, seed=0):
    """Numbers with missing values, and two columns of category codes."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, 7)).astype(np.float32)
    X[:, 5], X[:, 6] = rng.integers(0, 12, rows), rng.integers(0, 40, rows)
    signal = X[:, 0] - X[:, 1] * (X[:, 5] % 3) + (X[:, 6] * 7 % 11) / 5
    X[rng.random(X.shape) < 0.05] = np.nan
    return X, signal


def fitted(name, task, X, y, n_classes, seed=0, weight=None):
    algorithm = registry.family(name).hyperparams(**QUICK.get(name, {})).for_task(task)
    categorical = (5, 6) if algorithm.categories == "native" else ()
    context = FitContext(n_classes=n_classes, seed=seed, categorical=categorical, sample_weight=weight)
    algorithm.fit(X, y, context)
    return algorithm


def answers(algorithm, X):
    return algorithm.predict(X) if hasattr(algorithm, "predict") else algorithm.predict_proba(X)


def check(algorithms, X, tmp_path):
    """Forms alone, and merged with weights on shuffled shared features, one row and many, before and after saving."""
    rng = np.random.default_rng(9)
    width = X.shape[1] + 3
    columns = rng.permutation(width)[: X.shape[1]]
    dense = rng.normal(size=(len(X), width)).astype(np.float32)
    dense[:, columns] = X
    given = Given(dense)
    weights = rng.random(len(algorithms)) + 0.1
    parts, expected = [], 0.0
    for number, (algorithm, weight) in enumerate(zip(algorithms, weights, strict=True)):
        form, native = algorithm.lowered(), np.asarray(answers(algorithm, X), dtype=np.float64)
        close(form.scores(X), native)
        folder = tmp_path / f"form{number}"
        folder.mkdir()
        form.save(folder)
        close(load_form(folder).moved(columns, width).scores(dense), native)
        parts.append((form.moved(columns, width), float(weight)))
        expected = expected + weight * native
    predictor = combined(parts, given)
    folder = tmp_path / "predictor"
    folder.mkdir()
    predictor.save(folder)
    for one in (predictor, load_predictor(folder)):
        close(one.rows(given), expected)
        found = np.array([one.row(given.one(at)) for at in range(40)])
        close(found if one.outputs else found[:, 0], expected[:40])
    assert predictor.parts


def close(found, expected):
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", CLASSIFIERS)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_classes(name, n_classes, tmp_path):
    if name in NOT_YET:
        pytest.skip("no form yet")
    X, signal = table()
    y = np.digitize(signal, np.quantile(signal, np.arange(1, n_classes) / n_classes)).astype(np.int64)
    task = "binary" if n_classes == 2 else "multiclass"
    algorithms = [fitted(name, task, X[rows], y[rows], n_classes) for rows in (np.arange(400), np.arange(150, 600))]
    check(algorithms, odd_rows(X, categorical=(5, 6), huge=HUGE.get(name, 1e30)), tmp_path)


@pytest.mark.parametrize("name", REGRESSORS)
def test_values(name, tmp_path):
    if name in NOT_YET:
        pytest.skip("no form yet")
    X, signal = table()
    signal = 1000.0 + 200.0 * signal
    algorithms = [
        fitted(name, "regression", X[rows], signal[rows], 0) for rows in (np.arange(400), np.arange(150, 600))
    ]
    check(algorithms, odd_rows(X, categorical=(5, 6), huge=HUGE.get(name, 1e30)), tmp_path)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_classes_that_training_lacks(name, tmp_path):
    if name in NOT_YET:
        pytest.skip("no form yet")
    X, signal = table(200)
    y = np.where(signal > np.median(signal), 3, 1).astype(np.int64)
    one_class = np.full(200, 2, dtype=np.int64)
    three = np.digitize(signal, np.quantile(signal, [0.3, 0.6])).astype(np.int64) + 1
    algorithms = [fitted(name, "multiclass", X, target, 5) for target in (y, one_class, three)]
    check(algorithms, odd_rows(X, categorical=(5, 6), huge=HUGE.get(name, 1e30)), tmp_path)


def test_equal_values_and_no_features(tmp_path):
    X, _ = table(100)
    constant = fitted("LightGBM", "regression", X, np.full(100, 3.5), 0)
    check([constant], X, tmp_path)
    no_features = fitted("XGBoost", "binary", X[:, :0], (X[:, 0] > 0).astype(np.int64), 2)
    assert no_features.lowered().scores(X[:, :0]).shape == (100, 2)


@pytest.mark.parametrize("strategy", ["mean", "median"])
def test_baseline_of_values(strategy, tmp_path):
    X, signal = table(100)
    algorithm = registry.family("Baseline").hyperparams(strategy=strategy).for_task("regression")
    algorithm.fit(X, signal, FitContext())
    check([algorithm], X, tmp_path)


@pytest.mark.parametrize("name", ["LightGBM", "LinearModel", "RandomForest", "NearestNeighbours"])
def test_labels(name, tmp_path):
    from litmus.algorithms import PerLabel

    X, signal = table(300)
    Y = np.column_stack([signal > 0, signal > 1, np.zeros(300, dtype=bool)]).astype(np.int64)
    algorithm = PerLabel(registry.family(name).hyperparams(**QUICK.get(name, {})).for_task("binary"))
    algorithm.fit(X, Y, FitContext(n_classes=3))
    check([algorithm, algorithm], odd_rows(X, huge=HUGE.get(name, 1e30)), tmp_path)


def test_different_algorithms_in_one_predictor(tmp_path):
    X, signal = table()
    y = (signal > np.median(signal)).astype(np.int64)
    names = [name for name in CLASSIFIERS if name not in NOT_YET]
    check([fitted(name, "binary", X, y, 2) for name in names], odd_rows(X, categorical=(5, 6), huge=30.0), tmp_path)


@pytest.mark.parametrize("depth", [1, 6, 9])
def test_symmetric_trees_of_different_numbers_and_depths(depth, tmp_path):
    X, signal = table(300)
    algorithms = []
    for rounds, levels in ((9, depth), (4, 3)):
        algorithm = (
            registry.family("CatBoost").hyperparams(n_estimators=rounds, max_depth=levels).for_task("regression")
        )
        algorithm.fit(X, signal, FitContext(categorical=(5, 6)))
        algorithms.append(algorithm)
    check(algorithms, odd_rows(X, categorical=(5, 6)), tmp_path)
