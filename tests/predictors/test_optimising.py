"""Smaller forms are kept where the score of held-out rows stays, and refused where it does not."""

from __future__ import annotations

import numpy as np
import pytest
from shared_features import Given
from test_predictor_parity import fitted, table

from litmus.algorithms import registry
from litmus.predictors import load_form
from litmus.predictors.optimising import fewer_trees, lower_precision, optimised
from litmus.predictors.tree_cutting import first_trees


@pytest.fixture(scope="module")
def held_out():
    X, signal = table(900)
    return X, (signal > np.median(signal)).astype(np.int64)


def accuracy(y):
    return lambda scores: float((scores.argmax(axis=1) == y).mean())


@pytest.mark.parametrize(("precision", "smaller"), [("float16", 0.65), ("int8", 0.45)])
def test_networks_in_fewer_bits(held_out, precision, smaller, tmp_path):
    X, y = held_out
    parts = [(fitted("MLP", "binary", X[:600], y[:600], 2).lowered(), 1.0)]
    given = Given(np.ascontiguousarray(X[600:]))
    changed = lower_precision(parts, precision)
    kept, report = optimised(parts, changed, precision, rows=given, score=accuracy(y[600:]), tolerance=0.02)
    assert report.kept, report
    assert kept is changed
    assert report.size.after < smaller * report.size.before
    assert f"{precision}: kept" in str(report)
    changed[0][0].save(tmp_path)
    np.testing.assert_array_equal(load_form(tmp_path).scores(given.dense), changed[0][0].scores(given.dense))


@pytest.mark.parametrize("name", ["RandomForest", "LightGBM"])
def test_fewer_trees(held_out, name):
    X, y = held_out
    parts = [(fitted(name, "binary", X[:600], y[:600], 2).lowered(), 1.0)]
    given = Given(np.ascontiguousarray(X[600:]))
    score = accuracy(y[600:])
    _, generous = optimised(parts, fewer_trees(parts, 0.5), "half", rows=given, score=score, tolerance=0.5)
    assert generous.kept
    assert generous.size.after < 0.8 * generous.size.before
    same, strict = optimised(parts, fewer_trees(parts, 0.1), "few", rows=given, score=score, tolerance=-1.0)
    assert not strict.kept
    assert same is parts
    assert "refused" in str(strict)


def test_the_first_trees_of_a_forest_are_that_forest(held_out):
    X, y = held_out
    large = registry.family("RandomForest").hyperparams(n_estimators=10).for_task("binary")
    small = large.hyperparams(n_estimators=4)
    from litmus.algorithms import FitContext

    for forest in (large, small):
        forest.fit(X, y, FitContext(n_classes=2, seed=3))
    np.testing.assert_allclose(
        first_trees(large.lowered(), 0.4).scores(X), small.predict_proba(X), rtol=1e-5, atol=1e-6
    )


def test_the_first_rounds_of_three_classes(held_out):
    X, _ = held_out
    y = (np.arange(len(X)) % 3).astype(np.int64)
    form = fitted("LightGBM", "multiclass", X, y, 3).lowered()
    cut = first_trees(form, 0.5)
    assert np.bincount(cut.target).tolist() == [15, 15, 15]
    assert cut.scores(X).shape == (900, 3)
    with pytest.raises(ValueError, match="above 0"):
        first_trees(form, 0.0)
