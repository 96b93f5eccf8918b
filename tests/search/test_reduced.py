"""Less effort: fewer rounds where the algorithm has rounds, fewer rows elsewhere."""

import pytest
from sklearn.svm import SVC

import litmus
from litmus.errors import ParameterError
from litmus.search import reduced


@pytest.mark.parametrize(
    ("algorithm", "parameter", "full"),
    [
        ("XGBoost", "n_estimators", 1000),
        ("LightGBM", "n_estimators", 1000),
        ("CatBoost", "n_estimators", 2000),
        ("MLP", "max_epochs", 60),
    ],
)
def test_rounds_and_epochs(algorithm, parameter, full):
    for task in ("binary", "regression", "multilabel"):
        smaller, rows = reduced(litmus.Pipeline(algorithm), task, 0.25)
        assert rows == 1.0
        assert getattr(smaller.algorithm.for_task(task), parameter) == full / 4
    pipeline, rows = reduced(litmus.Pipeline(algorithm), "binary", 1.0)
    assert (pipeline.algorithm, rows) == (litmus.Pipeline(algorithm).algorithm, 1.0)


@pytest.mark.parametrize("algorithm", ["RandomForest", "LinearModel", "NearestNeighbours", SVC()])
def test_rows(algorithm):
    pipeline = litmus.Pipeline(algorithm)
    same, rows = reduced(pipeline, "binary", 0.25)
    assert same.algorithm == pipeline.algorithm
    assert rows == 0.25


def test_rounds_that_the_user_set_are_the_full_effort():
    smaller, _ = reduced(litmus.Pipeline(litmus.XGBoost(n_estimators=10)), "binary", 0.01)
    assert smaller.algorithm.values["n_estimators"] == 1


def test_fewer_boosting_rounds_count_more():
    def changed(fidelity, **values):
        algorithm = reduced(litmus.Pipeline(litmus.LightGBM(**values)), "binary", fidelity)[0].algorithm.for_task(
            "binary"
        )
        return algorithm.n_estimators, round(algorithm.learning_rate, 6), algorithm.early_stopping_rounds

    assert changed(0.5) == (500, 0.1, 25)
    assert changed(0.05) == (50, 0.3, 5)
    assert changed(0.25, learning_rate=0.5, early_stopping_rounds=0) == (250, 0.5, 0)


@pytest.mark.parametrize("fidelity", [0.0, -1.0, 1.1, float("nan")])
def test_no_such_share(fidelity):
    with pytest.raises(ParameterError, match="share of the full effort"):
        reduced(litmus.Pipeline("MLP"), "binary", fidelity)
