"""The contract of a form: a fitted algorithm as arrays, which predicts without the library that trained it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from litmus.predictors.answer import Answer

__all__ = ["Form", "SparseBlock"]

SparseBlock = tuple[np.ndarray, np.ndarray, np.ndarray, int]
"""Rows of a sparse block: (indptr, indices, values, width), as a csr matrix has them."""


class Form(ABC):
    """A fitted algorithm in a form of its own.

    A form first takes the features in the order its algorithm saw them, as one dense array; `moved` makes one that finds
    them in the features of several algorithms together.
    """

    @property
    @abstractmethod
    def outputs(self) -> int:
        """Columns of the scores: classes or labels; 0 for regression, whose scores are (rows,)."""

    @abstractmethod
    def moved(self, columns: np.ndarray, width: int, sparse: Sequence[tuple[int, int]] = ()) -> Form:
        """The same form on shared features.

        Args:
            columns: for each feature of the algorithm its column in the shared dense array, or -1 where it lies in a sparse
                block (features,).
            width: columns of the shared dense array.
            sparse: (number of the shared sparse block, the algorithm's feature that is its first column) of each block.
        """

    @abstractmethod
    def scores(self, dense: np.ndarray, sparse: Sequence[SparseBlock] = ()) -> np.ndarray:
        """What the algorithm's `predict_proba` or `predict` answers, float64 (rows, outputs), or (rows,) for regression.

        Args:
            dense: shared dense features float32 (rows, width).
            sparse: shared sparse blocks.
        """

    @abstractmethod
    def state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Plain JSON values and arrays that `from_state` makes an equal form of."""

    @classmethod
    @abstractmethod
    def from_state(cls, values: dict[str, Any], arrays: dict[str, np.ndarray]) -> Self:
        """The form that `state` described.

        Raises:
            BundleError: when the state cannot be that of a form: every index is checked.
        """

    def save(self, folder: Path) -> None:
        """Write the form into `folder`, which exists and is empty."""
        from litmus.predictors.stored import write_state

        values, arrays = self.state()
        write_state(folder, {"kind": type(self).__name__, **values}, arrays)


class RawForm(Form):
    """A form that computes raw numbers, which an `Answer` makes scores of."""

    answer: Answer

    @property
    def outputs(self) -> int:
        """Columns of the scores; 0 for regression."""
        return self.answer.outputs

    @abstractmethod
    def raw(self, dense: np.ndarray, sparse: Sequence[SparseBlock] = ()) -> np.ndarray:
        """The raw numbers float64 (rows, raw)."""

    def scores(self, dense: np.ndarray, sparse: Sequence[SparseBlock] = ()) -> np.ndarray:
        """What the algorithm answers; see `Form.scores`."""
        return self.answer.scores(self.raw(dense, sparse))
