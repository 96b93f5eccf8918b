"""What pictures are drawn from, compared with scikit-learn and with the metrics of the same name."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from metric_cases import NAMES, binaries, classified, labelled, valued
from sklearn import calibration
from sklearn import metrics as sk

from litmus.errors import MetricError, ParameterError
from litmus.metrics import Metric, Predictions
from litmus.metrics.curves import (
    MOST_POINTS,
    calibration_curve,
    confusion_matrix,
    precision_recall_curve,
    residuals,
    roc_curve,
)


@given(binaries)
@settings(max_examples=40, deadline=None)
def test_small_curves_are_scikit_learns(p):
    if len(set(p.y_true.tolist())) < 2:
        return
    probability = p.scores[:, 1]
    found = roc_curve(p)
    x, y, _ = sk.roc_curve(p.y_true, probability, sample_weight=p.sample_weight, drop_intermediate=False)
    np.testing.assert_allclose(found["false_positive_rate"], x, atol=1e-12)
    np.testing.assert_allclose(found["true_positive_rate"], y, atol=1e-12)
    found = precision_recall_curve(p)
    precision, recall, threshold = sk.precision_recall_curve(p.y_true, probability, sample_weight=p.sample_weight)
    np.testing.assert_allclose(found["threshold"], threshold[::-1], atol=1e-12)
    np.testing.assert_allclose(found["precision"], precision[:-1][::-1], atol=1e-12)
    np.testing.assert_allclose(found["recall"], recall[:-1][::-1], atol=1e-12)


@pytest.mark.parametrize("rows", [300, 20_000])
def test_long_curves_are_thinned_and_keep_their_area(rows):
    p = classified(0, rows, 2)
    found = roc_curve(p)
    x, y = found["false_positive_rate"], found["true_positive_rate"]
    assert len(x) == len(y) == len(found["threshold"]) <= MOST_POINTS
    assert (x[0], y[0], x[-1], y[-1]) == (0, 0, 1, 1)
    assert np.all(np.diff(x) >= 0)
    assert np.all(np.diff(y) >= 0)
    assert np.trapezoid(y, x) == pytest.approx(Metric("roc_auc").score(p), abs=0.005)
    found = precision_recall_curve(p)
    assert len(found["recall"]) <= MOST_POINTS
    assert found["recall"][-1] == 1
    assert found["precision"][-1] == pytest.approx((p.y_true == 1).mean())
    area = np.sum(np.diff([0, *found["recall"]]) * found["precision"])
    assert area == pytest.approx(Metric("pr_auc").score(p), abs=0.02)
    assert json.loads(json.dumps(found)) == found


def test_curves_of_one_class_of_several():
    p = classified(0, 100, 3)
    x, _, _ = sk.roc_curve(p.y_true == 2, p.scores[:, 2], drop_intermediate=False)
    np.testing.assert_allclose(roc_curve(p, label="cat")["false_positive_rate"], x)
    p = labelled(0, 100, 3)
    _, y, _ = sk.roc_curve(p.y_true[:, 1], p.scores[:, 1], drop_intermediate=False)
    np.testing.assert_allclose(roc_curve(p, label="bee")["true_positive_rate"], y)


def test_calibration_is_scikit_learns():
    p = classified(0, 500, 2)
    observed, predicted = calibration.calibration_curve(p.y_true, p.scores[:, 1], n_bins=10)
    found = calibration_curve(p)
    np.testing.assert_allclose(found["observed"], observed)
    np.testing.assert_allclose(found["predicted"], predicted)
    assert sum(found["rows"]) == 500


def test_confusion_matrix_is_scikit_learns():
    p = classified(0, 200, 4, weighted=True)
    found = confusion_matrix(p)
    assert found["classes"] == list(NAMES[:4])
    expected = sk.confusion_matrix(p.y_true, p.y_pred, labels=range(4), sample_weight=p.sample_weight)
    np.testing.assert_allclose(found["counts"], expected)


def test_rare_classes_are_counted_together():
    codes = np.repeat(np.arange(6), [50, 3, 40, 2, 30, 1])
    p = Predictions("multiclass", codes, np.eye(6)[codes], codes, NAMES)
    found = confusion_matrix(p, most_classes=4)
    assert found["classes"] == ["ant", "cat", "elk", "other classes"]
    assert np.diag(found["counts"]).tolist() == [50, 40, 30, 6]
    assert np.sum(found["counts"]) == len(p)


def test_residuals_of_many_rows():
    p = valued(0, 5_000, weighted=True)
    found = residuals(p)
    assert len(found["predicted"]) == len(found["true"]) == len(found["residual"]) == MOST_POINTS
    np.testing.assert_allclose(np.subtract(found["true"], found["predicted"]), found["residual"])
    assert found["predicted"] == sorted(found["predicted"])
    assert len(found["histogram"]["edges"]) == len(found["histogram"]["counts"]) + 1 == 31
    assert sum(found["histogram"]["counts"]) == pytest.approx(p.sample_weight.sum())
    error = p.y_true - p.y_pred
    assert found["summary"]["mean"] == pytest.approx(np.average(error, weights=p.sample_weight))
    assert found["summary"]["median"] == pytest.approx(np.median(error))
    assert json.loads(json.dumps(found)) == found


def test_residuals_that_are_all_the_same():
    value = np.arange(3.0)
    found = residuals(Predictions("regression", value, value, value))
    assert sum(found["histogram"]["counts"]) == 3
    assert found["summary"]["standard_deviation"] == 0


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: roc_curve(valued(0, 5)), "The ROC curve needs probabilities, which regression does not have"),
        (lambda: roc_curve(classified(0, 9, 3)), "of a multiclass task is of one class: give label"),
        (lambda: roc_curve(classified(0, 9, 2).take(np.array([], int))), "needs at least one row"),
        (lambda: roc_curve(classified(0, 99, 2).take(classified(0, 99, 2).y_true == 1)), "rows of another"),
        (
            lambda: precision_recall_curve(classified(0, 99, 2).take(classified(0, 99, 2).y_true == 0)),
            "rows of the class",
        ),
        (lambda: confusion_matrix(valued(0, 5)), "which regression tasks do not have"),
        (lambda: residuals(classified(0, 9, 2)), "Residuals need regression predictions"),
    ],
)
def test_what_cannot_be_drawn_says_why(draw, message):
    with pytest.raises(MetricError, match=message):
        draw()
    with pytest.raises(ParameterError, match="'dgo' is not a class"):
        roc_curve(classified(0, 9, 3), label="dgo")
