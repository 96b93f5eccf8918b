"""Metrics of decided classes, compared with scikit-learn."""

import dataclasses
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metric_cases import NAMES, classifications, classified
from sklearn import metrics as sk

from litmus.errors import MetricError, ParameterError
from litmus.metrics import Metric, Predictions

AVERAGES = st.sampled_from(["macro", "micro", "weighted"])


def ours(name, predictions, parameters=None):
    return Metric(name, parameters or {}).score(predictions)


def same(value):
    return pytest.approx(value, rel=1e-9, abs=1e-12)


@given(classifications)
@settings(max_examples=60, deadline=None)
def test_accuracy_and_balanced_accuracy(p):
    assert ours("accuracy", p) == same(sk.accuracy_score(p.y_true, p.y_pred, sample_weight=p.sample_weight))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn warns about predicted classes that are not in the truth
        expected = sk.balanced_accuracy_score(p.y_true, p.y_pred, sample_weight=p.sample_weight)
    assert ours("balanced_accuracy", p) == same(expected)


@given(classifications, AVERAGES)
@settings(max_examples=60, deadline=None)
def test_precision_recall_f1_averaged(p, average):
    for name, function in (("precision", sk.precision_score), ("recall", sk.recall_score), ("f1", sk.f1_score)):
        expected = function(p.y_true, p.y_pred, average=average, sample_weight=p.sample_weight, zero_division=0)
        assert ours(name, p, {"average": average}) == same(expected)


@given(classifications, st.integers(0, 4))
@settings(max_examples=60, deadline=None)
def test_precision_recall_f1_of_one_class(p, code):
    code %= len(p.classes)
    for name, function in (("precision", sk.precision_score), ("recall", sk.recall_score), ("f1", sk.f1_score)):
        expected = function(
            p.y_true == code, p.y_pred == code, sample_weight=p.sample_weight, zero_division=0, average="binary"
        )
        assert ours(f"{name}[{NAMES[code]}]", p) == same(expected)


@given(classifications)
@settings(max_examples=60, deadline=None)
def test_mcc(p):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn warns about a single class
        expected = sk.matthews_corrcoef(p.y_true, p.y_pred, sample_weight=p.sample_weight)
    assert ours("mcc", p) == pytest.approx(expected, abs=1e-9)


@given(classifications, st.sampled_from(["none", "linear", "quadratic"]))
@settings(max_examples=60, deadline=None)
def test_kappa(p, weights):
    if len(set(p.y_true.tolist()) | set(p.y_pred.tolist())) < 2:
        with pytest.raises(MetricError, match="single class"):
            ours("kappa", p, {"weights": weights})
        return
    expected = sk.cohen_kappa_score(
        p.y_true,
        p.y_pred,
        labels=range(len(p.classes)),
        weights=None if weights == "none" else weights,
        sample_weight=p.sample_weight,
    )
    assert ours("kappa", p, {"weights": weights}) == pytest.approx(expected, abs=1e-9)


def fixed(y_true, y_pred, classes):
    task = "binary" if len(classes) == 2 else "multiclass"
    return Predictions(task, np.array(y_true), np.eye(len(classes))[y_pred], np.array(y_pred), classes)


def test_golden_values_of_a_small_confusion_matrix():
    # By hand: 3 right of 4 positives, 1 false alarm among 6 negatives.
    p = fixed([1, 1, 1, 1, 0, 0, 0, 0, 0, 0], [1, 1, 1, 0, 1, 0, 0, 0, 0, 0], ("no", "yes"))
    assert ours("accuracy", p) == same(0.8)
    assert ours("precision", p) == same(0.75)
    assert ours("recall", p) == same(0.75)
    assert ours("f1", p) == same(0.75)
    assert ours("recall[no]", p) == same(5 / 6)
    assert ours("balanced_accuracy", p) == same((3 / 4 + 5 / 6) / 2)
    assert ours("mcc", p) == same((3 * 5 - 1 * 1) / (4 * 6 * 4 * 6) ** 0.5)
    assert ours("kappa", p) == same((0.8 - 0.52) / (1 - 0.52))


def test_binary_average_is_the_default_on_binary_tasks_and_macro_elsewhere():
    p = classified(3, 50, 2)
    assert ours("f1", p) == ours("f1", p, {"average": "binary"}) == ours("f1[bee]", p)
    p = classified(3, 50, 4)
    assert ours("f1", p) == ours("f1", p, {"average": "macro"})


def test_nothing_predicted_gives_zero_precision():
    p = fixed([1, 0, 1], [0, 0, 0], ("no", "yes"))
    assert ours("precision", p) == 0.0
    assert ours("f1", p) == 0.0
    assert ours("mcc", p) == 0.0


def test_a_class_that_does_not_occur_is_left_out_of_the_macro_average():
    p = fixed([0, 0, 1, 1], [0, 0, 1, 0], ("a", "b", "never"))
    assert ours("f1", p) == same((0.8 + 2 / 3) / 2)
    assert ours("balanced_accuracy", p) == same(0.75)


def test_labels_of_any_type_are_found_by_value_or_in_writing():
    p = fixed([0, 1, 1], [0, 1, 0], (False, True))
    assert ours("recall", p, {"label": True}) == ours("recall[True]", p) == 0.5
    p = fixed([0, 1, 2], [0, 1, 1], (3, 5, 8))
    assert ours("recall", p, {"label": 8}) == ours("recall[8]", p) == ours("recall", p, {"label": np.int64(8)}) == 0.0


def test_unknown_class_suggests_the_nearest():
    with pytest.raises(
        ParameterError, match=r"precision: 'bea' is not a class\. Did you mean 'bee'\? Classes: ant, bee"
    ):
        Metric("precision[bea]").check("binary", ("ant", "bee"))


@pytest.mark.parametrize(
    ("task", "parameters", "message"),
    [
        ("multiclass", {"average": "binary"}, "average='binary' is for binary tasks"),
        ("multiclass", {"average": "samples"}, "average='samples' is for multilabel tasks"),
        ("binary", {"average": "macro", "label": "ant"}, "give one of the two"),
    ],
)
def test_parameters_that_do_not_fit_together(task, parameters, message):
    with pytest.raises(ParameterError, match=message):
        Metric("f1", parameters).check(task, NAMES[: 2 if task == "binary" else 3])


def test_scores_follow_decided_labels_and_not_probabilities():
    p = classified(5, 80, 2)
    all_positive = dataclasses.replace(p, y_pred=np.ones_like(p.y_pred))
    assert ours("recall", all_positive) == 1.0
    assert ours("precision", all_positive) == same((p.y_true == 1).mean())
