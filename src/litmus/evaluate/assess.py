"""Scoring a candidate once its folds are done: out-of-fold, on training rows, and on the test split."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from litmus.errors import LitmusError, MetricError
from litmus.evaluate.answers import answer, cross_fitted, fit_postprocessing
from litmus.evaluate.dataset_folder import DatasetFolder
from litmus.evaluate.fit_fold import scores_in_parts
from litmus.evaluate.trial import Score, not_computed
from litmus.metrics import Metric
from litmus.metrics.predictions import Predictions, decide
from litmus.pipeline import FittedPipeline

__all__ = [
    "AssessWork",
    "Assessment",
    "assess_test",
    "assess_validation",
    "objective_value",
    "out_of_fold",
    "score_test",
    "score_training",
    "score_validation",
]

_INTERVAL_ROWS = 20_000
"""Rows up to which every score carries an interval; beyond, only the first metric's does: it is narrow, and costs time."""


@dataclasses.dataclass(frozen=True)
class AssessWork:
    """What scoring one trial needs.

    Attributes:
        dataset: the data set's files.
        outputs: the output folder of each fold, in order.
        postprocessing: the candidate's unfitted postprocessing.
        metrics: split → metrics.
        thresholds: metric label → threshold chosen on out-of-fold predictions (for the test split).
        seed: for the bootstrap.
        folder: where the predictions are written.
        refit: folder of a pipeline fitted on all rows, which then predicts instead of the folds' mean; or None.
    """

    dataset: DatasetFolder
    outputs: tuple[str, ...]
    postprocessing: tuple[Any, ...]
    metrics: dict[str, tuple[Metric, ...]]
    seed: int
    folder: str
    thresholds: dict[str, float] = dataclasses.field(default_factory=dict)
    refit: str | None = None

    def predictions(self, y: np.ndarray, scores: np.ndarray, weight: np.ndarray | None) -> Predictions:
        """The truth and raw scores of some rows in one object."""
        task = self.dataset.task
        return Predictions(task, np.asarray(y), scores, decide(task, scores), self.dataset.classes, weight)


@dataclasses.dataclass(frozen=True)
class Assessment:
    """Scores by split, thresholds that metrics chose, and what could not be computed and why."""

    scores: dict[str, dict[str, Score]]
    thresholds: dict[str, float]
    notes: tuple[str, ...]


def assess_validation(work: AssessWork) -> Assessment:
    """Pool the out-of-fold scores (means over repeats), postprocess them, and score them; training rows too."""
    y, weight = work.dataset.y("train"), work.dataset.weight("train")
    pooled, rows, fold_of = _pool(work, y)
    raw = work.predictions(y[rows], pooled, None if weight is None else weight[rows])
    assessment = score_validation(work, cross_fitted(work.postprocessing, raw, fold_of), rows, fold_of)
    if not work.metrics.get("train"):
        return assessment
    fitted = fit_postprocessing(work.postprocessing, raw)
    by_fold = []
    for number, output in enumerate(work.outputs):
        inside, _ = work.dataset.fold(number)
        scores = np.load(f"{output}/train-scores.npy")
        by_fold.append(answer(work.predictions(y[inside], scores, None if weight is None else weight[inside]), fitted))
    return score_training(work, assessment, by_fold)


def score_validation(work: AssessWork, answered: Predictions, rows: np.ndarray, fold_of: np.ndarray) -> Assessment:
    """Write the out-of-fold answers down, choose the thresholds on them, and score them.

    Args:
        work: its metrics, seed and folder.
        answered: the answers, after postprocessing that never saw the rows it was applied to.
        rows: positions of the rows in the training table.
        fold_of: the fold of each row.
    """
    _write(Path(work.folder), "validation", answered, rows)
    positions = [np.flatnonzero(fold_of == fold) for fold in np.unique(fold_of)]
    thresholds = _choose_thresholds(work, answered)
    scores, notes = _score(work, "validation", answered, positions, thresholds)
    return Assessment({"validation": scores}, thresholds, tuple(dict.fromkeys(notes)))


