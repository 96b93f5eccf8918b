"""Confidence intervals of scores, by resampling rows with replacement.

A resample is a vector of weights: how often each row was drawn. Built-in metrics take a matrix of such vectors at once:

- Metrics of decided labels only need the total weight in a few cells (right and wrong, or the cells of the confusion
  matrix). Without sample weights the cells of a resample are one multinomial draw, whatever the number of rows.
- Other metrics take the rows. AUC and the metrics of thresholds are cumulative sums along rows that are sorted once;
  how often a row is drawn does not depend on its place, so that the counts are drawn in the sorted order.
- Above 50,000 rows (fewer for metrics that go over the rows once a class) a sample of the rows stands for all: the
  weight of a kept row is drawn from a gamma distribution whose mean and variance are the number of rows it stands for,
  as those of a count of draws would be. Classes are thinned separately so that rare ones stay, and the interval is
  moved by the difference between the score of all rows and of the sample. The width is that of all rows.
- A user's function is called once a resample, so that it gets fewer: 1,000,000 / rows, but at least 20.

The interval is the central part of the resampled scores, widened to hold the score itself (some metrics, such as the
calibration error, are larger on resamples). Fewer than 100 resamples give the normal interval of their standard
deviation instead.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator

import numpy as np

from litmus.errors import MetricError
from litmus.metrics.evaluation import Evaluation, RowEvaluation
from litmus.metrics.predictions import Predictions
from litmus.metrics.weighted import row_weights

__all__ = ["Prepare", "interval"]

Prepare = Callable[[Predictions], Evaluation | RowEvaluation]

_BLOCK = 250_000
"""Weights held at once (2 MB): few enough to stay in a processor's cache."""

_VISITS = 10_000_000
"""Rows times resamples times passes of one interval before rows are thinned: 200 resamples of 50,000 rows."""

_MOST_VISITS = 50_000_000
"""Rows times resamples times passes when rows are as few as they may be; then resamples become fewer."""

_FEWEST_ROWS = 5_000
_FEWEST_RESAMPLES = 20
_PERCENTILES_FROM = 100
_ROWS_TO_FUNCTION = 1_000_000


def interval(
    prepare: Prepare,
    predictions: Predictions,
    evaluation: Evaluation | RowEvaluation,
    *,
    score: float,
    level: float,
    resamples: int,
    seed: int,
) -> tuple[float, float]:
    """The interval that holds the score with probability `level`.

    Args:
        prepare: predictions → the metric prepared on them.
        predictions: rows with a positive weight.
        evaluation: what `prepare` gave for them.
        score: the score on all of them.
        level: between 0 and 1.
        resamples: how often rows are drawn, at least 2.
        seed: the source of all randomness.

    Raises:
        MetricError: when the metric is undefined on nearly all resamples.
    """
    rng = np.random.default_rng(seed)
    centre = score
    if isinstance(evaluation, RowEvaluation):
        values = _of_function(evaluation, len(predictions), resamples, rng)
    elif evaluation.cells is not None and predictions.sample_weight is None:
        values = _of_cells(evaluation, resamples, rng)
    else:
        kept_rows = max(_FEWEST_ROWS, _VISITS // (resamples * evaluation.passes))
        affordable = _MOST_VISITS // (min(kept_rows, len(predictions)) * evaluation.passes)
        resamples = min(resamples, max(_FEWEST_RESAMPLES, affordable))
        if len(predictions) <= kept_rows:
            values = _of_rows(evaluation, row_weights(predictions), resamples, rng)
        else:
            values, centre = _of_thinned_rows(prepare, predictions, kept_rows, resamples, rng)
    values = values[np.isfinite(values)]
    if len(values) < min(_FEWEST_RESAMPLES, resamples):
        raise MetricError(f"on nearly all resamples of the {len(predictions)} rows {evaluation.undefined}")
    if len(values) < _PERCENTILES_FROM:
        reach = statistics.NormalDist().inv_cdf((1 + level) / 2) * float(values.std(ddof=1))
        return score - reach, score + reach
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2]) + (score - centre)
    return min(float(low), score), max(float(high), score)


