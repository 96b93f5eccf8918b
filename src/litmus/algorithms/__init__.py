"""Algorithms: what learns from a matrix of features. Importing this loads no machine learning library."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from litmus.algorithms.base import Algorithm, Classifier, Regressor
    from litmus.algorithms.baseline import Baseline
    from litmus.algorithms.catboost import CatBoost
    from litmus.algorithms.context import FitContext, Validation
    from litmus.algorithms.decision_tree import DecisionTree
    from litmus.algorithms.extra_trees import ExtraTrees
    from litmus.algorithms.family import Family
    from litmus.algorithms.lightgbm import LightGBM
    from litmus.algorithms.linear_model import LinearModel
    from litmus.algorithms.linear_svm import LinearSVM
    from litmus.algorithms.mlp import MLP
    from litmus.algorithms.multilabel import PerLabel
    from litmus.algorithms.naive_bayes import NaiveBayes
    from litmus.algorithms.nearest_neighbours import NearestNeighbours
    from litmus.algorithms.random_forest import RandomForest
    from litmus.algorithms.sklearn_wrapper import wrap_estimator
    from litmus.algorithms.xgboost import XGBoost

__all__ = [
    "MLP",
    "Algorithm",
    "Baseline",
    "CatBoost",
    "Classifier",
    "DecisionTree",
    "ExtraTrees",
    "Family",
    "FitContext",
    "LightGBM",
    "LinearModel",
    "LinearSVM",
    "NaiveBayes",
    "NearestNeighbours",
    "PerLabel",
    "RandomForest",
    "Regressor",
    "Validation",
    "XGBoost",
    "wrap_estimator",
]

_OTHER_MODULES = {
    "Algorithm": "litmus.algorithms.base",
    "Classifier": "litmus.algorithms.base",
    "Regressor": "litmus.algorithms.base",
    "Family": "litmus.algorithms.family",
    "FitContext": "litmus.algorithms.context",
    "Validation": "litmus.algorithms.context",
    "PerLabel": "litmus.algorithms.multilabel",
    "wrap_estimator": "litmus.algorithms.sklearn_wrapper",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from litmus.algorithms.registry import MODULES

    module = importlib.import_module({**MODULES, **_OTHER_MODULES}[name])
    value = getattr(module, name)
    globals()[name] = value  # the next access is a plain one
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
