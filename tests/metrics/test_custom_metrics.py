"""Users' functions as metrics."""

import dataclasses

import numpy as np
import pytest
from metric_cases import classified, labelled, valued
from sklearn import metrics as sk

import litmus
from litmus.errors import MetricError, ParameterError
from litmus.metrics import Metric, Predictions, metric
from litmus.testing.metric_contract import MetricContract


@metric(needs="labels", maximize=False)
def refund_cost(y_true, y_pred, *, refund=20.0):
    """Money sent back for goods that were kept."""
    wrong = y_true != y_pred
    return refund * wrong.sum()


@metric(needs="probabilities", maximize=False, name="surprise", tasks=["binary", "multi-class"])
def weighted_surprise(y_true, probabilities, classes, sample_weight=None, floor=1e-6):
    columns = np.searchsorted(classes, y_true) if list(classes) == sorted(classes) else _columns(y_true, classes)
    given = np.maximum(probabilities[np.arange(len(y_true)), columns], floor)
    return np.average(-np.log(given), weights=sample_weight)


def _columns(y_true, classes):
    return np.array([classes.index(label) for label in y_true.tolist()])


class TestRefundCost(MetricContract):
    @pytest.fixture
    def metric(self):
        return refund_cost.with_parameters({"refund": 2})


class TestSurprise(MetricContract):
    @pytest.fixture
    def metric(self):
        return weighted_surprise


def test_public_name():
    assert litmus.metric is metric


def test_labels_are_the_users_own():
    seen = []

    @metric(maximize=True)
    def look(y_true, y_pred):
        seen.append((y_true, y_pred))
        return 1.0

    scores = np.array([[0.9, 0.1], [0.2, 0.8]])
    for classes, expected in (
        (("no", "yes"), ["no", "yes"]),
        ((False, True), [False, True]),
        ((3, 7), [3, 7]),
        (("a", 5), ["a", 5]),
    ):
        look.score(Predictions("binary", np.array([0, 1]), scores, np.array([1, 1]), classes))
        y_true, y_pred = seen.pop()
        assert y_true.tolist() == expected
        assert y_pred.tolist() == [expected[1]] * 2
    p = labelled(0, 5, 3)
    look.score(p)
    np.testing.assert_array_equal(seen.pop()[0], p.y_true)
    p = valued(0, 5)
    look.score(p)
    np.testing.assert_array_equal(seen.pop()[1], p.y_pred)


def test_a_function_of_scikit_learn():
    fbeta = metric(maximize=True, name="fbeta")(
        lambda y_true, y_pred, beta=2.0: sk.fbeta_score(y_true, y_pred, beta=beta, pos_label="bee")
    )
    p = classified(0, 60, 2)
    assert fbeta.score(p) == pytest.approx(sk.fbeta_score(p.y_true, p.y_pred, beta=2))
    assert fbeta.with_parameters({"beta": 1}).score(p) == pytest.approx(Metric("f1").score(p))


def test_parameters_come_from_the_signature():
    assert refund_cost.label == "refund_cost"
    assert refund_cost.with_parameters({"refund": 35.0}).label == "refund_cost(refund=35)"
    assert refund_cost.summary == "Money sent back for goods that were kept."
    assert not refund_cost.maximize
    p = classified(0, 50, 2)
    assert refund_cost.score(p) == 20 * (p.y_true != p.y_pred).sum()
    with pytest.raises(ParameterError, match=r"refund_cost has no parameter 'refnd'\. Did you mean 'refund'\?"):
        refund_cost.with_parameters({"refnd": 1})
    with pytest.raises(ParameterError, match="refund must be a number, not 'much'"):
        refund_cost.with_parameters({"refund": "much"})


def test_weights_reach_a_function_that_asks_for_them():
    p = classified(0, 50, 3, weighted=True)
    assert weighted_surprise.score(p) == pytest.approx(Metric("log_loss").score(p), rel=1e-4)
    without = dataclasses.replace(p, sample_weight=None)
    assert weighted_surprise.score(without) != weighted_surprise.score(p)


