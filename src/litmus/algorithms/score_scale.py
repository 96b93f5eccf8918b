"""Turning decision scores into probabilities: Platt's sigmoid for two classes, a temperature for more."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, Self

import numpy as np

from litmus.algorithms.linear_scores import sigmoid, softmax

__all__ = ["ScoreScale", "held_out_scores"]

_ENOUGH = 2_000  # rows; with more, one fifth held out measures the scores well, with fewer all five take turns
_FOLDS = 5


@dataclasses.dataclass(frozen=True)
class ScoreScale:
    """`sigmoid(slope · score + offset)` for one score a row, `softmax(slope · scores)` for one a class.

    Neither changes which row or class scores higher. Platt, "Probabilistic outputs for support vector machines" (1999);
    Guo et al., "On calibration of modern neural networks" (2017).
    """

    slope: float = 1.0
    offset: float = 0.0

    def probabilities(self, scores: np.ndarray) -> np.ndarray:
        """Probability of the second class (rows,), or of each class (rows, classes)."""
        return sigmoid(self.slope * scores + self.offset) if scores.ndim == 1 else softmax(self.slope * scores)

    @classmethod
    def learn(cls, scores: np.ndarray, y: np.ndarray, weight: np.ndarray | None) -> Self:
        """The scale with the lowest log loss on scores of rows that the scoring model did not see."""
        from scipy.optimize import minimize, minimize_scalar

        weight = np.ones(len(y)) if weight is None else weight
        unit = float(np.abs(scores).mean()) or 1.0  # the search starts where scores are about one
        if scores.ndim == 1:
            wanted = _smoothed(y, weight)

            def loss(values: np.ndarray) -> float:
                margin = values[0] * scores / unit + values[1]
                return float(weight @ (np.logaddexp(0, margin) - wanted * margin))

            slope, offset = minimize(loss, np.array([1.0, 0.0]), method="Nelder-Mead", options={"maxiter": 400}).x
            return cls(max(float(slope), 1e-6) / unit, float(offset))
        rows = np.arange(len(y))

        def temperature_loss(log_slope: float) -> float:
            margins = np.exp(log_slope) * scores / unit
            margins = margins - margins.max(axis=1, keepdims=True)
            return float(weight @ (np.log(np.exp(margins).sum(axis=1)) - margins[rows, y]))

        best = minimize_scalar(temperature_loss, bounds=(-8.0, 8.0), method="bounded")
        return cls(float(np.exp(best.x)) / unit)

    def to_json(self) -> dict[str, float]:
        """The scale as plain JSON values."""
        return dataclasses.asdict(self)


def _smoothed(y: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Platt's targets: a little inside 0 and 1, so that separable scores have a finite scale."""
    ones, zeros = float(weight[y == 1].sum()), float(weight[y == 0].sum())
    return np.where(y == 1, (ones + 1) / (ones + 2), 1 / (zeros + 2))


def held_out_scores(
    fit_scores: Callable[[np.ndarray, np.ndarray], np.ndarray], y: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray] | None:
    """Scores of training rows by models that did not see them, and the positions of those rows.

    Args:
        fit_scores: given positions to fit on and positions to score, returns the scores.
        y: class codes (rows,).
        seed: of the shuffle.

    Returns:
        None when a class has too few rows to hold any out.
    """
    from sklearn.model_selection import StratifiedKFold

    folds = min(_FOLDS, int(np.bincount(y).min()))
    if folds < 2:
        return None
    splits: Any = StratifiedKFold(folds, shuffle=True, random_state=seed % 2**32).split(np.zeros(len(y)), y)
    parts = []
    for seen, held in splits:
        parts.append((fit_scores(seen, held), held))
        if len(y) >= _ENOUGH:
            break
    return np.concatenate([scores for scores, _ in parts]), np.concatenate([held for _, held in parts])
