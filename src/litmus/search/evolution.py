"""Evolutionary search: the best of a few recent trials has children that differ a little."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from litmus.component import Float, Int, param
from litmus.domains import Choice
from litmus.search.history import History, Observation
from litmus.search.quasi_random import quasi_random_point
from litmus.search.space import Space
from litmus.search.strategy import SearchStrategy, fresh_settings

__all__ = ["EvolutionarySearch"]


@dataclasses.dataclass
class EvolutionarySearch(SearchStrategy):
    """Regularised evolution (Real et al., 2019), with crossover.

    The population is the latest scored trials: whoever gets old leaves it, however good, so that luck does not last. The
    best of a random few becomes a parent; sometimes a second parent gives some of its values; then a value or two change:
    a number moves by about `reach` of its range, a choice is made anew. The defaults come first, then evenly spread
    settings until there are enough to choose among. No library is needed.

    Args:
        population: how many trials live.
        contestants: of how many of them the best becomes a parent.
        crossover: how often there is a second parent.
        reach: standard deviation of a change of a number, as a share of its range.

    Example:
        >>> from litmus.search import Float
        >>> EvolutionarySearch().suggest(Space({"x": Float(0.0, 1.0)}), History())
        {'x': 0.5}
    """

    population: int = param(20, Int(5, 100, log=True), minimum=2)
    contestants: int = param(6, Int(2, 20), minimum=1)
    crossover: float = param(0.4, Float(0.0, 1.0), minimum=0.0, maximum=1.0)
    reach: float = param(0.15, Float(0.02, 0.5, log=True), minimum=1e-6)

    def suggest(self, space: Space, history: History) -> Mapping[str, Any] | None:
        """The next settings; None when a small space is exhausted."""
        if not len(history):
            return space.default
        rng = history.rng()
        alive = history.complete[-self.population :]
        if len(alive) < max(2, self.population // 2) and len(history) < self.population:
            first = [space.from_unit(quasi_random_point(len(history), len(space.order), history.seed))]
            return fresh_settings(space, history, lambda: first.pop() if first else space.sample(rng))
        if not alive:
            return fresh_settings(space, history, lambda: space.sample(rng))
        return fresh_settings(space, history, lambda: self._child(space, alive, rng))

    def _child(self, space: Space, alive: list[Observation], rng: np.random.Generator) -> dict[str, Any]:
        values = {name: space.parameters[name].from_unit(place) for name, place in _places(space, rng)}
        values.update(self._parent(alive, rng))
        if rng.random() < self.crossover:
            other = self._parent(alive, rng)
            values.update({name: other[name] for name in space.order if name in other and rng.random() < 0.5})
        active = space.active(values)
        if active:
            changed = rng.random(len(active)) < 1 / len(active)
            changed[rng.integers(len(active))] = True
            for place in np.flatnonzero(changed):
                values[active[place]] = self._changed(space, active[place], values[active[place]], rng)
        return {name: values[name] for name in space.active(values)}

    def _parent(self, alive: list[Observation], rng: np.random.Generator) -> dict[str, Any]:
        contestants = rng.choice(len(alive), size=min(self.contestants, len(alive)), replace=False)
        return dict(min((alive[place] for place in contestants), key=lambda seen: seen.rank).settings)

    def _changed(self, space: Space, name: str, value: Any, rng: np.random.Generator) -> Any:
        domain = space.parameters[name]
        if isinstance(domain, Choice):
            others = [place for place in range(len(domain.values)) if place != domain.position(value)]
            return domain.values[int(rng.choice(others))] if others else value
        if value is None:
            return domain.from_unit(rng.random())
        place = domain.to_unit(value) + self.reach * rng.standard_normal()
        folded = abs(math.remainder(place, 2.0))  # beyond an end, it is reflected
        changed = domain.from_unit(folded)
        if changed == value and domain.size > 1:
            changed = domain.from_unit(rng.random())
        return changed


def _places(space: Space, rng: np.random.Generator) -> zip[tuple[str, float]]:
    return zip(space.order, rng.random(len(space.order)).tolist(), strict=True)
