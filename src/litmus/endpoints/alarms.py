"""What ends an update and takes it back: errors, slow answers, a falling score, or the user's own judgement."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from litmus.errors import ParameterError
from litmus.quantities import duration_text, parse_seconds

if TYPE_CHECKING:
    from litmus.serve.totals import VariantTotals

__all__ = ["Alarm", "Judge", "as_alarms"]

Judge = Callable[[dict[str, Any]], Any]
"""Takes the facts of a step (requests, error_rate, p50, p99, versions …); a true answer, best a sentence, is an alarm."""


@dataclasses.dataclass(frozen=True)
class Alarm:
    """A condition under which an update is taken back; one of its kinds is given.

    Args:
        error_rate: the share of the new model's requests that the server may fail on (answers of 500 and above), 0 to 1.
        p99: the time within which 99 of 100 of its requests must be answered: seconds, or text such as "20ms".
        score: what labelled feedback must show, as in a bar: "accuracy >= 0.85". Its metrics need the labels that are
            sent to the endpoint later.
        custom: your own function; it gets a dict of facts and answers with something true, best a sentence, to raise the
            alarm. It runs in a process of its own; when it fails or takes longer than 30 seconds, that is an alarm too.
        at_least: requests (labelled rows for `score`) of the new model from which on it is judged; the chance of a
            handful would be mistaken for a rule.

    Raises:
        ParameterError: when none or several are given, or a number is not allowed.

    Example:
        >>> print(Alarm(error_rate=0.01))
        error rate above 1 %
        >>> print(Alarm(p99="20ms"))
        p99 above 20 ms
    """

    error_rate: float | None = None
    p99: float | str | None = None
    score: str | None = None
    custom: Judge | None = None
    at_least: int = 20

    def __post_init__(self) -> None:
        kinds = {name: getattr(self, name) for name in ("error_rate", "p99", "score", "custom")}
        given = [name for name, value in kinds.items() if value is not None]
        if len(given) != 1:
            raise ParameterError(
                f"An alarm watches one thing, and {' and '.join(given) or 'nothing'} was given; make one Alarm for each of "
                "error_rate=0.01, p99='20ms', score='accuracy >= 0.85' and custom=function."
            )
        rate = self.error_rate
        if rate is not None and (isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate < 1):
            raise ParameterError(f"Alarm(error_rate={rate!r}) is no share; give a number from 0 to below 1.")
        if self.p99 is not None:
            parse_seconds(self.p99, name="p99", examples="'20ms' or '1.5s'")
        if self.score is not None and not isinstance(self.score, str):
            raise ParameterError(f"Alarm(score={self.score!r}) is no condition; write it like 'accuracy >= 0.85'.")
        if self.custom is not None and not callable(self.custom):
            raise ParameterError(f"Alarm(custom={self.custom!r}) cannot be called; give a function of one dict.")
        least = self.at_least
        if isinstance(least, bool) or not isinstance(least, int) or least < 1:
            raise ParameterError(f"Alarm(at_least={least!r}) is not allowed; give a whole number of at least 1.")

    @property
    def needs_process(self) -> bool:
        """Whether judging it may run anybody's code or take long."""
        return self.score is not None or self.custom is not None

    def judge(self, totals: VariantTotals) -> str:
        """Why the alarm is raised by what the new model did since its step began, or ""."""
        if totals.requests < self.at_least:
            return ""
        if self.error_rate is not None and totals.error_rate > self.error_rate:
            return (
                f"{totals.server_errors:,} of {totals.requests:,} requests failed ({totals.error_rate:.2%}), "
                f"and {self.error_rate:.2%} are allowed"
            )
        if self.p99 is not None:
            allowed = parse_seconds(self.p99, name="p99")
            found = totals.quantile(0.99)
            if math.isfinite(found) and found > allowed:
                return f"p99 is {duration_text(found)}, and {duration_text(allowed)} are allowed"
        return ""

    def to_json(self) -> dict[str, Any]:
        """The alarm without a function of its own."""
        return {name: getattr(self, name) for name in ("error_rate", "p99", "score", "at_least")}

    def __str__(self) -> str:
        if self.error_rate is not None:
            return f"error rate above {100 * self.error_rate:g} %"
        if self.p99 is not None:
            return f"p99 above {duration_text(parse_seconds(self.p99, name='p99'))}"
        if self.score is not None:
            return f"not {self.score}"
        return getattr(self.custom, "__name__", "your own function")


def as_alarms(given: Any) -> tuple[Alarm, ...]:
    """Alarms from one or a list of alarms and functions.

    Raises:
        ParameterError: when one of them is neither.
    """
    listed = [] if given is None else list(given) if isinstance(given, list | tuple) else [given]
    alarms = [Alarm(custom=each) if callable(each) and not isinstance(each, Alarm) else each for each in listed]
    for each in alarms:
        if not isinstance(each, Alarm):
            raise ParameterError(f"{each!r} is no alarm; give Alarm(error_rate=0.01), Alarm(p99='20ms') or a function.")
    return tuple(alarms)
