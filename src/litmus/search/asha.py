"""Asynchronous successive halving: the best third of each rung gets more effort as soon as it is known."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from litmus.component import Choice, Float, param
from litmus.search.history import History
from litmus.search.rungs import Climb, climbs, rungs
from litmus.search.space import Space
from litmus.search.strategy import SearchStrategy, Suggestion, fresh_settings

__all__ = ["ASHA"]


@dataclasses.dataclass
class ASHA(SearchStrategy):
    """Start many configurations with little effort, and give more to the best (Li et al., 2020).

    The defaults come first, at full effort. Whenever one of the best 1 in `eta` of a rung has not climbed yet, it climbs;
    otherwise a new configuration starts on the lowest rung. Nobody waits for anybody, so it suits many workers.

    Args:
        min_fidelity: the smallest share of the full effort.
        eta: how many configurations of a rung there are for each that climbs; also the factor between rungs.

    Example:
        >>> from litmus.search import Float, Observation
        >>> low = [Observation(n, {"x": n / 10}, fidelity=1 / 9, value=n / 10) for n in range(3)]
        >>> suggestion = ASHA().suggest(Space({"x": Float(0.0, 1.0)}), History(low))
        >>> suggestion.settings, round(suggestion.fidelity, 2), suggestion.parent
        ({'x': 0.2}, 0.33, 2)
    """

    min_fidelity: float = param(1 / 9, Float(0.01, 0.5, log=True), minimum=1e-4, maximum=1.0)
    eta: float = param(3.0, Choice(2.0, 3.0, 4.0), minimum=1.5)

    def suggest(self, space: Space, history: History) -> Suggestion | None:
        """A configuration that climbs, or a new one; None when a small space is exhausted and nobody can climb."""
        if not len(history):
            return Suggestion(space.default)
        ladder, rng = rungs(self.min_fidelity, self.eta), history.rng()
        found = climbs(space, history, ladder)
        for rung in range(len(ladder) - 2, -1, -1):
            climber = self._climber(list(found.values()), rung)
            if climber is not None:
                return Suggestion(climber.seen[rung].settings, ladder[rung + 1], climber.seen[rung].number)
        settings = fresh_settings(space, history, lambda: self.draw(space, history, rng))
        return None if settings is None else Suggestion(settings, ladder[0])

    def draw(self, space: Space, history: History, rng: np.random.Generator) -> Mapping[str, Any]:  # noqa: ARG002
        """A new configuration; drawn evenly here."""
        return space.sample(rng)

    def _climber(self, found: list[Climb], rung: int) -> Climb | None:
        """The best configuration that may leave the rung and has not, or None."""
        here = [climb for climb in found if rung in climb.seen and climb.seen[rung].is_scored]
        here.sort(key=lambda climb: climb.seen[rung].rank)
        chosen = here[: int(len(here) / self.eta + 1e-9)]
        return next((climb for climb in chosen if climb.top == rung), None)
