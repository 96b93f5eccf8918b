"""The one stream of events that everything which takes time writes to, and its subscribers read."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["Event", "Events", "Subscriber"]


@dataclasses.dataclass(frozen=True)
class Event:
    """Something that happened.

    Attributes:
        kind: what happened, as `noun.verb`: `run.started`, `data.loaded`, `fold.finished`, `trial.finished`, …
        message: one sentence for people.
        values: the facts behind it, JSON-serialisable.
        time: seconds since the epoch.
    """

    kind: str
    message: str
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    time: float = dataclasses.field(default_factory=time.time)


Subscriber = Callable[[Event], None]


class Events:
    """Keeps every event of a run in order and hands each to its subscribers."""

    def __init__(self, subscribers: tuple[Subscriber, ...] = ()) -> None:
        self.history: list[Event] = []
        self._subscribers = list(subscribers)

    def subscribe(self, subscriber: Subscriber) -> None:
        """Call `subscriber` with each event from now on."""
        self._subscribers.append(subscriber)

    def emit(self, kind: str, message: str, **values: Any) -> None:
        """Record an event and tell the subscribers."""
        event = Event(kind, message, values)
        self.history.append(event)
        self._pass_on(event)

    def tell(self, kind: str, message: str, **values: Any) -> None:
        """Tell the subscribers something that is not worth recording, such as that time has passed."""
        self._pass_on(Event(kind, message, values))

    def _pass_on(self, event: Event) -> None:
        for subscriber in self._subscribers:
            subscriber(event)
