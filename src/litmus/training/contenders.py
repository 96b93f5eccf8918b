"""What is tried on a data set: the pipelines asked for, or the portfolio, with the spaces that are searched around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from litmus.data import LoadedData
from litmus.evaluate.candidate import Candidate
from litmus.training.contender import Contender
from litmus.training.warm_start import warm_openings

if TYPE_CHECKING:
    from litmus.search import SearchStrategy
    from litmus.search.portfolio import Entry

__all__ = ["Opening", "make_contenders", "portfolio_for"]

Opening = tuple[Contender, dict[str, Any] | None]
"""A contender, and the settings to try it with; None for the pipeline as given."""


def make_contenders(
    candidates: Sequence[Candidate],
    data: LoadedData,
    strategy: SearchStrategy | None,
    *,
    automatic: bool,
    bounded: bool,
    remembered: Mapping[str, list[dict[str, Any]]],
) -> tuple[list[Contender], list[Opening]]:
    """The contenders of a data set and the trials to begin with.

    Args:
        candidates: the pipelines to try, in order.
        data: the data set.
        strategy: who searches; None when nothing is searched.
        automatic: whether the user named no algorithm, so that the search begins with the portfolio.
        bounded: whether time or trials are, so that the baseline, which is always delivered, comes first.
        remembered: algorithm → settings that earlier runs found good, which are tried after the first of each algorithm.

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

            space = space_of(candidate.pipeline, data.task, rows=len(data.train))
        searchable = space is not None and len(space.parameters) > 0
        contenders.append(Contender(place, candidate, space if searchable else None, strategy if searchable else None))
    openings: list[Opening] = [(contender, None) for contender in contenders]
    if bounded:
        openings.sort(key=lambda opening: not opening[0].is_baseline)
    if automatic and strategy is not None:
        openings = _of_portfolio(contenders, data)
    if remembered:
        first = [opening for opening in openings if opening[1] is None]
        others = [opening for opening in openings if opening[1] is not None]
        openings = [*first, *warm_openings(contenders, remembered), *others]
    return contenders, openings


def portfolio_for(data: LoadedData) -> tuple[Entry, ...]:
    """The portfolio's entries that suit a data set, in order."""
    from litmus.search.portfolio import portfolio

    text = bool(data.schema.names("text"))
    return portfolio(data.task, len(data.train), len(data.target.classes), text=text)


def _of_portfolio(contenders: Sequence[Contender], data: LoadedData) -> list[Opening]:
    """The portfolio's configurations in its order, and the baseline first, which costs nothing."""
    by_name = {contender.name: contender for contender in contenders}
    openings: list[Opening] = [(contender, None) for contender in contenders if contender.is_baseline]
    for entry in portfolio_for(data):
        contender = by_name[entry.algorithm]
        settings = contender.near(entry.settings) if entry.settings else None
        if settings is not None or not entry.settings:
            openings.append((contender, settings))
    return openings
