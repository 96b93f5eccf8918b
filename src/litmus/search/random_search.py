"""Random search: the defaults, then settings drawn evenly."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from litmus.component import param
from litmus.search.history import History
from litmus.search.space import Space
from litmus.search.strategy import SearchStrategy, fresh_settings

__all__ = ["RandomSearch"]


@dataclasses.dataclass
class RandomSearch(SearchStrategy):
    """Draw each parameter evenly over its range (Bergstra and Bengio, 2012), and never the same settings twice.

    Args:
        defaults_first: whether the first suggestion is the space's defaults.

    Example:
        >>> from litmus.search import History, Int, Space
        >>> RandomSearch().suggest(Space({"depth": Int(1, 9)}, defaults={"depth": 6}), History())
        {'depth': 6}
    """

    defaults_first: bool = param(True)

    def suggest(self, space: Space, history: History) -> Mapping[str, Any] | None:
        """The defaults, then draws that were not tried before; None when all settings of a small space were."""
        if self.defaults_first and not len(history):
            return space.default
        rng = history.rng()
        return fresh_settings(space, history, lambda: space.sample(rng))
