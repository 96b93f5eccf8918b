"""A metric's name, parameters and writing, and the errors that users meet."""

import copy
import json
import pickle
import subprocess
import sys
from typing import get_args

import numpy as np
import pytest
from metric_cases import NAMES, classified, labelled, valued

import litmus
from litmus.errors import MetricError, ParameterError, UnknownNameError
from litmus.metrics import Metric, Predictions, default_metrics, metric_names, resolve_metric
from litmus.task import TaskKind
from litmus.testing.metric_contract import MetricContract

NEEDED = {
    "top_k_accuracy": {"k": 2},
    "pinball": {"quantile": 0.8},
    "precision_at_coverage": {"coverage": 0.4},
    "coverage_at_precision": {"precision": 0.6},
    "recall_at_precision": {"precision": 0.6},
    "threshold_at_precision": {"precision": 0.6},
}
MADE = {"binary": classified(0, 90, 2), "multiclass": classified(0, 90, 4), "multilabel": labelled(0, 90, 3)}
MADE["regression"] = valued(0, 90, positive=True)


def metric_for(name, task):
    parameters = dict(NEEDED.get(name, {}))
    if task == "multilabel" and "_at_" in name:
        parameters["label"] = "bee"
    return Metric(name, parameters)


@pytest.mark.parametrize("task", get_args(TaskKind))
def test_every_metric_of_a_task_scores_it_with_a_plain_float(task):
    for name in metric_names(task):
        metric = metric_for(name, task)
        score = metric.score(MADE[task])
        assert type(score) is float
        assert json.loads(json.dumps(score)) == score
        low, high = metric.interval(MADE[task], resamples=100)
        assert type(low) is type(high) is float
        assert low <= score <= high
        assert metric.summary.endswith(".") or ":" in metric.summary


@pytest.mark.parametrize("name", [name for name in metric_names() if name not in NEEDED])
class TestBuiltIn(MetricContract):
    @pytest.fixture
    def metric(self, name):
        return Metric(name)

    test_survives_another_process = None  # one process for all of them, below


@pytest.mark.parametrize("name", [name for name in NEEDED if name != "threshold_at_precision"])
class TestBuiltInWithParameters(MetricContract):
    @pytest.fixture
    def metric(self, name):
        return Metric(name, NEEDED[name] | ({"label": "red"} if "_at_" in name else {}))

    def make(self, task, *, noise):
        made = super().make(task, noise=noise)
        if task == "binary":
            return Predictions(task, made.y_true, made.scores, made.y_pred, ("blue", "red"))
        return made

    test_survives_another_process = None


def test_metrics_survive_pickling_and_another_process():
    metrics = [Metric(name, NEEDED.get(name, {})) for name in metric_names()]
    code = "import pickle, sys; print([m.label for m in pickle.load(sys.stdin.buffer)])"
    found = subprocess.run([sys.executable, "-c", code], input=pickle.dumps(metrics), capture_output=True, check=True)
    assert found.stdout.decode().strip() == str([metric.label for metric in metrics])
    assert copy.deepcopy(metrics[0]) == metrics[0]


@pytest.mark.parametrize("task", get_args(TaskKind))
def test_rows_of_integer_weight_count_as_repeated_rows(task):
    made = MADE[task]
    times = np.random.default_rng(3).integers(0, 4, len(made))
    weighted = Predictions(task, made.y_true, made.scores, made.y_pred, made.classes, times.astype(float))
    repeated = made.take(np.repeat(np.arange(len(made)), times))
    for name in metric_names(task):
        metric = metric_for(name, task)
        assert metric.score(weighted) == pytest.approx(metric.score(repeated), rel=1e-9, abs=1e-12), name


