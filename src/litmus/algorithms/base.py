"""The contract of an algorithm: what learns from a matrix of features."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np

from litmus.algorithms.context import FitContext
from litmus.component import Component
from litmus.predictors.form import Form
from litmus.predictors.not_converted import NotConvertedError

__all__ = ["Accepts", "Algorithm", "CategoryEncoding", "Classifier", "Regressor"]

Accepts = Literal["dense", "sparse", "frame"]
CategoryEncoding = Literal["ordinal", "onehot", "target", "native"]


@dataclasses.dataclass
class Algorithm(Component, ABC):
    """Base of `Classifier` and `Regressor`; subclass one of those.

    The class attributes say what the default steps must make for it.

    Attributes:
        accepts: "dense": a float32 array (rows, features); "sparse": a float32 `scipy.sparse.csr_matrix`;
            "frame": the table itself, a `litsdf.DataFrame`.
        takes_missing: whether the array may hold NaN.
        wants_scaled: whether features should have comparable scales.
        categories: how category columns arrive: "ordinal" codes, "onehot" columns, "target" means, or "native":
            ordinal codes whose positions are in `context.categorical`, for algorithms that split on categories.
        ignores_features: whether it learns from the targets alone, so that no features need making.
        rounds_parameter: the parameter that counts its rounds or epochs, so that a search can try it with fewer; None
            when it has none, and is tried on fewer rows.
        shrinkage_parameter: the parameter that says how much a round counts, where fewer rounds that count more come to
            about the same, as in boosting; None where they do not.
    """

    accepts: ClassVar[Accepts] = "dense"
    takes_missing: ClassVar[bool] = False
    wants_scaled: ClassVar[bool] = False
    categories: ClassVar[CategoryEncoding] = "ordinal"
    ignores_features: ClassVar[bool] = False
    rounds_parameter: ClassVar[str | None] = None
    shrinkage_parameter: ClassVar[str | None] = None

    @abstractmethod
    def fit(self, X: Any, y: np.ndarray, context: FitContext) -> None:
        """Learn from training rows.

        Args:
            X: features (rows, features) of the form that `accepts` names.
            y: int64 class codes 0 … n_classes - 1 (rows,), or float64 values (rows,).
            context: resources, seed, sample weights, the validation fold and a place to report progress.
        """

    def feature_importance(self) -> np.ndarray | None:
        """Non-negative importance of each feature (features,), summing to 1, or None when there is none."""
        return None

    def refit_settings(self) -> dict[str, Any]:
        """Parameters to change before fitting again on more rows without a validation fold.

        An algorithm that stopped early gives the number of rounds it found best.
        """
        return {}

    def save(self, folder: Path) -> None:
        """Write the fitted state into `folder` (it exists and is empty), in the library's own format.

        The default pickles the object, which is why loading it needs `trust=True`.
        """
        import cloudpickle

        (folder / "component.pkl").write_bytes(cloudpickle.dumps(self))

    def restore(self, folder: Path) -> None:
        """Read what `save` wrote into this object, whose parameters are set already. Override it with `save`."""
        raise TypeError(f"{type(self).__name__} overrides save() but not restore(), so {folder} cannot be read.")

    def lowered(self) -> Form:
        """The fitted state in a form that predicts without any training library, for serving.

        Raises:
            NotConvertedError: when there is none, which is the default; the message says why. The model is then served
                with the algorithm itself.
        """
        raise NotConvertedError(f"{type(self).__name__} has no form of its own; it is served as it is.")

    def clone(self) -> Self:
        """An unfitted copy with the same parameters."""
        return self.hyperparams()


@dataclasses.dataclass
class Classifier(Algorithm):
    """Learns classes. Write `fit` and `predict_proba`."""

    @abstractmethod
    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities (rows, classes), float32, each row summing to 1, for features as `fit` got them."""


@dataclasses.dataclass
class Regressor(Algorithm):
    """Learns a number. Write `fit` and `predict`."""

    @abstractmethod
    def predict(self, X: Any) -> np.ndarray:
        """Predicted values (rows,), float64, for features as `fit` got them."""
