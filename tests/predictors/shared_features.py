"""Features as the program of a model gives them to predictors."""

from __future__ import annotations

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class Given:
    """One row, or rows: dense features and sparse blocks."""

    dense: np.ndarray
    sparse: tuple = ()

    def one(self, at):
        """The row at a position, as one row is given."""
        blocks = []
        for indptr, indices, values, _ in self.sparse:
            part = slice(indptr[at], indptr[at + 1])
            blocks.append((indices[part], values[part]))
        return Given(np.ascontiguousarray(self.dense[at : at + 1]), tuple(blocks))


def block(matrix):
    """A csr matrix as a block of `Given`."""
    return matrix.indptr, matrix.indices, matrix.data, matrix.shape[1]


def odd_rows(X, seed=0, categorical=(), huge=1e30):
    """A copy with missing, huge, tiny and odd values, and category codes never seen."""
    rng = np.random.default_rng(seed)
    X = np.array(X, dtype=np.float32)
    for value in (np.nan, 0.0, huge, -huge, 1e-40, -1.0):
        X[rng.random(X.shape) < 0.04] = value
    for column in categorical:
        X[np.abs(X[:, column]) > 1e6, column] = 977
        X[:, column] = np.floor(X[:, column])
        X[rng.random(len(X)) < 0.05, column] = 977
    return X
