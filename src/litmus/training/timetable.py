"""What a fit may take of the time there is, and when it is time for what."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence

from litmus.training.attempt import Attempt
from litmus.training.budget import Clock
from litmus.training.more_rows import first_share
from litmus.training.study import Study

__all__ = ["Timetable"]

_PARTS = 8
"""Into how many parts the time of a run is cut at least: a trial should take one of them, so that others get theirs."""
_KILLED_AFTER = 4
"""How many times as long as it should a fit may take before it is killed."""
_SHARE_OF_REST = 0.85
"""What a trial may take of the time that is left; the rest is for starting, predicting and writing."""
_LEAST_FIT_SECONDS = 1.0
_START_SECONDS = 20.0

_FIRST_PART = 0.45
"""Share of the time after which the best trials get more rows, if not all that a run begins with have had their turn."""
_MORE_ROWS = 0.4
"""What a trial on more rows may take of the time that is left, so that others follow it."""
_LEAST_FOR_MORE_ROWS = 0.3
"""Seconds of a fit below which more rows are no use."""


class Timetable:
    """What fits may take in a run.

    Args:
        clock: the time there is.
        room: fits that run at once.
        n_studies: data sets that share the time.
    """

    def __init__(self, clock: Clock, room: int, n_studies: int) -> None:
        self._clock, self._room, self._n_studies = clock, room, n_studies

    def usual(self, study: Study) -> float:
        """Seconds that a fit usually gets; infinite without a time limit."""
        if self._clock.limit is None:
            return math.inf
        return max(_LEAST_FIT_SECONDS, self._clock.limit / (_PARTS * self._waves(study) * self._n_studies))

    def first_share(self, study: Study) -> float:
        """The share of the rows that a data set's trials begin with."""
        if self._clock.limit is None:
            return 1.0
        trees = study.dataset.n_outputs if study.dataset.n_outputs > 2 else 1
        rows = len(study.data.folds[0].train)
        return first_share(rows, study.data.schema.width, trees, self.usual(study) * study.threads)

    def patience_for(self, study: Study, attempt: Attempt) -> float:
        """Seconds after which a fit should stop learning, so that other trials get their time and this one ends in time."""
        to_do = len(attempt.folds) - len(attempt.results) - len(attempt.running) + 1
        left = _SHARE_OF_REST * self._clock.left() / math.ceil(to_do / self._room)
        wanted = self.usual(study) if attempt.allowed is None else attempt.allowed
        return max(_LEAST_FIT_SECONDS, min(wanted, left))

    def killed_at(self, last: float | None, patience: float | None, *, warm: bool) -> float | None:
        """The `time.monotonic()` second at which a fit is killed; before workers are warm it may wait for them to get ready."""
        if last is None or patience is None:
            return None
        waiting = 0.0 if warm else _START_SECONDS
        return min(time.monotonic() + _KILLED_AFTER * patience * self._clock.slowness + 1 + waiting, last)

    def worth_opening(self, study: Study, taken: Iterable[Sequence[float]]) -> bool:
        """Whether another trial is likely to end in time, given the seconds that each trial's folds took."""
        means = [sum(seconds) / len(seconds) for seconds in taken if seconds]
        return not means or self._clock.left() >= min(means) * self._waves(study)

    def seconds_for_more_rows(self, study: Study) -> float | None:
        """What a fit on more rows may take now; None while it is not the time for one."""
        limit = self._clock.limit
        if limit is None or study.share >= 1:
            return None
        seconds = _MORE_ROWS * self._clock.left() / math.ceil(study.dataset.n_folds / self._room)
        begun = not study.to_begin and not any(one.parent is None for one in study.live)
        if seconds < _LEAST_FOR_MORE_ROWS or not (begun or self._clock.elapsed > _FIRST_PART * limit):
            return None
        return seconds

    def _waves(self, study: Study) -> float:
        """How many times all workers are needed for the folds of a trial."""
        return max(1.0, study.dataset.n_folds / self._room)
