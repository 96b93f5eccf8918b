"""How long a model's answers take in this process, as they would with nothing else running.

The standard library only: it runs where only what a bundle requires can be imported.
"""

from __future__ import annotations

import dataclasses
import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from litmus.simulate.between import BetweenAnswers
from litmus.simulate.calibration import glance

__all__ = ["AnswerTimes", "answer_times"]

_WARM_UP = 10
_MOST = 20_000
_GLANCE_SECONDS = 0.02


@dataclasses.dataclass(frozen=True)
class AnswerTimes:
    """Times of answers.

    Attributes:
        seconds: of each answer.
        glances: answers until then, and seconds of a round of the reference work at that moment; see `steady_answers`.
    """

    seconds: list[float]
    glances: list[tuple[int, float]]


def answer_times(
    answer: Callable[[dict[str, Any]], object], rows: Sequence[Mapping[str, Any]], seconds: float, *, least: int = 20
) -> AnswerTimes:
    """Seconds of answers to the rows in turn, from the first again after the last.

    Of the time in which the thread did not work, such as for other programs, each answer is charged with what is usual:
    the median over all. What the thread itself did is charged as it was.

    Args:
        answer: is given one row.
        rows: the rows, at least one.
        seconds: when to end, once there are `least` answers or twice the time has passed.
        least: answers to wait for.

    Example:
        >>> len(answer_times(lambda row: row["age"], [{"age": 39}], 0.01).seconds) >= 20
        True
    """
    sent = [dict(row) for row in rows]
    clock, work = time.perf_counter, time.thread_time
    for row in (sent * _WARM_UP)[:_WARM_UP]:
        answer(row)
    walls: list[float] = []
    works: list[float] = []
    glances: list[tuple[int, float]] = []
    collecting = gc.isenabled()
    gc.disable()  # what else this process holds is not in the memory of a server
    try:
        with BetweenAnswers(sent[0]) as between:
            next_glance = clock()
            end = next_glance + seconds
            while not walls or (len(walls) < _MOST and clock() < (end if len(walls) >= least else end + seconds)):
                if clock() >= next_glance:
                    glances.append((len(walls), glance()))
                    next_glance = clock() + _GLANCE_SECONDS
                between.work()
                row = sent[len(walls) % len(sent)]
                begun, worked = clock(), work()
                answer(row)
                works.append(work() - worked)
                walls.append(clock() - begun)
    finally:
        if collecting:
            gc.enable()
    usual = statistics.median(wall - own for wall, own in zip(walls, works, strict=True))
    return AnswerTimes([min(wall, own + usual) for wall, own in zip(walls, works, strict=True)], glances)
