"""How the value of a metric follows from the weights of the rows.

Every built-in metric is written once, as a function of row weights. The score is its value at the sample weights; a
bootstrap resample is its value at those weights multiplied by how often each row was drawn, and many resamples are one
matrix of weights.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from litmus.metrics.weighted import dot, sum_by_group

__all__ = ["Evaluation", "RowEvaluation", "mean_of", "share_of"]


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """A metric prepared on some predictions.

    Attributes:
        values: weights (resamples, units) → values (resamples,), NaN where the metric is undefined. Units are the rows,
            the rows in `order`, or cells.
        undefined: why the value can be NaN, to follow "… is undefined: ".
        cells: the cell of each row (rows,), where the metric only needs the total weight in each of a few cells.
        n_cells: how many cells there are.
        order: the row positions in the order in which `values` wants them (rows,), such as by probability.
        passes: how many times `values` goes over the rows, which divides the rows of a bootstrap.
    """

    values: Callable[[np.ndarray], np.ndarray]
    undefined: str = "it would divide by zero on these rows."
    cells: np.ndarray | None = None
    n_cells: int = 0
    order: np.ndarray | None = None
    passes: int = 1

    def arranged(self, weight: np.ndarray) -> np.ndarray:
        """Row weights (rows,) in the order that `of_arranged` wants."""
        return weight if self.order is None else weight[self.order]

    def of_arranged(self, weights: np.ndarray) -> np.ndarray:
        """Values (resamples,) at arranged row weights (resamples, rows)."""
        return self.values(weights if self.cells is None else sum_by_group(weights, self.cells, self.n_cells))

    def score(self, weight: np.ndarray) -> float:
        """The value at these row weights (rows,), or NaN."""
        return float(self.of_arranged(self.arranged(weight)[np.newaxis])[0])


@dataclasses.dataclass(frozen=True)
class RowEvaluation:
    """A user's metric prepared on some predictions: it can only be called with rows, not with weights.

    Attributes:
        value: row positions (any number), or None for all rows → the value; raises MetricError where undefined.
        undefined: as in `Evaluation`.
    """

    value: Callable[[np.ndarray | None], float]
    undefined: str = "the function gave no number."

    def score(self, weight: np.ndarray) -> float:  # noqa: ARG002 (the same call as Evaluation.score)
        """The value on all rows; weights reach the function by its own `sample_weight` parameter."""
        return self.value(None)


def mean_of(values: np.ndarray) -> Evaluation:
    """The weighted mean of one value a row (rows,)."""
    values = np.asarray(values, dtype=np.float64)
    return Evaluation(lambda weights: dot(weights, values) / weights.sum(axis=1))


def share_of(mask: np.ndarray) -> Evaluation:
    """The weighted share of rows where the mask (rows,) is true."""
    return Evaluation(lambda weights: weights[:, 1] / weights.sum(axis=1), cells=mask.astype(np.int64), n_cells=2)
