"""What is tried on a data set: the pipelines asked for, or the portfolio, with the spaces that are searched around them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from litmus.data import LoadedData
from litmus.evaluate.candidate import Candidate
from litmus.training.contender import Contender

if TYPE_CHECKING:
    from litmus.search import SearchStrategy

__all__ = ["make_contenders"]


def make_contenders(
    candidates: Sequence[Candidate], data: LoadedData, strategy: SearchStrategy | None
) -> tuple[list[Contender], list[tuple[Contender, dict[str, Any] | None]]]:
    """The contenders of a data set and the trials to begin with.

    Args:
        candidates: the pipelines to try, in order.
        data: the data set.
        strategy: who searches; None when nothing is searched.

    Returns:
        The contenders, and (contender, settings) for each trial to begin with; settings are None for the pipeline as given.

    Raises:
        LitmusError: when a pipeline's space does not fit it.
    """
    contenders = []
    for place, candidate in enumerate(candidates):
        space = None
        if strategy is not None and candidate.algorithm != "Baseline":
            from litmus.search import space_of

            space = space_of(candidate.pipeline, data.task)
        searchable = space is not None and len(space.parameters) > 0
        contenders.append(Contender(place, candidate, space if searchable else None, strategy if searchable else None))
    return contenders, [(contender, None) for contender in contenders]
