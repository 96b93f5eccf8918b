"""Linear support vector machines: the widest margin between classes, or a tube around numbers."""

from __future__ import annotations

import dataclasses
import warnings
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from litmus.algorithms.base import CategoryEncoding
from litmus.algorithms.builtin import BuiltIn, BuiltInClassifier, BuiltInRegressor
from litmus.algorithms.context import FitContext
from litmus.algorithms.family import Family
from litmus.algorithms.fitted_files import read_arrays, write_arrays
from litmus.algorithms.linear_scores import LinearScores, coefficient_importance
from litmus.algorithms.score_scale import ScoreScale, held_out_scores
from litmus.component import Float, param
from litmus.predictors.answer import Link
from litmus.predictors.form import Form

__all__ = ["LinearSVM", "LinearSVMClassifier", "LinearSVMRegressor"]


@dataclasses.dataclass
class LinearSVMParameters(BuiltIn):
    """The parameters of linear support vector machines."""

    accepts = "sparse"
    wants_scaled = True
    categories: ClassVar[CategoryEncoding] = "onehot"

    strength: float = param(1.0, Float(1e-3, 1e3, log=True), minimum=1e-9, help="penalty on coefficients")
    max_iter: int = param(1000, minimum=1, help="most rounds of the solver")

    def _fit_scores(self, estimator: Any, X: Any, y: np.ndarray, weight: np.ndarray | None) -> LinearScores:
        """Fit an estimator and keep its coefficients; what it warns of is noted."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            estimator.fit(X, y, sample_weight=weight)
        self.warnings_ = sorted({*self.warnings_, *(str(warning.message).split("\n")[0] for warning in caught)})
        return LinearScores(estimator.coef_, estimator.intercept_)

    def _write(self, folder: Path) -> dict[str, Any]:
        write_arrays(folder / "coefficients.npz", self.scores_.arrays())
        return {}

    def _read(self, folder: Path, values: dict[str, Any]) -> None:  # noqa: ARG002
        self.scores_ = LinearScores(**read_arrays(folder / "coefficients.npz"))
        if self.scores_.coefficients.shape[1] != self.n_features_:
            raise ValueError("coefficients.npz holds coefficients of other features")


@dataclasses.dataclass
class LinearSVMClassifier(LinearSVMParameters, BuiltInClassifier):
    """Classes by a linear support vector machine; probabilities from scores of training rows held out in turn."""

    def _learn(self, X: Any, y: np.ndarray, context: FitContext) -> None:
        from sklearn.svm import LinearSVC

        weight = context.sample_weight
        seed = context.seed % 2**32

        def fit_scores(seen: np.ndarray, held: np.ndarray) -> np.ndarray:
            part = None if weight is None else weight[seen]
            return self._fit_scores(self._estimator(LinearSVC, seed), X[seen], y[seen], part).scores(X[held])

        held_out = held_out_scores(fit_scores, y, context.seed)
        self.scale_ = ScoreScale()
        if held_out is not None:
            scores, held = held_out
            self.scale_ = ScoreScale.learn(scores, y[held], None if weight is None else weight[held])
        self.scores_ = self._fit_scores(self._estimator(LinearSVC, seed), X, y, weight)
        self.importance_ = coefficient_importance(self.scores_.coefficients, X)

    def _estimator(self, machine: Any, seed: int) -> Any:
        return machine(C=1.0 / self.strength, max_iter=self.max_iter, random_state=seed, dual="auto")

    def _lower(self) -> Form:
        link: Link = "sigmoid" if len(self.scores_.intercepts) == 1 else "softmax"
        return self.scores_.lowered(self._form_answer(link, scale=self.scale_))

    def _respond(self, X: Any) -> np.ndarray:
        return self.scale_.probabilities(self.scores_.scores(X))

    def _write(self, folder: Path) -> dict[str, Any]:
        return {**super()._write(folder), "scale": self.scale_.to_json()}

    def _read(self, folder: Path, values: dict[str, Any]) -> None:
        super()._read(folder, values)
        self.scale_ = ScoreScale(**values["scale"])


@dataclasses.dataclass
class LinearSVMRegressor(LinearSVMParameters, BuiltInRegressor):
    """Numbers by linear support vector regression with squared errors outside the tube."""

    epsilon: float = param(0.1, Float(0.0, 0.5), minimum=0.0, help="half width of the tube, in standard deviations")

    def _learn(self, X: Any, y: np.ndarray, context: FitContext) -> None:
        from sklearn.svm import LinearSVR

        machine = LinearSVR(
            C=1.0 / self.strength,
            epsilon=self.epsilon,
            loss="squared_epsilon_insensitive",
            dual=False,
            max_iter=self.max_iter,
            random_state=context.seed % 2**32,
        )
        self.scores_ = self._fit_scores(machine, X, y, context.sample_weight)
        self.importance_ = coefficient_importance(self.scores_.coefficients, X)

    def _lower(self) -> Form:
        return self.scores_.lowered(self._form_answer())

    def _respond(self, X: Any) -> np.ndarray:
        return self.scores_.scores(X)


class LinearSVM(Family):
    """A linear support vector machine.

    Example:
        >>> LinearSVM().hyperparams(strength=10.0)
        LinearSVM(strength=10.0)
    """

    classifier = LinearSVMClassifier
    regressor = LinearSVMRegressor
