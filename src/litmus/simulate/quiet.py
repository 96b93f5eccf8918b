"""The answers of a measurement that others hardly disturbed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from litmus.simulate.calibration import Calibration
from litmus.simulate.disturbance import Mark, quiet_spans

__all__ = ["quiet_answers", "steady_answers"]

_AS_FAST = 1.2
"""A core is as fast as it was when a glance takes at most so many times as long as in the fastest fourth."""


def quiet_answers(marks: Sequence[Mark], count: int) -> np.ndarray:
    """Which of `count` answers were hardly disturbed; those after the last mark, such as ones that never came, always count.

    Example:
        >>> quiet_answers([(0.0, 0, 0.0), (0.2, 2, 0.0), (0.4, 3, 0.1)], 4).tolist()
        [True, True, False, True]
    """
    kept = np.zeros(count, dtype=bool)
    for first, last in quiet_spans(marks):
        kept[first:last] = True
    kept[marks[-1][1] if marks else 0 :] = True
    return kept


def steady_answers(glances: Sequence[tuple[int, float]], count: int) -> tuple[np.ndarray, Calibration | None]:
    """Which of `count` answers came while the core was about as fast as in its fastest fourth, and how fast it was then.

    Args:
        glances: answers until then, and seconds of a round of the reference work at that moment.
        count: of all answers.

    Example:
        >>> steady, calibration = steady_answers([(0, 1.0), (2, 1.0), (4, 2.0), (6, 2.0)], 6)
        >>> steady.tolist(), calibration.seconds
        ([False, True, False, False, False, False], 1.0)
    """
    steady = np.ones(count, dtype=bool)
    if not glances:
        return steady, None
    speeds = [speed for _, speed in glances]
    usual = sorted(speeds)[len(speeds) // 4]
    fast = [speed <= _AS_FAST * usual for speed in speeds]
    for place, (done, _) in enumerate(glances):
        end = glances[place + 1][0] if place + 1 < len(glances) else count
        if not (fast[place] and all(fast[place + 1 : place + 2])):
            steady[done:end] = False
        steady[done : done + 1] = False  # it finds the caches as the glance left them
    return steady, Calibration.of([speed for speed, good in zip(speeds, fast, strict=True) if good])
