"""Many settings at once, as points of the unit cube and as features that a model can compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from litmus.domains import Choice, Condition
from litmus.search.space import Space

__all__ = ["Cube"]

_MIDDLE = 0.5  # where an inactive parameter is put


class Cube:
    """Points of a space, their coordinates in the order of `space.order`.

    Attributes:
        space: the space.
        groups: for each feature, the position of its parameter; a choice has a feature for each of its values.
    """

    def __init__(self, space: Space) -> None:
        self.space = space
        self._place = {name: place for place, name in enumerate(space.order)}
        self._domains = [space.parameters[name] for name in space.order]
        widths = [len(domain.values) if isinstance(domain, Choice) else 1 for domain in self._domains]
        self.groups = np.repeat(np.arange(len(widths)), widths)

    def point(self, settings: Mapping[str, Any]) -> np.ndarray:
        """The point of some settings (parameters,); inactive and special values are in the middle."""
        point = np.full(len(self._domains), _MIDDLE)
        for name, value in settings.items():
            if (name in self._place and value is not None) or isinstance(self.space.parameters.get(name), Choice):
                place = self._place[name]
                point[place] = self._domains[place].to_unit(value)
        return point

    def features(self, points: np.ndarray, active: np.ndarray | None = None) -> np.ndarray:
        """The features of points (rows, features): places of numbers, 0 and 1 for choices, and nothing where inactive.

        Args:
            points: float64 (rows, parameters).
            active: which parameters count (rows, parameters); found out when left out.
        """
        active = self.active(points) if active is None else active
        columns: list[np.ndarray] = []
        for place, domain in enumerate(self._domains):
            here = points[:, place]
            if isinstance(domain, Choice):
                chosen = np.minimum((here * len(domain.values)).astype(np.int64), len(domain.values) - 1)
                ones = np.eye(len(domain.values))[chosen] * np.sqrt(0.5)
                columns.append(ones * active[:, place, None])
            else:
                columns.append(np.where(active[:, place], here, _MIDDLE)[:, None])
        return np.concatenate(columns, axis=1) if columns else np.empty((len(points), 0))

    def active(self, points: np.ndarray) -> np.ndarray:
        """Which parameters count at each point, bool (rows, parameters)."""
        active = np.ones(points.shape, dtype=bool)
        for place, name in enumerate(self.space.order):
            condition = self.space.conditions.get(name)
            if condition is not None:
                parent = self._place[condition.parameter]
                active[:, place] = active[:, parent] & self._holds(condition, parent, points[:, parent])
        return active

    def _holds(self, condition: Condition, parent: int, here: np.ndarray) -> np.ndarray:
        domain = self._domains[parent]
        if isinstance(domain, Choice):
            table = np.array([condition.holds(value) for value in domain.values])
            return table[np.minimum((here * len(table)).astype(np.int64), len(table) - 1)]
        return np.array([condition.holds(domain.from_unit(place)) for place in here.tolist()], dtype=bool)

    def settings(self, point: Sequence[float] | np.ndarray) -> dict[str, Any]:
        """The settings at a point."""
        return self.space.from_unit(point)
