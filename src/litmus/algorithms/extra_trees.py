"""Extremely randomised trees: splits drawn at random, so that averaging many gives smooth answers."""

from __future__ import annotations

import dataclasses
from typing import Any

from litmus.algorithms.builtin import BuiltInClassifier, BuiltInRegressor
from litmus.algorithms.context import FitContext
from litmus.algorithms.family import Family
from litmus.algorithms.forest import MIN_SAMPLES_LEAF, ForestParameters
from litmus.component import Choice, Float, param

__all__ = ["ExtraTrees", "ExtraTreesClassifier", "ExtraTreesRegressor"]


@dataclasses.dataclass
class ExtraTreesClassifier(ForestParameters, BuiltInClassifier):
    """Classes by extremely randomised trees."""

    criterion: str = param("gini", Choice("gini", "entropy"), help="what a split makes purer")
    min_samples_leaf: int = param(3, MIN_SAMPLES_LEAF, minimum=1, share_of_rows=0.05, help="fewest rows of a leaf")
    max_features: float = param(
        0.5, Float(0.05, 1.0, log=True), minimum=0.001, maximum=1.0, help="share of features tried at a split"
    )

    def _forest(self, context: FitContext) -> Any:  # noqa: ARG002
        from sklearn import ensemble

        return ensemble.ExtraTreesClassifier(
            criterion=self.criterion,
            max_depth=self.max_depth,
            min_samples_split=self.min_samples_split,
            min_samples_leaf=self.min_samples_leaf,
            max_features=self.max_features,
        )


@dataclasses.dataclass
class ExtraTreesRegressor(ForestParameters, BuiltInRegressor):
    """Numbers by extremely randomised trees."""

    min_samples_leaf: int = param(2, MIN_SAMPLES_LEAF, minimum=1, share_of_rows=0.05, help="fewest rows of a leaf")
    max_features: float = param(
        0.6, Float(0.05, 1.0, log=True), minimum=0.001, maximum=1.0, help="share of features tried at a split"
    )

    def _forest(self, context: FitContext) -> Any:  # noqa: ARG002
        from sklearn import ensemble

        return ensemble.ExtraTreesRegressor(
            max_depth=self.max_depth,
            min_samples_split=self.min_samples_split,
            min_samples_leaf=self.min_samples_leaf,
            max_features=self.max_features,
        )


class ExtraTrees(Family):
    """Extremely randomised trees.

    Example:
        >>> ExtraTrees().hyperparams(n_estimators=500)
        ExtraTrees(n_estimators=500)
    """

    classifier = ExtraTreesClassifier
    regressor = ExtraTreesRegressor
