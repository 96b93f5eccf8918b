"""Regression by a Gaussian process: how good settings should be, and how sure that is."""

from __future__ import annotations

import numpy as np
from scipy import linalg, optimize

__all__ = ["GaussianRegression"]

_JITTER = 1e-8
_MOST_TO_LEARN = 60  # observations that length scales are learned from; all of them are used to predict
_NOISE_BOUNDS = (1e-6, 1.0)
_SCALE_BOUNDS = (0.02, 50.0)


class GaussianRegression:
    """A Gaussian process with a Matérn 5/2 kernel and a length scale for each parameter.

    Length scales and noise maximise the posterior, with a prior on length scales that grows with the square root of the
    number of parameters (Hvarfner, Hellsten and Nardi, 2024). Values are standardised.

    Args:
        features: float64 (rows, features).
        values: float64 (rows,), larger is better.
        groups: the parameter of each feature (features,); features of one parameter share a length scale.
    """

    def __init__(self, features: np.ndarray, values: np.ndarray, groups: np.ndarray) -> None:
        self._features, self._groups = features, groups
        self._centre, self._spread = float(values.mean()), float(values.std()) or 1.0
        self._targets = (values - self._centre) / self._spread
        self._learn()
        self._condition()

    def with_guesses(self, features: np.ndarray) -> GaussianRegression:
        """The same process as if these rows had been observed, at the values it expects there."""
        copy = object.__new__(GaussianRegression)
        copy.__dict__.update(self.__dict__)
        copy._targets = np.concatenate([self._targets, self._mean(features)])
        copy._features = np.concatenate([self._features, features])
        copy._condition()
        return copy

    def expected_improvement(self, features: np.ndarray) -> np.ndarray:
        """The logarithm of the expected improvement on the best observed value, float64 (rows,)."""
        from scipy.special import log_ndtr

        covariance = self._kernel(features, self._features)
        mean = covariance @ self._weights
        solved = linalg.solve_triangular(self._lower, covariance.T, lower=True, check_finite=False)
        deviation = np.sqrt(np.maximum(self._signal * (1 - (solved**2).sum(axis=0)), 1e-12))
        z = (mean - self._targets.max()) / deviation
        density = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
        exact = density + z * np.exp(log_ndtr(z))
        tail = -0.5 * z**2 - 0.5 * np.log(2 * np.pi) - 2 * np.log(np.maximum(-z, 1.0))  # far below the best
        return np.asarray(np.log(deviation) + np.where(z > -6, np.log(np.maximum(exact, 1e-300)), tail))

    def _mean(self, features: np.ndarray) -> np.ndarray:
        return np.asarray(self._kernel(features, self._features) @ self._weights)

    def _learn(self) -> None:
        """Choose length scales and noise by the best and the latest observations."""
        rows = np.arange(len(self._targets))
        if len(rows) > _MOST_TO_LEARN:
            best = np.argsort(-self._targets, kind="stable")[: _MOST_TO_LEARN // 2]
            rest = np.setdiff1d(rows, best)
            rows = np.concatenate([best, rest[-(_MOST_TO_LEARN - len(best)) :]])
        targets = self._targets[rows]
        n_groups = int(self._groups.max()) + 1 if len(self._groups) else 0
        distances = _squared_distances(self._features[rows], self._groups, n_groups)
        middle = np.concatenate([np.full(n_groups, np.log(0.5 * np.sqrt(max(n_groups, 1)))), [np.log(1e-3)]])
        width = np.concatenate([np.full(n_groups, 1.0), [2.0]])
        bounds = [tuple(np.log(_SCALE_BOUNDS))] * n_groups + [tuple(np.log(_NOISE_BOUNDS))]
        found = optimize.minimize(
            _loss, middle, args=(distances, targets, middle, width), jac=True, method="L-BFGS-B", bounds=bounds,
            options={"maxiter": 25},
        )  # fmt: skip
        learned = found.x if np.isfinite(found.fun) else middle
        self._scales, self._noise = np.exp(learned[:-1]), float(np.exp(learned[-1]))

    def _condition(self) -> None:
        covariance = self._kernel(self._features, self._features)
        covariance[np.diag_indices_from(covariance)] += self._noise + _JITTER
        self._lower = linalg.cholesky(covariance, lower=True, check_finite=False)
        self._weights = linalg.cho_solve((self._lower, True), self._targets, check_finite=False)
        self._signal = float(max(self._targets @ self._weights / len(self._targets), 1e-6))

    def _kernel(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        left, right = left / self._scales[self._groups], right / self._scales[self._groups]
        squared = (left**2).sum(axis=1)[:, None] + (right**2).sum(axis=1) - 2 * left @ right.T
        return _matern(np.maximum(squared, 0.0))[0]


def _squared_distances(features: np.ndarray, groups: np.ndarray, n_groups: int) -> np.ndarray:
    """Squared distances of rows in each parameter (parameters, rows, rows)."""
    parts = [features[:, groups == group] for group in range(n_groups)]
    if not parts:
        return np.zeros((0, len(features), len(features)))
    return np.stack([((part[:, None, :] - part) ** 2).sum(axis=2) for part in parts])


def _matern(squared: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The kernel, and its derivative by the squared distance."""
    root = np.sqrt(5 * squared)
    decay = np.exp(-root)
    return (1 + root + 5 / 3 * squared) * decay, -5 / 6 * (1 + root) * decay


def _loss(
    logarithms: np.ndarray, distances: np.ndarray, targets: np.ndarray, middle: np.ndarray, width: np.ndarray
) -> tuple[float, np.ndarray]:
    """The negative log posterior of length scales and noise, the signal's variance at its best, and its gradient."""
    inverse = np.exp(-2 * logarithms[:-1])
    noise = float(np.exp(logarithms[-1]))
    kernel, slope = _matern(np.tensordot(inverse, distances, axes=1))
    kernel[np.diag_indices_from(kernel)] += noise + _JITTER
    n_rows = len(targets)
    try:
        lower = linalg.cholesky(kernel, lower=True, check_finite=False)
    except linalg.LinAlgError:
        return 1e10, np.zeros_like(logarithms)
    solved = linalg.cho_solve((lower, True), np.column_stack([np.eye(n_rows), targets]), check_finite=False)
    precision, weights = solved[:, :-1], solved[:, -1]
    signal = max(float(targets @ weights) / n_rows, 1e-12)
    off = (logarithms - middle) / width
    value = 0.5 * n_rows * np.log(signal) + np.log(np.diag(lower)).sum() + 0.5 * off @ off
    by_kernel = 0.5 * (precision - np.outer(weights, weights) / signal)
    by_scale = -2 * inverse * np.tensordot(distances, by_kernel * slope, axes=2)
    by_noise = noise * np.trace(by_kernel)
    return float(value), np.concatenate([by_scale, [by_noise]]) + off / width
