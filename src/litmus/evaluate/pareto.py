"""The trials that no other one beats in both score and cost."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, get_args

from litmus.errors import ParameterError
from litmus.evaluate.leaderboard import Leaderboard
from litmus.evaluate.trial import Trial
from litmus.naming import nearest

__all__ = ["Axis", "check_axis", "cost_on", "pareto_front"]

Axis = Literal["p99", "size"]

_COSTS: dict[str, Callable[[Trial], float]] = {
    "p99": lambda trial: math.nan if trial.estimate is None else trial.estimate.latency_p99,
    "size": lambda trial: math.nan if trial.estimate is None else float(trial.estimate.size),
}


def check_axis(x: object) -> None:
    """Refuse what trials have no estimate of.

    Raises:
        ParameterError: for anything but "p99" and "size".
    """
    if x not in get_args(Axis):
        close = nearest(x, get_args(Axis)) if isinstance(x, str) else None
        hint = f" Did you mean {close!r}?" if close else ""
        raise ParameterError(
            f"x={x!r} is not allowed.{hint} Use 'p99' (latency of a request) or 'size' (of the bundle)."
        )


def cost_on(trial: Trial, x: Axis) -> float:
    """What a trial costs on an axis: seconds or bytes as estimated; NaN where there is no estimate."""
    return _COSTS[x](trial)


def pareto_front(board: Leaderboard, x: Axis) -> list[Trial]:
    """The ranked trials of one data set that no other one beats in score and cost at once, the cheapest first.

    Example:
        >>> from litmus.estimate import Estimate
        >>> from litmus.evaluate.trial import Score
        >>> def trial(number, score, p99):
        ...     scores = {"validation": {"accuracy": Score("accuracy", score, maximize=True)}}
        ...     estimate = Estimate(p99, p99, p99, p99, size=10)
        ...     return Trial(number, f"T{number}", "iris", "MLP", {}, scores=scores, estimate=estimate)
        >>> board = Leaderboard([trial(1, 0.9, 0.002), trial(2, 0.8, 0.001), trial(3, 0.7, 0.003)], "accuracy")
        >>> [trial.name for trial in pareto_front(board, "p99")]
        ['T2', 'T1']
    """
    found = []
    for row in board.rows:
        score = board.objective_score(row.trial)
        if row.rank is not None and score is not None and math.isfinite(cost_on(row.trial, x)):
            found.append((cost_on(row.trial, x), -score.value if score.maximize else score.value, row.trial))
    front: list[Trial] = []
    best = math.inf
    for _, value, trial in sorted(found, key=lambda item: (item[0], item[1], item[2].id)):
        if value < best:
            best = value
            front.append(trial)
    return front
