"""The figures behind the charts, against scikit-learn and our own metrics."""

import json

import numpy as np
import pytest
from sklearn import metrics as sk
from sklearn.calibration import calibration_curve

from litmus.evaluate.trial import Trial
from litmus.metrics import Metric, Predictions, decide
from litmus.report.best_sections import best_sections
from litmus.report.class_tables import class_table, label_table
from litmus.report.confidence import calibration_chart, confidence_bins, coverage_chart
from litmus.report.confusion import Confusion, class_names, matrix, mistakes_table
from litmus.report.curves import precision_recall_chart, roc_chart, worst_curves
from litmus.report.importance import importance_chart
from litmus.report.label_places import label_places
from litmus.report.residuals import actual_chart, largest_errors_table, residual_histogram


def classified(n_classes, n=1500, seed=0, weight=False):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, n_classes, n)
    scores = rng.dirichlet(np.ones(n_classes), n)
    scores[np.arange(n), y] += rng.uniform(0, 1, n)
    scores /= scores.sum(axis=1, keepdims=True)
    task = "binary" if n_classes == 2 else "multiclass"
    classes = tuple(f"c{i}" for i in range(n_classes))
    weights = rng.uniform(0.5, 2, n) if weight else None
    return Predictions(task, y, scores, decide(task, scores), classes, weights)


def test_confusion_counts_precision_and_recall_are_scikit_learns():
    predictions = classified(7)
    confusion = Confusion.of(predictions)
    expected = sk.confusion_matrix(predictions.y_true, predictions.y_pred)
    np.testing.assert_array_equal(confusion.dense(np.arange(7)), expected)
    precision, recall, _, support = sk.precision_recall_fscore_support(predictions.y_true, predictions.y_pred)
    np.testing.assert_allclose(confusion.precision, precision)
    np.testing.assert_allclose(confusion.recall, recall)
    np.testing.assert_array_equal(confusion.support, support)
    wrong = expected - np.diag(np.diag(expected))
    assert confusion.mistakes()[0][2] == wrong.max()
    assert sum(rows for _, _, rows in confusion.mistakes()) == wrong.sum()


def test_a_class_that_is_never_predicted_and_one_that_never_occurs_have_no_share():
    y = np.array([0, 0, 1, 1])
    scores = np.eye(4)[[0, 0, 0, 2]]
    predictions = Predictions("multiclass", y, scores, scores.argmax(axis=1), ("a", "b", "c", "d"))
    confusion = Confusion.of(predictions)
    np.testing.assert_allclose(confusion.recall, [1, 0, np.nan, np.nan])
    np.testing.assert_allclose(confusion.precision, [2 / 3, np.nan, 0, np.nan])
    rows = {row[0].text: [cell.text for cell in row] for row in class_table(confusion).rows}
    assert rows["b"][2:5] == ["—", "0 %", "0.000"]
    assert rows["d"][2:5] == ["—", "—", "—"]


def test_classes_are_listed_from_the_least_often_found():
    predictions = classified(5)
    recall = sk.recall_score(predictions.y_true, predictions.y_pred, average=None)
    names = [row[0].text for row in class_table(Confusion.of(predictions)).rows]
    assert names == [f"c{i}" for i in np.argsort(recall, kind="stable")]


def test_many_classes_become_a_picture_of_the_most_confused_ones():
    predictions = classified(60, n=6000)
    chart = matrix(Confusion.of(predictions))
    assert len({value["true"] for value in chart.spec["data"]["values"]}) == 40
    assert "40 of 60 classes are shown" in chart.caption
    assert len(mistakes_table(Confusion.of(predictions)).rows) == 15


def test_ten_thousand_classes_do_not_make_a_matrix_of_a_hundred_million_cells():
    codes = np.arange(10_000)
    scores = np.zeros((10_000, 1))
    predictions = Predictions("multiclass", codes, scores, codes[::-1].copy(), tuple(range(10_000)))
    chart = matrix(Confusion.of(predictions))
    assert len(chart.spec["data"]["values"]) <= 1600


def test_classes_that_look_alike_stay_apart():
    assert class_names((1, "1", "a")) == ["1 (class 0)", "1 (class 1)", "a"]
    assert class_names(("", "x\ny")) == ["''", "x y"]


def test_label_table_is_scikit_learns():
    rng = np.random.default_rng(1)
    y = (rng.random((400, 3)) < [0.2, 0.5, 0.7]).astype(np.int8)
    scores = np.clip(y * 0.4 + rng.random((400, 3)) * 0.6, 0, 1)
    predictions = Predictions("multilabel", y, scores, decide("multilabel", scores), ("red", "green", "blue"))
    precision, recall, f1, support = sk.precision_recall_fscore_support(y, predictions.y_pred, average=None)
    for row in label_table(predictions).rows:
        i = predictions.classes.index(row[0].text)
        assert row[1].text == str(support[i])
        assert row[3].sort == pytest.approx(precision[i])
        assert row[4].sort == pytest.approx(recall[i])
        assert row[5].sort == pytest.approx(f1[i])


def test_curves_have_scikit_learns_areas_and_ends():
    predictions = classified(2, weight=True)
    curves, kind, _ = worst_curves({"held out": predictions, "test": classified(2, seed=5)})
    assert kind == "rows"
    assert [curve.name for curve in curves] == ["held out", "test"]
    expected = sk.roc_auc_score(predictions.y_true, predictions.scores[:, 1], sample_weight=predictions.sample_weight)
    assert curves[0].area == pytest.approx(expected, abs=1e-6)
    across, up = curves[0].roc
    assert (across[0], up[0], across[-1], up[-1]) == (0, 0, 1, 1)
    assert np.trapezoid(up, across) == pytest.approx(expected, abs=5e-3)


