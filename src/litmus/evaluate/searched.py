"""What a search varied in one trial."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from litmus.search import Space

__all__ = ["Searched"]


@dataclasses.dataclass(frozen=True)
class Searched:
    """The place of a trial in a search.

    Attributes:
        origin: name of the pipeline asked for, whose settings are varied.
        space: what may be varied in it.
        settings: the values of this trial, active parameters only.
        strategy: name of the strategy that searches.
        given: whether it was there to begin with: asked for, or of the portfolio; others were suggested by the strategy.
        fidelity: share of the full effort it was tried with.
    """

    origin: str
    space: Space
    settings: Mapping[str, Any]
    strategy: str
    given: bool = False
    fidelity: float = 1.0
