"""Few rows first: what share of the rows trials begin with where time is short, and which of them get more."""

from __future__ import annotations

from collections.abc import Sequence

from litmus.algorithms.pace import BOLDEST, DISTANCE
from litmus.evaluate.fit_fold import FoldResult
from litmus.training.attempt import Attempt
from litmus.training.fold_count import SECONDS_PER_CELL
from litmus.training.results import has_value

__all__ = ["first_share", "next_on_more_rows"]

_HURRIED = 1 / 3
"""Part of the usual rounds that boosting does with after which it has arrived, with steps as large as they may be."""
_FEWEST_ROWS, _FEWEST_ROWS_PER_CLASS = 4_000, 75
"""Rows that say something about a configuration."""
_NEARLY_ALL = 0.7
"""Share from which on all rows are taken: what they cost more, boosting saves by larger steps."""
_WORTH_IT = 1.8
"""How many times as many rows are worth a fit of their own; with fewer, the score hardly changes."""
_ENOUGH_ROUNDS = round(2 * DISTANCE / BOLDEST)
"""Rounds of boosting that are enough where there are many rows to learn from; with few rows there was time for more."""
_LOOKED_AT = 4
"""Trials, the best first, that may get more rows."""


def first_share(rows: int, columns: int, trees: int, seconds: float) -> float:
    """The share of the training rows with which a fit of boosting arrives in so many seconds on one core.

    Args:
        rows: training rows of a fold.
        columns: columns of the table.
        trees: trees of a round, one a class beyond two.
        seconds: what a fit should take.

    Example:
        >>> first_share(20_000, 15, 1, seconds=3.0), round(first_share(300_000, 40, 23, seconds=2.0), 3)
        (1.0, 0.022)
    """
    if not rows:
        return 1.0
    share = seconds / (_HURRIED * SECONDS_PER_CELL * max(1, rows * columns * trees))
    fewest = (_FEWEST_ROWS + _FEWEST_ROWS_PER_CLASS * trees) / rows
    share = max(share, fewest)
    return 1.0 if share >= _NEARLY_ALL else share


def next_on_more_rows(attempts: Sequence[Attempt], seconds: float) -> tuple[Attempt, float] | None:
    """The best trial that would learn from many more rows if a fit of it took so many seconds, and from what share of them.

    It takes as long as its rows are more, boosting with fewer and larger steps; none when the best ones have got all that there is time for.
    """
    followed = {one.parent for one in attempts}
    ranked = sorted(
        (one for one in attempts if one.fidelity >= 1 and has_value(one) and not one.contender.is_baseline),
        key=lambda one: (one.trial.violation, -(one.value or 0.0)),
    )
    for attempt in ranked[:_LOOKED_AT]:
        if attempt.share >= 1 or attempt.number in followed:
            continue
        taken = max(map(_least_seconds, attempt.results.values()))
        share = min(1.0, attempt.share * seconds / max(taken, 1e-3))
        if share >= min(1.0, _WORTH_IT * attempt.share):
            return attempt, share
    return None


def _least_seconds(result: FoldResult) -> float:
    """What a fit would have taken at least, with fewer rounds where it boosted for more than are needed."""
    rounds, rate = (result.refit_settings.get(name) for name in ("n_estimators", "learning_rate"))
    part = 1.0 if rounds is None or rate is None else min(1.0, _ENOUGH_ROUNDS / max(rounds, 1))
    return part * result.fit_seconds + result.save_seconds
