"""Running fitted postprocessing over scores: the one rule that scoring and predicting share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from litmus.metrics.predictions import decide
from litmus.postprocessing.base import Postprocessor
from litmus.task import TaskKind

__all__ = ["adjusted", "decided"]


def adjusted(parts: Sequence[Postprocessor], scores: np.ndarray) -> np.ndarray:
    """The scores after every part has adjusted them, in order."""
    for part in parts:
        scores = part.adjust(scores)
    return scores


def decided(parts: Sequence[Postprocessor], task: TaskKind, scores: np.ndarray) -> np.ndarray:
    """The codes or values that adjusted scores mean; the last part that decides has the word."""
    codes = decide(task, scores)
    for part in parts:
        own = part.decide(scores)
        codes = codes if own is None else own
    return codes
