"""How trials are put together into an ensemble: the options, and the words that stand for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from litmus.component import Choice, Component, Int, param
from litmus.errors import ParameterError
from litmus.naming import nearest
from litmus.pipeline.resolve import check_algorithm

__all__ = ["Ensemble", "resolve_ensemble"]

_FEWEST_CANDIDATES, _MOST_CANDIDATES, _ROWS_PER_CANDIDATE = 10, 50, 50


@dataclass
class Ensemble(Component):
    """Puts the trials of a run together into one model.

    Args:
        method: "greedy": a weighted mean of the members' scores (Caruana et al. 2004); "stacking": a second model that
            learns from their out-of-fold scores.
        algorithm: what learns in stacking: anything that stands for an algorithm and takes an array.
        max_members: most trials in an ensemble.
        candidates: how many of the best trials are considered; when left out one for each 50 out-of-fold rows, from 10 to
            50, because with few rows more of them only add ways to overfit.
        rounds: most steps of the greedy selection; weights are multiples of 1 / rounds or coarser.
        bags: how many selections are made, each from a random half of the candidates, whose weights are averaged; 1 makes one
            from all of them. Several take as many times longer and have more members.
        min_gain: what a step has to gain, as a share of what the ensemble gains in all, to be kept.

    Raises:
        ParameterError: when a value is not allowed, or `algorithm` is none.

    Example:
        >>> Ensemble(max_members=5).method
        'greedy'
    """

    method: str = param("greedy", Choice("greedy", "stacking"))
    algorithm: Any = "LinearModel"
    max_members: int = param(10, Int(2, 25), minimum=1)
    candidates: int | None = param(None, Int(5, 100))
    rounds: int = param(25, Int(5, 100), minimum=1)
    bags: int = param(1, Int(1, 20), minimum=1)
    min_gain: float = param(0.0, minimum=0.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.candidates is not None and (not isinstance(self.candidates, int) or self.candidates < 1):
            raise ParameterError(
                f"Ensemble.candidates must be a whole number above 0, or None, not {self.candidates!r}."
            )
        if self.method == "stacking":
            check_algorithm(self.algorithm)

    def considered(self, rows: int) -> int:
        """How many of the best trials are considered where weights are chosen on so many rows."""
        if self.candidates is not None:
            return self.candidates
        return max(_FEWEST_CANDIDATES, min(_MOST_CANDIDATES, rows // _ROWS_PER_CANDIDATE))


def resolve_ensemble(value: Any) -> Ensemble | None:
    """The options for what a user wrote: an `Ensemble`, "greedy", "stacking", "auto", True or False; None is none.

    Raises:
        ParameterError: when it is none of these.

    Example:
        >>> resolve_ensemble("stacking")
        Ensemble(method='stacking', algorithm='LinearModel', max_members=10, candidates=None, rounds=25, bags=1, min_gain=0.0)
        >>> resolve_ensemble(False) is None
        True
    """
    if value is None or value is False:
        return None
    if value is True or value == "auto":
        return Ensemble()
    if isinstance(value, Ensemble):
        return value
    if isinstance(value, type) and issubclass(value, Ensemble):
        return value()
    words = ("greedy", "stacking", "auto")
    if value in words:
        return Ensemble(method=value)
    close = nearest(value, words) if isinstance(value, str) else None
    hint = f" Did you mean {close!r}?" if close else ""
    raise ParameterError(
        f"ensemble={value!r} is not allowed.{hint} Use 'greedy', 'stacking', 'auto', True, False or litmus.Ensemble(…)."
    )
