"""Differences of scores on the same rows, with their intervals."""

import numpy as np
import pytest

from litmus.errors import MetricError
from litmus.metrics import Predictions, metric, resolve_metric


def predictions(noise, *, rows=1500, seed=0):
    draw = np.random.default_rng(seed)
    y = draw.integers(0, 2, rows)
    shared = draw.normal(0, 1, rows)
    p = 1 / (1 + np.exp(-(2 * (2 * y - 1) + shared + noise * np.random.default_rng(seed + 1).normal(0, 1, rows))))
    scores = np.column_stack([1 - p, p])
    return Predictions("binary", y, scores, scores.argmax(axis=1), ("no", "yes"))


@pytest.mark.parametrize("name", ["roc_auc", "accuracy", "log_loss", "f1"])
def test_a_better_model_is_found_better(name):
    worse, better = predictions(3.0), predictions(0.1)
    found = resolve_metric(name).difference(worse, better)
    assert found.gain > 0
    assert found.low > 0
    assert found.low <= found.gain <= found.high
    back = resolve_metric(name).difference(better, worse)
    assert back.high < 0
    assert back.gain == pytest.approx(-found.gain)


def test_the_same_model_is_neither():
    same = predictions(1.0)
    found = resolve_metric("roc_auc").difference(same, same)
    assert (found.gain, found.low, found.high) == (0.0, 0.0, 0.0)


def test_pairing_is_narrower_than_two_intervals():
    one, other = predictions(1.0), predictions(1.1)
    found = resolve_metric("roc_auc").difference(one, other)
    low, high = resolve_metric("roc_auc").interval(one)
    assert found.high - found.low < 0.8 * (high - low)


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    held = 0
    for seed in range(60):
        one, other = predictions(1.0, rows=300, seed=10 * seed), predictions(1.0, rows=300, seed=10 * seed)
        draw = np.random.default_rng(seed)
        mixed = one.scores + draw.normal(0, 0.05, (300, 1)) * [[-1, 1]]
        other = Predictions("binary", one.y_true, mixed, one.y_pred, one.classes)
        found = resolve_metric("brier").difference(one, other, resamples=300)
        held += found.low <= -0.005 <= found.high  # adding noise of variance 0.0025 to both columns costs about that
    assert held >= 40


def test_users_metrics_and_regression():
    @metric(needs="labels", maximize=False)
    def cost(y_true, y_pred):
        return float(np.mean(y_true != y_pred))

    worse, better = predictions(3.0), predictions(0.1)
    assert cost.difference(worse, better, resamples=100).low > 0
    y = np.linspace(0, 10, 400)
    draw = np.random.default_rng(0)
    near, far = (
        Predictions("regression", y, y + draw.normal(0, s, 400), y + draw.normal(0, s, 400)) for s in (0.1, 1.0)
    )
    assert resolve_metric("rmse").difference(far, near).low > 0


def test_other_rows_are_refused():
    with pytest.raises(MetricError, match="not of the same rows"):
        resolve_metric("accuracy").difference(predictions(1.0), predictions(1.0, seed=5))
    lone = predictions(1.0).take(np.arange(5))
    ones = Predictions("binary", np.ones(5, dtype=int), lone.scores, lone.y_pred, lone.classes)
    with pytest.raises(MetricError):
        resolve_metric("roc_auc").difference(ones, ones)
