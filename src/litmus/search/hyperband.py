"""Hyperband: successive halving in brackets that trust low effort more or less; BOHB: with a model for new settings."""

from __future__ import annotations

import dataclasses
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from litmus.component import Choice, Float, Int, param
from litmus.search.history import History, Observation
from litmus.search.parzen import parzen_settings
from litmus.search.rungs import Climb, climbs, rungs
from litmus.search.space import Space
from litmus.search.strategy import SearchStrategy, Suggestion, fresh_settings

__all__ = ["BOHB", "Hyperband"]


@dataclasses.dataclass
class Hyperband(SearchStrategy):
    """Successive halving in brackets (Li et al., 2018).

    A bracket starts a number of configurations on its lowest rung; of those that have finished a rung, 1 in `eta` climbs.
    The first bracket starts the most, on the lowest rung; the last one a few at full effort; then it begins again. When a
    bracket waits for pending trials, the next one begins. The defaults come first, at full effort. Brackets start more on low
    rungs than in the paper: below the full effort one fold is enough, so that low rungs cost a fraction of their fidelity.

    Args:
        min_fidelity: the smallest share of the full effort.
        eta: how many configurations of a rung there are for each that climbs; also the factor between rungs.

    Example:
        >>> from litmus.search import Float
        >>> Hyperband().suggest(Space({"x": Float(0.0, 1.0)}), History())
        Suggestion(settings={'x': 0.5}, fidelity=1.0, parent=None)
    """

    min_fidelity: float = param(1 / 9, Float(0.01, 0.5, log=True), minimum=1e-4, maximum=1.0)
    eta: float = param(3.0, Choice(2.0, 3.0, 4.0), minimum=1.5)

    def suggest(self, space: Space, history: History) -> Suggestion | None:
        """A configuration that climbs, or a new one; None when a small space is exhausted and nobody can climb."""
        if not len(history):
            return Suggestion(space.default)
        ladder, rng = rungs(self.min_fidelity, self.eta), history.rng()
        started: dict[int, list[Climb]] = defaultdict(list)
        for climb in list(climbs(space, history, ladder).values())[1:]:  # the first are the defaults, of no bracket
            started[min(climb.seen)].append(climb)
        for start, size in self._brackets(len(ladder)):
            members, started[start] = started[start][:size], started[start][size:]
            if len(members) < size:
                settings = fresh_settings(space, history, lambda: self.draw(space, history, rng))
                if settings is not None:
                    return Suggestion(settings, ladder[start])
            climber = self._climber(members, start, len(ladder))
            if climber is not None:
                seen = climber.seen[climber.top]
                return Suggestion(seen.settings, ladder[climber.top + 1], seen.number)
            if len(members) < size:
                break
        return None

    def draw(self, space: Space, history: History, rng: np.random.Generator) -> Mapping[str, Any]:  # noqa: ARG002
        """A new configuration; drawn evenly here."""
        return space.sample(rng)

    def _brackets(self, n_rungs: int) -> Iterator[tuple[int, int]]:
        """The lowest rung and the number of configurations of each bracket, for ever."""
        while True:
            for above in range(n_rungs - 1, -1, -1):
                yield n_rungs - 1 - above, math.ceil(n_rungs * self.eta**above)

    def _climber(self, members: Sequence[Climb], start: int, n_rungs: int) -> Climb | None:
        """The next configuration of a full bracket that climbs, or None when it waits or is done."""
        group = list(members)
        for rung in range(start, n_rungs - 1):
            if any(climb.seen[rung].status == "pending" for climb in group):
                return None
            ranked = sorted(
                (climb for climb in group if climb.seen[rung].is_scored), key=lambda climb: climb.seen[rung].rank
            )
            group = ranked[: max(1, int(len(group) / self.eta + 1e-9))]
            waiting = next((climb for climb in group if rung + 1 not in climb.seen), None)
            if waiting is not None:
                return waiting
        return None


@dataclasses.dataclass
class BOHB(Hyperband):
    """Hyperband whose new configurations come from a Parzen model (Falkner, Klein and Hutter, 2018).

    The model learns from the highest rung that has more observations than the space has parameters.

    Args:
        random_share: how often a new configuration is drawn evenly instead.
        candidates: how many draws of the model the best is taken from.

    Example:
        >>> from litmus.search import Float
        >>> BOHB(eta=4.0).suggest(Space({"x": Float(0.0, 1.0)}), History())
        Suggestion(settings={'x': 0.5}, fidelity=1.0, parent=None)
    """

    random_share: float = param(0.2, Float(0.0, 0.5), minimum=0.0, maximum=1.0)
    candidates: int = param(24, Int(8, 256, log=True), minimum=1)

    def draw(self, space: Space, history: History, rng: np.random.Generator) -> Mapping[str, Any]:
        """A new configuration from the model, or an even one where there is none yet."""
        scored = rung_to_learn_from(space, history)
        if not scored or rng.random() < self.random_share:
            return space.sample(rng)
        open_ones = [seen for seen in history.observations if not seen.is_scored and seen.status != "stopped"]
        drawn = parzen_settings(
            space, [*scored, *open_ones], rng, candidates=self.candidates, tried=history.tried(space)
        )
        return drawn or space.sample(rng)


def rung_to_learn_from(space: Space, history: History) -> list[Observation]:
    """The scored observations of the highest fidelity that has more of them than there are parameters; else none."""
    enough = len(space.order) + 2
    for fidelity in reversed(history.fidelities):
        scored = history.at(fidelity)
        if len(scored) >= enough:
            return scored
    return []
