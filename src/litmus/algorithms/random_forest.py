"""Random forests: trees on bootstrap samples, each split chosen among a few random features."""

from __future__ import annotations

import dataclasses
from typing import Any

from litmus.algorithms.builtin import BuiltInClassifier, BuiltInRegressor
from litmus.algorithms.context import FitContext
from litmus.algorithms.family import Family
from litmus.algorithms.forest import MIN_SAMPLES_LEAF, ForestParameters
from litmus.component import Choice, Float, param

__all__ = ["RandomForest", "RandomForestClassifier", "RandomForestRegressor"]


@dataclasses.dataclass
class RandomForestClassifier(ForestParameters, BuiltInClassifier):
    """Classes by a random forest."""

    criterion: str = param("gini", Choice("gini", "entropy"), help="what a split makes purer")
    min_samples_leaf: int = param(3, MIN_SAMPLES_LEAF, minimum=1, share_of_rows=0.05, help="fewest rows of a leaf")
    max_features: float | None = param(
        None,
        Float(0.05, 1.0, log=True),
        minimum=0.001,
        maximum=1.0,
        help="share of features tried at a split; None for the root",
    )

    def _forest(self, context: FitContext) -> Any:  # noqa: ARG002
        from sklearn import ensemble

        return ensemble.RandomForestClassifier(
            criterion=self.criterion,
            max_depth=self.max_depth,
            min_samples_split=self.min_samples_split,
            min_samples_leaf=self.min_samples_leaf,
            max_features=self.max_features or "sqrt",
        )


@dataclasses.dataclass
class RandomForestRegressor(ForestParameters, BuiltInRegressor):
    """Numbers by a random forest."""

    min_samples_leaf: int = param(3, MIN_SAMPLES_LEAF, minimum=1, share_of_rows=0.05, help="fewest rows of a leaf")
    max_features: float = param(
        0.5, Float(0.05, 1.0, log=True), minimum=0.001, maximum=1.0, help="share of features tried at a split"
    )

    def _forest(self, context: FitContext) -> Any:  # noqa: ARG002
        from sklearn import ensemble

        return ensemble.RandomForestRegressor(
            max_depth=self.max_depth,
            min_samples_split=self.min_samples_split,
            min_samples_leaf=self.min_samples_leaf,
            max_features=self.max_features,
        )


class RandomForest(Family):
    """A random forest.

    Example:
        >>> RandomForest().hyperparams(min_samples_leaf=10)
        RandomForest(min_samples_leaf=10)
    """

    classifier = RandomForestClassifier
    regressor = RandomForestRegressor
