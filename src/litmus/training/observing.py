"""The trials of a contender as a search strategy sees them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from litmus.training.attempt import Attempt
from litmus.training.contender import Contender

if TYPE_CHECKING:
    from litmus.search import History, Observation

__all__ = ["history_of"]


def history_of(attempts: Sequence[Attempt], contender: Contender, known: int, *, seed: int) -> History:
    """A contender's trials as the trial that knows the results of the first `known` ones sees them.

    What was tried again on more rows is left out: beside it the others would only look bad for their fewer rows.
    """
    from litmus.search import History

    own = [
        attempt
        for attempt in attempts
        if attempt.contender is contender and attempt.settings is not None and attempt.parent is None
    ]
    return History(tuple(_observed(place, attempt, known) for place, attempt in enumerate(own)), seed)


def _observed(place: int, attempt: Attempt, known: int) -> Observation:
    from litmus.search import Observation

    seen = attempt.number <= known and attempt.state == "done"
    status: Any = attempt.trial.status if seen else "pending"
    value = attempt.value if seen else None
    if attempt.fidelity < 1 and value is not None:
        status = "complete"
    elif status == "complete" and value is None:
        status = "failed"
    seconds = sum(result.fit_seconds for result in attempt.results.values())
    violation = attempt.trial.violation if seen else 0.0
    return Observation(place, dict(attempt.settings or {}), attempt.fidelity, value, status, seconds, violation)
