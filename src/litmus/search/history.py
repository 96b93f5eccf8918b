"""What a search has tried so far, and what came of it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Literal

import numpy as np

from litmus.search.space import Space

__all__ = ["History", "Observation", "Status", "thinned"]

Status = Literal["complete", "pending", "failed", "stopped"]


@dataclasses.dataclass(frozen=True)
class Observation:
    """One trial as a strategy sees it.

    Attributes:
        number: its number in the order of suggestion, from 0.
        settings: the values of its active parameters.
        fidelity: the share of the full effort it was given, in (0, 1].
        value: how good it is, LARGER IS BETTER whatever the metric; None while there is none.
        status: "complete"; "pending": under way; "failed": it raised or was killed; "stopped": given up early, because it
            looked worse than others, so that its value is a guess.
        seconds: what it cost.
        violation: by how much it breaks the constraints; 0 when it keeps them.
    """

    number: int
    settings: Mapping[str, Any]
    fidelity: float = 1.0
    value: float | None = None
    status: Status = "complete"
    seconds: float = 0.0
    violation: float = 0.0

    @property
    def is_scored(self) -> bool:
        """Whether it is complete with a finite value; NaN counts as a failure."""
        return self.status == "complete" and self.value is not None and math.isfinite(self.value)

    @property
    def rank(self) -> tuple[bool, float, float, int]:
        """Sorts scored observations from best to worst: feasible ones first, then by value, then the earlier one."""
        violation = self.violation if self.violation > 0 else 0.0
        value = -math.inf if self.value is None else self.value
        return (violation > 0 or math.isnan(self.violation), violation, -value, self.number)


@dataclasses.dataclass(frozen=True)
class History:
    """The observations of a search in the order of their numbers, and its seed.

    Example:
        >>> history = History([Observation(0, {"depth": 3}, value=0.8), Observation(1, {"depth": 5}, status="pending")])
        >>> history.best.settings, len(history.pending)
        ({'depth': 3}, 1)
    """

    observations: Sequence[Observation] = ()
    seed: int = 0

    def __len__(self) -> int:
        return len(self.observations)

    @cached_property
    def complete(self) -> list[Observation]:
        """Those at full fidelity with a finite value."""
        return self.at(1.0)

    @cached_property
    def pending(self) -> list[Observation]:
        """Those under way."""
        return [seen for seen in self.observations if seen.status == "pending"]

    @cached_property
    def failed(self) -> list[Observation]:
        """Those that failed, or are complete without a finite value."""
        return [
            seen
            for seen in self.observations
            if seen.status == "failed" or (seen.status == "complete" and not seen.is_scored)
        ]

    @cached_property
    def fidelities(self) -> list[float]:
        """The fidelities of scored observations, lowest first."""
        return sorted({seen.fidelity for seen in self.observations if seen.is_scored})

    @property
    def best(self) -> Observation | None:
        """The best complete observation: feasible ones first, then the highest value, then the earliest."""
        return min(self.complete, key=lambda seen: seen.rank, default=None)

    def at(self, fidelity: float) -> list[Observation]:
        """The scored observations of one fidelity."""
        return [seen for seen in self.observations if seen.is_scored and math.isclose(seen.fidelity, fidelity)]

    def tried(self, space: Space) -> set[str]:
        """The keys of all settings that were suggested, whatever came of them."""
        return {space.key(seen.settings) for seen in self.observations}

    def rng(self) -> np.random.Generator:
        """A generator that depends on the seed and the number of observations only."""
        return np.random.default_rng([self.seed, len(self.observations)])


def thinned(observations: Sequence[Observation], most: int) -> list[Observation]:
    """At most so many observations, in their order: those under way, the best, and of the others the latest.

    A model of a long search then costs no more than one of a short one, and loses little: bad trials of long ago say what
    bad trials of late say too.
    """
    if len(observations) <= most:
        return list(observations)
    pending = {seen.number for seen in observations if seen.status == "pending"}
    ranked = sorted((seen for seen in observations if seen.is_scored), key=lambda seen: seen.rank)
    kept = pending | {seen.number for seen in ranked[: most * 2 // 5]}
    for seen in reversed(observations):
        if len(kept) >= most:
            break
        kept.add(seen.number)
    return [seen for seen in observations if seen.number in kept]