def objective_value(metric: Metric, answered: Predictions, fold_of: np.ndarray) -> float | None:
    """A metric's value on out-of-fold answers as the leaderboard shows it; None where it is undefined."""
    positions = [np.flatnonzero(fold_of == fold) for fold in np.unique(fold_of)]
    try:
        thresholds = {metric.label: metric.threshold(answered)} if metric.chooses_threshold else {}
        return _score_one(metric, answered, positions, thresholds, seed=None)[0].value
    except LitmusError:
        return None


def score_test(work: AssessWork, answered: Predictions) -> Assessment:
    """Write the answers on the test rows down, and score them."""
    _write(Path(work.folder), "test", answered, None)
    scores, notes = _score(work, "test", answered, [], work.thresholds)
    return Assessment({"test": scores}, {}, tuple(notes))


def assess_test(work: AssessWork) -> Assessment:
    """Predict the test rows with the model as it will be delivered, and score them."""
    rows = work.dataset.rows("test")
    folders = [work.refit] if work.refit else [f"{output}/pipeline" for output in work.outputs]
    total: np.ndarray | None = None
    for folder in folders:
        saved = Path(folder).parent / "test-scores.npy"
        if saved.is_file():
            part = np.load(saved)
        else:
            part = scores_in_parts(FittedPipeline.load(Path(folder), trust=True), rows)
        total = part.astype(np.float64) if total is None else total + part
    if total is None:
        raise LitmusError("There is no fitted pipeline to score.")
    mean = (total / len(folders)).astype(np.float64 if work.dataset.task == "regression" else np.float32)
    raw = work.predictions(rows.y, mean, rows.sample_weight)
    parts = fit_postprocessing(work.postprocessing, out_of_fold(work)) if work.postprocessing else []
    return score_test(work, answer(raw, parts))


def out_of_fold(work: AssessWork) -> Predictions:
    """The pooled raw predictions of the rows that were held out, before any postprocessing."""
    y, weight = work.dataset.y("train"), work.dataset.weight("train")
    pooled, rows, _ = _pool(work, y)
    return work.predictions(y[rows], pooled, None if weight is None else weight[rows])


