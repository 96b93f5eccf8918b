"""Linear models of every kind, dense and sparse, and naive Bayes, which adds a weight for each squared feature."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from litmus.predictors.answer import Answer
from litmus.predictors.form import RawForm, SparseBlock
from litmus.predictors.places import Places
from litmus.predictors.stored import checked_array, damaged

__all__ = ["Linear", "add_block", "repaired"]

_LARGEST = 1e9  # what stands for infinity where algorithms cannot bear it


def repaired(values: np.ndarray) -> np.ndarray:
    """The values with 0 for NaN and large numbers for infinity; the same array where there is nothing to repair."""
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(values.sum(dtype=np.float64)):
            return values
    finite: np.ndarray = np.nan_to_num(values, nan=0.0, posinf=_LARGEST, neginf=-_LARGEST)
    return finite


def add_block(out: np.ndarray, block: SparseBlock, weights: np.ndarray, squares: np.ndarray | None) -> None:
    """Add to raw numbers (rows, raw) what the features of a sparse block contribute.

    Args:
        out: changed in place.
        block: the sparse features.
        weights, squares: of the block's columns (columns, raw), and of their squares or None.
    """
    indptr, indices, values, _ = block
    known = indices < len(weights)
    row = np.repeat(np.arange(len(out)), np.diff(indptr))[known]
    values, indices = repaired(values)[known].astype(np.float64), indices[known]
    for column in range(out.shape[1]):
        terms = values * weights[indices, column]
        if squares is not None:
            terms += values * values * squares[indices, column]
        out[:, column] += np.bincount(row, weights=terms, minlength=len(out))


@dataclasses.dataclass(frozen=True)
class Linear(RawForm):
    """`X @ coefficients + X² @ squares + intercepts`, then the answer's link.

    Attributes:
        coefficients: (features, raw).
        squares: weights of the squared features (features, raw), or None.
        intercepts: (raw,).
        places: where the features are.
        answer: how raw numbers become scores.
    """

    coefficients: np.ndarray
    squares: np.ndarray | None
    intercepts: np.ndarray
    places: Places
    answer: Answer

    @classmethod
    def of(
        cls, coefficients: np.ndarray, intercepts: np.ndarray, answer: Answer, squares: np.ndarray | None = None
    ) -> Self:
        """A model on the features of its algorithm; arrays as in the class."""
        return cls(coefficients, squares, intercepts, Places.dense(np.arange(len(coefficients))), answer)

    def moved(self, columns: np.ndarray, width: int, sparse: Sequence[tuple[int, int]] = ()) -> Linear:
        """The same model on shared features; see `Form.moved`."""
        del width
        return dataclasses.replace(self, places=self.places.moved(columns, sparse))

    def raw(self, dense: np.ndarray, sparse: Sequence[SparseBlock] = ()) -> np.ndarray:
        """The raw numbers float64 (rows, raw); see `RawForm.raw`."""
        here = np.flatnonzero(self.places.block < 0)
        values = repaired(dense[:, self.places.column[here]]).astype(np.float64)
        out = values @ self.coefficients[here] + self.intercepts
        if self.squares is not None:
            out += (values * values) @ self.squares[here]
        for number in np.unique(self.places.block[self.places.block >= 0]):
            add_block(out, sparse[number], *self.block_weights(int(number)))
        return np.asarray(out)

    def block_weights(self, number: int) -> tuple[np.ndarray, np.ndarray | None]:
        """The weights of the columns of a sparse block (columns, raw), and of their squares or None."""
        mine = self.places.block == number
        width = int(self.places.column[mine].max(initial=-1)) + 1
        tables = []
        for weights in (self.coefficients, self.squares):
            table = np.zeros((width, len(self.intercepts)))
            if weights is not None:
                table[self.places.column[mine]] = weights[mine]
            tables.append(table)
        return tables[0], None if self.squares is None else tables[1]

    def state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Plain values and arrays; see `Form.state`."""
        arrays = {"coefficients": self.coefficients, "intercepts": self.intercepts} | self.places.arrays()
        if self.squares is not None:
            arrays["squares"] = self.squares
        return {"answer": self.answer.to_json()}, arrays

    @classmethod
    def from_state(cls, values: dict[str, Any], arrays: dict[str, np.ndarray]) -> Self:
        """The model that `state` described; see `Form.from_state`."""
        coefficients = checked_array(arrays, "coefficients", "f", 2).astype(np.float64)
        intercepts = checked_array(arrays, "intercepts", "f").astype(np.float64)
        squares = checked_array(arrays, "squares", "f", 2).astype(np.float64) if "squares" in arrays else None
        places = Places.from_arrays(arrays)
        shape = (len(places.column), len(intercepts))
        if coefficients.shape != shape or (squares is not None and squares.shape != shape):
            raise damaged("the coefficients do not fit the features")
        if not all(np.isfinite(array).all() for array in (coefficients, intercepts, squares) if array is not None):
            raise damaged("the coefficients are not finite numbers")
        return cls(coefficients, squares, intercepts, places, Answer.from_json(values.get("answer"), len(intercepts)))
