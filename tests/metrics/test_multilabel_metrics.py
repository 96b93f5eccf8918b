"""Metrics of sets of labels, compared with scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metric_cases import NAMES, labelled, labellings
from sklearn import metrics as sk

from litmus.errors import MetricError
from litmus.metrics import Metric, Predictions


def same(value):
    return pytest.approx(value, rel=1e-9, abs=1e-12)


KNOWN = {"precision": sk.precision_score, "recall": sk.recall_score, "f1": sk.f1_score, "jaccard": sk.jaccard_score}


@given(labellings, st.sampled_from(["macro", "micro", "weighted", "samples"]))
@settings(max_examples=80, deadline=None)
def test_averages(p, average):
    occurs = np.flatnonzero(p.y_true.any(axis=0) | p.y_pred.any(axis=0))
    if not len(occurs) or (average == "weighted" and not p.y_true.any()):
        return
    # The macro mean is over the labels that occur; scikit-learn would count the others as 0.
    labels = occurs if average == "macro" else None
    for name, function in KNOWN.items():
        expected = function(
            p.y_true, p.y_pred, labels=labels, average=average, sample_weight=p.sample_weight, zero_division=0
        )
        assert Metric(name, {"average": average}).score(p) == same(expected)


@given(labellings)
@settings(max_examples=60, deadline=None)
def test_whole_sets(p):
    assert Metric("subset_accuracy").score(p) == same(
        sk.accuracy_score(p.y_true, p.y_pred, sample_weight=p.sample_weight)
    )
    assert Metric("hamming_loss").score(p) == same(sk.hamming_loss(p.y_true, p.y_pred, sample_weight=p.sample_weight))
    expected = sk.label_ranking_average_precision_score(p.y_true, p.scores, sample_weight=p.sample_weight)
    assert Metric("label_ranking_average_precision").score(p) == same(expected)


def test_tied_scores_share_the_lower_rank():
    p = Predictions("multilabel", np.array([[1, 0, 0]]), np.full((1, 3), 0.5), np.zeros((1, 3), int), NAMES[:3])
    assert Metric("label_ranking_average_precision").score(p) == same(1 / 3)


def test_one_label():
    p = labelled(1, 60, 3)
    for name, function in KNOWN.items():
        assert Metric(f"{name}[bee]").score(p) == same(function(p.y_true[:, 1], p.y_pred[:, 1]))


def test_golden_values():
    p = Predictions(
        "multilabel",
        np.array([[1, 1], [0, 1], [1, 0]]),
        np.zeros((3, 2)),
        np.array([[1, 0], [0, 1], [1, 1]]),
        NAMES[:2],
    )
    assert Metric("subset_accuracy").score(p) == same(1 / 3)
    assert Metric("hamming_loss").score(p) == same(2 / 6)
    assert Metric("jaccard").score(p) == same((0.5 + 1 + 0.5) / 3)
    assert Metric("f1").score(p) == same((1.0 + 0.5) / 2)


def test_no_label_anywhere_is_undefined():
    none = np.zeros((3, 2), dtype=np.int8)
    p = Predictions("multilabel", none, none.astype(float), none, NAMES[:2])
    with pytest.raises(MetricError, match="f1 is undefined: no class occurs"):
        Metric("f1").score(p)
