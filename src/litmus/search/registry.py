"""The built-in strategies by name."""

from __future__ import annotations

import importlib
from typing import Any

from litmus.errors import ParameterError
from litmus.naming import find_name
from litmus.search.strategy import SearchStrategy

__all__ = ["STRATEGIES", "resolve_strategy"]

STRATEGIES = {
    "random": ("litmus.search.random_search", "RandomSearch"),
    "grid": ("litmus.search.grid", "GridSearch"),
    "bayesian": ("litmus.search.tpe", "TPESearch"),
    "tpe": ("litmus.search.tpe", "TPESearch"),
    "gp": ("litmus.search.gaussian_process", "GaussianProcessSearch"),
    "hyperband": ("litmus.search.hyperband", "Hyperband"),
    "asha": ("litmus.search.asha", "ASHA"),
    "bohb": ("litmus.search.hyperband", "BOHB"),
    "evolutionary": ("litmus.search.evolution", "EvolutionarySearch"),
}
"""Name → module and class; a module is imported when its name is asked for."""


def resolve_strategy(strategy: Any) -> SearchStrategy:
    """The strategy for what a user wrote: a name, a `SearchStrategy`, or its class.

    Raises:
        UnknownNameError: when a name is no built-in; the message suggests the nearest and lists all.
        ParameterError: when it is neither a name nor a strategy.

    Example:
        >>> resolve_strategy("random")
        RandomSearch(defaults_first=True)
    """
    if isinstance(strategy, str):
        module, name = STRATEGIES[find_name("search strategy", strategy, STRATEGIES)]
        cls: type[SearchStrategy] = getattr(importlib.import_module(module), name)
        return cls()
    if isinstance(strategy, type) and issubclass(strategy, SearchStrategy):
        return strategy()
    if isinstance(strategy, SearchStrategy):
        return strategy
    raise ParameterError(
        f"search={strategy!r} is no strategy. Give a name ({', '.join(STRATEGIES)}) or a litmus.SearchStrategy object."
    )
