"""Boosting that has to end by a deadline: steps grow where there is no time for many small ones."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from litmus.algorithms.context import FitContext

__all__ = ["BOLDEST", "DISTANCE", "Pace", "patience_at"]

BOLDEST = 0.3
"""Largest step; beyond, trees correct each other's mistakes."""

DISTANCE = 15.0
"""Sum of all steps that boosting needs to arrive: 300 rounds of 0.05, 100 of 0.15, 50 of 0.3."""
_LOOK_EVERY = 10
"""Rounds between two looks at the clock: rounds become slower or faster as trees grow."""
_FIRST_LOOK = 3
_FEWEST_PATIENCE = 10


class Pace:
    """The size of each step of boosting, its learning rate.

    Without a deadline it is what was asked for. With one, the time of the rounds so far tells how many there will be; where
    they would not get far enough with small steps, steps become larger, up to `BOLDEST`. A model of few bold steps is much
    better than the unfinished beginning of a cautious one.

    Args:
        context: the fit's surroundings.
        rate: the learning rate asked for.
        rounds: most rounds.
        distance: the sum of all steps that is enough.
        clock: seconds, for tests.

    Attributes:
        rate: the learning rate of the next round.
        mean: the mean learning rate of the rounds done, which a later fit of as many rounds should have; the one asked for
            before the first round.
    """

    def __init__(
        self,
        context: FitContext,
        *,
        rate: float,
        rounds: int,
        distance: float = DISTANCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.rate = rate
        self._distance = distance
        self._asked, self._rounds, self._clock = rate, rounds, clock
        self._deadline = math.inf if context.deadline is None else context.deadline
        self._started = clock()
        self._gone: list[float] = []

    @property
    def mean(self) -> float:
        """The mean rate of the rounds done."""
        return self.mean_of(len(self._gone))

    def mean_of(self, rounds: int) -> float:
        """The mean rate of the first rounds."""
        first = self._gone[:rounds]
        if all(rate == self._asked for rate in first):
            return self._asked  # a mean of equal numbers is rounded
        return sum(first) / len(first)

    @classmethod
    def ahead(
        cls, context: FitContext, *, rate: float, rounds: int, seconds_per_round: float, distance: float = DISTANCE
    ) -> float:
        """The rate for all rounds, where it cannot change on the way and a few rounds have told what one takes."""
        started = time.monotonic()
        pace = cls(context, rate=rate, rounds=rounds, distance=distance, clock=lambda: started)
        pace._started = started - _FIRST_LOOK * seconds_per_round
        return pace.after(_FIRST_LOOK)

    def after(self, done: int) -> float:
        """The rate of the next round, now that `done` are done."""
        self._gone += [self.rate] * (done - len(self._gone))
        if math.isfinite(self._deadline) and (done == _FIRST_LOOK or done % _LOOK_EVERY == 0):
            now = self._clock()
            left = max(0.0, self._deadline - now) * done / max(now - self._started, 1e-9)
            rounds = max(1.0, min(left, self._rounds - done))
            if rounds < self._rounds - done:  # else all rounds asked for will be done in time
                self.rate = max(self._asked, min((self._distance - sum(self._gone)) / rounds, BOLDEST))
        return self.rate


def patience_at(patience: int, asked: float, rate: float) -> int:
    """Rounds without improvement that are enough where steps are larger than asked for."""
    return (
        patience
        if rate <= asked or not patience
        else max(min(patience, _FEWEST_PATIENCE), round(patience * asked / rate))
    )
