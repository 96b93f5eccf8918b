"""The sentences that a load leaves behind, without drowning the reader in one sort of them."""

from __future__ import annotations

import dataclasses

__all__ = ["Notebook"]

_MOST_OF_A_TOPIC = 20


@dataclasses.dataclass
class Notebook:
    """Collects sentences by topic; of each topic the first twenty are kept and the rest counted."""

    entries: list[tuple[str, str]] = dataclasses.field(default_factory=list)

    def add(self, topic: str, sentence: str) -> None:
        """Write a sentence down."""
        self.entries.append((topic, sentence))

    def sentences(self) -> tuple[str, ...]:
        """What was written, in order."""
        counts: dict[str, int] = {}
        kept: list[str] = []
        for topic, sentence in self.entries:
            counts[topic] = counts.get(topic, 0) + 1
            if counts[topic] <= _MOST_OF_A_TOPIC and sentence not in kept:
                kept.append(sentence)
        kept += [
            f"{count - _MOST_OF_A_TOPIC:,} more columns have the same to tell about {topic}."
            for topic, count in counts.items()
            if count > _MOST_OF_A_TOPIC
        ]
        return tuple(kept)
