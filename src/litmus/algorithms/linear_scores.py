"""Coefficients and what they mean: scores of rows, probabilities, and the weight of each feature."""

from __future__ import annotations

from typing import Any

import numpy as np

from litmus.algorithms.matrices import is_sparse
from litmus.predictors.answer import Answer
from litmus.predictors.linear import Linear

__all__ = ["LinearScores", "coefficient_importance", "sigmoid", "softmax"]


class LinearScores:
    """`X @ coefficients.T + intercepts`: one score a row, or one a class.

    Args:
        coefficients: (scores, features).
        intercepts: (scores,).
    """

    def __init__(self, coefficients: np.ndarray, intercepts: np.ndarray) -> None:
        coefficients, intercepts = np.atleast_2d(coefficients), np.atleast_1d(intercepts)
        if coefficients.ndim != 2 or intercepts.shape != (len(coefficients),) or coefficients.dtype.kind != "f":
            raise ValueError("coefficients and intercepts do not fit each other")
        self.coefficients = coefficients.astype(np.float64)
        self.intercepts = intercepts.astype(np.float64)
        self._transposed = np.ascontiguousarray(self.coefficients.T)

    def scores(self, X: Any) -> np.ndarray:
        """Scores float64 (rows,), or (rows, scores) when there is more than one a row."""
        product = np.asarray(X @ self._transposed) if is_sparse(X) else X.astype(np.float64) @ self._transposed
        product += self.intercepts
        return product[:, 0] if product.shape[1] == 1 else product

    def lowered(self, answer: Answer) -> Linear:
        """The same scores in a form of its own."""
        return Linear.of(self._transposed, self.intercepts, answer)

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays that make an equal object."""
        return {"coefficients": self.coefficients, "intercepts": self.intercepts}


def sigmoid(scores: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-scores)) without overflow."""
    from scipy.special import expit

    probabilities: np.ndarray = expit(scores)
    return probabilities


def softmax(scores: np.ndarray) -> np.ndarray:
    """Probabilities (rows, classes) in proportion to exp(scores)."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    probabilities: np.ndarray = powers / powers.sum(axis=1, keepdims=True)
    return probabilities


def coefficient_importance(coefficients: np.ndarray, X: Any) -> np.ndarray:
    """|coefficient| times the feature's spread, averaged over scores, summing to 1 (features,)."""
    if is_sparse(X):
        mean = np.asarray(X.mean(axis=0)).ravel()
        spread = np.sqrt(np.maximum(np.asarray(X.multiply(X).mean(axis=0)).ravel() - mean**2, 0))
    else:
        spread = X.std(axis=0, dtype=np.float64)
    importance: np.ndarray = np.abs(np.atleast_2d(coefficients)).mean(axis=0) * spread
    return importance / (importance.sum() or 1.0)
