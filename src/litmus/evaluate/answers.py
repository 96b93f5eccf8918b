"""From scores to answers: postprocessing fitted without seeing the rows it is judged on."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from litmus.metrics.predictions import Predictions
from litmus.postprocessing.apply import adjusted, decided

__all__ = ["answer", "cross_fitted", "fit_postprocessing"]


def fit_postprocessing(parts: Sequence[Any], predictions: Predictions) -> list[Any]:
    """Fit each part of the postprocessing on out-of-fold predictions, each on what the one before it made."""
    fitted = []
    for original in parts:
        part = original.clone()
        part.fit(predictions)
        predictions = answer(predictions, [part])
        fitted.append(part)
    return fitted


def answer(predictions: Predictions, parts: Sequence[Any]) -> Predictions:
    """The predictions after fitted postprocessing: scores adjusted, then decided."""
    scores = adjusted(parts, predictions.scores)
    return dataclasses.replace(predictions, scores=scores, y_pred=decided(parts, predictions.task, scores))


def cross_fitted(parts: Sequence[Any], predictions: Predictions, folds: np.ndarray) -> Predictions:
    """Out-of-fold predictions whose postprocessing never saw the fold it is applied to.

    Args:
        parts: the unfitted postprocessing.
        predictions: pooled out-of-fold predictions (rows,).
        folds: the fold of each row (rows,).
    """
    if not parts or len(np.unique(folds)) < 2:
        return answer(predictions, fit_postprocessing(parts, predictions)) if parts else predictions
    scores, y_pred = predictions.scores.copy(), predictions.y_pred.copy()
    for fold in np.unique(folds):
        inside = folds == fold
        fitted = fit_postprocessing(parts, predictions.take(~inside))
        own = answer(predictions.take(inside), fitted)
        scores[inside], y_pred[inside] = own.scores, own.y_pred
    return dataclasses.replace(predictions, scores=scores, y_pred=y_pred)
