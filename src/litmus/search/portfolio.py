"""The configurations that a search begins with when the user names no algorithm: strong ones of every family, best first."""

from __future__ import annotations

import dataclasses
from typing import Any

from litmus.algorithms.libraries import is_installed
from litmus.task import TaskKind

__all__ = ["Entry", "portfolio"]

_LIBRARIES = {"XGBoost": "xgboost", "LightGBM": "lightgbm", "CatBoost": "catboost"}
_ALL_ROWS = 10**12


@dataclasses.dataclass(frozen=True)
class Entry:
    """A configuration of the portfolio.

    Attributes:
        algorithm: name of the algorithm.
        settings: parameters that differ from their defaults.
        most_rows: rows from which on it takes too long for what it gives.
    """

    algorithm: str
    settings: dict[str, Any] = dataclasses.field(default_factory=dict)
    most_rows: int = _ALL_ROWS


# Each algorithm's defaults first, the quickest and strongest at the front, then configurations far from the defaults:
# trees that are deeper or shallower, more random, more regularised. `scripts/choose_portfolio.py` measures and orders them
# on tables that no benchmark reports on.
_ENTRIES = (
    Entry("LightGBM"),
    Entry("CatBoost", most_rows=500_000),
    Entry("XGBoost"),
    Entry("ExtraTrees", most_rows=200_000),
    Entry("ExtraTrees", {"min_samples_leaf": 1, "max_features": 0.7, "criterion": "entropy"}, most_rows=100_000),
    Entry("MLP", most_rows=100_000),
    Entry("LinearModel"),
    Entry("RandomForest", most_rows=200_000),
    Entry(
        "LightGBM",
        {"learning_rate": 0.03, "num_leaves": 95, "min_child_samples": 25, "colsample_bytree": 0.5, "reg_lambda": 1.0},
    ),
    Entry("CatBoost", {"learning_rate": 0.08, "max_depth": 8, "reg_lambda": 6.0}, most_rows=100_000),
    Entry(
        "XGBoost",
        {"learning_rate": 0.03, "max_depth": 9, "min_child_weight": 3.0, "subsample": 0.8, "colsample_bytree": 0.5},
    ),
    Entry("MLP", {"hidden_units": 320, "alpha": 1e-4, "batch_size": 256}, most_rows=100_000),
    Entry("NearestNeighbours", most_rows=50_000),
    Entry(
        "LightGBM",
        {"learning_rate": 0.03, "num_leaves": 12, "min_child_samples": 5, "colsample_bytree": 0.6, "reg_lambda": 0.5},
    ),
    Entry("CatBoost", {"learning_rate": 0.06, "max_depth": 4, "reg_lambda": 1.5, "random_strength": 1.0}),
    Entry(
        "XGBoost",
        {"learning_rate": 0.04, "max_depth": 4, "min_child_weight": 1.0, "subsample": 0.7, "colsample_bytree": 0.7},
    ),
    Entry("RandomForest", {"min_samples_leaf": 1, "max_features": 0.25, "criterion": "entropy"}, most_rows=100_000),
)


_MANY_CLASSES = 8
"""Classes from which on CatBoost comes last: its symmetric trees need many rounds, and a round takes longer with each class."""


_FOR_TEXT = (
    Entry("NaiveBayes"),
    Entry("LinearModel"),
    Entry("LinearSVM"),
)
"""What comes first where there is text: on counts of thousands of terms, which trees get as a hundred topics, straight lines
and naive Bayes are ahead in a tenth of the time (Wang and Manning, 2012, "Baselines and Bigrams")."""


def portfolio(task: TaskKind, n_rows: int, n_classes: int = 0, *, text: bool = False) -> tuple[Entry, ...]:
    """The entries that suit a task, a number of rows and of classes, and whose libraries are installed, in order.

    Args:
        task: the kind of task.
        n_rows: training rows.
        n_classes: classes, or 0.
        text: whether there are columns of text.

    Example:
        >>> [entry.algorithm for entry in portfolio("binary", 1000)][-1]
        'RandomForest'
    """
    chosen = []
    first = _FOR_TEXT if text and task in ("binary", "multiclass") else ()
    for entry in (*first, *(entry for entry in _ENTRIES if entry not in first)):
        library = _LIBRARIES.get(entry.algorithm)
        settings = {
            name: value for name, value in entry.settings.items() if task != "regression" or name != "criterion"
        }
        if n_rows <= entry.most_rows and (library is None or is_installed(library)):
            chosen.append(dataclasses.replace(entry, settings=settings))
    if n_classes >= _MANY_CLASSES:
        chosen.sort(key=lambda entry: entry.algorithm == "CatBoost")
    return tuple(chosen)
