"""Linear models: logistic regression for classes; ridge, lasso or elastic net for numbers."""

from __future__ import annotations

import dataclasses
import math
import warnings
from abc import abstractmethod
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from litmus.algorithms.base import CategoryEncoding
from litmus.algorithms.builtin import BuiltIn, BuiltInClassifier, BuiltInRegressor
from litmus.algorithms.context import FitContext, Validation
from litmus.algorithms.family import Family
from litmus.algorithms.fitted_files import read_arrays, write_arrays
from litmus.algorithms.linear_scores import LinearScores, coefficient_importance, sigmoid, softmax
from litmus.algorithms.matrices import is_sparse
from litmus.component import Float, param
from litmus.predictors.form import Form

__all__ = ["LinearModel", "LinearModelClassifier", "LinearModelRegressor"]

_STRENGTHS = (30.0, 3.0, 0.3)  # tried on the validation fold, strongest first
_MIDDLE = 3.0
_SPARSE = 0.03  # texts' features are small numbers, so that the same penalty weighs more


@dataclasses.dataclass
class LinearModelParameters(BuiltIn):
    """The parameters of linear models and scikit-learn's solvers.

    With `strength=None` the penalty is the best of 30, 3 and 0.3 on the validation fold, or 3 without one; for sparse
    features, which are texts, it is 0.03.

    Attributes set by `fit`:
        strength_: the penalty used.
    """

    accepts = "sparse"
    wants_scaled = True
    categories: ClassVar[CategoryEncoding] = "onehot"

    strength: float | None = param(None, Float(1e-3, 1e3, log=True), minimum=0.0, help="penalty; None to choose it")
    l1_ratio: float = param(0.0, Float(0.0, 1.0), minimum=0.0, maximum=1.0, help="share of the penalty that is L1")
    max_iter: int = param(1000, minimum=1, help="most rounds of the solver")

    @abstractmethod
    def _estimator(self, strength: float, rows: int, seed: int) -> Any:
        """The unfitted scikit-learn estimator."""

    @abstractmethod
    def _loss(self, scores: LinearScores, validation: Validation) -> float:
        """The loss of these scores on held-out rows."""

    def _learn(self, X: Any, y: np.ndarray, context: FitContext) -> None:
        best = math.inf
        for strength in self._strengths(X, context):
            scores = self._fit_scores(X, y, strength, context)
            loss = 0.0 if context.validation is None else self._loss(scores, context.validation)
            if not loss < best and best < math.inf:
                break  # the loss has one valley: weaker penalties are no better
            best, self.scores_, self.strength_ = loss, scores, strength
            if context.report is not None and context.validation is not None:
                context.report(-loss)
            if context.seconds_left() <= 0:
                break
        self.importance_ = coefficient_importance(self.scores_.coefficients, X)

    def _strengths(self, X: Any, context: FitContext) -> tuple[float, ...]:
        if self.strength is not None:
            return (self.strength,)
        if is_sparse(X):
            return (_SPARSE,)
        return (_MIDDLE,) if context.validation is None else _STRENGTHS

    def _fit_scores(self, X: Any, y: np.ndarray, strength: float, context: FitContext) -> LinearScores:
        """Fit with one penalty; what the solver warns of is noted."""
        estimator = self._estimator(strength, X.shape[0], context.seed % 2**32)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            estimator.fit(X, y, sample_weight=context.sample_weight)
        self.warnings_ = sorted({*self.warnings_, *(str(warning.message).split("\n")[0] for warning in caught)})
        return LinearScores(estimator.coef_, estimator.intercept_)

    def refit_settings(self) -> dict[str, Any]:
        """The penalty that was chosen."""
        return {"strength": self.strength_} if self.trained_ else {}

    def _lower(self) -> Form:
        return self.scores_.lowered(self._form_answer("sigmoid" if len(self.scores_.intercepts) == 1 else "softmax"))

    def _write(self, folder: Path) -> dict[str, Any]:
        write_arrays(folder / "coefficients.npz", self.scores_.arrays())
        return {"strength": self.strength_}

    def _read(self, folder: Path, values: dict[str, Any]) -> None:
        self.scores_ = LinearScores(**read_arrays(folder / "coefficients.npz"))
        self.strength_ = float(values["strength"])
        if self.scores_.coefficients.shape[1] != self.n_features_:
            raise ValueError("coefficients.npz holds coefficients of other features")


@dataclasses.dataclass
class LinearModelClassifier(LinearModelParameters, BuiltInClassifier):
    """Classes by logistic regression; more than two by the multinomial one."""

    def _estimator(self, strength: float, rows: int, seed: int) -> Any:  # noqa: ARG002
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(
            C=1.0 / max(strength, 1e-9),
            l1_ratio=self.l1_ratio,
            solver="saga" if self.l1_ratio > 0 else "lbfgs",
            tol=1e-2 if self.l1_ratio > 0 else 1e-4,  # the stochastic solver creeps; its scores no longer change
            max_iter=self.max_iter,
            random_state=seed,
        )

    def _loss(self, scores: LinearScores, validation: Validation) -> float:
        chances = _chances(scores.scores(validation.X))
        if chances.ndim == 1:
            chances = np.where(validation.y == 1, chances, 1 - chances)
        else:
            chances = chances[np.arange(len(chances)), validation.y]
        return float(np.average(-np.log(np.maximum(chances, 1e-15)), weights=validation.sample_weight))

    def _respond(self, X: Any) -> np.ndarray:
        return _chances(self.scores_.scores(X))


def _chances(scores: np.ndarray) -> np.ndarray:
    return sigmoid(scores) if scores.ndim == 1 else softmax(scores)


@dataclasses.dataclass
class LinearModelRegressor(LinearModelParameters, BuiltInRegressor):
    """Numbers by ridge regression, or by elastic net when `l1_ratio` is above 0."""

    def _estimator(self, strength: float, rows: int, seed: int) -> Any:
        from sklearn.linear_model import ElasticNet, Ridge

        if self.l1_ratio == 0:
            return Ridge(alpha=strength, random_state=seed)
        return ElasticNet(alpha=strength / rows, l1_ratio=self.l1_ratio, max_iter=self.max_iter, random_state=seed)

    def _loss(self, scores: LinearScores, validation: Validation) -> float:
        errors = scores.scores(validation.X) - validation.y
        return float(np.average(errors**2, weights=validation.sample_weight))

    def _learn(self, X: Any, y: np.ndarray, context: FitContext) -> None:
        super()._learn(X.astype(np.float64), y, context)  # ridge squares X, and float32 squared is coarse

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
