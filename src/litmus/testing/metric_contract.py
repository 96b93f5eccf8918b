"""What every metric must do, as tests that a user's own metric inherits by giving one fixture."""

# ruff: noqa: S101 - these are tests

from __future__ import annotations

import dataclasses
import math
import os
import subprocess
import sys
from typing import get_args

import cloudpickle
import numpy as np
import pytest

from litmus.errors import LitmusError, MetricError
from litmus.metrics import Metric, Predictions, decide
from litmus.task import TaskKind

__all__ = ["MetricContract"]

_ROWS = 120

_SCORE_ELSEWHERE = """
import sys
import cloudpickle
metric, many = cloudpickle.loads(sys.stdin.buffer.read())
sys.stdout.buffer.write(cloudpickle.dumps([metric.score(predictions) for predictions in many]))
"""


class MetricContract:
    """Subclass it and give a fixture `metric` that returns the metric.

    The metric is scored on predictions that are nearly right, on worse ones, and on guesses. A metric that cannot say
    that nearly right is no worse than guessing has the wrong direction. Where the made-up classes "no" and "yes" (binary),
    "red", "green" and "blue" (multi-class, and the labels of multi-label) or values (regression) do not suit the metric,
    also override `make`.

    Example:
        >>> import pytest
        >>> class TestRefundCost(MetricContract):
        ...     @pytest.fixture
        ...     def metric(self):
        ...         return refund_cost
    """

    @pytest.fixture
    def metric(self) -> Metric:
        """The metric under test."""
        raise NotImplementedError("Give a fixture `metric` that returns the metric under test.")

    def make(self, task: TaskKind, *, noise: float) -> Predictions:
        """Predictions of 120 rows; `noise` goes from 0 (right) to 1 (guesses)."""
        return _made(task, noise)

    def test_score_is_a_finite_float(self, metric: Metric) -> None:
        """A score is a plain float: it can be written as JSON and compared."""
        for task in metric.tasks:
            score = metric.score(self.make(task, noise=0.4))
            assert type(score) is float
            assert math.isfinite(score)

    def test_nearly_right_is_no_worse_than_guesses(self, metric: Metric) -> None:
        """`maximize` says which way is better."""
        sign = 1.0 if metric.maximize else -1.0
        for task in metric.tasks:
            good, bad = (metric.score(self.make(task, noise=noise)) for noise in (0.1, 1.0))
            assert sign * good >= sign * bad, f"{metric.label}: {good} on nearly right {task} answers, {bad} on guesses"

    def test_order_of_rows_does_not_matter(self, metric: Metric) -> None:
        """The same rows in another order score the same."""
        for task in metric.tasks:
            predictions = self.make(task, noise=0.4)
            shuffled = predictions.take(np.random.default_rng(1).permutation(len(predictions)))
            assert metric.score(shuffled) == pytest.approx(metric.score(predictions), rel=1e-9, abs=1e-12)

    def test_predictions_are_not_changed(self, metric: Metric) -> None:
        """Scoring reads; what it was given stays as it was, also where the arrays cannot be written to."""
        for task in metric.tasks:
            predictions = self.make(task, noise=0.4)
            before = [array.copy() for array in _arrays(predictions)]
            metric.score(predictions)
            for array, copy in zip(_arrays(predictions), before, strict=True):
                np.testing.assert_array_equal(array, copy)
                array.flags.writeable = False
            assert type(metric.score(predictions)) is float

    def test_rows_of_weight_zero_do_not_count(self, metric: Metric) -> None:
        """A weight of 0 leaves the row out."""
        for task in metric.tasks:
            predictions = self.make(task, noise=0.4)
            weight = np.ones(len(predictions))
            weight[::3] = 0.0
            weighted = dataclasses.replace(predictions, sample_weight=weight)
            expected = metric.score(dataclasses.replace(predictions.take(weight > 0), sample_weight=weight[weight > 0]))
            assert metric.score(weighted) == pytest.approx(expected, rel=1e-9, abs=1e-12)

    def test_interval_holds_the_score(self, metric: Metric) -> None:
        """The interval is two plain floats around the score, the same for the same seed."""
        for task in metric.tasks:
            predictions = self.make(task, noise=0.4)
            low, high = metric.interval(predictions, resamples=40)
            assert type(low) is float
            assert type(high) is float
            assert low <= metric.score(predictions) <= high
            assert metric.interval(predictions, resamples=40) == (low, high)

    def test_survives_another_process(self, metric: Metric) -> None:
        """A metric sent to a worker process scores the same there."""
        many = [self.make(task, noise=0.4) for task in metric.tasks]
        sent = cloudpickle.dumps((metric, many))
        command = [sys.executable, "-c", _SCORE_ELSEWHERE]
        path = {"PYTHONPATH": os.pathsep.join(sys.path)}
        received = subprocess.run(  # noqa: S603
            command, input=sent, stdout=subprocess.PIPE, check=True, env={**os.environ, **path}
        )
        assert cloudpickle.loads(received.stdout) == [metric.score(predictions) for predictions in many]

    def test_other_tasks_are_refused(self, metric: Metric) -> None:
        """A task that the metric is not for gets an error that names the tasks it is for."""
        for task in set(get_args(TaskKind)) - set(metric.tasks):
            with pytest.raises(MetricError, match=metric.tasks[0]):
                metric.check(task, self.make(task, noise=0.4).classes)

    def test_no_rows_are_refused(self, metric: Metric) -> None:
        """No rows, no score: an error that says so."""
        for task in metric.tasks:
            with pytest.raises(LitmusError, match="no rows"):
                metric.score(self.make(task, noise=0.4).take(np.array([], dtype=np.int64)))


def _arrays(predictions: Predictions) -> list[np.ndarray]:
    return [predictions.y_true, predictions.scores, predictions.y_pred]


def _made(task: TaskKind, noise: float) -> Predictions:
    rng = np.random.default_rng(0)
    if task == "regression":
        value = rng.gamma(3.0, 2.0, _ROWS) + 1.0
        guess = rng.gamma(3.0, 2.0, _ROWS) + 1.0
        predicted = (1 - noise) * value + noise * guess
        return Predictions(task, value, predicted, predicted)
    if task == "multilabel":
        truth = (rng.random((_ROWS, 3)) < 0.4).astype(np.int8)
        scores = (1 - noise) * truth + noise * rng.random((_ROWS, 3))
        return Predictions(task, truth, scores, decide(task, scores), ("red", "green", "blue"))
    classes = ("no", "yes") if task == "binary" else ("red", "green", "blue")
    codes = rng.integers(0, len(classes), _ROWS)
    scores = (1 - noise) * np.eye(len(classes))[codes] + noise * rng.dirichlet(np.ones(len(classes)), _ROWS)
    return Predictions(task, codes, scores, decide(task, scores), classes)