def _of_function(evaluation: RowEvaluation, n_rows: int, resamples: int, rng: np.random.Generator) -> np.ndarray:
    """Values of a user's function on drawn rows; NaN where it is undefined."""
    resamples = min(resamples, max(_FEWEST_RESAMPLES, _ROWS_TO_FUNCTION // n_rows))
    values = np.full(resamples, np.nan)
    for index in range(resamples):
        try:
            values[index] = evaluation.value(rng.integers(0, n_rows, n_rows))
        except MetricError:  # such as a resample with one class only
            continue
    return values


def _of_cells(evaluation: Evaluation, resamples: int, rng: np.random.Generator) -> np.ndarray:
    """Values where drawing rows is drawing cells."""
    rows = np.bincount(np.asarray(evaluation.cells), minlength=evaluation.n_cells)
    n_rows, share = int(rows.sum()), rows / rows.sum()
    sizes = _block_sizes(len(rows), resamples)
    return np.concatenate(
        [evaluation.values(rng.multinomial(n_rows, share, size).astype(np.float64)) for size in sizes]
    )


def _of_rows(evaluation: Evaluation, weight: np.ndarray, resamples: int, rng: np.random.Generator) -> np.ndarray:
    """Values on drawn rows."""

    def draw(size: int) -> np.ndarray:
        drawn = np.empty((size, len(weight)))
        for row in drawn:
            row[:] = np.bincount(rng.integers(0, len(weight), len(weight)), minlength=len(weight))
        return drawn

    weight = evaluation.arranged(weight)  # counts of draws are alike for every row: only the weights need the order
    return np.concatenate(
        [evaluation.of_arranged(draw(size) * weight) for size in _block_sizes(len(weight), resamples)]
    )


def _of_thinned_rows(
    prepare: Prepare, predictions: Predictions, kept_rows: int, resamples: int, rng: np.random.Generator
) -> tuple[np.ndarray, float]:
    """Values on drawn rows of a sample that stands for all rows, and the score of the sample."""
    kept, stands_for = _thin(predictions, kept_rows, rng)
    sample = predictions.take(kept)
    evaluation, weight = prepare(sample), row_weights(sample)
    if isinstance(evaluation, RowEvaluation):
        raise TypeError("rows are never thinned for a user's function")
    expected, arranged = evaluation.arranged(stands_for), evaluation.arranged(weight)
    values = [
        evaluation.of_arranged(rng.standard_gamma(expected, (size, len(kept))) * arranged)
        for size in _block_sizes(len(kept), resamples)
    ]
    return np.concatenate(values), evaluation.score(weight * stands_for)


def _thin(predictions: Predictions, kept_rows: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the rows kept and how many rows each stands for, both (about `kept_rows`,).

    Each class keeps its share of the rows, and a quarter of an equal share on top, so that rare classes are kept whole.
    """
    n_rows = len(predictions)
    by_class = predictions.task in ("binary", "multiclass")
    group = predictions.y_true if by_class else np.zeros(n_rows, dtype=np.int64)
    rows_of_group = np.bincount(group)
    keep = np.ceil(rows_of_group * (kept_rows / n_rows)).astype(np.int64) + kept_rows // (4 * len(rows_of_group))
    keep = np.minimum(keep, rows_of_group)
    shuffled = rng.permutation(n_rows)
    shuffled = shuffled[np.argsort(group[shuffled], kind="stable")]
    position_in_group = np.arange(n_rows) - (np.cumsum(rows_of_group) - rows_of_group)[group[shuffled]]
    kept = np.sort(shuffled[position_in_group < keep[group[shuffled]]])
    return kept, (rows_of_group / np.maximum(keep, 1))[group[kept]]


def _block_sizes(n_units: int, resamples: int) -> Iterator[int]:
    """How many resamples to hold at a time."""
    size = max(1, _BLOCK // n_units)
    for start in range(0, resamples, size):
        yield min(size, resamples - start)