@pytest.mark.parametrize(
    ("name", "parameters", "label"),
    [
        ("accuracy", {}, "accuracy"),
        ("ROC_AUC", {}, "roc_auc"),
        ("coverage_at_precision", {"precision": 0.85}, "coverage_at_precision(precision=0.85)"),
        ("coverage_at_precision", {"precision": np.float64(1)}, "coverage_at_precision(precision=1)"),
        ("precision", {"label": "fraud"}, "precision[fraud]"),
        ("precision", {"label": 3}, "precision[3]"),
        ("precision", {"label": "a [b] (c)"}, "precision(label='a [b] (c)')"),
        ("recall_at_precision[yes, please]", {"precision": 0.9}, "recall_at_precision[yes, please](precision=0.9)"),
        ("f1", {"average": "macro"}, "f1(average=macro)"),
        ("kappa", {"weights": "none"}, "kappa"),
        ("expected_calibration_error", {"bins": 15}, "expected_calibration_error"),
        ("top_k_accuracy", {"k": 3}, "top_k_accuracy(k=3)"),
    ],
)
def test_label_is_read_back(name, parameters, label):
    metric = Metric(name, parameters)
    assert metric.label == str(metric) == label
    again = resolve_metric(label)
    assert again == metric
    assert hash(again) == hash(metric)
    assert again.label == label


def test_a_metric_cannot_be_changed():
    metric = Metric("f1", {"average": "macro"})
    with pytest.raises(AttributeError):
        metric.name = "accuracy"
    with pytest.raises(TypeError):
        metric.parameters["average"] = "micro"
    given = {"average": "macro"}
    metric = Metric("f1", given)
    given["average"] = "micro"
    assert metric.parameters["average"] == "macro"
    assert metric != Metric("f1")
    assert metric.with_parameters({"average": "micro"}) == Metric("f1(average=micro)")
    assert repr(metric) == "Metric('f1', {'average': 'macro'})"


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("auc", "roc_auc"),
        ("acuracy", "accuracy"),
        ("logloss", "log_loss"),
        ("mse", "rmse"),
        ("neg_root_mean_squared_error", "rmse"),
        ("f1_macro", "f1(average=macro)"),
        ("ECE", "expected_calibration_error"),
        ("cov_at_precision", "coverage_at_precision"),
        ("roc_auc_score", "roc_auc"),
        ("top_k", "top_k_accuracy(k=5)"),
    ],
)
def test_unknown_name_suggests_the_nearest(name, suggestion):
    with pytest.raises(UnknownNameError) as caught:
        Metric(name)
    assert f"There is no metric named {name!r}. Did you mean {suggestion!r}?" in str(caught.value)
    assert "balanced_accuracy" in str(caught.value)
    assert suggestion in NEEDED or Metric(suggestion).label == suggestion


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("f1", {"avg": "macro"}, "f1 has no parameter 'avg'. Did you mean 'average'? It has: average, label."),
        ("accuracy", {"k": 1}, "accuracy has no parameter 'k'. It has: none."),
        ("coverage_at_precision", {}, "coverage_at_precision needs precision, a number above 0 and at most 1"),
        ("coverage_at_precision", {"precision": 85}, "precision must be a number above 0 and at most 1, not 85."),
        (
            "coverage_at_precision",
            {"precision": "high"},
            "precision must be a number above 0 and at most 1, not 'high'",
        ),
        ("coverage_at_precision", {"precision": float("nan")}, "precision must be a number above 0 and at most 1"),
        ("pinball", {"quantile": True}, "quantile must be a number above 0 and below 1, not True."),
        (
            "f1",
            {"average": "marco"},
            "average must be one of binary, macro, micro, weighted, samples, not 'marco'. Did",
        ),
        ("top_k_accuracy", {"k": 2.5}, "k must be a whole number from 1, not 2.5."),
        ("expected_calibration_error", {"bins": 0}, "bins must be a whole number from 1 to 1000, not 0."),
        ("f1", {"label": ["a"]}, "label must be a class label, not ['a']."),
        ("f1[a]", {"label": "b"}, "'f1[a]' gives label already; leave it out of the parameters."),
        ("f1[a](label=b)", {}, "gives label twice"),
        ("f1", ["macro"], "Parameters of f1 must be a dict"),
        (3, {}, "A metric's name must be a string, not 3."),
        ("coverage_at_precision(0.85)", {}, "cannot be read; write a name, a class in brackets and parameters"),
        ("f1(average=macro", {}, "cannot be read"),
        ("f1(average=__import__('os'))", {}, "cannot be read"),
    ],
)
def test_wrong_parameters_say_what_is_allowed(name, parameters, message):
    with pytest.raises(ParameterError) as caught:
        Metric(name, parameters)
    assert message in str(caught.value)


