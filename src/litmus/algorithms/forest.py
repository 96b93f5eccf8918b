"""What random forests and extremely randomised trees share: growing many trees, and averaging them."""

from __future__ import annotations

import dataclasses
from abc import abstractmethod
from pathlib import Path
from typing import Any

import numpy as np

from litmus.algorithms.builtin import BuiltIn
from litmus.algorithms.context import FitContext
from litmus.algorithms.matrices import writable
from litmus.algorithms.tree_set import TreeSet
from litmus.component import Int, param
from litmus.predictors.form import Form

__all__ = ["ForestParameters"]

_BATCH = 25  # trees between two looks at the clock


@dataclasses.dataclass
class ForestParameters(BuiltIn):
    """The parameters of forests and the calls of scikit-learn's; its tree code takes missing values itself.

    Ranges lean on Probst, Wright and Boulesteix (2019): the share of features at a split matters most, then the size of
    leaves; more trees are never worse, so their number is not searched. The share is searched by orders of magnitude, from
    a twentieth, because among hundreds of features a few are enough.
    """

    takes_missing = True

    n_estimators: int = param(200, minimum=1, help="number of trees")
    max_depth: int | None = param(None, minimum=1, help="most levels of a tree; None for any number")
    min_samples_split: int = param(2, minimum=2, help="fewest rows of a node that is split")

    @abstractmethod
    def _forest(self, context: FitContext) -> Any:
        """The unfitted scikit-learn forest, `warm_start` on."""

    def _learn(self, X: Any, y: np.ndarray, context: FitContext) -> None:
        forest = self._forest(context)
        forest.set_params(random_state=context.seed % 2**32, n_jobs=self.threads_, warm_start=True)
        X = writable(X)
        batch = self.n_estimators if context.deadline is None else max(_BATCH, self.threads_)
        for trees in [*range(batch, self.n_estimators, batch), self.n_estimators]:
            forest.set_params(n_estimators=trees)
            forest.fit(X, y, sample_weight=context.sample_weight)
            if context.seconds_left() <= 0:
                break
        self.importance_ = _importance(forest.estimators_)
        self.trees_ = TreeSet.from_estimators(forest.estimators_, X.shape[1])

    def _respond(self, X: Any) -> np.ndarray:
        return self.trees_.respond(X, self._threads_for(X.shape[0]))

    def _lower(self) -> Form:
        return self.trees_.lowered(self._form_answer(raw=1 if self.target_.size == 2 else None))

    def _write(self, folder: Path) -> dict[str, Any]:
        self.trees_.write(folder / "trees.npz")
        return {}

    def _read(self, folder: Path, values: dict[str, Any]) -> None:  # noqa: ARG002
        self.trees_ = TreeSet.read(folder / "trees.npz", self.n_features_)


def _importance(estimators: list[Any]) -> np.ndarray:
    """The mean share of the impurity decrease of each feature (features,)."""
    total: np.ndarray = np.sum([estimator.tree_.compute_feature_importances() for estimator in estimators], axis=0)
    return total / (total.sum() or 1.0)


MIN_SAMPLES_LEAF = Int(1, 50, log=True)
