"""Any scikit-learn estimator as an algorithm."""

from __future__ import annotations

import dataclasses
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from litmus.algorithms.base import Accepts, Algorithm, CategoryEncoding
from litmus.algorithms.builtin import BuiltIn, BuiltInClassifier, BuiltInRegressor
from litmus.algorithms.context import FitContext
from litmus.algorithms.linear_scores import coefficient_importance
from litmus.algorithms.matrices import writable
from litmus.algorithms.score_scale import ScoreScale, held_out_scores
from litmus.algorithms.targets import ValueTarget
from litmus.errors import ParameterError
from litmus.estimators import load_estimator, save_estimator
from litmus.predictors.answer import Answer, Link
from litmus.predictors.form import Form
from litmus.task import TaskKind, is_classification

__all__ = ["SklearnClassifier", "SklearnRegressor", "wrap_estimator"]

_TREES = ("sklearn.tree", "sklearn.ensemble", "xgboost", "lightgbm", "catboost")


def wrap_estimator(estimator: Any, task: TaskKind) -> Algorithm:
    """An algorithm that fits a copy of the estimator.

    Args:
        estimator: an unfitted object with scikit-learn's methods: `fit` and `predict` for regression; `fit` and
            `predict_proba` or `decision_function` for classes.
        task: the kind of task; for "multilabel" the result learns one label.

    Raises:
        ParameterError: when the estimator has not the methods that the task needs.

    Example:
        >>> from sklearn.linear_model import RidgeClassifier
        >>> wrap_estimator(RidgeClassifier(), "binary")
        SklearnClassifier(estimator=RidgeClassifier())
    """
    return SklearnClassifier(estimator) if is_classification(task) else SklearnRegressor(estimator)


@dataclasses.dataclass
class SklearnEstimator(BuiltIn):
    """An estimator as a parameter, and calls of its methods.

    `random_state` and `n_jobs` are set where the estimator has them and they are None. A fitted estimator is saved with
    skops when it holds nothing but known types, and as a pickle otherwise.
    """

    estimator: Any = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_methods()
        self.accepts: Accepts = "sparse" if _tag(self.estimator, "sparse") else "dense"  # type: ignore[misc]
        self.takes_missing: bool = _tag(self.estimator, "allow_nan")  # type: ignore[misc]
        is_tree = type(self.estimator).__module__.startswith(_TREES)
        self.wants_scaled: bool = not is_tree  # type: ignore[misc]
        self.categories: CategoryEncoding = "ordinal" if is_tree else "onehot"  # type: ignore[misc]

    def _check_methods(self) -> None:
        name = type(self.estimator).__name__
        if isinstance(self.estimator, type):
            raise ParameterError(f"{self.estimator.__name__} is a class; give an object: {self.estimator.__name__}().")
        missing = [method for method in ("fit", "get_params", "set_params") if not hasattr(self.estimator, method)]
        if missing:
            raise ParameterError(
                f"{name} has no {missing[0]} method; give a scikit-learn estimator or a litmus.Algorithm."
            )

    def _fresh(self, context: FitContext) -> Any:
        """An unfitted copy with the seed and the threads of the context."""
        from sklearn.base import clone

        estimator = clone(self.estimator)
        values = estimator.get_params(deep=True)
        changed: dict[str, Any] = {
            name: context.seed % 2**31
            for name, value in values.items()
            if name.split("__")[-1] == "random_state" and value is None
        }
        if "n_jobs" in values and values["n_jobs"] is None:
            changed["n_jobs"] = self.threads_
        return estimator.set_params(**changed)

    def _fit_fresh(self, X: Any, y: np.ndarray, weight: np.ndarray | None, context: FitContext) -> Any:
        from sklearn.utils.validation import has_fit_parameter

        estimator = self._fresh(context)
        weighted = weight is not None and has_fit_parameter(estimator, "sample_weight")
        if weight is not None and not weighted:
            self.warnings_.append(f"{type(estimator).__name__} takes no sample weights; all rows counted alike.")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            estimator.fit(writable(X), writable(y), **({"sample_weight": weight} if weighted else {}))
        self.warnings_ = sorted({*self.warnings_, *(str(warning.message).split("\n")[0] for warning in caught)})
        return estimator

    def _keep(self, estimator: Any, X: Any) -> None:
        self.estimator_ = estimator
        gains = getattr(estimator, "feature_importances_", None)
        coefficients = getattr(estimator, "coef_", None)
        if gains is not None and np.shape(gains) == (X.shape[1],):
            gains = np.maximum(np.asarray(gains, dtype=np.float64), 0)
            self.importance_ = gains / (gains.sum() or 1.0)
        elif isinstance(coefficients, np.ndarray) and coefficients.shape[-1:] == (X.shape[1],):
            self.importance_ = coefficient_importance(coefficients, X)

    def _lower(self) -> Form:
        from litmus.algorithms.sklearn_forms import estimator_form

        target, scale = self.target_, getattr(self, "scale_", None)

        def answer(link: Link = "identity", *, raw: int | None = None) -> Answer:
            return self._form_answer(link, raw=raw, scale=scale)

        if isinstance(target, ValueTarget):
            return estimator_form(self.estimator_, answer, None, 0)
        return estimator_form(self.estimator_, answer, target.codes, len(target.prior))

    def _write(self, folder: Path) -> dict[str, Any]:  # noqa: ARG002
        return {}

    def save(self, folder: Path) -> None:
        """Write the fitted state into `folder`: without a pickle when skops knows every type in the estimator."""
        if self.trained_ and not save_estimator(self.estimator_, folder / "estimator.skops"):
            Algorithm.save(self, folder)
        else:
            super().save(folder)

    def _read(self, folder: Path, values: dict[str, Any]) -> None:  # noqa: ARG002
        self.estimator_ = load_estimator(folder / "estimator.skops")


