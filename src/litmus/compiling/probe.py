"""What the model itself answers to the rows that its compiled copy is compared on."""

from __future__ import annotations

import contextlib
import dataclasses
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from litmus.algorithms.nearest_neighbours import NearestNeighboursClassifier, NearestNeighboursRegressor
from litmus.compiling.sample_rows import edge_rows
from litmus.data import conform
from litmus.runtime.columns import read_rows
from litsdf.interchange import rows_between

if TYPE_CHECKING:
    from litmus.model import Model
    from litmus.pipeline import FittedPipeline

__all__ = ["Probe", "difference", "quietly"]

TOLERANCE = 1e-5
"""How far the scores of the compiled copy may lie from the model's: probabilities, or shares of a value's size."""

_FAR = 1e6
_BY_DISTANCE = (NearestNeighboursClassifier, NearestNeighboursRegressor)


@dataclasses.dataclass(frozen=True)
class Probe:
    """Rows in every form that the comparison takes.

    Attributes:
        rows: as a user sends them.
        n_real: how many of them, from the first on, are real rows of the table.
        frame: as pipelines take them.
        columns: as compiled programs take them.
        scores: the model's scores of them; NaN in rows to which it has no answer itself.
    """

    rows: list[dict[str, Any]]
    n_real: int
    frame: Any
    columns: dict[str, Any]
    scores: np.ndarray

    @classmethod
    def of(cls, model: Model, rows: Sequence[Mapping[str, Any]]) -> Probe:
        """The real rows and made-up ones."""
        real = [dict(row) for row in rows] or [dict(model.sample)]
        together = [*real, *edge_rows(model.schema, real)]
        frame, _ = conform(together, model.schema)
        table = read_rows(together, model.schema, [name for name in model.schema.inputs if _readable(model, name)])
        probe = cls(together, len(real), frame, table.columns, answered(model.scores, frame, len(together)))
        return dataclasses.replace(probe, scores=probe.reference(probe.scores, model.pipelines))

    def reference(self, scores: np.ndarray, pipelines: Iterable[FittedPipeline]) -> np.ndarray:
        """The scores by which some pipelines are judged: NaN where one of them has no answer that is righter than another.

        A row that is further away from all training rows than their own distances count has no nearest ones: which of them
        vote is chance.
        """
        if not any(isinstance(pipeline.algorithm, _BY_DISTANCE) for pipeline in pipelines):
            return scores
        kept = scores.copy()
        for number in range(self.n_real, len(self.rows)):
            values = self.rows[number].values()
            if any(isinstance(value, int | float) and abs(value) >= _FAR for value in values):
                kept[number] = np.nan
        return kept


def answered(score: Callable[[Any], np.ndarray], frame: Any, n_rows: int) -> np.ndarray:
    """Scores of all rows, each alone where together they fail, NaN where a row has none."""
    with quietly():
        try:
            return np.asarray(score(frame), dtype=np.float64)
        except Exception:  # such as a linear model whose answer overflows
            parts: list[Any] = []
            for row in range(n_rows):
                try:
                    parts.append(np.asarray(score(rows_between(frame, row, row + 1)), dtype=np.float64)[0])
                except Exception:
                    parts.append(np.nan)
    shape = next((np.shape(part) for part in parts if np.ndim(part)), ())
    return np.array([np.full(shape, np.nan) if np.ndim(part) != len(shape) else part for part in parts])


def difference(expected: np.ndarray, got: np.ndarray) -> float:
    """The largest difference, relative to the size of values above 1; infinite where shapes or missing answers differ."""
    if expected.shape != got.shape:
        return np.inf
    known = np.isfinite(expected)
    if not known.any():
        return 0.0
    if not np.isfinite(got[known]).all():
        return np.inf
    with np.errstate(all="ignore"):
        apart = np.abs(got[known] - expected[known]) / np.maximum(1.0, np.abs(expected[known]))
    return float(apart.max())


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Without the warnings that numbers at the edges cause."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def _readable(model: Model, name: str) -> bool:
    return model.schema[name].kind in ("numeric", "categorical", "text", "boolean", "datetime")
