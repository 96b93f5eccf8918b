"""Linear models: logistic regression for classes; ridge, lasso or elastic net for numbers."""

from __future__ import annotations

import dataclasses
import warnings
from abc import abstractmethod
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from litmus.algorithms.base import CategoryEncoding
from litmus.algorithms.builtin import BuiltIn, BuiltInClassifier, BuiltInRegressor
from litmus.algorithms.context import FitContext
from litmus.algorithms.family import Family
from litmus.algorithms.fitted_files import read_arrays, write_arrays
from litmus.algorithms.linear_scores import LinearScores, coefficient_importance, sigmoid, softmax
from litmus.component import Float, param

__all__ = ["LinearModel", "LinearModelClassifier", "LinearModelRegressor"]


@dataclasses.dataclass
class LinearModelParameters(BuiltIn):
    """The parameters of linear models."""

    accepts = "sparse"
    wants_scaled = True
    categories: ClassVar[CategoryEncoding] = "onehot"

    strength: float = param(1.0, Float(1e-3, 1e3, log=True), minimum=0.0, help="penalty on coefficients")
    l1_ratio: float = param(0.0, Float(0.0, 1.0), minimum=0.0, maximum=1.0, help="share of the penalty that is L1")
    max_iter: int = param(1000, minimum=1, help="most rounds of the solver")

    @abstractmethod
    def _estimator(self, X: Any, context: FitContext) -> Any:
        """The unfitted scikit-learn estimator."""

    def _learn(self, X: Any, y: np.ndarray, context: FitContext) -> None:
        estimator = self._estimator(X, context)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            estimator.fit(X, y, sample_weight=context.sample_weight)
        self.warnings_ = sorted({str(warning.message).split("\n")[0] for warning in caught})
        self.scores_ = LinearScores(estimator.coef_, estimator.intercept_)
        self.importance_ = coefficient_importance(self.scores_.coefficients, X)

    def _write(self, folder: Path) -> dict[str, Any]:
        write_arrays(folder / "coefficients.npz", self.scores_.arrays())
        return {}

    def _read(self, folder: Path, values: dict[str, Any]) -> None:  # noqa: ARG002
        self.scores_ = LinearScores(**read_arrays(folder / "coefficients.npz"))


@dataclasses.dataclass
class LinearModelClassifier(LinearModelParameters, BuiltInClassifier):
    """Classes by logistic regression; more than two by the multinomial one."""

    def _estimator(self, X: Any, context: FitContext) -> Any:  # noqa: ARG002
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(
            C=1.0 / max(self.strength, 1e-12),
            l1_ratio=self.l1_ratio,
            solver="saga" if self.l1_ratio > 0 else "lbfgs",
            max_iter=self.max_iter,
            random_state=context.seed % 2**32,
        )

    def _respond(self, X: Any) -> np.ndarray:
        scores = self.scores_.scores(X)
        return sigmoid(scores) if scores.ndim == 1 else softmax(scores)


@dataclasses.dataclass
class LinearModelRegressor(LinearModelParameters, BuiltInRegressor):
    """Numbers by ridge regression, or by elastic net when `l1_ratio` is above 0."""

    def _estimator(self, X: Any, context: FitContext) -> Any:
        from sklearn.linear_model import ElasticNet, Ridge

        seed = context.seed % 2**32
        if self.l1_ratio == 0:
            return Ridge(alpha=self.strength, random_state=seed)
        return ElasticNet(
            alpha=self.strength / X.shape[0], l1_ratio=self.l1_ratio, max_iter=self.max_iter, random_state=seed
        )

    def _respond(self, X: Any) -> np.ndarray:
        return self.scores_.scores(X)


class LinearModel(Family):
    """Logistic regression for classes; ridge, lasso or elastic net for numbers.

    Example:
        >>> LinearModel().hyperparams(l1_ratio=0.5)
        LinearModel(l1_ratio=0.5)
    """

    classifier = LinearModelClassifier
    regressor = LinearModelRegressor
