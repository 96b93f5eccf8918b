"""How candidates are scored: thresholds come from out-of-fold predictions only, intervals hold the value."""

import numpy as np
import pandas as pd
import pytest

import litmus
from litmus import Metric
from litmus.metrics import resolve_metric

PRECISION = {"precision": 0.9}


@pytest.fixture(scope="module")
def run():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=1500), "z": rng.normal(size=1500)})
    frame["y"] = np.where(frame["x"] + rng.normal(size=1500) > 0.4, "yes", "no")
    return litmus.train(
        frame,
        target="y",
        algorithm="LinearModel",
        k_fold=3,
        metrics={
            "train": ["accuracy", Metric("coverage_at_precision", PRECISION)],
            "validation": ["accuracy", "roc_auc", "log_loss"],
            "test": ["accuracy", Metric("coverage_at_precision", PRECISION)],
        },
        executor="in_process",
        callbacks=[],
    )


def test_the_threshold_is_the_out_of_fold_one(run):
    trial = run.leaderboard[1]
    metric = resolve_metric(Metric("coverage_at_precision", PRECISION))
    threshold = metric.threshold(trial.validation)
    score = trial.score(metric.label, "test")
    assert score.details["threshold"] == pytest.approx(threshold)
    assert score.value == pytest.approx(metric.score_at(trial.test, threshold))
    assert score.low <= score.value <= score.high
    assert score.high - score.low < 0.25
    assert trial.score(metric.label, "train").value > 0


def test_values_are_means_over_folds_with_their_spread_and_an_interval_around_them(run):
    for score in run.leaderboard[1].scores["validation"].values():
        assert score.value == pytest.approx(np.mean(score.folds))
        assert score.spread == pytest.approx(np.std(score.folds))
        assert score.low < score.value < score.high


def test_out_of_fold_predictions_cover_every_training_row_once(run):
    trial, data = run.leaderboard[1], run.data["data"]
    np.testing.assert_array_equal(trial.validation_rows, np.arange(len(data.train)))
    np.testing.assert_array_equal(trial.validation.y_true, data.y)


def test_the_test_score_is_the_delivered_models(run):
    data = run.data["data"]
    predicted = run.best.predict(data.test).to_numpy()
    truth = np.asarray(data.target.decode(data.y_test))
    assert run.leaderboard[1].score("accuracy", "test").value == pytest.approx((predicted == truth).mean())
