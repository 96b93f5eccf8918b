"""The built-in algorithms by name."""

from __future__ import annotations

import importlib

from litmus.algorithms.family import Family
from litmus.algorithms.libraries import is_installed
from litmus.naming import find_name
from litmus.task import TaskKind

__all__ = ["default_names", "family", "names"]

MODULES = {
    "XGBoost": "litmus.algorithms.xgboost",
    "LightGBM": "litmus.algorithms.lightgbm",
    "CatBoost": "litmus.algorithms.catboost",
    "RandomForest": "litmus.algorithms.random_forest",
    "ExtraTrees": "litmus.algorithms.extra_trees",
    "DecisionTree": "litmus.algorithms.decision_tree",
    "LinearModel": "litmus.algorithms.linear_model",
    "LinearSVM": "litmus.algorithms.linear_svm",
    "NearestNeighbours": "litmus.algorithms.nearest_neighbours",
    "NaiveBayes": "litmus.algorithms.naive_bayes",
    "MLP": "litmus.algorithms.mlp",
    "Baseline": "litmus.algorithms.baseline",
}
"""Algorithm name → the module that defines its family; a module is imported when its name is asked for."""

_LIBRARIES = {"XGBoost": "xgboost", "LightGBM": "lightgbm", "CatBoost": "catboost"}
_SMALL = 2_000  # rows; up to here slow algorithms are quick and simple ones can win
_LARGE = 200_000  # rows; beyond, one boosting library and a linear model say enough at first


def names() -> tuple[str, ...]:
    """The names of all built-in algorithms."""
    return tuple(MODULES)


def family(name: str) -> Family:
    """The built-in algorithm of this name with its default parameters (case is ignored).

    Raises:
        UnknownNameError: when there is none; the message suggests the nearest and lists all.

    Example:
        >>> family("lightgbm")
        LightGBM()
    """
    found = find_name("algorithm", name, names())
    cls: type[Family] = getattr(importlib.import_module(MODULES[found]), found)
    return cls()


def default_names(task: TaskKind, n_rows: int) -> tuple[str, ...]:
    """What `algorithm="auto"` trains: installed algorithms that suit the task and the number of rows, best first.

    Example:
        >>> default_names("binary", 30_000)[-1]
        'Baseline'
    """
    chosen = ["LightGBM", "XGBoost", "LinearModel", "Baseline"]
    if n_rows <= _LARGE:
        chosen[2:2] = ["CatBoost", "RandomForest"]
    if n_rows <= _SMALL and task != "multilabel":
        chosen[4:4] = ["ExtraTrees"]
    return tuple(name for name in chosen if name not in _LIBRARIES or is_installed(_LIBRARIES[name]))
