"""What metrics are computed from: the truth and what a model said, in one place and one form."""

from __future__ import annotations

import dataclasses

import numpy as np

from litmus.task import TaskKind

__all__ = ["Predictions", "decide"]


@dataclasses.dataclass(frozen=True)
class Predictions:
    """The truth and a model's answers on the same rows.

    Attributes:
        task: the kind of task.
        y_true: binary, multiclass: int64 class codes (rows,); multilabel: 0/1 int8 (rows, labels); regression: float64 (rows,).
        scores: binary, multiclass: probabilities (rows, classes); multilabel: probabilities (rows, labels);
            regression: predicted values (rows,).
        y_pred: the decided codes or values, of `y_true`'s shape (postprocessing such as thresholds has been applied).
        classes: the user's labels in the order of the codes; empty for regression.
        sample_weight: weights (rows,), or None.
    """

    task: TaskKind
    y_true: np.ndarray
    scores: np.ndarray
    y_pred: np.ndarray
    classes: tuple[object, ...] = ()
    sample_weight: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.y_true)

    def take(self, rows: np.ndarray) -> Predictions:
        """The predictions of some rows (positions or a mask)."""
        weight = None if self.sample_weight is None else self.sample_weight[rows]
        return dataclasses.replace(
            self, y_true=self.y_true[rows], scores=self.scores[rows], y_pred=self.y_pred[rows], sample_weight=weight
        )


def decide(task: TaskKind, scores: np.ndarray) -> np.ndarray:
    """The codes or values that scores mean without a threshold: the likeliest class, or each label above one half."""
    if task == "regression":
        return scores
    if task == "multilabel":
        return (scores >= 0.5).astype(np.int8)
    return scores.argmax(axis=1).astype(np.int64)
