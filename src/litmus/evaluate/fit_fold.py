"""Training one candidate on one fold, or on all rows: the unit of work that runs in parallel."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import shutil
import time
from pathlib import Path
from typing import Any, Self

import numpy as np

from litmus.algorithms.context import FitContext
from litmus.errors import LitmusError, TrainingError
from litmus.evaluate.answers import cross_fitted
from litmus.evaluate.dataset_folder import DatasetFolder
from litmus.evaluate.turns import my_turn
from litmus.metrics import Metric
from litmus.metrics.predictions import Predictions, decide
from litmus.pipeline import FittedPipeline, Pipeline
from litmus.pipeline.pipeline import TrainingRows
from litsdf import DataFrame, choose_layout
from litsdf.interchange import rows_at

__all__ = ["FitWork", "FoldResult", "clear_unfinished", "finished_fold", "fit_all_rows", "fit_fold", "scores_in_parts"]

_RESULT = "result.json"

_BYTES_PER_THREAD = 4_000_000
"""Bytes of the table that make one more thread worth its synchronising; small tables train fastest on one."""

_FEWEST_OF_CLASS = 5
"""Rows of a class that are learned from however small the share is."""

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
        test_scores: whether the test rows are predicted at once, for a run whose end must not take long.
        objective: what the fold is scored by at once, so that a search can stop hopeless trials; or None.
        share: share of the fold's training rows to learn from, drawn at random.
        deadline: `time.monotonic()` second after which more learning is useless, or None.
        patience: seconds after its start after which it should stop learning, or None; waiting for a worker does not count.
    """

    dataset: DatasetFolder
    pipeline: Pipeline
    fold: int
    output: str
    seed: int
    threads: int
    train_scores: bool = False
    test_scores: bool = False
    objective: Metric | None = None
    share: float = 1.0
    deadline: float | None = None
    patience: float | None = None

    def context(self) -> FitContext:
        """What the algorithm is told."""
        threads = min(self.threads, 1 + self.dataset.size // _BYTES_PER_THREAD)
        return FitContext(
            n_classes=self.dataset.n_outputs,
            classes=self.dataset.classes,
            threads=threads,
            seed=self.seed,
            deadline=self.latest(),
        )

    def latest(self) -> float | None:
        """The `time.monotonic()` second at which a fit that starts now should stop learning, or None."""
        bounds = [] if self.deadline is None else [self.deadline]
        bounds += [] if self.patience is None else [time.monotonic() + self.patience]
        return min(bounds, default=None)

    def learning_rows(self, rows: np.ndarray) -> np.ndarray:
        """The share of these row positions to learn from: the first ones of a shuffle, so that smaller shares are inside larger.

        Of each class it is the same share, and a few rows at least.
        """
        if self.share >= 1.0 or len(rows) == 0:
            return rows
        shuffled = np.random.default_rng(self.seed).permutation(rows)
        if self.dataset.task not in ("binary", "multiclass"):
            return np.sort(shuffled[: max(1, round(self.share * len(rows)))])
        codes = np.asarray(self.dataset.y("train"))[shuffled]
        parts = [shuffled[codes == code] for code in np.unique(codes)]
        return np.sort(
            np.concatenate([part[: max(math.ceil(self.share * len(part)), _FEWEST_OF_CLASS)] for part in parts])
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
        save_seconds: time to write the fitted pipeline down.
        bytes: what it takes on disk.
        cpu_seconds: what the fit took of the processor; less than `fit_seconds` where the machine is busy.
        score: the objective on the held-out rows, each half of them after postprocessing that was learned from the other half;
            None when it was not asked for or is undefined.
    """

    output: str
    fit_seconds: float
    predict_seconds: float
    importance: dict[str, float]
    notes: tuple[str, ...]
    refit_settings: dict[str, Any]
    score: float | None = None
    save_seconds: float = 0.0
    bytes: int = 0
    cpu_seconds: float = 0.0

    def write(self, folder: Path) -> None:
        """Write the result into a fold's folder."""
        facts = {**dataclasses.asdict(self), "output": ""}
        (folder / _RESULT).write_text(json.dumps(facts, default=_plain), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read what `write` wrote."""
        facts = json.loads((folder / _RESULT).read_text(encoding="utf-8"))
        return cls(**{**facts, "output": str(folder), "notes": tuple(facts["notes"])})


def finished_fold(output: str) -> FoldResult | None:
    """The result of a fit that was finished earlier; None when there is none."""
    folder = Path(output)
    return FoldResult.read(folder) if (folder / _RESULT).is_file() else None


def clear_unfinished(output: str) -> None:
    """Remove what a fit that was killed had begun to write."""
    for begun in Path(output).parent.glob(f"{Path(output).name}.*"):
        shutil.rmtree(begun, ignore_errors=True)


def fit_fold(work: FitWork) -> FoldResult:
    """Fit on the fold's training rows, score the held-out rows, and write both down."""
    train_rows, valid_rows = work.dataset.fold(work.fold)
    train_rows = work.learning_rows(train_rows)
    if work.dataset.task in ("binary", "multiclass") and len(train_rows) == 0:
        raise TrainingError(f"Fold {work.fold + 1} has no training rows; use fewer folds.")
    rows = work.rows()
    started, cpu = time.perf_counter(), time.process_time()
    with my_turn(work.dataset.path, work.dataset.size):
        held_out = work.dataset.take(rows, valid_rows)
        prepared = work.pipeline.prepare(
            work.dataset.take(rows, train_rows),
            schema=work.dataset.schema(),
            task=work.dataset.task,
            context=work.context(),
            held_out=held_out,
        )
        sample = rows_at(rows.frame, valid_rows[:1000])
        del held_out
        work.dataset.let_go()
    features = prepared.held_out
    fitted = prepared.learn()
    fit_seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu
    folder = _begun(work.output)
    score = None
    if features is not None:
        scores = fitted.scores_of(features)
        np.save(folder / "valid-scores.npy", scores)
        score = _score(work, scores, valid_rows)
    predict_seconds = _seconds_per_thousand(fitted, sample)
    if work.train_scores:
        np.save(folder / "train-scores.npy", scores_in_parts(fitted, rows, train_rows))
    if work.test_scores:
        np.save(folder / "test-scores.npy", scores_in_parts(fitted, work.dataset.rows("test")))
    work.dataset.let_go()
    return _written(fitted, folder, work.output, (fit_seconds, predict_seconds, cpu_seconds), score)


def fit_all_rows(work: FitWork) -> FoldResult:
    """Fit on every training row, or the share asked for, with nothing held out, and write the pipeline down."""
    started = time.perf_counter()
    rows = work.rows()
    if work.share < 1:
        rows = work.dataset.take(rows, work.learning_rows(np.arange(len(rows.frame))))
    with my_turn(work.dataset.path, work.dataset.size):
        prepared = work.pipeline.prepare(
            TrainingRows(rows.frame.copy(), np.array(rows.y), rows.sample_weight),
            schema=work.dataset.schema(),
            task=work.dataset.task,
            context=work.context(),
        )
    fitted = prepared.learn()
    return _written(fitted, _begun(work.output), work.output, (time.perf_counter() - started, 0.0, 0.0))


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


def _score(work: FitWork, scores: np.ndarray, rows: np.ndarray) -> float | None:
    """The objective on a fold's held-out rows; None where it is undefined."""
    if work.objective is None:
        return None
    y, weight = np.asarray(work.dataset.y("train")[rows]), work.dataset.weight("train")
    task = work.dataset.task
    kept = None if weight is None else np.asarray(weight[rows])
    raw = Predictions(task, y, scores, decide(task, scores), tuple(work.dataset.classes), kept)
    try:
        return work.objective.score(cross_fitted(work.pipeline.postprocessing, raw, np.arange(len(y)) % 2))
    except LitmusError:
        return None


def _begun(output: str) -> Path:
    """An empty folder beside the output folder, which takes its name when everything is in it."""
    folder = Path(f"{output}.{os.getpid()}")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _written(
    fitted: FittedPipeline, folder: Path, output: str, seconds: tuple[float, float, float], score: float | None = None
) -> FoldResult:
    started = time.perf_counter()
    fitted.save(folder / "pipeline")
    save_seconds = time.perf_counter() - started
    result = FoldResult(
        output=output,
        fit_seconds=seconds[0],
        predict_seconds=seconds[1],
        importance=fitted.importance(),
        notes=tuple(fitted.notes()),
        refit_settings=getattr(fitted.algorithm, "refit_settings", dict)(),
        score=score,
        save_seconds=save_seconds,
        cpu_seconds=seconds[2],
        bytes=sum(file.stat().st_size for file in (folder / "pipeline").rglob("*") if file.is_file()),
    )
    result.write(folder)
    shutil.rmtree(output, ignore_errors=True)
    folder.rename(output)
    return result


def _plain(value: Any) -> Any:
    """A NumPy number as a plain one."""
    return value.item() if hasattr(value, "item") else str(value)