def test_of_many_classes_the_hardest_ten_are_drawn():
    predictions = classified(30, n=3000)
    areas = sk.roc_auc_score(predictions.y_true, predictions.scores, multi_class="ovr", average=None)
    curves, kind, note = worst_curves({"held out": predictions})
    assert kind == "class"
    assert [curve.name for curve in curves] == [f"c{i}" for i in np.argsort(areas, kind="stable")[:10]]
    assert note.startswith("10 of 30 classes are shown")
    roc, both = roc_chart(curves, kind, note), precision_recall_chart(curves, kind, note)
    assert len(roc.table.headings) == len(both.table.headings) == 11
    assert len(json.dumps(roc.spec)) < 200_000


def test_rows_of_one_class_have_no_curve():
    predictions = classified(2).take(classified(2).y_true == 1)
    assert worst_curves({"held out": predictions})[0] == []


def test_two_class_calibration_is_scikit_learns():
    predictions = classified(2)
    came, said = calibration_curve(predictions.y_true, predictions.scores[:, 1], n_bins=10)
    bins = confidence_bins(predictions)
    np.testing.assert_allclose([b[0] for b in bins], said)
    np.testing.assert_allclose([b[1] for b in bins], came)
    assert sum(b[2] for b in bins) == len(predictions)
    assert len(calibration_chart(predictions).table.rows) == len(bins)


@pytest.mark.parametrize("n_classes", [2, 4])
def test_coverage_and_precision_agree_with_the_metric(n_classes):
    predictions = classified(n_classes, weight=True)
    chart = coverage_chart(predictions)
    line = "c1" if n_classes == 2 else "any class"
    points = [point for point in chart.spec["data"]["values"] if point["line"] == line]
    for point in points[::20]:
        metric = Metric("precision_at_coverage", {"coverage": max(point["x"] - 5e-4, 1e-6)})
        assert metric.score(predictions) == pytest.approx(point["y"], abs=5e-3)
    column = 2 if n_classes == 2 else 1
    assert (
        chart.table.rows[0][column].text
        == f"{100 * np.average(_right(predictions), weights=predictions.sample_weight):.1f} %"
    )


def _right(predictions):
    return predictions.y_true == (1 if predictions.task == "binary" else predictions.scores.argmax(axis=1))


def regression(n=3000):
    rng = np.random.default_rng(2)
    y = rng.normal(100, 20, n)
    predicted = y + rng.normal(0, 3, n)
    predicted[7] = y[7] + 500
    return Predictions("regression", y, predicted, predicted)


def test_the_rows_furthest_off_are_named_by_their_place_in_the_training_table():
    predictions = regression()
    rows = np.arange(3000)[::-1]
    table = largest_errors_table(predictions, rows)
    assert table.rows[0][0].text == "2,992"
    assert [abs(float(row[3].text)) for row in table.rows] == sorted(
        (abs(float(r[3].text)) for r in table.rows), reverse=True
    )


def test_a_long_table_is_drawn_from_a_sample_and_says_so():
    chart = actual_chart(regression(), "y")
    assert len(chart.spec["layer"][0].get("data", chart.spec["data"])["values"]) == 1500
    assert "1,500 of 3,000 rows are drawn" in chart.caption
    assert "Half of the answers are off by at most" in residual_histogram(regression()).caption


def test_an_exact_model_has_charts_too():
    y = np.full(50, 3.0)
    predictions = Predictions("regression", y, y, y)
    trial = Trial(1, "T", "d", "T", {}, validation=predictions, validation_rows=np.arange(50))
    section = best_sections(trial, "y")[0]
    assert len(section.parts) == 4
    json.dumps([part.spec for part in section.parts[:3]], allow_nan=False)


def test_importance_is_cut_and_names_that_look_alike_stay_apart():
    shares = {f"feature {i}": 1.0 for i in range(60)} | {"x" * 50 + "1": 90.0, "x" * 50 + "2": 80.0, "unused": 0.0}
    total = sum(shares.values())
    chart = importance_chart({name: share / total for name, share in shares.items()})
    names = [value["feature"] for value in chart.spec["data"]["values"]]
    assert len(names) == len(set(names)) == 25
    assert "25 of 62 features are shown" in chart.caption
    assert "2 of 63 features carry half" in chart.caption
    assert importance_chart({}) is None
    assert importance_chart({"a": 0.0}) is None


def test_names_in_a_chart_never_cover_each_other():
    rng = np.random.default_rng(3)
    for _ in range(20):
        x, y = rng.random(12), rng.random(12)
        places = label_places(x.tolist(), y.tolist(), ["a name of a trial"] * 12)
        boxes = [_box(*point) for point in zip(x, y, places, strict=True) if point[2]]
        assert boxes
        for i, a in enumerate(boxes):
            for b in boxes[i + 1 :]:
                assert not (a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3])


def _box(x, y, place, width=17 * 0.018, height=0.075, gap=0.03):
    left = {"right": x + gap, "left": x - gap - width}.get(place, x - width / 2)
    low = {"above": y + gap, "below": y - gap - height}.get(place, y - height / 2)
    return left + 1e-9, low + 1e-9, left + width - 1e-9, low + height - 1e-9
