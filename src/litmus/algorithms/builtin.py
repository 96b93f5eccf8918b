"""What all built-in algorithms do around their library: targets, odd features, saving and restoring."""

from __future__ import annotations

import dataclasses
import os
from abc import abstractmethod
from pathlib import Path
from typing import Any

import numpy as np

from litmus.algorithms.base import Algorithm, Classifier, Regressor
from litmus.algorithms.context import FitContext, Validation
from litmus.algorithms.fitted_files import read_arrays, read_json, write_arrays, write_json
from litmus.algorithms.matrices import prepare
from litmus.algorithms.score_scale import ScoreScale
from litmus.algorithms.targets import ClassTarget, ValueTarget
from litmus.algorithms.thread_limits import limit_threads
from litmus.errors import BundleError, PredictionError
from litmus.predictors.answer import Answer, Link
from litmus.predictors.constant import Constant
from litmus.predictors.form import Form

__all__ = ["BuiltIn", "BuiltInClassifier", "BuiltInRegressor"]

_SMALL_BATCH = 2_000  # rows; starting threads costs more than predicting fewer rows than this


@dataclasses.dataclass
class BuiltIn(Algorithm):
    """Base of the built-in algorithms. A family's mixin holds the parameters and the library calls; its classifier and
    regressor join the mixin with `BuiltInClassifier` and `BuiltInRegressor`.

    A library sees only the classes that the training rows have, and standardised regression targets. Where there is
    nothing to learn (one class, equal values, no features) it is not called, and the answer is the prior.

    Attributes set by `fit`:
        threads_: how many threads prediction may use; may be changed.
        warnings_: what a library complained about while it learned, one sentence each.
    """

    @abstractmethod
    def _learn(self, X: Any, y: np.ndarray, context: FitContext) -> None:
        """Fit the library's model on prepared features and encoded targets; `context.n_classes` counts present classes."""

    @abstractmethod
    def _respond(self, X: Any) -> np.ndarray:
        """Answers for prepared features, as the target's `decode` takes them."""

    @abstractmethod
    def _write(self, folder: Path) -> dict[str, Any]:
        """Write the library's model into `folder` and return plain values that `_read` needs."""

    @abstractmethod
    def _read(self, folder: Path, values: dict[str, Any]) -> None:
        """Read what `_write` wrote; may raise ValueError, KeyError or TypeError for malformed files."""

    def fit(self, X: Any, y: np.ndarray, context: FitContext) -> None:
        """Learn from training rows; see `Algorithm.fit`."""
        self.target_ = self._learn_target(y, context)
        self.n_features_ = int(X.shape[1])
        self.threads_ = max(1, context.threads)
        self.importance_: np.ndarray | None = None
        self.warnings_: list[str] = []
        self.trained_ = not self.target_.constant and self.n_features_ > 0
        if self.trained_:
            inner = dataclasses.replace(
                context,
                n_classes=self.target_.size if context.n_classes else 0,
                validation=self._prepare_validation(context.validation),
            )
            features = [self._prepare(X)]
            del X  # so that `_learn` holds the only reference, and can let go of what its library has copied
            with limit_threads(self.threads_):
                self._learn(features.pop(), self.target_.encode(y), inner)

    def _learn_target(self, y: np.ndarray, context: FitContext) -> ClassTarget | ValueTarget:
        weight = context.sample_weight
        return ClassTarget.learn(y, context.n_classes, weight) if context.n_classes else ValueTarget.learn(y, weight)

    def _prepare(self, X: Any) -> Any:
        return prepare(X, sparse=self.accepts == "sparse", missing=self.takes_missing)

    def _prepare_validation(self, validation: Validation | None) -> Validation | None:
        """The held-out rows whose class training has seen, encoded; None when none remain."""
        if validation is None:
            return None
        X, y, weight = validation.X, validation.y, validation.sample_weight
        known = self.target_.known(y)
        if not known.any():
            return None
        if not known.all():
            X, y, weight = X[known], y[known], None if weight is None else weight[known]
        return Validation(self._prepare(X), self.target_.encode(y), weight)

    def _answer(self, X: Any) -> np.ndarray:
        if X.shape[1] != self.n_features_:
            raise PredictionError(
                f"{type(self).__name__} was fitted on {self.n_features_} features and got {X.shape[1]}; "
                "predict with the same columns as in training."
            )
        if not self.trained_ or X.shape[0] == 0:
            return self.target_.decode_prior(X.shape[0])
        return self.target_.decode(self._respond(self._prepare(X)))

    def _threads_for(self, rows: int) -> int:
        return 1 if rows < _SMALL_BATCH else min(self.threads_, _usable_cpus())

    def feature_importance(self) -> np.ndarray | None:
        """Importance of each feature (features,), summing to 1; zeros when nothing was learned."""
        if not self.trained_:
            return np.zeros(self.n_features_)
        return self.importance_

    def lowered(self) -> Form:
        """The fitted state in a form that predicts without the library; see `Algorithm.lowered`."""
        if not self.trained_:
            prior = self._answer(np.empty((1, self.n_features_), dtype=np.float32))[0]
            return Constant.of(prior)
        return self._lower()

    def _lower(self) -> Form:
        """The form of a model that learned something; override it where there is one."""
        return super().lowered()

    def _form_answer(
        self, link: Link = "identity", *, raw: int | None = None, scale: ScoreScale | None = None
    ) -> Answer:
        """How the raw numbers of a form become what `predict_proba` or `predict` answers.

        Args:
            link: of classes: how raw numbers become probabilities of the classes present.
            raw: how many raw numbers a row has; one is the probability of the second of two classes.
            scale: what raw numbers are multiplied by, and what is added, before the link.
        """
        target = self.target_
        if isinstance(target, ValueTarget):
            return Answer.of_value(target.scale, target.center)
        slope, offset = (1.0, 0.0) if scale is None else (scale.slope, scale.offset)
        return Answer.of_classes(link, target.codes, len(target.prior), raw=raw, slope=slope, offset=offset)

    def save(self, folder: Path) -> None:
        """Write the fitted state into `folder` as JSON, arrays and the library's own format; nothing is pickled."""
        kind = "classes" if isinstance(self.target_, ClassTarget) else "values"
        values = self._write(folder) if self.trained_ else {}
        if self.importance_ is not None:
            write_arrays(folder / "importance.npz", {"importance": self.importance_})
        write_json(
            folder / "state.json",
            {
                "target": {kind: self.target_.to_json()},
                "n_features": self.n_features_,
                "threads": self.threads_,
                "trained": self.trained_,
                "warnings": self.warnings_,
                "model": values,
            },
        )

    def restore(self, folder: Path) -> None:
        """Read what `save` wrote.

        Raises:
            BundleError: when a file is absent or malformed.
        """
        state = read_json(folder / "state.json")
        try:
            target = state["target"]
            self.target_ = (
                ClassTarget.from_json(target["classes"])
                if "classes" in target
                else ValueTarget.from_json(target["values"])
            )
            self.n_features_, self.threads_ = int(state["n_features"]), int(state["threads"])
            self.trained_, self.warnings_ = bool(state["trained"]), [str(warning) for warning in state["warnings"]]
            has_importance = (folder / "importance.npz").exists()
            self.importance_ = read_arrays(folder / "importance.npz")["importance"] if has_importance else None
            if self.trained_:
                self._read(folder, state["model"])
        except (ValueError, KeyError, TypeError, IndexError, OSError) as error:
            raise BundleError(
                f"The saved {type(self).__name__} is malformed ({type(error).__name__}: {error}); save the model again."
            ) from error


@dataclasses.dataclass
class BuiltInClassifier(BuiltIn, Classifier):
    """A built-in algorithm that learns classes."""

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities (rows, classes), float32; 0 for classes that training did not have."""
        return self._answer(X)


@dataclasses.dataclass
class BuiltInRegressor(BuiltIn, Regressor):
    """A built-in algorithm that learns a number."""

    def predict(self, X: Any) -> np.ndarray:
        """Predicted values (rows,), float64."""
        return self._answer(X)


def _usable_cpus() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