def test_a_metric_of_another_task_names_those_that_fit():
    with pytest.raises(
        MetricError, match=r"'rmse' is for regression; for binary tasks use one of: accuracy, .*roc_auc"
    ):
        Metric("rmse").check("binary", ("no", "yes"))
    with pytest.raises(
        MetricError, match=r"'accuracy' is for binary, multiclass; for regression tasks use one of: rmse"
    ):
        Metric("accuracy").score(valued(0, 10))


def test_resolve_takes_names_metrics_and_decorated_functions():
    @litmus.metrics.metric(maximize=True)
    def agreement(y_true, y_pred):
        return (y_true == y_pred).mean()

    assert resolve_metric(agreement) is agreement
    assert resolve_metric("f1[ant]") == Metric("f1", {"label": "ant"})

    def cost(y_true, y_pred):
        return 0.0

    with pytest.raises(ParameterError, match="cost is a plain function, which does not say whether larger is better"):
        resolve_metric(cost)
    with pytest.raises(ParameterError, match="A metric must be a name such as 'accuracy'"):
        resolve_metric(0.5)


@pytest.mark.parametrize("task", get_args(TaskKind))
def test_default_metrics_fit_their_task(task):
    found = default_metrics(task)
    for metric in found:
        assert np.isfinite(metric.score(MADE[task]))
    first = {"binary": "roc_auc", "multiclass": "accuracy", "multilabel": "f1", "regression": "rmse"}
    assert found[0].label == first[task]


def test_weights_that_cannot_be_used():
    made = MADE["binary"]
    for weight, message in (
        (np.zeros(90), "every sample weight is 0"),
        (np.full(90, -1.0), "must be finite and not negative"),
        (np.full(90, np.nan), "must be finite and not negative"),
    ):
        with pytest.raises(MetricError, match=message):
            Metric("accuracy").score(Predictions("binary", made.y_true, made.scores, made.y_pred, made.classes, weight))


def test_missing_probabilities_are_refused():
    made = MADE["multiclass"]
    scores = made.scores.copy()
    scores[4, 1] = np.nan
    broken = Predictions("multiclass", made.y_true, scores, made.y_pred, NAMES[:4])
    with pytest.raises(MetricError, match="log_loss cannot be computed: 1 of 90 predictions are missing or infinite"):
        Metric("log_loss").score(broken)
    assert Metric("accuracy").score(broken) == Metric("accuracy").score(made)


def test_importing_metrics_imports_no_heavy_library():
    code = (
        "import litmus.metrics, sys; print([m for m in ('pandas', 'sklearn', 'scipy', 'pyarrow') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout.strip() == b"[]"


def test_predictions_of_another_shape_are_refused():
    made = MADE["multiclass"]
    fewer = Predictions("multiclass", made.y_true, made.scores[:, :3], made.y_pred, made.classes)
    with pytest.raises(MetricError, match="there are 4 classes, but each row has 3 probabilities"):
        Metric("log_loss").score(fewer)
    with pytest.raises(MetricError, match="1 of 3 true values are missing or infinite"):
        Metric("mae").score(Predictions("regression", np.array([1, np.nan, 2]), np.zeros(3), np.zeros(3)))
