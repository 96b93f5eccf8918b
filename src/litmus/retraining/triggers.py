"""Whether there is a reason to train a model again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from litmus.alarming.observed import Observed
from litmus.quantities import duration_text
from litmus.retraining.plan import RetrainingRule

if TYPE_CHECKING:
    from litmus.store import Store
    from litmus.store.records import AlarmRow, Decision

__all__ = ["last_attempt", "reason_to_retrain"]


def last_attempt(store: Store, endpoint: str) -> Decision | None:
    """The decision of the last retraining, refused ones included; the order of decisions counts, not their times."""
    tried = [*store.decisions(endpoint, what="retrain", last=1), *store.decisions(endpoint, what="gate", last=1)]
    return max(tried, key=lambda each: each.number, default=None)


def reason_to_retrain(
    rule: RetrainingRule,
    *,
    last: dt.datetime,
    attempted: bool,
    now: dt.datetime,
    open_alarms: Sequence[AlarmRow],
    new_labels: Callable[[dt.datetime], int],
    observed: Observed | None,
) -> str:
    """Why a model should be trained again now, in words; "" for no reason.

    Args:
        rule: what counts as a reason.
        last: when it was last trained, or that was tried.
        attempted: whether that was a retraining, after which there is a pause.
        now: the time. A `last` that lies after it comes from a clock that was wrong; then the time is over.
        open_alarms: of the endpoint.
        new_labels: counts the labelled rows since a time; asked only where labels are a reason.
        observed: what monitors said last.
    """
    passed = (now - last).total_seconds()
    passed = float("inf") if passed < 0 else passed
    if attempted and passed < rule.pause:
        return ""
    alarms = [alarm for alarm in open_alarms if rule.names(alarm.rule)]
    if alarms:
        return f"alarm {alarms[0].rule}: {alarms[0].message}"
    if rule.performance is not None and observed is not None:
        judged = rule.performance.judge(observed)
        if judged.state == "raised":
            return f"performance: {judged.sentence}"
    if rule.every is not None and passed >= rule.every:
        since = "a clock that was set back" if passed == float("inf") else duration_text(passed)
        return f"interval: {since} since the last time"
    if rule.labels is not None and (count := new_labels(last)) >= rule.labels:
        return f"labels: {count:,} new ones"
    return ""
