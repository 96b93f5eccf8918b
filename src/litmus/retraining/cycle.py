"""One turn of the loop for an endpoint: check, raise alarms, and say whether its model should be trained again."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING

from litmus.alarming.courier import Courier
from litmus.alarming.observed import Observed
from litmus.alarming.watch import Watch
from litmus.errors import LitmusError
from litmus.retraining.observing import earlier_results, new_labels, observe
from litmus.retraining.plan import Plan, RetrainingRule
from litmus.retraining.rollout import finish_rollouts
from litmus.retraining.triggers import last_attempt, reason_to_retrain

if TYPE_CHECKING:
    from litmus.store import Store
    from litmus.store.records import AlarmRow

__all__ = ["Cycle", "Looked"]


@dataclasses.dataclass(frozen=True)
class Looked:
    """What a check came to.

    Attributes:
        observed: what monitors said.
        alarms: the alarms that are open now.
    """

    observed: Observed
    alarms: tuple[AlarmRow, ...]


class Cycle:
    """The steps of the loop, each of which can be taken by a scheduler, by cron or by hand.

    Args:
        plan: the file.
        store: where all of it is kept.
    """

    def __init__(self, plan: Plan, store: Store) -> None:
        self.plan = plan
        self.store = store
        self._watch = Watch(store, plan)
        self._courier = Courier(store, mail=plan.mail)

    def endpoints(self) -> list[str]:
        """The endpoints that are checked."""
        from litmus.endpoints.places import names

        return [name for name in names() if self.plan.schedule_of(name) is not None]

    def check(self, name: str) -> Looked:
        """Check an endpoint, and raise or end its alarms; `deliver` tells of them.

        Raises:
            LitmusError: when it cannot be checked.
        """
        schedule = self.plan.schedule_of(name)
        if schedule is None:
            raise LitmusError(f"The file names no monitor for {name}.")
        observed = observe(name, schedule, self.store)
        most = max((max(rule.results, rule.recover_after) for rule in self.plan.alarms), default=1)
        earlier = earlier_results(self.store, name, 3 * most) if most > 1 else []
        return Looked(observed, tuple(self._watch.look(observed, earlier)))

    def deliver(self) -> int:
        """Send the notices that are due; returns how many arrived."""
        return self._courier.deliver()

    def tidy(self) -> None:
        """What is left over from a process that ended: rules that are gone, rollouts that nobody waited for."""
        self._watch.close_removed()
        finish_rollouts(self.store)

    def rule_of(self, name: str) -> RetrainingRule | None:
        """When the model of an endpoint is trained again."""
        return self.plan.retraining_of(name)

    def reason(self, name: str) -> str:
        """Why the model of an endpoint should be trained again now; "" for no reason."""
        rule = self.rule_of(name)
        if rule is None:
            return ""
        last = last_attempt(self.store, name)
        found = self.store.monitor_results(name, kind="check", last=1)
        from litmus.retraining.observing import observed_of

        return reason_to_retrain(
            rule,
            last=self._made(name) if last is None else dt.datetime.fromisoformat(last.time),
            attempted=last is not None,
            now=dt.datetime.now(dt.UTC),
            open_alarms=self.store.alarms(open=True, subject=name),
            new_labels=lambda since: new_labels(name, since),
            observed=observed_of(found[0]) if found else None,
        )

    def _made(self, name: str) -> dt.datetime:
        """When the model of an endpoint was made, or else the endpoint."""
        from litmus.endpoints import endpoint

        description = endpoint(name).describe()
        try:
            created = self.store.find(description.models[0]).created
        except (LitmusError, IndexError):
            created = description.settings.created
        moment = dt.datetime.fromisoformat(created)
        return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
