"""A cheap estimate, in this process, of what a simulation would measure."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from litmus.errors import DataError
from litmus.simulate.answer_times import AnswerTimes, answer_times
from litmus.simulate.calibration import Calibration
from litmus.simulate.http_cost import HttpCost
from litmus.simulate.latency import Latency
from litmus.simulate.quiet import steady_answers

__all__ = ["ExpectedLatency", "estimate", "steady_times", "summed"]

_COMBINED = 1_000


class _Answering(Protocol):
    """A `litmus.Model`, a model of `litmus.runtime`, or anything else that answers a row."""

    def answer(self, rows: Any, /) -> object:
        """Predict one row."""


@dataclasses.dataclass(frozen=True)
class ExpectedLatency:
    """Seconds that one row takes.

    Attributes:
        inside: in the process, measured.
        served: one request at a time over HTTP, estimated; None without an `HttpCost`.
        calibration: how fast the core was that they hold for; None where that is not known.
    """

    inside: Latency
    served: Latency | None
    calibration: Calibration | None = None

    @property
    def latency_p99(self) -> float:
        """The p99 to hold against `Deployment.latency_p99`: of a request where that is known, else in the process."""
        return self.inside.p99 if self.served is None else self.served.p99

    def at(self, calibration: Calibration | None) -> ExpectedLatency:
        """What to expect of a core as fast as `calibration` says; the same where one of the two is not known."""
        if calibration is None or self.calibration is None:
            return self
        factor = self.calibration.factor_to(calibration)
        served = None if self.served is None else self.served.times(factor)
        return ExpectedLatency(self.inside.times(factor), served, calibration)


def estimate(
    model: _Answering,
    rows: Sequence[Mapping[str, Any]],
    *,
    http: HttpCost | None = None,
    seconds: float = 0.5,
) -> ExpectedLatency:
    """Time a model's answers to single rows as they would be with nothing else running, and add what HTTP costs.

    The times of requests are taken to be sums of a time in the process and a time of the server, each as likely as
    the other: their quantiles are those of all such sums.

    Args:
        model: a `litmus.Model`, or a model of `litmus.runtime`, which is what is served.
        rows: rows as dicts, one answer each, again and again while there is time.
        http: what `measure_http` found on this machine in this run; None estimates no HTTP.
        seconds: that it may take; at least 20 answers are timed, or as many as twice this time is enough for.

    Raises:
        DataError: when there are no rows.

    Example:
        >>> import litmus
        >>> rows = [{"size": size, "price": 3 * size} for size in range(200)]
        >>> run = litmus.train(rows, target="price", algorithm="LinearModel", callbacks=[], executor="in_process")
        >>> estimate(run.best, [{"size": 5}], seconds=0.05).latency_p99 > 0
        True
    """
    if not len(rows):
        raise DataError("There are no rows to estimate a latency with; give at least one.")
    settle = getattr(model, "settle", None)
    if settle is not None:  # what is still being opened is not what a server answers with for long
        settle()
    inside, calibration = steady_times(answer_times(model.answer, rows, seconds))
    if http is None:
        return ExpectedLatency(Latency.of(inside), None, calibration)
    if http.calibration is not None and calibration is not None:
        inside, calibration = inside * calibration.factor_to(http.calibration), http.calibration
    served = dataclasses.replace(Latency.of(summed(inside, http.seconds)), count=len(inside))
    return ExpectedLatency(Latency.of(inside), served, calibration)


def steady_times(timed: AnswerTimes) -> tuple[np.ndarray, Calibration | None]:
    """The times of answers while the core was about as fast as in its fastest moments, and how fast it was then."""
    seconds = np.asarray(timed.seconds)
    steady, calibration = steady_answers(timed.glances, len(seconds))
    return (seconds[steady] if np.count_nonzero(steady) > len(seconds) // 5 else seconds), calibration


def summed(inside: np.ndarray, outside: np.ndarray) -> np.ndarray:
    """The sums of every time in the process with every time of the server, of at most a thousand of each."""
    sums: np.ndarray = (_thinned(inside)[:, None] + _thinned(outside)[None, :]).ravel()
    return sums


def _thinned(times: np.ndarray) -> np.ndarray:
    """Evenly spaced quantiles, as many as are enough."""
    if len(times) <= _COMBINED:
        return times
    return np.quantile(times, (np.arange(_COMBINED) + 0.5) / _COMBINED)
