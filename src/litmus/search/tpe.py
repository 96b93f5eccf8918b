"""Bayesian search by Parzen estimators."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from litmus.component import Int, param
from litmus.search.history import History
from litmus.search.parzen import parzen_settings
from litmus.search.quasi_random import quasi_random_point
from litmus.search.space import Space
from litmus.search.strategy import SearchStrategy, fresh_settings

__all__ = ["TPESearch"]


@dataclasses.dataclass
class TPESearch(SearchStrategy):
    """Draw settings that look like the good ones and unlike the others (TPE; Bergstra et al. 2011, Watanabe 2023).

    The defaults come first, then evenly spread settings, then Optuna's TPE sampler. Pending and failed trials count as
    bad ones, so that workers do not crowd; settings that break constraints rank below all others.

    Args:
        n_startup: how many suggestions come before the model.
        candidates: how many draws of the model the best is taken from.
        random_share: how often a suggestion is drawn evenly instead, so that nothing is overlooked for ever.

    Example:
        >>> from litmus.search import Float, Observation
        >>> space = Space({"x": Float(0.0, 1.0)})
        >>> tried = [Observation(n, {"x": n / 20}, value=-abs(n / 20 - 0.3)) for n in range(20)]
        >>> 0.1 < TPESearch().suggest(space, History(tried))["x"] < 0.5
        True
    """

    n_startup: int = param(10, Int(1, 50, log=True), minimum=1)
    candidates: int = param(24, Int(8, 256, log=True), minimum=1)
    random_share: float = param(0.0, minimum=0.0, maximum=1.0)

    def suggest(self, space: Space, history: History) -> Mapping[str, Any] | None:
        """The next settings; None when a small space is exhausted."""
        if not len(history):
            return space.default
        rng = history.rng()
        if len(history) < self.n_startup or len(history.complete) < 2:
            places = quasi_random_point(len(history), len(space.order), history.seed)
            first = [space.from_unit(places)]
            return fresh_settings(space, history, lambda: first.pop() if first else space.sample(rng))
        if rng.random() < self.random_share:
            return fresh_settings(space, history, lambda: space.sample(rng))
        seen = [each for each in history.observations if each.fidelity == 1.0]
        drawn = parzen_settings(space, seen, rng, candidates=self.candidates, tried=history.tried(space))
        return drawn or fresh_settings(space, history, lambda: space.sample(rng))
