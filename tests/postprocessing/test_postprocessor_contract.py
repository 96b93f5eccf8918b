"""Every built-in postprocessor keeps the contract that users' own ones are tested with."""

from dataclasses import dataclass

import numpy as np
import pytest

from litmus.metrics.predictions import Predictions
from litmus.postprocessing import Calibrate, FunctionPostprocessor, LabelMap, Postprocessor, Threshold
from litmus.testing.postprocessor_contract import PostprocessorContract


def shout(labels):
    return np.array([str(label).upper() for label in labels], dtype=object)


def made(task):
    random = np.random.default_rng(1)
    if task == "regression":
        values = random.normal(size=60)
        return Predictions("regression", values + 1, values, values)
    if task == "multilabel":
        scores = random.random((60, 3))
        truth = (random.random((60, 3)) < scores).astype(np.int8)
        return Predictions("multilabel", truth, scores, (scores > 0.5).astype(np.int8), ("a", "b", "c"))
    width = 2 if task == "binary" else 4
    scores = random.dirichlet(np.ones(width), 200).astype(np.float32)
    truth = np.array([random.choice(width, p=row / row.sum()) for row in scores.astype(float)])
    return Predictions(task, truth, scores, scores.argmax(axis=1), tuple("abcd")[:width])


CASES = {
    "sigmoid": (Calibrate, "binary"),
    "isotonic": (lambda: Calibrate(method="isotonic"), "binary"),
    "temperature": (lambda: Calibrate(method="temperature"), "binary"),
    "sigmoid of classes": (Calibrate, "multiclass"),
    "isotonic of classes": (lambda: Calibrate(method="isotonic"), "multiclass"),
    "temperature of classes": (lambda: Calibrate(method="temperature"), "multiclass"),
    "sigmoid of labels": (Calibrate, "multilabel"),
    "isotonic of labels": (lambda: Calibrate(method="isotonic"), "multilabel"),
    "temperature of labels": (lambda: Calibrate(method="temperature"), "multilabel"),
    "threshold": (Threshold, "binary"),
    "fixed threshold": (lambda: Threshold(value=0.8), "binary"),
    "threshold of a class": (lambda: Threshold(label="c"), "multiclass"),
    "thresholds of labels": (Threshold, "multilabel"),
    "labels": (lambda: LabelMap({"a": "first"}), "multiclass"),
    "function": (lambda: FunctionPostprocessor(shout), "binary"),
    "function of values": (lambda: FunctionPostprocessor(shout), "regression"),
}


@pytest.mark.parametrize("kind", CASES)
class TestBuiltInPostprocessors(PostprocessorContract):
    @pytest.fixture
    def postprocessor(self, kind):
        return CASES[kind][0]()

    @pytest.fixture
    def predictions(self, kind):
        return made(CASES[kind][1])


@dataclass
class NeverSure(Postprocessor):
    def adjust(self, scores):
        return 0.9 * scores + 0.1 / scores.shape[1]


class TestUsersPostprocessor(PostprocessorContract):
    @pytest.fixture
    def postprocessor(self):
        return NeverSure()
