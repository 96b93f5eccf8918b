"""scikit-learn estimators are compiled where a form of theirs exists, and answer as they do; others run as they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.linear_model import Lasso, LogisticRegression, PoissonRegressor, Ridge, RidgeClassifier, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier

from litmus.compiling import compile_model, sample_rows
from trained_models import people, train_model

CLASSIFIERS = [
    LogisticRegression(max_iter=300), LinearDiscriminantAnalysis(), RidgeClassifier(), DecisionTreeClassifier(max_depth=4),
    RandomForestClassifier(8), GradientBoostingClassifier(n_estimators=8), HistGradientBoostingClassifier(max_iter=8),
    MLPClassifier((8,), max_iter=20), GaussianNB(), KNeighborsClassifier(3),
]  # fmt: skip
REGRESSORS = [
    Ridge(), Lasso(0.1), ExtraTreesRegressor(8), GradientBoostingRegressor(n_estimators=8), MLPRegressor(hidden_layer_sizes=(8,), max_iter=20),
    HistGradientBoostingRegressor(max_iter=8), KNeighborsRegressor(3), SVR(kernel="linear", max_iter=200),
]  # fmt: skip


def compiled(estimator: Any, target: str) -> Any:
    trained = train_model(people().dropna(subset=target), target=target, algorithm=estimator)
    trained.model.sample_rows = tuple(sample_rows(trained.data.train, trained.data.schema))
    return compile_model(trained.model)


def name(value: Any) -> str:
    return value if isinstance(value, str) else type(value).__name__


@pytest.mark.parametrize("target", ["rich", "city"])
@pytest.mark.parametrize("estimator", CLASSIFIERS, ids=name)
def test_classifiers(estimator: Any, target: str) -> None:
    if (name(estimator), target) == ("LinearDiscriminantAnalysis", "city"):
        pytest.skip("its own answers are rounded to float32, and may differ by more than the tolerance")
    copy = compiled(estimator, target)
    assert copy.notes == ()
    assert copy.parity["largest_difference"] < 1e-5


@pytest.mark.parametrize("estimator", REGRESSORS, ids=name)
def test_regressors(estimator: Any) -> None:
    copy = compiled(estimator, "height")
    assert copy.notes == ()
    assert copy.parity["largest_difference"] < 1e-5


@pytest.mark.parametrize(
    ("estimator", "target", "why"),
    [
        (QuadraticDiscriminantAnalysis(reg_param=0.5), "rich", "has no form of its own"),
        (SVC(), "rich", "support vectors"),
        (PoissonRegressor(), "height", "has no form of its own"),
        (MLPClassifier((4,), activation="tanh", max_iter=5), "rich", "'tanh'"),
        (KNeighborsClassifier(3, weights="distance"), "rich", "uniform weights"),
        (SGDClassifier(loss="modified_huber"), "rich", "in a way of its own"),
    ],
    ids=name,
)
def test_what_has_no_form_runs_natively_and_is_named(estimator: Any, target: str, why: str) -> None:
    copy = compiled(estimator, target)
    assert len(copy.notes) == 1
    assert why in copy.notes[0]


def test_a_class_that_derives_from_a_known_one_is_not_taken_for_it() -> None:
    class Doubtful(LogisticRegression):
        def predict_proba(self, X: np.ndarray) -> np.ndarray:
            return np.clip(super().predict_proba(X), 0.4, 0.6)

    assert "Doubtful has no form" in compiled(Doubtful(max_iter=300), "rich").notes[0]
