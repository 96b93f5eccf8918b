"""The metrics of a model that answers only where it is sure, compared with a search over every threshold."""

import dataclasses
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metric_cases import NAMES, classifications, classified, labelled

from litmus.errors import MetricError, ParameterError
from litmus.metrics import Metric, Predictions, choose_threshold

PRECISIONS = st.sampled_from([0.1, 0.5, 0.6, 0.75, 0.9, 0.95, 1.0])


def same(value):
    return pytest.approx(value, rel=1e-9, abs=1e-12)


def confident(p, label=None):
    """Confidence and rightness of each row, and which rows recall counts, written once more and differently."""
    if p.task == "multiclass" and label is None:
        return p.scores.max(axis=1), p.scores.argmax(axis=1) == p.y_true, np.ones(len(p), bool)
    code = 1 if label is None else p.classes.index(label)
    truth = p.y_true[:, code] == 1 if p.task == "multilabel" else p.y_true == code
    return p.scores[:, code], truth, truth


def every_threshold(p, label=None):
    """(threshold, coverage, precision, recall) at each confidence that occurs."""
    confidence, right, wanted = confident(p, label)
    weight = np.ones(len(p)) if p.sample_weight is None else p.sample_weight
    for threshold in sorted(set(confidence.tolist())):
        accepted = confidence >= threshold
        yield (
            threshold,
            weight[accepted].sum() / weight.sum(),
            weight[accepted & right].sum() / weight[accepted].sum(),
            weight[accepted & right].sum() / weight[wanted].sum() if wanted.any() else math.nan,
        )


@given(classifications, PRECISIONS, st.booleans())
@settings(max_examples=150, deadline=None)
def test_at_precision(p, precision, per_class):
    label = p.classes[0] if per_class else None
    parameters = {"precision": precision} | ({"label": label} if per_class else {})
    reached = [point for point in every_threshold(p, label) if point[2] >= precision - 1e-9]
    coverage, recall, threshold = (
        Metric(name, parameters) for name in ("coverage_at_precision", "recall_at_precision", "threshold_at_precision")
    )
    if not reached:
        assert coverage.score(p) == 0.0
        assert coverage.threshold(p) == math.inf
        assert coverage.score_at(p, math.inf) == 0.0
        with pytest.raises(MetricError, match="no threshold reaches a precision"):
            threshold.score(p)
        return
    widest = max(reached, key=lambda point: point[1])
    assert coverage.score(p) == same(widest[1])
    assert recall.score(p) == same(widest[3])
    assert coverage.threshold(p) == recall.threshold(p) == threshold.threshold(p) == threshold.score(p) == widest[0]
    assert coverage.score_at(p, widest[0]) == same(coverage.score(p))
    assert recall.score_at(p, widest[0]) == same(recall.score(p))


@given(classifications, st.sampled_from([0.05, 0.3, 0.5, 0.8, 1.0]), st.booleans())
@settings(max_examples=100, deadline=None)
def test_precision_at_coverage(p, coverage, per_class):
    label = p.classes[0] if per_class else None
    metric = Metric("precision_at_coverage", {"coverage": coverage} | ({"label": label} if per_class else {}))
    enough = [point for point in every_threshold(p, label) if point[1] >= coverage - 1e-9]
    fewest = min(enough, key=lambda point: point[1])
    assert metric.score(p) == same(fewest[2])
    assert metric.threshold(p) == fewest[0]
    assert metric.score_at(p, fewest[0]) == same(fewest[2])


def binary(truth, probability, weight=None):
    probability = np.array(probability, float)
    scores = np.c_[1 - probability, probability]
    weight = None if weight is None else np.array(weight, float)
    return Predictions("binary", np.array(truth), scores, scores.argmax(axis=1), ("no", "yes"), weight)


def test_worked_example():
    # By falling probability the answers are right, right, wrong, right, wrong.
    p = binary([1, 1, 0, 1, 0], [0.9, 0.8, 0.7, 0.6, 0.2])
    assert Metric("coverage_at_precision(precision=1)").score(p) == 0.4
    assert Metric("coverage_at_precision(precision=0.75)").score(p) == 0.8  # 3 of 4, although only 2 of 3 before it
    assert Metric("recall_at_precision(precision=1)").score(p) == same(2 / 3)
    assert Metric("threshold_at_precision(precision=0.75)").score(p) == 0.6
    assert Metric("precision_at_coverage(coverage=0.5)").score(p) == same(2 / 3)


def test_rows_of_equal_confidence_are_accepted_together():
    p = binary([1, 0, 1, 1], [0.8, 0.8, 0.8, 0.3])
    assert Metric("coverage_at_precision(precision=0.9)").score(p) == 0.0  # not 2 of the 3 rows at 0.8
    assert Metric("coverage_at_precision(precision=0.75)").score(p) == 1.0
    assert Metric("precision_at_coverage(coverage=0.25)").score(p) == same(2 / 3)
    assert Metric("precision_at_coverage(coverage=0.25)").details(p, 0.8)["coverage"] == 0.75


def test_a_precision_that_is_met_exactly_counts():
    for right, rows in ((55, 100), (27, 30), (9, 10), (85, 100), (7, 10)):
        p = binary([1] * right + [0] * (rows - right), np.full(rows, 0.7))
        assert Metric("coverage_at_precision", {"precision": right / rows}).score(p) == 1.0
        p = binary([1] * (right - 1) + [0] * (rows - right + 1), np.full(rows, 0.7))
        assert Metric("coverage_at_precision", {"precision": right / rows}).score(p) == 0.0


