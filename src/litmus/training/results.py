"""What the trials of a data set so far tell: the best one, what each contender came to, and what it costs."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from litmus.training.attempt import Attempt
from litmus.training.contender import Contender

__all__ = ["best_of", "configurations", "has_value", "is_complete", "mean_costs", "only_fails", "value_of"]

_FAILURES = 3
"""Trials of a contender that all failed after which it gets no more."""

_FAR = 1e100
"""Beyond any metric's value: a trial that misses a bar counts as worse than any that does not."""


def has_value(attempt: Attempt) -> bool:
    """Whether a trial ended with a finite objective."""
    return attempt.state == "done" and attempt.value is not None and math.isfinite(attempt.value)


def is_complete(attempt: Attempt, share: float = 1.0) -> bool:
    """Whether a trial got all its folds and a value, with at most this share of the rows."""
    return attempt.fidelity >= 1 and attempt.share <= share and has_value(attempt)


def best_of(attempts: Sequence[Attempt], *, share: float = 1.0) -> Attempt | None:
    """The best complete trial of those that learned from at most this share of the rows."""
    ranked = [one for one in attempts if is_complete(one, share)]
    return max(ranked, key=lambda one: (-one.trial.violation, one.value or 0.0), default=None)


def value_of(attempts: Sequence[Attempt], contender: Contender) -> float | None:
    """The best objective of a contender's complete trials; None when it has none."""
    values = [
        one.value if not one.trial.violation else -_FAR * (1 + one.trial.violation)
        for one in attempts
        if one.contender is contender and one.fidelity >= 1 and has_value(one)
    ]
    return max((value for value in values if value is not None), default=None)


def mean_costs(attempts: Sequence[Attempt], contenders: Sequence[Contender]) -> list[float]:
    """Mean seconds of each contender's folds; the median of the others where it has none yet."""
    means: list[float | None] = []
    for contender in contenders:
        seconds = [
            result.fit_seconds for one in attempts if one.contender is contender for result in one.results.values()
        ]
        means.append(sum(seconds) / len(seconds) if seconds else None)
    known = [mean for mean in means if mean is not None]
    usual = float(np.median(known)) if known else 1.0
    return [usual if mean is None else mean for mean in means]


def only_fails(attempts: Sequence[Attempt], contender: Contender) -> bool:
    """Whether a contender's trials failed, several of them, and none did not."""
    statuses = [one.trial.status for one in attempts if one.contender is contender and one.state == "done"]
    return len(statuses) >= _FAILURES and set(statuses) == {"failed"}


def configurations(attempts: Sequence[Attempt]) -> int:
    """Different configurations opened so far, the baseline not counted; more effort or rows for one is no new one."""
    seen = set()
    for attempt in attempts:
        space, settings = attempt.contender.space, attempt.settings
        key = str(attempt.number) if space is None or settings is None else space.key(settings)
        if not attempt.contender.is_baseline and attempt.parent is None:
            seen.add((attempt.contender.place, key))
    return len(seen)
