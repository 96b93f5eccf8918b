"""The contract of postprocessing: what is done to a model's scores and labels."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

import numpy as np

from litmus.component import Component
from litmus.metrics.predictions import Predictions

__all__ = ["Postprocessor"]


@dataclass
class Postprocessor(Component):
    """Changes scores, how they become labels, or the labels. Write one of `adjust`, `decide` and `relabel`.

    Scores are probabilities (rows, classes or labels), or predicted values (rows,). `fit` is given out-of-fold
    predictions, so that what it learns holds for rows the model has not seen; learned attributes end in `_`.

    Example:
        >>> from dataclasses import dataclass
        >>> @dataclass
        ... class NeverNegative(Postprocessor):
        ...     def adjust(self, scores):
        ...         return np.maximum(scores, 0.0)
        >>> NeverNegative().adjust(np.array([-3.0, 5.0])).tolist()
        [0.0, 5.0]
    """

    def fit(self, predictions: Predictions) -> None:
        """Learn from out-of-fold predictions; by default nothing."""

    def adjust(self, scores: np.ndarray) -> np.ndarray:
        """Scores of the same shape, such as calibrated probabilities."""
        return scores

    def decide(self, scores: np.ndarray) -> np.ndarray | None:  # noqa: ARG002 - what subclasses get
        """The codes that scores mean: int64 (rows,), int8 (rows, labels) for multilabel; None leaves it to others."""
        return None

    def relabel(self, labels: np.ndarray) -> np.ndarray:
        """The answers a user gets for the model's labels or values (rows,)."""
        return labels

    @property
    def name(self) -> str:
        """The class name as `words_with_underscores`."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(self).__name__).lower()

    def report(self) -> list[str]:
        """What was learned, one sentence each, for the report."""
        return []

    def clone(self) -> Self:
        """An unfitted copy with the same parameters."""
        return self.hyperparams()
