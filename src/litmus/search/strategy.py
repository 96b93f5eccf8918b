"""The contract of a search strategy: from what was tried to what to try next."""

from __future__ import annotations

import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

from litmus.component import Component
from litmus.errors import ParameterError
from litmus.search.history import History
from litmus.search.space import Space

__all__ = ["SearchStrategy", "Suggestion", "fresh_settings", "next_suggestion"]

_DRAWS = 64  # random draws before a small space is gone through in order
_SMALL = 100_000  # settings; a space with more is never exhausted by drawing


@dataclasses.dataclass(frozen=True)
class Suggestion:
    """What to try next.

    Attributes:
        settings: the values of the active parameters.
        fidelity: the share of the full effort to give it, in (0, 1].
        parent: the number of the observation it takes up again with more effort, or None.
    """

    settings: Mapping[str, Any]
    fidelity: float = 1.0
    parent: int | None = None


@dataclasses.dataclass
class SearchStrategy(Component, ABC):
    """Chooses what to try next. Write `suggest`.

    A strategy keeps no memory between calls: the same space and history give the same suggestion, whatever was asked
    before. So a search can be resumed from its history, and randomness comes from `history.rng()`.

    Example:
        >>> @dataclasses.dataclass
        ... class AroundTheBest(SearchStrategy):
        ...     def suggest(self, space, history):
        ...         drawn = space.sample(history.rng())
        ...         return drawn if history.best is None or len(history) % 2 else {**drawn, **history.best.settings}
    """

    @abstractmethod
    def suggest(self, space: Space, history: History) -> Suggestion | Mapping[str, Any] | None:
        """What to try next.

        Args:
            space: what may be tried.
            history: what was tried, trials under way (`history.pending`) included.

        Returns:
            Settings, or a `Suggestion` where they should get less than the full effort; None when nothing is left to
            try, or nothing can be said before a pending trial ends.
        """


def next_suggestion(strategy: SearchStrategy, space: Space, history: History) -> Suggestion | None:
    """Ask a strategy, and make sure that its answer fits the space.

    Raises:
        ParameterError: when it does not; the message names the strategy.
    """
    answer = strategy.suggest(space, history)
    if answer is None:
        return None
    suggestion = answer if isinstance(answer, Suggestion) else None
    if suggestion is None and isinstance(answer, Mapping):
        suggestion = Suggestion(dict(answer))
    owner = type(strategy).__name__
    if suggestion is None:
        raise ParameterError(f"{owner}.suggest returned {answer!r}; return a dict of settings, a Suggestion, or None.")
    try:
        space.check(suggestion.settings)
    except ParameterError as error:
        raise ParameterError(f"{owner} suggested settings that do not fit the space. {error}") from error
    fidelity = suggestion.fidelity
    if not isinstance(fidelity, int | float) or not math.isfinite(fidelity) or not 0 < fidelity <= 1:
        raise ParameterError(f"{owner} suggested the fidelity {fidelity!r}; it must be above 0 and at most 1.")
    return suggestion


def fresh_settings(
    space: Space, history: History, draw: Callable[[], Mapping[str, Any]], *, draws: int = _DRAWS
) -> dict[str, Any] | None:
    """Settings that were not tried before: the first such draw, else the first left of a small space, else None.

    A space that is too large to be gone through gives its last draw, tried before or not.
    """
    tried = history.tried(space)
    settings: dict[str, Any] = {}
    for _ in range(draws):
        settings = dict(draw())
        if space.key(settings) not in tried:
            return settings
    if space.size > _SMALL:
        return settings
    left = (point for point in space.points() if space.key(point) not in tried)
    return next(left, None)
