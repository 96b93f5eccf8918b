"""Search: what may be tried, what was tried, and what to try next. Nothing here reads files or starts processes."""

from litmus.domains import Choice, Condition, Domain, Float, Int, When
from litmus.search.asha import ASHA
from litmus.search.evolution import EvolutionarySearch
from litmus.search.gaussian_process import GaussianProcessSearch
from litmus.search.grid import GridSearch
from litmus.search.history import History, Observation, Status
from litmus.search.hyperband import BOHB, Hyperband
from litmus.search.pipeline_space import applied, space_of
from litmus.search.random_search import RandomSearch
from litmus.search.reduced import reduced
from litmus.search.registry import STRATEGIES, resolve_strategy
from litmus.search.space import Space
from litmus.search.strategy import SearchStrategy, Suggestion, next_suggestion
from litmus.search.tpe import TPESearch

__all__ = [
    "ASHA",
    "BOHB",
    "STRATEGIES",
    "Choice",
    "Condition",
    "Domain",
    "EvolutionarySearch",
    "Float",
    "GaussianProcessSearch",
    "GridSearch",
    "History",
    "Hyperband",
    "Int",
    "Observation",
    "RandomSearch",
    "SearchStrategy",
    "Space",
    "Status",
    "Suggestion",
    "TPESearch",
    "When",
    "applied",
    "next_suggestion",
    "reduced",
    "resolve_strategy",
    "space_of",
]
