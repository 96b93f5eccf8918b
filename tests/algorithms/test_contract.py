"""Every built-in algorithm keeps the contract that users' own algorithms are held to."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from litmus.algorithms import Classifier, registry
from litmus.algorithms.sklearn_wrapper import wrap_estimator
from litmus.component import Int, param
from litmus.testing.algorithm_contract import AlgorithmContract

QUICK = {"LightGBM": {"n_estimators": 30}, "XGBoost": {"n_estimators": 30}, "CatBoost": {"n_estimators": 30},
         "RandomForest": {"n_estimators": 20}, "ExtraTrees": {"n_estimators": 20}, "MLP": {"max_epochs": 10}}  # fmt: skip


def algorithms():
    for name in registry.names():
        family = registry.family(name).hyperparams(**QUICK.get(name, {}))
        if family.classifier is not None:
            yield pytest.param(family.for_task("binary"), id=f"{name}-classifier")
        if family.regressor is not None:
            yield pytest.param(family.for_task("regression"), id=f"{name}-regressor")


class TestBuiltIns(AlgorithmContract):
    @pytest.fixture(params=list(algorithms()))
    def algorithm(self, request):
        return request.param


def wrapped():
    from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.tree import DecisionTreeClassifier

    yield pytest.param(wrap_estimator(LogisticRegression(), "binary"), id="probabilities")
    yield pytest.param(wrap_estimator(RidgeClassifier(), "binary"), id="scores")
    yield pytest.param(wrap_estimator(Ridge(), "regression"), id="values")
    yield pytest.param(wrap_estimator(DecisionTreeClassifier(max_depth=3), "binary"), id="tree")
    yield pytest.param(wrap_estimator(make_pipeline(StandardScaler(), LogisticRegression()), "binary"), id="pipeline")


class TestWrappedEstimators(AlgorithmContract):
    @pytest.fixture(params=list(wrapped()))
    def algorithm(self, request):
        return request.param


@dataclasses.dataclass
class ClosestRows(Classifier):
    """Vote among the closest training rows: what a user might write."""

    n_neighbors: int = param(5, Int(1, 50, log=True))

    def fit(self, X, y, context):
        self.X_, self.votes_ = X, np.eye(context.n_classes, dtype=np.float32)[y]

    def predict_proba(self, X):
        distance = ((X[:, None, :] - self.X_[None]) ** 2).sum(axis=2)
        closest = distance.argpartition(self.n_neighbors, axis=1)[:, : self.n_neighbors]
        return self.votes_[closest].mean(axis=1)


class TestUsersOwn(AlgorithmContract):
    @pytest.fixture
    def algorithm(self):
        return ClosestRows(n_neighbors=7)
