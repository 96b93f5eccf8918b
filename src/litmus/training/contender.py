"""A pipeline and the space that is searched around it, on one data set."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from litmus.component import Float, Int
from litmus.evaluate.candidate import Candidate
from litmus.evaluate.searched import Searched

if TYPE_CHECKING:
    from litmus.search import SearchStrategy, Space

__all__ = ["Contender"]


@dataclasses.dataclass
class Contender:
    """A pipeline to be tried as it is, and then, when a search is wanted, with other settings.

    Attributes:
        place: its number among the contenders, from 0.
        candidate: the pipeline as given, with its name.
        space: what may be varied; None when nothing is.
        strategy: who suggests the settings; None when nothing is searched.
        exhausted: whether the strategy has nothing more to suggest.
    """

    place: int
    candidate: Candidate
    space: Space | None = None
    strategy: SearchStrategy | None = None
    exhausted: bool = False

    @property
    def name(self) -> str:
        """The name of the pipeline as given."""
        return self.candidate.name

    @property
    def is_baseline(self) -> bool:
        """Whether it is the constant baseline."""
        return self.candidate.algorithm == "Baseline"

    @property
    def searchable(self) -> bool:
        """Whether more configurations may follow."""
        return self.space is not None and self.strategy is not None and not self.exhausted

    def given(self) -> dict[str, Any] | None:
        """The settings of the configuration as given, where there is a space."""
        return None if self.space is None else dict(self.space.default)

    def searched(self, settings: Mapping[str, Any] | None, *, given: bool, fidelity: float) -> Searched | None:
        """What a trial with these settings tells of itself; None without a search."""
        if self.space is None or self.strategy is None or settings is None:
            return None
        return Searched(self.name, self.space, settings, type(self.strategy).__name__, given, fidelity)

    def near(self, values: Mapping[str, Any]) -> dict[str, Any] | None:
        """The settings of the space that are nearest to these values: others at their defaults, numbers within their ranges.

        Returns:
            The settings; None without a space, or where a value fits no setting.
        """
        from litmus.errors import ParameterError

        if self.space is None:
            return None
        settings = dict(self.space.default)
        for name, value in values.items():
            domain = self.space.parameters.get(name)
            if isinstance(domain, Int | Float) and isinstance(value, int | float):
                within = min(max(value, domain.low), domain.high)
                settings[name] = round(within) if isinstance(domain, Int) else float(within)
            elif domain is not None:
                settings[name] = value
        active = self.space.active(settings)
        settings = {name: value for name, value in settings.items() if name in active}
        try:
            self.space.check(settings)
        except ParameterError:
            return None
        return settings