def test_weights_count_as_rows():
    p = binary([1, 0, 1], [0.9, 0.8, 0.7], weight=[1, 1, 8])
    assert Metric("coverage_at_precision(precision=0.9)").score(p) == 1.0
    assert Metric("coverage_at_precision(precision=0.95)").score(p) == 0.1


def test_several_classes_count_the_likeliest_class():
    scores = np.array([[0.8, 0.1, 0.1], [0.1, 0.7, 0.2], [0.3, 0.1, 0.6], [0.4, 0.3, 0.3]])
    p = Predictions("multiclass", np.array([0, 1, 0, 2]), scores, scores.argmax(axis=1), NAMES[:3])
    assert Metric("coverage_at_precision(precision=0.85)").score(p) == 0.5
    assert Metric("recall_at_precision(precision=0.85)").score(p) == 0.5
    # For one class the confidence is its own probability, whatever the likeliest class is.
    assert Metric("coverage_at_precision[ant](precision=0.6)").score(p) == 0.75
    # Postprocessing may decide otherwise; confidence and prediction stay those of the probabilities.
    decided = dataclasses.replace(p, y_pred=np.array([2, 2, 2, 2]))
    assert Metric("coverage_at_precision(precision=0.85)").score(decided) == 0.5


def test_threshold_chosen_on_one_set_is_scored_on_another():
    metric = Metric("coverage_at_precision", {"precision": 0.85})
    held_out, test = classified(1, 400, 3), classified(2, 300, 3)
    threshold = metric.threshold(held_out)
    confidence, right, _ = confident(test)
    accepted = confidence >= threshold
    assert metric.score_at(test, threshold) == same(accepted.mean())
    found = metric.details(test, threshold)
    assert found == {
        "threshold": threshold,
        "coverage": same(accepted.mean()),
        "precision": same(right[accepted].mean()),
        "recall": same((right & accepted).mean()),
        "accepted_rows": int(accepted.sum()),
        "rows": 300,
    }
    assert json.loads(json.dumps(found)) == found
    low, high = metric.interval(test, threshold=threshold)
    assert low < metric.score_at(test, threshold) < high


def test_details_when_nothing_is_accepted_hold_no_nan():
    p = binary([0, 0], [0.4, 0.3])
    found = Metric("coverage_at_precision(precision=0.9)").details(p, math.inf)
    assert found == {
        "threshold": None,
        "coverage": 0.0,
        "precision": None,
        "recall": None,
        "accepted_rows": 0,
        "rows": 2,
    }
    with pytest.raises(MetricError, match="no row reaches the threshold"):
        Metric("precision_at_coverage(coverage=0.5)").score_at(p, 0.9)
    with pytest.raises(MetricError, match="no threshold reached a precision of 0.9 where it was chosen"):
        Metric("threshold_at_precision(precision=0.9)").score_at(p, math.inf)


def test_multilabel_needs_a_label():
    p = labelled(0, 60, 3)
    with pytest.raises(ParameterError, match=r"multilabel tasks need a label, as in 'coverage_at_precision\[ant\]'"):
        Metric("coverage_at_precision(precision=0.6)").score(p)
    metric = Metric("coverage_at_precision[bee](precision=0.6)")
    reached = [point[1] for point in every_threshold(p, "bee") if point[2] >= 0.6 - 1e-9]
    assert metric.score(p) == same(max(reached, default=0.0))


def test_single_precision_scores_meet_their_own_threshold():
    p = classified(3, 200, 2, dtype=np.float32)
    metric = Metric("coverage_at_precision(precision=0.8)")
    assert metric.score_at(p, metric.threshold(p)) == same(metric.score(p))
    assert metric.score(p) > 0


def test_other_metrics_choose_no_threshold():
    p = classified(0, 20, 2)
    for call in (
        lambda: Metric("accuracy").threshold(p),
        lambda: Metric("accuracy").score_at(p, 0.5),
        lambda: Metric("accuracy").details(p, 0.5),
        lambda: Metric("accuracy").interval(p, threshold=0.5),
    ):
        with pytest.raises(MetricError, match="accuracy chooses no threshold; these do: coverage_at_precision"):
            call()
    for wrong in (math.nan, "0.5", None, True):
        with pytest.raises(MetricError, match="A threshold must be a number"):
            Metric("coverage_at_precision(precision=0.8)").score_at(p, wrong)


@given(st.integers(0, 500), st.sampled_from(["f1", "accuracy", "mcc"]))
@settings(max_examples=25, deadline=None)
def test_chosen_threshold_is_the_best_of_all(seed, name):
    p = classified(seed, 60, 2, ties=True)
    threshold = choose_threshold(p, Metric(name))

    def at(value):
        return Metric(name).score(dataclasses.replace(p, y_pred=(p.scores[:, 1] >= value).astype(np.int64)))

    assert at(threshold) == same(max(at(value) for value in set(p.scores[:, 1].tolist())))


def test_threshold_choice_asks_metrics_that_choose_and_refuses_the_rest():
    p = classified(0, 60, 2)
    metric = Metric("recall_at_precision(precision=0.8)")
    assert choose_threshold(p, metric) == metric.threshold(p)
    many = classified(0, 3000, 2)
    assert 0 < choose_threshold(many, Metric("f1")) < 1
    with pytest.raises(MetricError, match="No threshold can be chosen for roc_auc on a binary task"):
        choose_threshold(p, Metric("roc_auc"))
    with pytest.raises(MetricError, match="No threshold can be chosen for f1 on a multiclass task"):
        choose_threshold(classified(0, 60, 3), Metric("f1"))