def test_the_function_can_be_called():
    cheap = refund_cost.with_parameters({"refund": 1.5})
    assert cheap(np.array(["a", "b"]), np.array(["a", "c"])) == 1.5
    with pytest.raises(MetricError, match=r"accuracy is computed from Predictions: call \.score"):
        Metric("accuracy")([1], [1])


def test_the_function_may_change_what_it_gets():
    @metric(maximize=True)
    def careless(y_true, y_pred):
        y_true[:] = y_pred
        return 0.0

    for p in (classified(0, 10, 2), labelled(0, 10, 3), valued(0, 10)):
        before = p.y_true.copy()
        careless.score(p)
        np.testing.assert_array_equal(p.y_true, before)


@pytest.mark.parametrize(
    ("result", "message"),
    [
        ("high", "The metric odd must return a number, not 'high'"),
        (None, "The metric odd must return a number, not None"),
        (True, "The metric odd must return a number, not True"),
        (np.array([1.0, 2.0]), "The metric odd must return a number, not array"),
        (float("nan"), "The metric odd returned nan; return a finite number"),
        (float("inf"), "The metric odd returned inf; return a finite number"),
    ],
)
def test_results_that_are_no_scores(result, message):
    odd = metric(maximize=True, name="odd")(lambda y_true, y_pred: result)
    with pytest.raises(MetricError, match=message):
        odd.score(classified(0, 10, 2))


@pytest.mark.parametrize("result", [3, np.float32(0.5), np.int64(2), np.array(0.25), np.array([0.25])])
def test_results_of_any_number_type(result):
    fine = metric(maximize=True, name="fine")(lambda y_true, y_pred: result)
    score = fine.score(classified(0, 10, 2))
    assert type(score) is float
    assert score == float(np.ravel(result)[0])


def test_a_function_that_raises_is_named():
    @metric(maximize=True)
    def broken(y_true, y_pred):
        raise KeyError("price")

    with pytest.raises(MetricError, match="The metric broken raised KeyError: 'price'") as caught:
        broken.score(classified(0, 10, 2))
    assert isinstance(caught.value.__cause__, KeyError)
    with pytest.raises(MetricError, match="broken"):
        broken.interval(classified(0, 10, 2))


def test_tasks_are_checked():
    assert weighted_surprise.tasks == ("binary", "multiclass")
    with pytest.raises(
        MetricError, match="'surprise' is for binary, multiclass; for regression tasks use one of: rmse"
    ):
        weighted_surprise.check("regression")
    assert metric(needs="probabilities", maximize=True, name="any")(lambda a, b: 0).tasks == (
        "binary",
        "multiclass",
        "multilabel",
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: metric(maximize="yes"), "maximize must be True or False, not 'yes'"),
        (lambda: metric(maximize=True, needs="scores"), "needs must be 'labels' or 'probabilities', not 'scores'"),
        (lambda: metric(maximize=True, tasks=["binry"]), "Did you mean 'binary'"),
        (lambda: metric(maximize=True, needs="probabilities", tasks=["regression"]), "has no probabilities"),
        (lambda: metric(maximize=True)(lambda a, b: 0), "'<lambda>' cannot name a metric"),
        (lambda: metric(maximize=True, name="accuracy")(lambda a, b: 0), "'accuracy' is a built-in metric"),
        (lambda: metric(maximize=True, name="m")(lambda a: 0), "must take \\(y_true, y_pred\\) first"),
        (lambda: metric(maximize=True, name="m")(lambda *a: 0), "takes \\*args or \\*\\*kwargs"),
        (lambda: metric(maximize=True, name="m")(lambda a, b, c: 0), "parameter 'c' of the metric m needs a default"),
        (lambda: metric(maximize=True, name="m")(3), "goes above a function"),
    ],
)
def test_a_function_that_cannot_be_a_metric(make, message):
    with pytest.raises(ParameterError, match=message):
        make()
