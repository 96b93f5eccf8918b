"""Grid search: every combination of a few levels of each parameter."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

from litmus.component import Int, param
from litmus.domains import Choice, Domain
from litmus.search.history import History
from litmus.search.space import Space
from litmus.search.strategy import SearchStrategy

__all__ = ["GridSearch"]

_GOLDEN = 0.6180339887498949


@dataclasses.dataclass
class GridSearch(SearchStrategy):
    """Try every combination of levels; None when all were tried.

    The order jumps through the grid, so that a search which ends early has seen all of it coarsely.

    Args:
        levels: how many values of a range of numbers are tried, its ends among them; choices are tried all.

    Example:
        >>> from litmus.search import Float, Observation
        >>> space, tried = Space({"x": Float(0.0, 1.0)}), []
        >>> while (settings := GridSearch(levels=3).suggest(space, History(tried))) is not None:
        ...     tried.append(Observation(len(tried), settings, value=0.0))
        >>> sorted(each.settings["x"] for each in tried)
        [0.0, 0.5, 1.0]
    """

    levels: int = param(4, Int(2, 10), minimum=1)

    def suggest(self, space: Space, history: History) -> Mapping[str, Any] | None:
        """The next point of the grid that was not tried."""
        axes = [_levels(space.parameters[name], self.levels) for name in space.order]
        total = math.prod(len(axis) for axis in axes)
        step = next(s for s in range(max(1, int(total * _GOLDEN)), total + 2) if math.gcd(s, total) == 1)
        tried = history.tried(space)
        for number in range(total):
            settings = _point(space, axes, (number * step) % total)
            if space.key(settings) not in tried:
                return settings
        return None


def _point(space: Space, axes: Sequence[Sequence[Any]], index: int) -> dict[str, Any]:
    """The combination of this number, without the parameters that it leaves inactive."""
    values = {}
    for name, axis in zip(reversed(space.order), reversed(axes), strict=True):
        index, place = divmod(index, len(axis))
        values[name] = axis[place]
    return {name: values[name] for name in space.active(values)}


def _levels(domain: Domain, levels: int) -> Sequence[Any]:
    if isinstance(domain, Choice):
        return domain.values
    if domain.size <= levels:
        return [domain.from_unit((place + 0.5) / int(domain.size)) for place in range(int(domain.size))]
    ends = (
        [domain.from_unit(place / (levels - 1)) for place in range(levels)] if levels > 1 else [domain.from_unit(0.5)]
    )
    return list(dict.fromkeys(ends))