@dataclasses.dataclass
class SklearnClassifier(SklearnEstimator, BuiltInClassifier):
    """Classes by a scikit-learn estimator.

    Scores of an estimator that has `decision_function` but no `predict_proba` become probabilities by a scale learned
    on training rows held out in turn.
    """

    def __post_init__(self) -> None:
        super().__post_init__()  # each component class has its own; the base's must be called by name

    def _check_methods(self) -> None:
        super()._check_methods()
        if not any(hasattr(self.estimator, method) for method in ("predict_proba", "decision_function")):
            raise ParameterError(
                f"{type(self.estimator).__name__} has neither predict_proba nor decision_function, so it cannot say how "
                "likely each class is; choose an estimator that can, such as LogisticRegression()."
            )

    def _learn(self, X: Any, y: np.ndarray, context: FitContext) -> None:
        weight = context.sample_weight
        self.scale_: ScoreScale | None = None
        if not hasattr(self.estimator, "predict_proba"):

            def fit_scores(seen: np.ndarray, held: np.ndarray) -> np.ndarray:
                part = None if weight is None else weight[seen]
                scores: np.ndarray = self._fit_fresh(X[seen], y[seen], part, context).decision_function(X[held])
                return scores

            held_out = held_out_scores(fit_scores, y, context.seed)
            self.scale_ = ScoreScale()
            if held_out is not None:
                scores, held = held_out
                self.scale_ = ScoreScale.learn(scores, y[held], None if weight is None else weight[held])
        self._keep(self._fit_fresh(X, y, weight, context), X)

    def _respond(self, X: Any) -> np.ndarray:
        if self.scale_ is None:
            chances: np.ndarray = self.estimator_.predict_proba(X)
            return chances
        return self.scale_.probabilities(np.asarray(self.estimator_.decision_function(X), dtype=np.float64))

    def _write(self, folder: Path) -> dict[str, Any]:
        return {**super()._write(folder), "scale": None if self.scale_ is None else self.scale_.to_json()}

    def _read(self, folder: Path, values: dict[str, Any]) -> None:
        super()._read(folder, values)
        self.scale_ = None if values["scale"] is None else ScoreScale(**values["scale"])


@dataclasses.dataclass
class SklearnRegressor(SklearnEstimator, BuiltInRegressor):
    """Numbers by a scikit-learn estimator, which gets the target as it is."""

    def __post_init__(self) -> None:
        super().__post_init__()  # each component class has its own; the base's must be called by name

    def _check_methods(self) -> None:
        super()._check_methods()
        if not hasattr(self.estimator, "predict"):
            raise ParameterError(f"{type(self.estimator).__name__} has no predict method; choose a regressor.")

    def _learn_target(self, y: np.ndarray, context: FitContext) -> ValueTarget:
        return ValueTarget(0.0, 1.0, float(np.median(y)) if len(y) and context is not None else 0.0)

    def _learn(self, X: Any, y: np.ndarray, context: FitContext) -> None:
        self._keep(self._fit_fresh(X, y, context.sample_weight, context), X)

    def _respond(self, X: Any) -> np.ndarray:
        values: np.ndarray = self.estimator_.predict(X)
        return values


def _tag(estimator: Any, name: str) -> bool:
    """Whether the estimator says of its input that it may be sparse, or may hold NaN."""
    from sklearn.utils import get_tags

    try:
        return bool(getattr(get_tags(estimator).input_tags, name))
    except (AttributeError, TypeError, ValueError):  # objects that only look like scikit-learn's have no tags
        return False
