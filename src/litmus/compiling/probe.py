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
from litmus.member import weighted_mean, with_same_features
from litmus.pipeline.own_steps import in_best_layout
from litmus.postprocessing.apply import adjusted
from litmus.runtime.columns import read_rows
from litsdf.interchange import as_frame, rows_between

if TYPE_CHECKING:
    from litmus.model import Model
    from litmus.pipeline import FittedPipeline

__all__ = ["Probe", "difference", "quietly"]

TOLERANCE = 1e-5
"""How far the scores of the compiled copy may lie from the model's: probabilities, or shares of a value's size."""

_FAR = 1e6
_BY_DISTANCE = (NearestNeighboursClassifier, NearestNeighboursRegressor)
_BLIND = ("KNeighborsClassifier", "KNeighborsRegressor", "GaussianNB", "LinearDiscriminantAnalysis")


@dataclasses.dataclass(frozen=True)
class Probe:
    """Rows in every form that the comparison takes.

    Attributes:
        rows: as a user sends them.
        n_real: how many of them, from the first on, are real rows of the table.
        frame: as pipelines take them.
        columns: as compiled programs take them.
        parts: the scores of each of the model's pipelines.
        scores: the model's scores of them; NaN in rows to which it has no answer itself.
    """

    rows: list[dict[str, Any]]
    n_real: int
    frame: Any
    columns: dict[str, Any]
    parts: list[np.ndarray]
    scores: np.ndarray

    @classmethod
    def of(cls, model: Model, rows: Sequence[Mapping[str, Any]]) -> Probe:
        """The real rows and made-up ones."""
        real = [dict(row) for row in rows] or [dict(model.sample)]
        together = [*real, *edge_rows(model.schema, real)]
        frame, _ = conform(together, model.schema)
        table = read_rows(together, model.schema, [name for name in model.schema.inputs if _readable(model, name)])
        parts = _parts(model, frame, len(together))
        probe = cls(together, len(real), frame, table.columns, parts, _together(model, parts, frame, len(together)))
        return dataclasses.replace(
            probe,
            parts=[probe.reference(part, [of]) for part, of in zip(parts, model.pipelines, strict=True)],
            scores=probe.reference(probe.scores, model.pipelines),
        )

    def reference(self, scores: np.ndarray, pipelines: Iterable[FittedPipeline]) -> np.ndarray:
        """The scores by which some pipelines are judged: NaN where one of them has no answer that is righter than another.

        A row that is further away from all training rows than their own distances count has no nearest ones: which of them
        vote is chance. scikit-learn's own naive Bayes and discriminants compare such rows' likelihoods in float32, where
        their differences are rounding.
        """
        if not any(_is_blind_far_away(pipeline.algorithm) for pipeline in pipelines):
            return scores
        kept = scores.copy()
        for number in range(self.n_real, len(self.rows)):
            values = self.rows[number].values()
            if any(isinstance(value, int | float) and abs(value) >= _FAR for value in values):
                kept[number] = np.nan
        return kept


def _parts(model: Model, frame: Any, n_rows: int) -> list[np.ndarray]:
    """The scores of each pipeline; features that several of them take are made once."""
    frame = in_best_layout(as_frame(frame)) if any(pipeline.runs_own_code for pipeline in model.pipelines) else frame
    found: dict[int, np.ndarray] = {}
    for _, pipelines in with_same_features(model.members):
        features = None
        if len(pipelines) > 1:
            with quietly(), contextlib.suppress(Exception):
                features = pipelines[0].features(frame)
        for pipeline in pipelines:
            if features is not None:
                with quietly(), contextlib.suppress(Exception):
                    found[id(pipeline)] = np.asarray(pipeline.scores_of(features), dtype=np.float64)
            if id(pipeline) not in found:
                found[id(pipeline)] = answered(pipeline.scores, frame, n_rows)
    return [found[id(pipeline)] for pipeline in model.pipelines]


def _together(model: Model, parts: list[np.ndarray], frame: Any, n_rows: int) -> np.ndarray:
    """The model's scores, as `Model.scores` makes them of those of its pipelines."""
    try:
        with quietly():
            left, scores = iter(parts), []
            for member in model.members:
                mean = sum(next(left) for _ in member.pipelines) / len(member.pipelines)
                scores.append(adjusted(member.postprocessing, np.asarray(mean)))
            if model.stacker is None:
                total = weighted_mean(scores, [member.weight for member in model.members])
            else:
                total = model.stacker.combine(scores)
            return np.asarray(adjusted(model.postprocessing, total), dtype=np.float64)
    except Exception:  # such as a part that takes no missing scores
        return answered(model.scores, frame, n_rows)


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


def _is_blind_far_away(algorithm: Any) -> bool:
    """Whether its answers are chance far from all training rows: by distances, or by differences of large float32 numbers."""
    return isinstance(algorithm, _BY_DISTANCE) or type(getattr(algorithm, "estimator", None)).__name__ in _BLIND


def _readable(model: Model, name: str) -> bool:
    return model.schema[name].kind in ("numeric", "categorical", "text", "boolean", "datetime")
