"""What the store answers, beside models: runs, decisions, files, results, alarms, deliveries, reviews, events."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any, Literal

__all__ = [
    "AlarmRow",
    "Decision",
    "DeliveryRow",
    "EventRow",
    "MonitorRow",
    "ReviewRow",
    "RunRecord",
    "VersionFacts",
    "now",
]

Facts = dict[str, Any]
RunStatus = Literal["running", "finished", "failed", "killed"]
Approval = Literal["none", "approved", "rejected"]


def now() -> str:
    """The moment, as the store keeps it: ISO 8601, UTC, with milliseconds."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")


class _Record:
    """A record whose fields are plain JSON values."""

    def to_json(self) -> Facts:
        """The record as plain JSON values."""
        return dataclasses.asdict(self)  # type: ignore[call-overload]


@dataclasses.dataclass(frozen=True)
class RunRecord(_Record):
    """One run.

    Attributes:
        id: its id.
        name: its data sets.
        status: "running", "finished", "failed" or "killed".
        parent: the run that it was made from, if any.
        created, finished: when it began and ended.
        seconds: how long it took.
        inputs, code, environment: what it was made from.
        process: where it runs or ran: machine and process.
        summary: what came of it.
        trials: what it tried, in the order in which that ended; empty in lists of runs.
        number: the order of runs; a clock that was changed does not change it.
    """

    id: str
    name: str
    status: RunStatus
    created: str
    parent: str | None = None
    finished: str | None = None
    seconds: float | None = None
    inputs: Facts = dataclasses.field(default_factory=dict)
    code: Facts = dataclasses.field(default_factory=dict)
    environment: Facts = dataclasses.field(default_factory=dict)
    process: Facts = dataclasses.field(default_factory=dict)
    summary: Facts = dataclasses.field(default_factory=dict)
    trials: list[Facts] = dataclasses.field(default_factory=list)
    number: int = 0


@dataclasses.dataclass(frozen=True)
class VersionFacts(_Record):
    """What people decided about a version, and what the store knows of its file.

    Attributes:
        version: the version.
        approval: "none", "approved" or "rejected".
        aliases: the aliases that name it.
        artifact: SHA-256 of its file, as far as it is known.
        bytes: the file's length.
        endpoints: where it is served.
        facts: other facts.
        number: the order in which versions came.
    """

    version: str
    approval: Approval = "none"
    aliases: tuple[str, ...] = ()
    artifact: str | None = None
    bytes: int | None = None
    endpoints: tuple[str, ...] = ()
    facts: Facts = dataclasses.field(default_factory=dict)
    number: int = 0


@dataclasses.dataclass(frozen=True)
class Decision(_Record):
    """Something that a person or a rule decided, which can be undone as long as what it set is still so.

    Attributes:
        id: its id.
        time: when.
        who: who decided.
        what: "alias", "approve", "reject", "roll back", "undo", "retrain", "gate", …
        subject: what it is about: "adult@champion", a version, an endpoint.
        before, after: what was before, and what is since.
        reason: why, in the words of who decided.
        facts: what it was based on.
        undone_by: the decision that undid it.
        number: the order of decisions.
    """

    id: str
    time: str
    who: str
    what: str
    subject: str
    before: Any = None
    after: Any = None
    reason: str = ""
    facts: Facts = dataclasses.field(default_factory=dict)
    undone_by: str | None = None
    number: int = 0


@dataclasses.dataclass(frozen=True)
class MonitorRow(_Record):
    """What one look of a monitor found.

    Attributes:
        endpoint: what was looked at.
        kind: which monitor: "data_drift", …
        verdict: "ok", "warning", "alarm" or "not enough data".
        sentence: the verdict in words.
        result: figures and findings, plain JSON values.
        start, end: the time of the traffic that was looked at.
        version: the model that answered it.
        id, time: given when it is added; leave them out.
        number: the order of results.
    """

    endpoint: str
    kind: str
    verdict: str
    sentence: str
    result: Facts = dataclasses.field(default_factory=dict)
    start: str | None = None
    end: str | None = None
    version: str | None = None
    id: str = ""
    time: str = ""
    number: int = 0


@dataclasses.dataclass(frozen=True)
class AlarmRow(_Record):
    """Something that a rule found wrong.

    Attributes:
        id: its id.
        rule: which rule.
        subject: with what: an endpoint, a version.
        status: "open" or "recovered".
        message: what is wrong, in a sentence; of the last time.
        facts: figures; of the last time.
        first, last: when it was raised first and last.
        count: how often it was raised while it was open.
        recovered: when it was well again.
        number: the order of alarms.
    """

    id: str
    rule: str
    subject: str
    status: Literal["open", "recovered"]
    message: str
    first: str
    last: str
    facts: Facts = dataclasses.field(default_factory=dict)
    count: int = 1
    recovered: str | None = None
    number: int = 0

    @property
    def is_new(self) -> bool:
        """Whether it was raised for the first time."""
        return self.count == 1


@dataclasses.dataclass(frozen=True)
class DeliveryRow(_Record):
    """A message that has to reach somebody.

    Attributes:
        id: its id; the same delivery is queued once.
        channel: where to, as the rule says it.
        payload: what.
        status: "waiting", "delivered" or "failed".
        created: when it was queued.
        due: when it is tried next.
        attempts: how often it was tried.
        alarm: the alarm it tells of.
        finished: when it was delivered or given up.
        error: why the last attempt failed.
        number: the order of deliveries.
    """

    id: str
    channel: Facts
    payload: Facts
    status: Literal["waiting", "delivered", "failed"]
    created: str
    due: str
    attempts: int = 0
    alarm: str | None = None
    finished: str | None = None
    error: str | None = None
    number: int = 0


@dataclasses.dataclass(frozen=True)
class ReviewRow(_Record):
    """A prediction that a person is asked to look at.

    Attributes:
        endpoint: who answered it.
        request: the id of the request; a request is queued once.
        row: what was asked.
        prediction: what was answered.
        reason: why it is here: "low confidence", "sampled", …
        facts: other facts.
        status: "waiting", "answered" or "skipped".
        label: what the person says is right.
        id, created: given when it is put; leave them out.
        answered, who: when, and by whom; of a waiting one, since when and who looks at it.
        number: the order of reviews.
    """

    endpoint: str
    request: str
    row: Any
    prediction: Any
    reason: str = ""
    facts: Facts = dataclasses.field(default_factory=dict)
    status: Literal["waiting", "answered", "skipped"] = "waiting"
    label: Any = None
    id: str = ""
    created: str = ""
    answered: str | None = None
    who: str | None = None
    number: int = 0


@dataclasses.dataclass(frozen=True)
class EventRow(_Record):
    """Something that happened.

    Attributes:
        id: its id.
        time: when.
        kind: what, as `noun.verb`.
        subject: with what.
        message: a sentence.
        facts: what belongs to it.
        number: the order of events.
    """

    id: str
    time: str
    kind: str
    subject: str
    message: str
    facts: Facts = dataclasses.field(default_factory=dict)
    number: int = 0
