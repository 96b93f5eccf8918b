"""ROC AUC and average precision, compared with scikit-learn."""

import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from metric_cases import NAMES, binaries, classified, labelled, labellings, seeds
from sklearn import metrics as sk

from litmus.errors import MetricError
from litmus.metrics import Metric, Predictions


def same(value):
    return pytest.approx(value, rel=1e-9, abs=1e-12)


@given(binaries)
@settings(max_examples=80, deadline=None)
def test_binary(p):
    assume(len(set(p.y_true.tolist())) == 2)
    probability = p.scores[:, 1]
    expected = sk.roc_auc_score(p.y_true, probability, sample_weight=p.sample_weight)
    assert Metric("roc_auc").score(p) == same(expected)
    assert Metric("roc_auc[ant]").score(p) == pytest.approx(
        sk.roc_auc_score(p.y_true == 0, p.scores[:, 0], sample_weight=p.sample_weight)
    )
    expected = sk.average_precision_score(p.y_true, probability, sample_weight=p.sample_weight)
    assert Metric("pr_auc").score(p) == same(expected)


@given(seeds, st.integers(3, 5), st.booleans(), st.booleans(), st.sampled_from(["macro", "weighted"]))
@settings(max_examples=60, deadline=None)
def test_several_classes(seed, n_classes, ties, weighted, average):
    p = classified(seed, 60, n_classes, ties=ties, weighted=weighted)
    assume(len(set(p.y_true.tolist())) == n_classes)
    expected = sk.roc_auc_score(
        p.y_true, p.scores, multi_class="ovr", average=average, labels=range(n_classes), sample_weight=p.sample_weight
    )
    assert Metric("roc_auc", {"average": average}).score(p) == same(expected)
    onehot = np.eye(n_classes)[p.y_true]
    expected = sk.average_precision_score(onehot, p.scores, average=average, sample_weight=p.sample_weight)
    assert Metric("pr_auc", {"average": average}).score(p) == same(expected)
    if not weighted:  # scikit-learn has no weights for pairs of classes
        expected = sk.roc_auc_score(p.y_true, p.scores, multi_class="ovo", average=average, labels=range(n_classes))
        assert Metric("roc_auc", {"average": average, "multi_class": "ovo"}).score(p) == same(expected)


def test_pairs_of_classes_take_weights_as_repeated_rows():
    p = classified(1, 50, 3)
    times = np.random.default_rng(0).integers(1, 4, 50)
    weighted = Predictions(p.task, p.y_true, p.scores, p.y_pred, p.classes, times.astype(float))
    metric = Metric("roc_auc", {"multi_class": "ovo", "average": "weighted"})
    assert metric.score(weighted) == same(metric.score(p.take(np.repeat(np.arange(50), times))))


@given(labellings, st.sampled_from(["macro", "weighted"]))
@settings(max_examples=40, deadline=None)
def test_multilabel_averages_the_labels_that_vary(p, average):
    vary = (p.y_true.min(axis=0) == 0) & (p.y_true.max(axis=0) == 1)
    if not vary.any():
        with pytest.raises(MetricError, match="every label is true for all rows or for none"):
            Metric("roc_auc").score(p)
        return
    expected = sk.roc_auc_score(p.y_true[:, vary], p.scores[:, vary], average=average, sample_weight=p.sample_weight)
    assert Metric("roc_auc", {"average": average}).score(p) == same(expected)


def test_one_label_of_several():
    p = labelled(2, 80, 3)
    assert Metric("pr_auc[cat]").score(p) == same(sk.average_precision_score(p.y_true[:, 2], p.scores[:, 2]))


def test_golden_values():
    scores = np.array([0.1, 0.4, 0.35, 0.8])
    p = Predictions("binary", np.array([0, 0, 1, 1]), np.c_[1 - scores, scores], np.array([0, 0, 0, 1]), ("no", "yes"))
    assert Metric("roc_auc").score(p) == same(0.75)
    assert Metric("pr_auc").score(p) == same(0.5 * 1 + 0.5 * 2 / 3)


def test_equal_probabilities_are_worth_one_half():
    p = Predictions("binary", np.array([0, 1, 1, 0]), np.full((4, 2), 0.5), np.zeros(4, int), ("no", "yes"))
    assert Metric("roc_auc").score(p) == 0.5
    assert Metric("pr_auc").score(p) == 0.5


@pytest.mark.parametrize("n_classes", [2, 4])
def test_one_class_in_the_truth_is_an_error_that_names_it(n_classes):
    p = classified(0, 30, n_classes)
    p = p.take(p.y_true == 1)
    with pytest.raises(MetricError, match=r"^roc_auc is undefined: every row has the class 'bee'; it needs"):
        Metric("roc_auc").score(p)


def test_no_row_of_the_class_is_an_error():
    p = classified(0, 30, 2)
    with pytest.raises(MetricError, match="no row is of the class"):
        Metric("pr_auc").score(p.take(p.y_true == 0))


def test_a_class_that_is_absent_is_left_out_of_the_average():
    p = classified(4, 60, 3)
    p = p.take(p.y_true != 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        score = Metric("roc_auc").score(p)
    each = [sk.roc_auc_score(p.y_true == code, p.scores[:, code]) for code in (0, 1)]
    assert score == same(np.mean(each))
    assert Metric("roc_auc(multi_class=ovo)").score(p) > 0.5
    assert NAMES[2] not in {NAMES[code] for code in p.y_true}
