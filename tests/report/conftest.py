"""Real runs for the tests of the report, and a browser."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from browser_pipe import Browser, find_browser

import litmus
from litmus import Metric, TaskData


class NoLuck(litmus.Classifier):
    """An algorithm that fails."""

    def fit(self, X, y, context):
        raise ValueError("no <b>luck</b> today")

    def predict_proba(self, X):
        return X


@pytest.fixture(scope="package")
def store_home(tmp_path_factory):
    """Runs of this folder keep their models here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LITMUS_HOME", str(tmp_path_factory.mktemp("store")))
        yield


def train(data, **options):
    return litmus.train(data, executor="in_process", callbacks=[], **options)


def two_class_table(n=400):
    """Two classes and columns whose names and values would be markup if they were not escaped."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "<script>alert('column')</script>": rng.normal(size=n),
            'quote"column': rng.normal(size=n),
            "group": rng.choice(["</td><b>y</b>", "x", None], n),
        }
    )
    high = frame.iloc[:, 0] + rng.normal(size=n) > 0
    return frame.assign(target=np.where(high, "</script><img src=x onerror=alert(1)>", "no"))


@pytest.fixture(scope="package")
def two_class_run(store_home):
    data = TaskData.create(name="<i>evil</i> & co", data=two_class_table(), target="target", k_fold=3)
    algorithms = ["LinearModel", "DecisionTree", NoLuck()]
    careful = Metric("coverage_at_precision", {"precision": 0.8})
    metrics = {"train": ["accuracy"], "validation": ["accuracy", "roc_auc", careful], "test": ["accuracy", careful]}
    return train(data, algorithm=algorithms, metrics=metrics)


@pytest.fixture(scope="package")
def several_run(store_home):
    """Several classes, several labels and a number in one run."""
    rng = np.random.default_rng(1)
    n = 240
    x, z = rng.normal(size=n), rng.normal(size=n)
    kind = np.array(["low", "middle", "high"])[np.digitize(x + 0.3 * z, [-0.5, 0.5])]
    base = {"x": x, "z": z, "when": pd.date_range("2024-01-01", periods=n, freq="h")}
    topics = {"red": (x > 0).astype(int), "blue": (z + 0.5 * x > 0).astype(int)}
    classes = TaskData.create(name="three classes", data=pd.DataFrame({**base, "kind": kind}), target="kind", k_fold=2)
    labels = TaskData.create(
        name="labels", data=pd.DataFrame({**base, **topics}), target=["red", "blue"], task="multilabel", k_fold=2
    )
    number = TaskData.create(
        name="a number", data=pd.DataFrame({**base, "y": 1000 * x + 50 * z}), target="y", k_fold=2, split=None
    )
    return train([classes, labels, number], algorithm=["LinearModel", "DecisionTree"])


@pytest.fixture(scope="package")
def searched_run(store_home):
    """A search with a condition, a choice and log scales, stopped and failed trials, and an ensemble."""
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"size": rng.normal(size=200), "noise": rng.normal(size=200)})
    frame["bought"] = np.where(frame["size"] + 0.7 * rng.normal(size=200) > 0, "yes", "no")
    deep = litmus.When("criterion", "gini", litmus.Int(1, 60, log=True))
    tree = litmus.DecisionTree().search(min_samples_leaf=deep)
    data = TaskData.create(name="<b>searched</b>", data=frame, target="bought", k_fold=3)
    return train(data, algorithm=[tree, "LinearModel", NoLuck()], search="random", max_trials=22, seed=1)


@pytest.fixture(scope="package")
def browser(tmp_path_factory):
    program = find_browser()
    if program is None:
        pytest.skip("no Chromium or Chrome is installed here")
    opened = Browser(program, tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()
