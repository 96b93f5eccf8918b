"""Which predictions a person should look at."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from typing import Any

from litmus.errors import ParameterError

__all__ = ["ReviewRules", "Wanted"]


@dataclasses.dataclass(frozen=True)
class Wanted:
    """A reason to look at a prediction.

    Attributes:
        reason: in words.
        priority: from 0, the most urgent, to 1.
        facts: the figures behind it.
    """

    reason: str
    priority: float
    facts: Mapping[str, Any]


@dataclasses.dataclass(frozen=True)
class ReviewRules:
    """Rules; a prediction that one of them names is queued, for the first reason.

    Attributes:
        confidence: predictions whose likeliest class has a lower probability.
        margin: predictions whose two likeliest classes lie less apart.
        share: of all predictions, drawn by chance, whatever their confidence: only these say how good the others are.
        shadow: whether predictions that a shadow variant answers otherwise are queued.
        most_waiting: how many may wait; more urgent ones are added first, others wait for room.

    Example:
        >>> rules = ReviewRules(confidence=0.7)
        >>> rules.wanted("request-1", {"no": 0.55, "yes": 0.45}).reason, rules.wanted("request-2", {"no": 0.9, "yes": 0.1})
        ('confidence 0.55 is below 0.7', None)
    """

    confidence: float | None = None
    margin: float | None = None
    share: float = 0.0
    shadow: bool = False
    most_waiting: int = 1_000

    def __post_init__(self) -> None:
        for name in ("confidence", "margin", "share"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                raise ParameterError(f"{name}={value!r} is not allowed; give a number from 0 to 1.")
        if self.most_waiting < 1:
            raise ParameterError(f"most_waiting={self.most_waiting!r} is not allowed; give a number above 0.")
        if self.confidence is None and self.margin is None and not self.share and not self.shadow:
            raise ParameterError("No rule was given; give confidence=…, margin=…, share=… or shadow=True.")

    def wanted(
        self, key: str, probabilities: Mapping[str, float], *, prediction: Any = None, shadow: Any = None
    ) -> Wanted | None:
        """Why a prediction should be looked at, or None.

        Args:
            key: of the request and row, by which chance decides: the same in every process.
            probabilities: class → probability; empty where there are none.
            prediction: what was answered.
            shadow: what the shadow answers, where it was asked.
        """
        ordered = sorted(probabilities.values(), reverse=True)
        top = ordered[0] if ordered else None
        facts = {} if top is None else {"confidence": round(top, 6)}
        if self.confidence is not None and top is not None and top < self.confidence:
            return Wanted(f"confidence {top:.2f} is below {self.confidence:g}", top, facts)
        if self.margin is not None and len(ordered) > 1 and ordered[0] - ordered[1] < self.margin:
            apart = ordered[0] - ordered[1]
            return Wanted(f"the likeliest classes lie {apart:.2f} apart, less than {self.margin:g}", apart, facts)
        if self.shadow and shadow is not None and str(shadow) != str(prediction):
            return Wanted(f"the shadow answers {shadow!s:.60}", 0.5, {**facts, "shadow": shadow})
        if self.share and _chance(key) < self.share:
            return Wanted("sampled", 0.75, facts)
        return None


def _chance(key: str) -> float:
    """A number from 0 to 1 that is the key's own."""
    return int.from_bytes(hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=8).digest(), "big") / 2**64
