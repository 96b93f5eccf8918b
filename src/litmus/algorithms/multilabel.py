"""Many labels a row: one classifier for each label."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import Any

import numpy as np

from litmus.algorithms.base import Accepts, CategoryEncoding, Classifier
from litmus.algorithms.context import FitContext, Validation
from litmus.algorithms.fitted_files import read_json, write_json
from litmus.errors import BundleError, ParameterError
from litmus.predictors.form import Form
from litmus.predictors.labels import Labels

__all__ = ["PerLabel"]


@dataclasses.dataclass
class PerLabel(Classifier):
    """Fits a copy of a binary classifier to each label.

    `fit` takes y as 0 and 1 (rows, labels); `predict_proba` gives the probability of each label (rows, labels).

    Example:
        >>> from litmus.algorithms import LinearModel
        >>> PerLabel(LinearModel().for_task("binary")).algorithm.strength
        1.0
    """

    algorithm: Any = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.algorithm, Classifier):
            raise ParameterError(f"PerLabel needs a litmus.Classifier, not {self.algorithm!r}.")
        self.accepts: Accepts = self.algorithm.accepts  # type: ignore[misc]
        self.takes_missing: bool = self.algorithm.takes_missing  # type: ignore[misc]
        self.wants_scaled: bool = self.algorithm.wants_scaled  # type: ignore[misc]
        self.categories: CategoryEncoding = self.algorithm.categories  # type: ignore[misc]
        self.ignores_features: bool = self.algorithm.ignores_features  # type: ignore[misc]

    def fit(self, X: Any, y: np.ndarray, context: FitContext) -> None:
        """Fit one classifier a label; each gets its share of the time that is left."""
        self.classifiers_: list[Classifier] = []
        for label in range(y.shape[1]):
            held = context.validation
            part = dataclasses.replace(
                context,
                n_classes=2,
                validation=None
                if held is None
                else Validation(held.X, held.y[:, label].astype(np.int64), held.sample_weight),
                deadline=None if context.deadline is None else _share(context, y.shape[1] - label),
                report=None,  # a label's score says little about all of them
            )
            classifier = self.algorithm.clone()
            classifier.fit(X, y[:, label].astype(np.int64), part)
            self.classifiers_.append(classifier)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probability of each label, float32 (rows, labels)."""
        if not self.classifiers_:
            return np.empty((X.shape[0], 0), dtype=np.float32)
        return np.column_stack([classifier.predict_proba(X)[:, 1] for classifier in self.classifiers_]).astype(
            np.float32
        )

    def feature_importance(self) -> np.ndarray | None:
        """The mean importance over the labels, or None when the classifier has none."""
        shares = [classifier.feature_importance() for classifier in self.classifiers_]
        known = [share for share in shares if share is not None]
        if not known or len(known) < len(shares):
            return None
        total = np.sum(known, axis=0)
        return total / (total.sum() or 1.0)

    def refit_settings(self) -> dict[str, Any]:
        """The classifier with the middle of what the labels found, as one setting."""
        found = [settings for classifier in self.classifiers_ if (settings := classifier.refit_settings())]
        if not found:
            return {}
        middle = {name: _middle([settings[name] for settings in found]) for name in found[0]}
        return {"algorithm": self.algorithm.hyperparams(**middle)}

    def lowered(self) -> Form:
        """The labels' classifiers in forms of their own; see `Algorithm.lowered`."""
        return Labels(tuple(classifier.lowered() for classifier in self.classifiers_))

    def save(self, folder: Path) -> None:
        """Write each label's classifier into a folder of its own."""
        write_json(folder / "labels.json", {"labels": len(self.classifiers_)})
        for label, classifier in enumerate(self.classifiers_):
            inner = folder / f"label-{label:04d}"
            inner.mkdir()
            classifier.save(inner)

    def restore(self, folder: Path) -> None:
        """Read what `save` wrote.

        Raises:
            BundleError: when a label is absent or damaged, or was pickled: such a classifier is read by `litmus.load`.
        """
        count = read_json(folder / "labels.json").get("labels")
        if not isinstance(count, int) or isinstance(count, bool):
            raise BundleError("labels.json does not say how many labels there are; save the model again.")
        self.classifiers_ = []
        for label in range(count):
            inner = folder / f"label-{label:04d}"
            classifier = self.algorithm.clone()
            classifier.restore(inner)
            self.classifiers_.append(classifier)


def _share(context: FitContext, labels_left: int) -> float:
    return time.monotonic() + context.seconds_left() / labels_left


def _middle(values: list[Any]) -> Any:
    """The median; of whole numbers, such as rounds, a whole number."""
    middle = float(np.median(values))
    return int(middle) if all(isinstance(value, int) for value in values) else middle
