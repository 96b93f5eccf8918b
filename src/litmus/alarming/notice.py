"""What people are told of an alarm."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

__all__ = ["Notice"]

_WORDS = {"raised": "ALARM", "reminder": "STILL", "recovered": "OVER", "test": "TEST"}


@dataclasses.dataclass(frozen=True)
class Notice:
    """One message about an alarm.

    Attributes:
        kind: "raised", "reminder", "recovered" or "test".
        rule: the rule's name.
        subject: the endpoint.
        message: what happened, in a sentence.
        since: when the alarm was raised (ISO 8601, UTC).
        time: when this happened.
        count: how many results said so since then.
        alarm: the alarm's id in the store; "" for a test.
        facts: the figures.

    Example:
        >>> print(Notice("raised", "drift", "income", "age drifted.", "2026-11-22T10:00:00Z", "2026-11-22T10:00:00Z").title)
        [ALARM] income: drift
    """

    kind: Literal["raised", "reminder", "recovered", "test"]
    rule: str
    subject: str
    message: str
    since: str
    time: str
    count: int = 1
    alarm: str = ""
    facts: dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def title(self) -> str:
        """One line."""
        return " ".join(f"[{_WORDS[self.kind]}] {self.subject}: {self.rule}".split())

    @property
    def text(self) -> str:
        """All of it for people."""
        state = {
            "raised": f"Raised at {self.time}.",
            "reminder": f"It lasts since {self.since} ({self.count:,} results).",
            "recovered": f"It began at {self.since} and is over since {self.time}.",
            "test": "Nothing is wrong: this is a test of the way here.",
        }[self.kind]
        return f"{self.title}\n\n{self.message}\n{state}"

    def to_json(self) -> dict[str, Any]:
        """The fields and the text as plain values; chat programs show `text`."""
        return {**dataclasses.asdict(self), "title": self.title, "text": self.text}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Notice:
        """The notice that `to_json` wrote."""
        names = {field.name for field in dataclasses.fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in names})
