"""Rungs: the fidelities that settings climb, and who climbs. All of it follows from the history."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from litmus.search.history import History, Observation
from litmus.search.space import Space

__all__ = ["Climb", "climbs", "rungs"]


def rungs(min_fidelity: float, eta: float) -> list[float]:
    """The fidelities from the lowest to 1, each `eta` times the one before; the lowest is at least `min_fidelity`.

    Example:
        >>> [round(rung, 3) for rung in rungs(0.1, 3)]
        [0.111, 0.333, 1.0]
    """
    steps = math.floor(math.log(1 / min_fidelity) / math.log(eta) + 1e-9)
    return [float(eta) ** -step for step in range(steps, -1, -1)]


@dataclasses.dataclass
class Climb:
    """What became of one configuration: its observation on each rung, lowest first.

    Attributes:
        first: its first observation.
        seen: position of the rung → the latest observation there.
    """

    first: Observation
    seen: dict[int, Observation]

    @property
    def top(self) -> int:
        """The position of the highest rung it has been put on."""
        return max(self.seen)


def climbs(space: Space, history: History, ladder: Sequence[float]) -> dict[str, Climb]:
    """Every configuration by its key, in the order of first appearance."""
    found: dict[str, Climb] = {}
    for each in sorted(history.observations, key=lambda seen: seen.number):
        key = space.key(each.settings)
        rung = min(range(len(ladder)), key=lambda place: abs(math.log(ladder[place] / each.fidelity)))
        found.setdefault(key, Climb(each, {})).seen[rung] = each
    return found
