"""Training one candidate on one fold, or on all rows: the unit of work that runs in parallel."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import Any

import numpy as np

from litmus.algorithms.context import FitContext
from litmus.errors import TrainingError
from litmus.evaluate.dataset_folder import DatasetFolder, take
from litmus.evaluate.turns import my_turn
from litmus.pipeline import FittedPipeline, Pipeline
from litmus.pipeline.pipeline import TrainingRows
from litsdf import DataFrame, choose_layout
from litsdf.interchange import rows_at

__all__ = ["FitWork", "FoldResult", "fit_all_rows", "fit_fold", "scores_in_parts"]

_BYTES_PER_THREAD = 4_000_000
"""Bytes of the table that make one more thread worth its synchronising; small tables train fastest on one."""

_PART = 50_000
"""Rows predicted at once, so that passing copies stay small."""


@dataclasses.dataclass(frozen=True)
class FitWork:
    """What one fit needs.

    Attributes:
        dataset: the data set's files.
        pipeline: the unfitted candidate.
        fold: number of the fold.
        output: the folder to make, for the fitted pipeline and its scores.
        seed: the source of all randomness of this fit.
        threads: threads it may use.
        train_scores: whether the scores of the training rows are wanted too.
    """

    dataset: DatasetFolder
    pipeline: Pipeline
    fold: int
    output: str
    seed: int
    threads: int
    train_scores: bool = False

    def context(self) -> FitContext:
        """What the algorithm is told."""
        threads = min(self.threads, 1 + self.dataset.size // _BYTES_PER_THREAD)
        return FitContext(
            n_classes=self.dataset.n_outputs, classes=self.dataset.classes, threads=threads, seed=self.seed
        )

    def rows(self) -> TrainingRows:
        """The training split, in the layout that the user's own code is fastest in; without any, as plain arrays."""
        positions = self.dataset.y("train")
        layout = choose_layout(len(positions)) if self.pipeline.runs_own_code else "pandas"
        return self.dataset.rows("train", layout)


@dataclasses.dataclass(frozen=True)
class FoldResult:
    """What one fit gave, beside the files in its output folder.

    Attributes:
        output: that folder.
        fit_seconds: time of the fit, steps included.
        predict_seconds: time to predict 1,000 held-out rows, steps included.
        importance: feature → share of importance.
        notes: what the steps dropped or changed and why.
        refit_settings: parameters for a fit on all rows, such as the number of rounds that was best.
    """

    output: str
    fit_seconds: float
    predict_seconds: float
    importance: dict[str, float]
    notes: tuple[str, ...]
    refit_settings: dict[str, Any]


def fit_fold(work: FitWork) -> FoldResult:
    """Fit on the fold's training rows, score the held-out rows, and write both down."""
    train_rows, valid_rows = work.dataset.fold(work.fold)
    if work.dataset.task in ("binary", "multiclass") and len(train_rows) == 0:
        raise TrainingError(f"Fold {work.fold + 1} has no training rows; use fewer folds.")
    rows = work.rows()
    started = time.perf_counter()
    with my_turn(work.dataset.path, work.dataset.size):
        held_out = take(rows, valid_rows)
        prepared = work.pipeline.prepare(
            take(rows, train_rows),
            schema=work.dataset.schema(),
            task=work.dataset.task,
            context=work.context(),
            held_out=held_out,
        )
        sample = rows_at(rows.frame, valid_rows[:1000])
        del held_out
    features = prepared.held_out
    fitted = prepared.learn()
    fit_seconds = time.perf_counter() - started
    folder = Path(work.output)
    folder.mkdir(parents=True)
    if features is not None:
        np.save(folder / "valid-scores.npy", fitted.scores_of(features))
    predict_seconds = _seconds_per_thousand(fitted, sample)
    if work.train_scores:
        np.save(folder / "train-scores.npy", scores_in_parts(fitted, rows, train_rows))
    return _written(fitted, folder, fit_seconds, predict_seconds)


def fit_all_rows(work: FitWork) -> FoldResult:
    """Fit on every training row, with nothing held out, and write the pipeline down."""
    started = time.perf_counter()
    rows = work.rows()
    with my_turn(work.dataset.path, work.dataset.size):
        prepared = work.pipeline.prepare(
            TrainingRows(rows.frame.copy(), np.array(rows.y), rows.sample_weight),
            schema=work.dataset.schema(),
            task=work.dataset.task,
            context=work.context(),
        )
    fitted = prepared.learn()
    folder = Path(work.output)
    folder.mkdir(parents=True)
    return _written(fitted, folder, time.perf_counter() - started, 0.0)


def scores_in_parts(fitted: FittedPipeline, rows: TrainingRows, positions: np.ndarray | None = None) -> np.ndarray:
    """The scores of some rows (all when `positions` is None), made a part at a time."""
    if positions is None:
        positions = np.arange(len(rows.frame))
    starts = range(0, max(len(positions), 1), _PART)
    parts = [fitted.scores(rows_at(rows.frame, positions[start : start + _PART])) for start in starts]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _seconds_per_thousand(fitted: FittedPipeline, sample: DataFrame) -> float:
    """Time to predict 1,000 rows from the table on, steps included, measured on up to 1,000 held-out rows."""
    if not len(sample):
        return 0.0
    started = time.perf_counter()
    fitted.scores(sample)
    return (time.perf_counter() - started) * 1000 / len(sample)


def _written(fitted: FittedPipeline, folder: Path, fit_seconds: float, predict_seconds: float) -> FoldResult:
    fitted.save(folder / "pipeline")
    return FoldResult(
        output=str(folder),
        fit_seconds=fit_seconds,
        predict_seconds=predict_seconds,
        importance=fitted.importance(),
        notes=tuple(fitted.notes()),
        refit_settings=getattr(fitted.algorithm, "refit_settings", dict)(),
    )
