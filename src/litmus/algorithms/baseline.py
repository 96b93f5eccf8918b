"""The answer that ignores every feature: what any other algorithm must beat."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from litmus.algorithms.builtin import BuiltIn, BuiltInClassifier, BuiltInRegressor
from litmus.algorithms.context import FitContext
from litmus.algorithms.family import Family
from litmus.algorithms.targets import ValueTarget
from litmus.component import Choice, param
from litmus.predictors.constant import Constant
from litmus.predictors.form import Form

__all__ = ["Baseline", "BaselineClassifier", "BaselineRegressor"]


@dataclasses.dataclass
class BaselineMixin(BuiltIn):
    """Learns nothing but the target's own shape."""

    ignores_features = True
    takes_missing = True

    def _learn(self, X: Any, y: np.ndarray, context: FitContext) -> None:
        """The target was measured already."""

    def _answer(self, X: Any) -> np.ndarray:
        return self.target_.decode_prior(X.shape[0])

    def _respond(self, X: Any) -> np.ndarray:
        return self.target_.decode_prior(X.shape[0])

    def _lower(self) -> Form:
        return Constant.of(self._answer(np.empty((1, self.n_features_)))[0])

    def _write(self, folder: Path) -> dict[str, Any]:  # noqa: ARG002
        return {}

    def _read(self, folder: Path, values: dict[str, Any]) -> None:
        """Nothing was written."""


@dataclasses.dataclass
class BaselineClassifier(BaselineMixin, BuiltInClassifier):
    """The share of each class in training, for every row."""


@dataclasses.dataclass
class BaselineRegressor(BaselineMixin, BuiltInRegressor):
    """The mean or median of the training values, for every row."""

    strategy: str = param("mean", Choice("mean", "median"), help="which middle of the training values to answer")

    def _answer(self, X: Any) -> np.ndarray:
        if self.strategy == "median" and isinstance(self.target_, ValueTarget):
            return np.full(X.shape[0], self.target_.median)
        return super()._answer(X)


class Baseline(Family):
    """Class shares, or the mean or median value.

    Example:
        >>> Baseline().for_task("regression")
        BaselineRegressor(strategy='mean')
    """

    classifier = BaselineClassifier
    regressor = BaselineRegressor
