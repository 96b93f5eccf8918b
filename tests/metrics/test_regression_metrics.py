"""Metrics of predicted numbers, compared with scikit-learn."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metric_cases import regressions, repeated, seeds, valued
from sklearn import metrics as sk

from litmus.errors import MetricError
from litmus.metrics import Metric, Predictions


def same(value):
    return pytest.approx(value, rel=1e-9, abs=1e-12)


@given(regressions)
@settings(max_examples=60, deadline=None)
def test_plain_errors(p):
    known = {
        "rmse": sk.root_mean_squared_error,
        "mae": sk.mean_absolute_error,
        "r2": sk.r2_score,
        "mape": sk.mean_absolute_percentage_error,
    }
    for name, function in known.items():
        expected = function(p.y_true, p.y_pred, sample_weight=p.sample_weight)
        assert Metric(name).score(p) == pytest.approx(expected, rel=1e-8)


@given(seeds, st.integers(1, 60), st.booleans())
@settings(max_examples=60, deadline=None)
def test_rmsle(seed, rows, weighted):
    p = valued(seed, rows, weighted=weighted, positive=True)
    expected = sk.root_mean_squared_log_error(p.y_true, p.y_pred, sample_weight=p.sample_weight)
    assert Metric("rmsle").score(p) == same(expected)


@given(regressions, st.floats(0.01, 0.99))
@settings(max_examples=60, deadline=None)
def test_pinball(p, quantile):
    expected = sk.mean_pinball_loss(p.y_true, p.y_pred, alpha=quantile, sample_weight=p.sample_weight)
    assert Metric("pinball", {"quantile": quantile}).score(p) == same(expected)


@given(seeds, st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_median_absolute_error(seed, rows):
    p = valued(seed, rows)
    assert Metric("median_absolute_error").score(p) == same(sk.median_absolute_error(p.y_true, p.y_pred))
    times = np.random.default_rng(seed).integers(1, 4, rows)
    weighted = dataclasses.replace(p, sample_weight=times.astype(float))
    expected = np.median(np.repeat(np.abs(p.y_true - p.y_pred), times))
    assert Metric("median_absolute_error").score(weighted) == same(expected)
    assert Metric("median_absolute_error").score(repeated(p, times)) == same(expected)


def test_r2_is_exact_far_from_zero():
    p = valued(0, 200)
    far = dataclasses.replace(p, y_true=p.y_true + 1e8, y_pred=p.y_pred + 1e8)
    assert Metric("r2").score(far) == pytest.approx(Metric("r2").score(p), rel=1e-5)


def made(y_true, y_pred):
    return Predictions("regression", np.array(y_true, float), np.array(y_pred, float), np.array(y_pred, float))


def test_golden_values():
    p = made([3, -0.5, 2, 7], [2.5, 0.0, 2, 8])
    assert Metric("rmse").score(p) == same(0.375**0.5)
    assert Metric("mae").score(p) == same(0.5)
    assert Metric("median_absolute_error").score(p) == same(0.5)
    assert Metric("r2").score(p) == same(0.9486081370449679)
    assert Metric("pinball(quantile=0.1)").score(p) == same((0.1 * 0.5 + 0.9 * 0.5 + 0.9 * 1) / 4)


@pytest.mark.parametrize(
    ("name", "truth", "predicted", "message"),
    [
        ("mape", [0, 1, 0], [1, 1, 1], "mape is undefined: 2 of 3 true values are 0; use mae or rmsle"),
        ("rmsle", [1, -2, 3], [1, 1, 1], "rmsle is undefined: 1 of 3 true values are -1 or less"),
        ("rmsle", [1, 2, 3], [1, -1, 1], "rmsle is undefined: 1 of 3 predictions are -1 or less"),
        ("r2", [3, 3, 3], [1, 2, 3], "r2 is undefined: every true value is 3"),
        ("r2", [0.1, 0.1, 0.1], [1, 2, 3], "r2 is undefined: every true value is 0.1"),
        ("r2", [3], [1], "r2 is undefined"),
        ("rmse", [1, 2, 3], [1, np.nan, np.inf], "2 of 3 predictions are missing or infinite"),
    ],
)
def test_undefined_scores_say_why(name, truth, predicted, message):
    with pytest.raises(MetricError, match=message):
        Metric(name).score(made(truth, predicted))
