"""When the rest of a trial's folds is not worth its time."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from litmus.metrics import Metric
from litmus.training.attempt import Attempt
from litmus.training.results import best_of, is_complete

__all__ = ["is_hopeless", "why_hopeless"]


_MARGIN = 0.5
"""Standard deviations of the best trial's folds that a trial may be behind it on the same folds."""

_STANDARD_ERRORS = 1.25
"""By how many standard errors a trial has to be behind the best one on the same folds to be given up."""
_FEWEST_OTHERS = 2
"""Complete trials beside the best one from which on it is known how much differences between trials vary over folds."""
_ROUNDING = 1e-9
"""Share of a score that rounding may take: trials with the same answers are not behind one another."""


def is_hopeless(so_far: Sequence[float], best: Sequence[float], others: Sequence[Sequence[float]] = ()) -> bool:
    """Whether a trial should stop, given the folds it has.

    It is compared with the best trial on the same folds, which are hard or easy for both: how much the difference of two trials
    varies over the folds is known from the complete ones, and a trial stops when it is behind on average by 1.25 standard errors
    of that mean. What is really as good goes on in 9 of 10 cases at each look.

    Until there are two complete trials beside the best, a trial stops when its mean is worse than the best one's worst fold, the
    forgiving rule of Bergman, Purucker and Hutter, "Don't waste your time: early stopping cross-validation" (AutoML 2024), and
    it is behind on the same folds by half the standard deviation of the best one's: where the first fold is the hardest one, the
    first condition alone would stop whatever is not better than the best.

    Args:
        so_far: scores of the folds done (folds,), larger is better.
        best: scores of the folds of the best complete trial (folds,), larger is better.
        others: the same of other complete trials.

    Example:
        >>> is_hopeless([0.70], [0.80, 0.78, 0.81]), is_hopeless([0.79], [0.80, 0.78, 0.81])
        (True, False)
        >>> is_hopeless([0.79], [0.80, 0.78, 0.81], others=[[0.798, 0.777, 0.809], [0.799, 0.779, 0.806]])
        True
    """
    if not so_far or len(best) < 2 or not all(map(math.isfinite, [*so_far, *best])):
        return False
    mean = statistics.fmean(so_far)
    behind = statistics.fmean(best[: len(so_far)]) - mean
    spreads = [_spread(best, other) for other in others if len(other) == len(best) and all(map(math.isfinite, other))]
    if len(spreads) < _FEWEST_OTHERS:
        return mean < min(best) and behind > _MARGIN * statistics.pstdev(best)
    usual = statistics.median(spreads)
    return behind > max(_STANDARD_ERRORS * usual / math.sqrt(len(so_far)), _ROUNDING * abs(mean))


def why_hopeless(attempt: Attempt, before: Sequence[Attempt], metric: Metric) -> str:
    """Why a trial should stop, given the folds it has and the trials before it; empty when it should go on."""
    rival = best_of(before, share=attempt.share)
    if rival is None or rival.trial.violation:  # what meets the bars may be worse than what does not
        return ""
    scores, folds = attempt.scores(), rival.scores()
    others = [one.scores() for one in before if one is not rival and _compares(one, attempt)]
    # folds that ran ahead may all be there already; what is decided must not depend on that
    for done in range(1, min(len(scores) + 1, len(attempt.folds))):
        if is_hopeless(scores[:done], folds, others):
            sign = 1 if metric.maximize else -1
            now, then = (sign * statistics.fmean(one[:done]) for one in (scores, folds))
            return (
                f"stopped after {done} of {len(attempt.folds)} folds: {metric.label} {now:.4f} is behind "
                f"{rival.trial.name}, {then:.4f} on the same folds, by more than folds vary"
            )
    return ""


def _compares(other: Attempt, attempt: Attempt) -> bool:
    return not other.contender.is_baseline and is_complete(other, attempt.share)


def _spread(best: Sequence[float], other: Sequence[float]) -> float:
    """The standard deviation over the folds of how far a trial is behind another one."""
    return statistics.stdev([one - two for one, two in zip(best, other, strict=True)])
