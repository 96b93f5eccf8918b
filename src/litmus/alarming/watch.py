"""Turns what monitors said into alarms, and alarms into notices: each once, with a word when it is over."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from litmus.alarming.channels import Channel
from litmus.alarming.condition import Judgement
from litmus.alarming.notice import Notice
from litmus.alarming.observed import Observed
from litmus.alarming.rules import Rule, Rules

if TYPE_CHECKING:
    from litmus.store import Store
    from litmus.store.records import AlarmRow

__all__ = ["Watch"]

_SURE_COUNT = 2


class Watch:
    """Judges results by rules.

    Args:
        store: where alarms and deliveries are kept.
        rules: the rules.
    """

    def __init__(self, store: Store, rules: Rules) -> None:
        self._store = store
        self._rules = rules

    def look(self, observed: Observed, earlier: Sequence[Observed] = ()) -> list[AlarmRow]:
        """Raise and recover alarms for what was observed of an endpoint.

        Args:
            observed: the newest result.
            earlier: the results before it, the newest first, for rules that want several in a row.

        Returns:
            The alarms of this endpoint that are open now and that these rules raised.
        """
        found = []
        open_ones = {alarm.rule: alarm for alarm in self._store.alarms(open=True, subject=observed.subject)}
        for rule in self._rules.alarms:
            if not rule.is_for(observed.subject):
                continue
            now = rule.when.judge(observed)
            if now.state == "raised" and _in_a_row(rule, earlier, "raised", rule.results - 1):
                found.append(self._raise(rule, observed.subject, now))
            elif now.state == "ok" and rule.name in open_ones:
                if _in_a_row(rule, earlier, "ok", rule.recover_after - 1):
                    self._recover(rule, open_ones[rule.name], now)
                else:
                    found.append(open_ones[rule.name])
            elif rule.name in open_ones:  # nothing was observed, so that nothing is known to be over
                found.append(open_ones[rule.name])
        return found

    def close_removed(self) -> list[AlarmRow]:
        """End the open alarms whose rule is no longer in the file, quietly; returns them."""
        names = {rule.name for rule in self._rules.alarms}
        gone = [alarm for alarm in self._store.alarms(open=True) if alarm.rule not in names]
        for alarm in gone:
            self._store.recover_alarm(alarm.rule, alarm.subject, "The rule is no longer in the file.")
        return gone

    def _raise(self, rule: Rule, subject: str, found: Judgement) -> AlarmRow:
        alarm = self._store.raise_alarm(rule.name, subject, _sentence(found.sentence), found.facts)
        if alarm.count <= _SURE_COUNT:  # queued once: a process that is killed between the two is made up for
            self._tell(rule, alarm, "raised")
        elif rule.remind is not None and self._silent_seconds(alarm) >= rule.remind:
            self._tell(rule, alarm, "reminder")
        return alarm

    def _recover(self, rule: Rule, alarm: AlarmRow, found: Judgement) -> None:
        message = _sentence(found.sentence)
        self._tell(rule, dataclasses.replace(alarm, message=message, recovered=_now()), "recovered")
        self._store.recover_alarm(rule.name, alarm.subject, message)

    def _silent_seconds(self, alarm: AlarmRow) -> float:
        """Seconds since those concerned were told last; a clock that was set back makes it endless, so that they are told."""
        told = [row.created for row in self._store.deliveries(alarm=alarm.id)]
        since = dt.datetime.fromisoformat(told[-1] if told else alarm.first)
        seconds = (dt.datetime.now(dt.UTC) - since).total_seconds()
        return seconds if seconds >= 0 else float("inf")

    def _tell(self, rule: Rule, alarm: AlarmRow, kind: str) -> None:
        time = alarm.recovered or alarm.last
        notice = Notice(
            kind,  # type: ignore[arg-type]
            rule.name,
            alarm.subject,
            alarm.message,
            alarm.first,
            time,
            alarm.count,
            alarm.id,
            alarm.facts if kind != "recovered" else {},
        )
        for number, channel in enumerate(rule.notify):
            identity = f"{alarm.id}-{kind}-{alarm.count if kind == 'reminder' else 0}-{number}"
            self._store.queue_delivery(_plain(channel), notice.to_json(), alarm=alarm.id, id=identity)


def _plain(channel: Channel) -> dict[str, object]:
    """What is kept of a channel: names of environment variables, no secrets."""
    return {name: value for name, value in channel.model_dump(mode="json").items() if value}


def _in_a_row(rule: Rule, earlier: Sequence[Observed], state: str, wanted: int) -> bool:
    """Whether so many results before this one said the same; those that did not look at it do not count."""
    states = (rule.when.judge(each).state for each in earlier)
    known = [each for each in states if each != "unknown"][:wanted]
    return len(known) == wanted and all(each == state for each in known)


def _sentence(text: str) -> str:
    return f"{text.rstrip('.')}."


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
