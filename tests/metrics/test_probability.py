"""Log loss, Brier score, calibration error and top-k accuracy, compared with scikit-learn and plain loops."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metric_cases import NAMES, classifications, classified, labelled, seeds
from sklearn import metrics as sk

from litmus.errors import ParameterError
from litmus.metrics import Metric, Predictions


def same(value):
    return pytest.approx(value, rel=1e-9, abs=1e-12)


@given(classifications)
@settings(max_examples=60, deadline=None)
def test_log_loss(p):
    scores = p.scores if p.task == "multiclass" else p.scores[:, 1]
    expected = sk.log_loss(p.y_true, scores, labels=range(len(p.classes)), sample_weight=p.sample_weight)
    assert Metric("log_loss").score(p) == pytest.approx(expected, rel=1e-6)


@given(classifications)
@settings(max_examples=60, deadline=None)
def test_brier(p):
    scores = p.scores if p.task == "multiclass" else p.scores[:, 1]
    expected = sk.brier_score_loss(p.y_true, scores, labels=range(len(p.classes)), sample_weight=p.sample_weight)
    assert Metric("brier").score(p) == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_multilabel_is_the_mean_over_labels():
    p = labelled(0, 40, 3, weighted=True)
    weight = p.sample_weight
    losses = [sk.log_loss(p.y_true[:, k], p.scores[:, k], labels=[0, 1], sample_weight=weight) for k in range(3)]
    assert Metric("log_loss").score(p) == same(np.mean(losses))
    briers = [
        sk.brier_score_loss(p.y_true[:, k], p.scores[:, k], labels=[0, 1], sample_weight=weight) for k in range(3)
    ]
    assert Metric("brier").score(p) == same(np.mean(briers))


def test_probabilities_of_zero_and_one_cost_much_but_not_infinitely():
    p = Predictions("binary", np.array([0, 1]), np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([0, 0]), ("no", "yes"))
    assert Metric("log_loss").score(p) == same(-math.log(2.220446049250313e-16) / 2)
    assert Metric("brier").score(p) == 0.5
    single = dataclasses.replace(p, scores=p.scores.astype(np.float32))
    assert Metric("log_loss").score(single) == Metric("log_loss").score(p)


@given(seeds, st.integers(2, 4), st.integers(1, 20), st.booleans())
@settings(max_examples=50, deadline=None)
def test_calibration_error_is_the_mean_over_bins(seed, n_classes, bins, weighted):
    p = classified(seed, 40, n_classes, weighted=weighted)
    weight = np.ones(40) if p.sample_weight is None else p.sample_weight
    if n_classes == 2:
        confidence, right = p.scores[:, 1], p.y_true == 1
    else:
        confidence, right = p.scores.max(axis=1), p.scores.argmax(axis=1) == p.y_true
    expected = 0.0
    for at in range(bins):
        low, high = at / bins, (at + 1) / bins
        inside = (confidence >= low) & ((confidence < high) | ((at == bins - 1) & (confidence <= 1)))
        if inside.any():
            gap = np.average(right[inside], weights=weight[inside]) - np.average(
                confidence[inside], weights=weight[inside]
            )
            expected += weight[inside].sum() / weight.sum() * abs(gap)
    assert Metric("expected_calibration_error", {"bins": bins}).score(p) == pytest.approx(expected, abs=1e-9)


def test_calibration_error_of_certain_answers():
    p = Predictions(
        "binary", np.array([0, 1, 1, 1]), np.array([[1.0, 0], [0, 1], [0, 1], [1, 0]]), np.zeros(4, int), ("no", "yes")
    )
    assert Metric("expected_calibration_error").score(p) == same(0.25)


@given(seeds, st.integers(3, 6), st.integers(1, 2), st.booleans())
@settings(max_examples=50, deadline=None)
def test_top_k(seed, n_classes, k, weighted):
    p = classified(seed, 40, n_classes, weighted=weighted)
    expected = sk.top_k_accuracy_score(p.y_true, p.scores, k=k, labels=range(n_classes), sample_weight=p.sample_weight)
    assert Metric("top_k_accuracy", {"k": k}).score(p) == same(expected)


def test_top_one_of_equally_likely_classes_is_the_decided_one():
    p = Predictions("multiclass", np.array([0, 0, 1]), np.full((3, 3), 1 / 3), np.zeros(3, int), NAMES[:3])
    assert Metric("top_k_accuracy(k=1)").score(p) == Metric("accuracy").score(p) == same(2 / 3)
    assert Metric("top_k_accuracy(k=2)").score(p) == 1.0


def test_k_must_leave_a_class_out():
    with pytest.raises(ParameterError, match="with k=3 and 3 classes it is always 1; choose k from 1 to 2"):
        Metric("top_k_accuracy", {"k": 3}).check("multiclass", NAMES[:3])
