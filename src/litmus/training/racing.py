"""When the rest of a trial's folds is not worth its time."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

__all__ = ["is_hopeless"]


_MARGIN = 0.5
"""Standard deviations of the best trial's folds that a trial may be behind it on the same folds."""


def is_hopeless(so_far: Sequence[float], best: Sequence[float]) -> bool:
    """Whether a trial should stop, given the folds it has.

    It should when its mean over the folds so far is worse than the best trial's worst fold: the forgiving rule of Bergman,
    Purucker and Hutter, "Don't waste your time: early stopping cross-validation" (AutoML 2024), which gives up only what
    even a lucky rest would hardly save. And it must be behind the best trial on the same folds by half the standard
    deviation of that one's folds: where the first fold is the hardest one, the first condition alone would stop whatever
    is not better than the best.

    Args:
        so_far: scores of the folds done (folds,), larger is better.
        best: scores of the folds of the best complete trial (folds,), larger is better.

    Example:
        >>> is_hopeless([0.70], [0.80, 0.78, 0.81]), is_hopeless([0.79], [0.80, 0.78, 0.81])
        (True, False)
    """
    if not so_far or len(best) < 2 or not all(map(math.isfinite, [*so_far, *best])):
        return False
    mean = statistics.fmean(so_far)
    behind = statistics.fmean(best[: len(so_far)]) - mean
    return mean < min(best) and behind > _MARGIN * statistics.pstdev(best)
