"""When the rest of a trial's folds is not worth its time."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["is_hopeless"]


def is_hopeless(so_far: Sequence[float], best: Sequence[float]) -> bool:
    """Whether a trial should stop: its mean over the folds so far is worse than the best trial's worst fold.

    This is the forgiving rule of Bergman, Purucker and Hutter, "Don't waste your time: early stopping cross-validation"
    (AutoML 2024): it gives up only what even a lucky rest would hardly save, where comparing means fold by fold gives
    up configurations that end among the best.

    Args:
        so_far: scores of the folds done (folds,), larger is better.
        best: scores of the folds of the best complete trial (folds,), larger is better.

    Example:
        >>> is_hopeless([0.70], [0.80, 0.78, 0.81]), is_hopeless([0.79], [0.80, 0.78, 0.81])
        (True, False)
    """
    known = [score for score in so_far if math.isfinite(score)]
    worst = [score for score in best if math.isfinite(score)]
    if not known or len(known) < len(so_far) or len(worst) < 2:
        return False
    return sum(known) / len(known) < min(worst)