def _pool(work: AssessWork, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean out-of-fold scores of the rows held out at least once, their positions, and the fold of each."""
    shape = (len(y),) if work.dataset.task == "regression" else (len(y), work.dataset.n_outputs)
    total, count = np.zeros(shape), np.zeros(len(y), dtype=np.int32)
    fold_of = np.full(len(y), -1, dtype=np.int32)
    for number, output in enumerate(work.outputs):
        _, valid = work.dataset.fold(number)
        total[valid] += np.load(f"{output}/valid-scores.npy")
        count[valid] += 1
        fold_of[valid] = np.where(fold_of[valid] < 0, number, fold_of[valid])
    rows = np.flatnonzero(count)
    mean = total[rows] / (count[rows] if total.ndim == 1 else count[rows, None])
    return mean.astype(np.float64 if total.ndim == 1 else np.float32), rows, fold_of[rows]


@np.errstate(over="ignore", invalid="ignore")  # values near the largest number there is; their scores are not ranked
def _score(
    work: AssessWork, split: str, predictions: Predictions, folds: Sequence[np.ndarray], thresholds: dict[str, float]
) -> tuple[dict[str, Score], list[str]]:
    """Every metric of a split; one that cannot be computed is left out and said."""
    scores: dict[str, Score] = {}
    notes: list[str] = []
    for place, metric in enumerate(work.metrics.get(split, ())):
        wanted = place == 0 or len(predictions) <= _INTERVAL_ROWS
        try:
            scores[metric.label], problem = _score_one(
                metric, predictions, folds, thresholds, seed=work.seed if wanted else None
            )
        except LitmusError as error:
            notes.append(not_computed(split, metric.label, str(error)))
            continue
        if problem:
            notes.append(
                f"{split} {metric.label} is of all held-out rows together, because it cannot be computed on every fold: {problem}"
            )
    return scores, notes


def _score_one(
    metric: Metric,
    predictions: Predictions,
    folds: Sequence[np.ndarray],
    thresholds: dict[str, float],
    *,
    seed: int | None,
) -> tuple[Score, str]:
    """One metric: the mean over the folds where there are several, else the value on all rows; an interval with a seed.

    Where some folds are too small to be scored, such as by having one class only, the value is of all rows together; the
    reason stands beside it.
    """
    threshold = _threshold(metric, thresholds)
    pooled = _value(metric, predictions, threshold)
    values: tuple[float, ...] = ()
    problem = ""
    try:
        values = tuple(_value(metric, predictions.take(rows), threshold) for rows in folds)
    except LitmusError as error:
        problem = str(error)
    value = float(np.mean(values)) if len(values) > 1 and threshold is None else pooled
    low: float | None = None
    high: float | None = None
    if seed is not None and len(predictions) > 1:
        with contextlib.suppress(LitmusError):  # a score stands without its interval
            low, high = metric.interval(predictions, seed=seed, threshold=threshold)
            # the bootstrap is of all rows together; its width is set around the value that is shown
            low, high = metric.bounded(low + value - pooled), metric.bounded(high + value - pooled)
    score = Score(
        metric=metric.label,
        value=value,
        maximize=metric.maximize,
        spread=_spread(values),
        low=low,
        high=high,
        folds=values,
        details={} if threshold is None else metric.details(predictions, threshold),
    )
    return score, problem


def _choose_thresholds(work: AssessWork, predictions: Predictions) -> dict[str, float]:
    """The threshold of each metric of any split that needs one, chosen on out-of-fold predictions and on nothing else."""
    chosen: dict[str, float] = {}
    for metric in {metric.label: metric for split in work.metrics.values() for metric in split}.values():
        if metric.chooses_threshold:
            with contextlib.suppress(LitmusError):  # the metric says so itself where it is scored
                chosen[metric.label] = metric.threshold(predictions)
    return chosen


def _threshold(metric: Metric, thresholds: dict[str, float]) -> float | None:
    if not metric.chooses_threshold:
        return None
    if metric.label not in thresholds:
        raise MetricError("no threshold could be chosen on the out-of-fold predictions.")
    return thresholds[metric.label]


def _value(metric: Metric, predictions: Predictions, threshold: float | None) -> float:
    return metric.score(predictions) if threshold is None else metric.score_at(predictions, threshold)


def score_training(work: AssessWork, assessment: Assessment, by_fold: Sequence[Predictions]) -> Assessment:
    """The assessment with the mean over the folds of each metric on the fold's own training rows."""
    scored: dict[str, Score] = {}
    notes: list[str] = []
    for metric in work.metrics["train"]:
        try:
            threshold = _threshold(metric, assessment.thresholds)
            values = tuple(_value(metric, predictions, threshold) for predictions in by_fold)
        except LitmusError as error:
            notes.append(not_computed("train", metric.label, str(error)))
            continue
        value = float(np.mean(values))
        scored[metric.label] = Score(metric.label, value, metric.maximize, spread=_spread(values), folds=values)
    return dataclasses.replace(
        assessment,
        scores={**assessment.scores, "train": scored},
        notes=tuple(dict.fromkeys([*assessment.notes, *notes])),
    )


def _spread(values: Sequence[float]) -> float | None:
    """The standard deviation over folds; None for one fold, or where a value is not finite."""
    return float(np.std(values)) if len(values) > 1 and np.isfinite(values).all() else None


def _write(folder: Path, split: str, predictions: Predictions, rows: np.ndarray | None) -> None:
    """Write the answers where the caller maps them from, so that they are never copied between processes."""
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / f"{split}-scores.npy", predictions.scores)
    np.save(folder / f"{split}-pred.npy", predictions.y_pred)
    if rows is not None:
        np.save(folder / f"{split}-rows.npy", rows)
