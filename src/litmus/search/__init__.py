"""Search: what may be tried, what was tried, and what to try next. Nothing here reads files or starts processes."""

from litmus.domains import Choice, Condition, Domain, Float, Int, When
from litmus.search.history import History, Observation, Status
from litmus.search.pipeline_space import applied, space_of
from litmus.search.random_search import RandomSearch
from litmus.search.registry import resolve_strategy
from litmus.search.space import Space
from litmus.search.strategy import SearchStrategy, Suggestion, next_suggestion

__all__ = [
    "Choice",
    "Condition",
    "Domain",
    "Float",
    "History",
    "Int",
    "Observation",
    "RandomSearch",
    "SearchStrategy",
    "Space",
    "Status",
    "Suggestion",
    "When",
    "applied",
    "next_suggestion",
    "resolve_strategy",
    "space_of",
]
