"""Calibrated probabilities come true as often as they say."""

import dataclasses

import numpy as np
import pytest
from scipy.special import expit, softmax
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from litmus.errors import ParameterError
from litmus.metrics.predictions import Predictions
from litmus.postprocessing import Calibrate


def binary(rows=4000, seed=0):
    """Scores that are twice as sure as they should be and lean to one side."""
    random = np.random.default_rng(seed)
    odds = random.normal(0, 1.5, rows)
    truth = (random.random(rows) < expit(odds)).astype(np.int64)
    said = expit(2 * odds + 1)
    return Predictions("binary", truth, np.column_stack([1 - said, said]), (said > 0.5) * 1, ("no", "yes"))


def classes(rows=4000, sureness=3.0):
    random = np.random.default_rng(1)
    logits = random.normal(0, 1, (rows, 3))
    truth = (softmax(logits, axis=1).cumsum(axis=1) > random.random((rows, 1))).argmax(axis=1)
    return Predictions("multiclass", truth, softmax(sureness * logits, axis=1), truth, ("a", "b", "c"))


def test_sigmoid_is_a_logistic_regression_on_the_log_odds():
    given = binary()
    calibrate = Calibrate()
    calibrate.fit(given)
    odds = np.log(given.scores[:, 1] / given.scores[:, 0])
    fitted = LogisticRegression(C=np.inf).fit(odds[:, None], given.y_true)
    expected = fitted.predict_proba(odds[:, None])
    np.testing.assert_allclose(calibrate.adjust(given.scores), expected, atol=3e-3)  # Platt softens the targets
    assert calibrate.curves_[0]["slope"] == pytest.approx(0.5, abs=0.05)


def test_isotonic_is_that_of_scikit_learn():
    given = binary()
    calibrate = Calibrate(method="isotonic")
    calibrate.fit(given)
    score = given.scores[:, 1]
    expected = IsotonicRegression(out_of_bounds="clip").fit(score, given.y_true).predict(score)
    np.testing.assert_allclose(calibrate.adjust(given.scores)[:, 1], expected, atol=2e-4)


@pytest.mark.parametrize("method", ["sigmoid", "isotonic", "temperature"])
def test_new_rows_are_predicted_better(method):
    for given, new in ((binary(seed=0), binary(seed=1)), (classes(), classes())):
        calibrate = Calibrate(method=method)
        calibrate.fit(given)
        assert log_loss(new.y_true, calibrate.adjust(new.scores)) < log_loss(new.y_true, new.scores) - 0.01


def test_temperature_is_found_and_keeps_the_likeliest_class():
    given = classes(sureness=2.5)
    calibrate = Calibrate(method="temperature")
    calibrate.fit(given)
    assert calibrate.curves_[0]["temperature"] == pytest.approx(2.5, rel=0.1)
    np.testing.assert_array_equal(calibrate.adjust(given.scores).argmax(axis=1), given.scores.argmax(axis=1))


def test_probabilities_that_are_right_stay():
    given = classes(sureness=1.0)
    for method in ("sigmoid", "temperature"):
        calibrate = Calibrate(method=method)
        calibrate.fit(given)
        assert np.abs(calibrate.adjust(given.scores) - given.scores).max() < 0.05


def test_labels_are_calibrated_one_by_one():
    one, two = binary(seed=2), binary(seed=3)
    both = Predictions(
        "multilabel",
        np.column_stack([one.y_true, two.y_true]).astype(np.int8),
        np.column_stack([one.scores[:, 1], two.scores[:, 1]]),
        np.zeros((4000, 2), dtype=np.int8),
        ("a", "b"),
    )
    for method in ("sigmoid", "isotonic", "temperature"):
        together, alone = Calibrate(method=method), Calibrate(method=method)
        together.fit(both)
        alone.fit(two)
        np.testing.assert_allclose(together.adjust(both.scores)[:, 1], alone.adjust(two.scores)[:, 1], atol=1e-6)


def test_weights_count():
    given = binary()
    weight = np.where(given.y_true == 1, 3.0, 1.0)
    plain, heavy = Calibrate(), Calibrate()
    plain.fit(given)
    heavy.fit(dataclasses.replace(given, sample_weight=weight))
    assert heavy.adjust(given.scores)[:, 1].mean() > plain.adjust(given.scores)[:, 1].mean() + 0.1


@pytest.mark.parametrize("method", ["sigmoid", "isotonic", "temperature"])
def test_one_class_and_extreme_scores_are_no_trouble(method):
    given = binary(20)
    single = dataclasses.replace(given, y_true=np.zeros(20, dtype=np.int64))
    calibrate = Calibrate(method=method)
    calibrate.fit(single)
    assert np.isfinite(calibrate.adjust(single.scores)).all()
    sure = np.array([[1.0, 0.0], [0.0, 1.0]] * 10)
    calibrate.fit(dataclasses.replace(given, scores=sure))
    adjusted = calibrate.adjust(sure)
    assert np.isfinite(adjusted).all()
    np.testing.assert_allclose(adjusted.sum(axis=1), 1, rtol=1e-6)


def test_isotonic_is_never_entirely_sure():
    score = np.linspace(0.01, 0.99, 50)
    truth = (score > 0.5).astype(np.int64)
    given = Predictions("binary", truth, np.column_stack([1 - score, score]), truth, (0, 1))
    calibrate = Calibrate(method="isotonic")
    calibrate.fit(given)
    assert 0 < calibrate.adjust(given.scores).min() < 0.02


def test_errors():
    with pytest.raises(ParameterError, match="one of 'sigmoid', 'isotonic', 'temperature'"):
        Calibrate(method="platt")
    values = np.arange(3.0)
    with pytest.raises(ParameterError, match="a regression task has none"):
        Calibrate().fit(Predictions("regression", values, values, values))
