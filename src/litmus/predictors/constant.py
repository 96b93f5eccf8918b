"""The same scores for every row: what a baseline answers, and an algorithm that had nothing to learn."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from litmus.predictors.form import Form, SparseBlock
from litmus.predictors.stored import checked_array, damaged

__all__ = ["Constant"]


@dataclasses.dataclass(frozen=True)
class Constant(Form):
    """One answer.

    Attributes:
        values: the scores of every row (outputs,), or (1,) for regression.
        regression: whether the scores are one value a row.

    Example:
        >>> Constant.of(np.array([0.25, 0.75])).scores(np.empty((2, 0), dtype=np.float32))
        array([[0.25, 0.75],
               [0.25, 0.75]])
    """

    values: np.ndarray
    regression: bool

    @classmethod
    def of(cls, prior: np.ndarray) -> Self:
        """The answer of an algorithm: probabilities (outputs,), or a value ()."""
        return cls(np.atleast_1d(np.asarray(prior, dtype=np.float64)), np.ndim(prior) == 0)

    @property
    def outputs(self) -> int:
        """Columns of the scores; 0 for regression."""
        return 0 if self.regression else len(self.values)

    def moved(self, columns: np.ndarray, width: int, sparse: Sequence[tuple[int, int]] = ()) -> Constant:
        """Itself: it looks at no feature."""
        del columns, width, sparse
        return self

    def scores(self, dense: np.ndarray, sparse: Sequence[SparseBlock] = ()) -> np.ndarray:
        """The answer for each row; see `Form.scores`."""
        del sparse
        rows = len(dense)
        return np.full(rows, self.values[0]) if self.regression else np.tile(self.values, (rows, 1))

    def state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Plain values and arrays; see `Form.state`."""
        return {"regression": self.regression}, {"values": self.values}

    @classmethod
    def from_state(cls, values: dict[str, Any], arrays: dict[str, np.ndarray]) -> Self:
        """The form that `state` described; see `Form.from_state`."""
        scores = checked_array(arrays, "values", "f").astype(np.float64)
        form = cls(scores, bool(values.get("regression")))
        if not np.isfinite(scores).all() or len(scores) < 1 or (form.regression and len(scores) != 1):
            raise damaged("the constant answer is malformed")
        return form
