"""Metrics of real predictions: a plain model of a real table, its scores fixed as golden numbers."""

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.preprocessing import StandardScaler

from litmus.metrics import Metric, Predictions, default_metrics


@pytest.fixture(scope="module")
def phonemes(request):
    """Out-of-fold probabilities of a logistic regression on the phoneme table (5,404 rows)."""
    real_table = request.getfixturevalue("real_table")
    table = pd.read_parquet(real_table("phoneme"))
    target = table.columns[-1]
    codes, classes = pd.factorize(table[target], sort=True)
    X = StandardScaler().fit_transform(table.drop(columns=target).to_numpy(dtype=float))
    scores = cross_val_predict(LogisticRegression(), X, codes, method="predict_proba", cv=5)
    return Predictions("binary", codes, scores, scores.argmax(axis=1), tuple(classes.tolist()))


def test_scores_are_scikit_learns(phonemes):
    p = phonemes
    expected = {
        "roc_auc": sk.roc_auc_score(p.y_true, p.scores[:, 1]),
        "accuracy": sk.accuracy_score(p.y_true, p.y_pred),
        "f1": sk.f1_score(p.y_true, p.y_pred),
        "log_loss": sk.log_loss(p.y_true, p.scores),
    }
    for metric in default_metrics("binary"):
        assert metric.score(p) == pytest.approx(expected[metric.label], rel=1e-9)


def test_golden_scores(phonemes):
    golden = {
        "roc_auc": 0.813,
        "mcc": 0.365,
        "coverage_at_precision(precision=0.6)": 0.309,
        "precision_at_coverage(coverage=0.1)": 0.588,
    }
    for label, score in golden.items():
        assert Metric(label).score(phonemes) == pytest.approx(score, abs=0.002), label


def test_a_threshold_holds_on_other_rows(phonemes):
    first = np.random.default_rng(0).random(len(phonemes)) < 0.5
    chosen_on, scored_on = phonemes.take(first), phonemes.take(~first)
    metric = Metric("coverage_at_precision", {"precision": 0.6})
    threshold = metric.threshold(chosen_on)
    assert metric.details(scored_on, threshold)["precision"] == pytest.approx(0.6, abs=0.04)
    low, high = metric.interval(scored_on, threshold=threshold)
    assert low < metric.score_at(scored_on, threshold) < high
    assert metric.score_at(scored_on, threshold) == pytest.approx(metric.score(chosen_on), abs=0.05)
