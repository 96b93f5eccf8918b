"""Thresholds against trying all of them."""

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score

from litmus.errors import MetricError, ParameterError, UnknownNameError
from litmus.metrics.predictions import Predictions
from litmus.postprocessing import Threshold


@pytest.fixture
def predictions():
    random = np.random.default_rng(0)
    truth = (random.random(3000) < 0.1).astype(np.int64)
    score = np.clip(random.normal(0.15 + 0.15 * truth, 0.1), 0.001, 0.999)
    return Predictions("binary", truth, np.column_stack([1 - score, score]), truth * 0, ("ok", "fraud"))


class ByName:
    """A metric as the metrics of Litmus are: an object with `score`."""

    def __init__(self, function, *, maximize=True, needs="labels"):
        self.function, self.maximize, self.needs, self.label = function, maximize, needs, "by_name"

    def score(self, predictions):
        return self.function(predictions.y_true, predictions.y_pred)


@pytest.mark.parametrize(
    ("metric", "function"),
    [
        (None, balanced_accuracy_score),
        ("f1", f1_score),
        (ByName(f1_score), f1_score),
        (ByName(lambda y, p: -f1_score(y, p), maximize=False), f1_score),
    ],
)
def test_no_other_threshold_is_better(predictions, metric, function):
    threshold = Threshold(metric=metric)
    threshold.fit(predictions)
    reached = function(predictions.y_true, threshold.decide(predictions.scores))
    score = predictions.scores[:, 1]
    best = max(function(predictions.y_true, score >= value) for value in np.unique(score)[::7])
    assert reached >= best - 0.003
    assert reached > function(predictions.y_true, score >= 0.5) + 0.1


def test_all_thresholds_are_tried_on_few_rows():
    score = np.array([0.1, 0.2, 0.3, 0.35, 0.8])
    truth = np.array([0, 0, 1, 1, 0])
    given = Predictions("binary", truth, np.column_stack([1 - score, score]), truth, (False, True))
    threshold = Threshold()
    threshold.fit(given)
    assert threshold.threshold_ == pytest.approx(0.25)
    assert threshold.decide(given.scores).tolist() == [0, 0, 1, 1, 1]


def test_a_fixed_value_and_another_label(predictions):
    fixed = Threshold(value=0.3)
    fixed.fit(predictions)
    np.testing.assert_array_equal(fixed.decide(predictions.scores), predictions.scores[:, 1] >= 0.3)
    other = Threshold(value=0.9, label="ok")
    other.fit(predictions)
    np.testing.assert_array_equal(other.decide(predictions.scores), (predictions.scores[:, 0] < 0.9) * 1)
    assert fixed.report() == ["Class 1 is given from a probability of 0.3 on (fixed)."]


def test_several_classes_have_a_threshold_on_one():
    scores = np.array([[0.2, 0.5, 0.3], [0.3, 0.3, 0.4], [0.1, 0.8, 0.1]])
    truth = np.array([0, 0, 1])
    given = Predictions("multiclass", truth, scores, scores.argmax(axis=1), ("a", "b", "c"))
    threshold = Threshold(label="a")
    threshold.fit(given)
    assert threshold.decide(scores).tolist() == [0, 0, 1]
    assert threshold.decide(np.array([[0.05, 0.2, 0.75]])).tolist() == [2]


def test_each_label_has_its_threshold():
    random = np.random.default_rng(3)
    truth = (random.random((500, 2)) < 0.5).astype(np.int8)
    scores = np.clip(random.normal([0.2, 0.7] + 0.1 * truth, 0.02), 0, 1)
    given = Predictions("multilabel", truth, scores, truth, ("a", "b"))
    threshold = Threshold()
    threshold.fit(given)
    np.testing.assert_allclose(threshold.thresholds_, [0.25, 0.75], atol=0.02)
    assert (threshold.decide(scores) == truth).mean() > 0.97
    one = Threshold(label="b")
    one.fit(given)
    assert one.thresholds_[0] == 0.5
    fixed = Threshold(value=0.9)
    fixed.fit(given)
    assert fixed.thresholds_.tolist() == [0.9, 0.9]


def test_thresholds_where_a_metric_is_undefined_are_passed_over(predictions):
    def precision(y_true, y_pred):
        if not (y_pred == 1).any():
            raise MetricError("no positive answer")
        return (y_true[y_pred == 1] == 1).mean() if (y_pred == 1).sum() >= 20 else np.nan

    threshold = Threshold(metric=ByName(precision))
    threshold.fit(predictions)
    assert (threshold.decide(predictions.scores) == 1).sum() >= 20


def test_a_fitted_threshold_writes_its_metric_as_a_name():
    from litmus.metrics import Metric

    assert Threshold(metric=Metric("f1")).settings()["metric"] == "f1"
    assert Threshold(metric=ByName(f1_score)).settings()["metric"] is None
    assert Threshold(metric="f1").settings() == {"metric": "f1", "value": None, "label": None}


def test_errors(predictions):
    with pytest.raises(ParameterError, match="both metric= and value="):
        Threshold(metric="f1", value=0.5)
    with pytest.raises(ParameterError, match="at most 1.0"):
        Threshold(value=1.5)
    with pytest.raises(UnknownNameError, match="f1"):
        Threshold(metric="ff1")
    with pytest.raises(ParameterError, match="computed from probabilities, so no threshold changes it"):
        Threshold(metric="roc_auc")
    with pytest.raises(ParameterError, match="label='fruad', which is no class. Did you mean 'fraud'"):
        Threshold(label="fruad").fit(predictions)
    three = Predictions("multiclass", np.zeros(1, int), np.ones((1, 3)) / 3, np.zeros(1, int), ("a", "b", "c"))
    with pytest.raises(ParameterError, match="needs label= for 3 classes; give one of 'a', 'b', 'c'"):
        Threshold().fit(three)
    values = np.arange(3.0)
    with pytest.raises(ParameterError, match="a regression task has none"):
        Threshold().fit(Predictions("regression", values, values, values))
