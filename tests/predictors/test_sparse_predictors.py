"""Algorithms that learned from sparse texts beside dense numbers, on features shared with others."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from shared_features import Given, block

from litmus.algorithms import FitContext, registry
from litmus.predictors import combined, load_predictor
from litmus.predictors.engines import ENGINES

QUICK = {"XGBoost": {"n_estimators": 15}, "LightGBM": {"n_estimators": 15, "min_child_samples": 2}}


def texts(rows=300, words=80, seed=0):
    """A csr matrix of word weights, and numbers some of which are zero or missing."""
    rng = np.random.default_rng(seed)
    matrix = sparse.random(rows, words, density=0.08, format="csr", dtype=np.float32, rng=rng)
    numbers = rng.normal(size=(rows, 3)).astype(np.float32)
    numbers[rng.random(numbers.shape) < 0.2] = 0.0
    numbers[rng.random(numbers.shape) < 0.1] = np.nan
    return matrix, numbers


@pytest.mark.parametrize("name", ["LinearModel", "LinearSVM", "NaiveBayes", "LightGBM", "XGBoost"])
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_sparse_and_dense_features(name, task, tmp_path):
    if name == "NaiveBayes" and task == "regression":
        pytest.skip("naive Bayes is for classes")
    first, numbers = texts()
    second, _ = texts(words=50, seed=1)
    signal = first[:, 3].toarray()[:, 0] * 4 - first[:, 7].toarray()[:, 0] * 3 + np.nan_to_num(numbers[:, 0])
    n_classes = {"binary": 2, "multiclass": 3, "regression": 0}[task]
    y = np.digitize(signal, np.quantile(signal, np.arange(1, n_classes) / n_classes)) if n_classes else signal
    parts, expected = [], 0.0
    # One algorithm sees numbers and both blocks; another one number, the second block, and the other numbers.
    for order in ([numbers, first, second], [numbers[:, :1], second, numbers[:, 1:]]):
        X = sparse.hstack([sparse.csr_matrix(part) for part in order], format="csr", dtype=np.float32)
        algorithm = registry.family(name).hyperparams(**QUICK.get(name, {})).for_task(task)
        algorithm.fit(X, y.astype(np.int64 if n_classes else np.float64), FitContext(n_classes=n_classes))
        columns, blocks, at = [], [], 0
        for part in order:
            if sparse.issparse(part):
                columns += [-1] * part.shape[1]
                blocks.append((0 if part is first else 1, at))
            else:
                columns += [4, 1, 0] if part is numbers else [4] if part.shape[1] == 1 else [1, 0]
            at += part.shape[1]
        native = algorithm.predict_proba(X) if n_classes else algorithm.predict(X)
        parts.append((algorithm.lowered().moved(np.array(columns), 6, blocks), 0.5))
        expected = expected + 0.5 * native.astype(np.float64)
    dense = np.full((300, 6), 7.0, dtype=np.float32)
    dense[:, [4, 1, 0]] = numbers
    given = Given(dense, (block(first), block(second)))
    predictor = combined(parts, given)
    predictor.save(tmp_path)
    for one in (predictor, load_predictor(tmp_path)):
        np.testing.assert_allclose(one.rows(given), expected, rtol=1e-5, atol=1e-5)
        found = np.array([one.row(given.one(at)) for at in range(30)]).reshape(expected[:30].shape)
        np.testing.assert_allclose(found, expected[:30], rtol=1e-5, atol=1e-5)
    if name in QUICK:
        session = ENGINES["session"]([form for form, _ in parts], 1)
        each = ENGINES["each"]([form for form, _ in parts], 1)
        np.testing.assert_allclose(session.rows(given), each.rows(given), rtol=1e-5, atol=1e-5)


def test_many_rows_are_computed_in_parts(monkeypatch):
    import litmus.predictors.combine as module

    first, numbers = texts()
    X = sparse.hstack([sparse.csr_matrix(numbers), first], format="csr", dtype=np.float32)
    y = (first[:, 3].toarray()[:, 0] > 0).astype(np.int64)
    algorithm = registry.family("LinearModel").for_task("binary")
    algorithm.fit(X, y, FitContext(n_classes=2))
    columns = np.array([0, 1, 2] + [-1] * first.shape[1])
    predictor = combined([(algorithm.lowered().moved(columns, 3, [(0, 3)]), 1.0)])
    given = Given(numbers, (block(first),))
    whole = predictor.rows(given)
    monkeypatch.setattr(module, "_CHUNK", 70)
    np.testing.assert_allclose(predictor.rows(given), whole, rtol=1e-12)
    assert predictor.rows(Given(numbers[:0], (block(first[:0]),))).shape == (0, 2)
