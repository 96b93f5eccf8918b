"""One decision tree, small enough to read."""

from __future__ import annotations

import dataclasses
from abc import abstractmethod
from pathlib import Path
from typing import Any

import numpy as np

from litmus.algorithms.builtin import BuiltIn, BuiltInClassifier, BuiltInRegressor
from litmus.algorithms.context import FitContext
from litmus.algorithms.family import Family
from litmus.algorithms.matrices import writable
from litmus.algorithms.tree_set import TreeSet
from litmus.component import Choice, Int, param
from litmus.predictors.form import Form

__all__ = ["DecisionTree", "DecisionTreeClassifier", "DecisionTreeRegressor"]


@dataclasses.dataclass
class DecisionTreeParameters(BuiltIn):
    """The parameters of a tree and the calls of scikit-learn's, which takes missing values itself.

    Ranges: depth and size of leaves, which say the same as a number of leaves would (Mantovani et al., 2018).
    """

    takes_missing = True

    max_depth: int | None = param(10, Int(2, 20), minimum=1, help="most levels; None for any number")
    min_samples_leaf: int = param(10, Int(1, 100, log=True), minimum=1, share_of_rows=0.1, help="fewest rows of a leaf")
    min_samples_split: int = param(2, minimum=2, help="fewest rows of a node that is split")
    max_leaf_nodes: int | None = param(None, minimum=2, help="most leaves; None for any number")

    @abstractmethod
    def _tree(self) -> Any:
        """The unfitted scikit-learn tree."""

    def _learn(self, X: Any, y: np.ndarray, context: FitContext) -> None:
        tree = self._tree()
        tree.set_params(random_state=context.seed % 2**32)
        tree.fit(writable(X), y, sample_weight=context.sample_weight)
        self.importance_ = tree.tree_.compute_feature_importances()
        self.trees_ = TreeSet.from_estimators([tree], X.shape[1])

    def _respond(self, X: Any) -> np.ndarray:
        return self.trees_.respond(X, 1)

    def _lower(self) -> Form:
        return self.trees_.lowered(self._form_answer(raw=1 if self.target_.size == 2 else None))

    def _write(self, folder: Path) -> dict[str, Any]:
        self.trees_.write(folder / "trees.npz")
        return {}

    def _read(self, folder: Path, values: dict[str, Any]) -> None:  # noqa: ARG002
        self.trees_ = TreeSet.read(folder / "trees.npz", self.n_features_)


@dataclasses.dataclass
class DecisionTreeClassifier(DecisionTreeParameters, BuiltInClassifier):
    """Classes by one decision tree."""

    criterion: str = param("gini", Choice("gini", "entropy"), help="what a split makes purer")

    def _tree(self) -> Any:
        from sklearn import tree

        return tree.DecisionTreeClassifier(
            criterion=self.criterion,
            max_depth=self.max_depth,
            min_samples_split=self.min_samples_split,
            min_samples_leaf=self.min_samples_leaf,
            max_leaf_nodes=self.max_leaf_nodes,
        )


@dataclasses.dataclass
class DecisionTreeRegressor(DecisionTreeParameters, BuiltInRegressor):
    """Numbers by one decision tree."""

    def _tree(self) -> Any:
        from sklearn import tree

        return tree.DecisionTreeRegressor(
            max_depth=self.max_depth,
            min_samples_split=self.min_samples_split,
            min_samples_leaf=self.min_samples_leaf,
            max_leaf_nodes=self.max_leaf_nodes,
        )


class DecisionTree(Family):
    """One decision tree.

    Example:
        >>> DecisionTree().hyperparams(max_depth=4)
        DecisionTree(max_depth=4)
    """

    classifier = DecisionTreeClassifier
    regressor = DecisionTreeRegressor
