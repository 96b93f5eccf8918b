"""What every search strategy must do: `check_strategy(MyStrategy())`, or inherit `StrategyContract` in your tests."""

# ruff: noqa: S101 - these are tests

from __future__ import annotations

import copy
import json
import math
from typing import Any

import numpy as np

from litmus.domains import Choice, Condition, Float, Int
from litmus.search.history import History, Observation
from litmus.search.space import Space
from litmus.search.strategy import SearchStrategy, Suggestion, next_suggestion

__all__ = ["StrategyContract", "check_strategy", "example_space"]

_TRIALS = 30


def example_space() -> Space:
    """A space with every kind of range: logarithmic, whole, choices of objects, conditions on conditions."""
    return Space(
        {
            "kind": Choice("tree", "line", None),
            "rate": Float(1e-4, 1.0, log=True),
            "depth": Int(1, 12),
            "rounds": Int(1, 1000, log=True),
            "drop": Float(0.0, 0.5),
            "step": Choice(np.mean, {"a": 1}, [2]),
        },
        {"depth": Condition("kind", ("tree",)), "drop": Condition("depth", (Int(6, 12),))},
        {"rate": 0.05, "depth": 6, "rounds": 100},
    )


def check_strategy(strategy: SearchStrategy, *, space: Space | None = None) -> None:
    """Run every check of the contract.

    Args:
        strategy: the strategy.
        space: what it is tried on; by default a space with every kind of range and with conditions.

    Raises:
        AssertionError: with what the strategy does wrong.
        ParameterError: when it suggests settings that do not fit the space.

    Example:
        >>> from litmus.search import RandomSearch
        >>> check_strategy(RandomSearch())
    """
    space = example_space() if space is None else space
    checks = StrategyContract()
    for name in dir(checks):
        if name.startswith("test_"):
            getattr(checks, name)(strategy, space)


class StrategyContract:
    """Tests of one strategy. Give the fixture `strategy`, and `space` when it is for another kind of space.

    Example:
        >>> import pytest
        >>> from litmus.search import RandomSearch
        >>> class TestRandomSearch(StrategyContract):
        ...     @pytest.fixture
        ...     def strategy(self):
        ...         return RandomSearch()
        ...
        ...     @pytest.fixture
        ...     def space(self):
        ...         return example_space()
    """

    def test_suggestions_fit_the_space(self, strategy: SearchStrategy, space: Space) -> None:
        """Active parameters, no others, values within their ranges; a fidelity above 0 and up to 1."""
        for suggestion in _search(strategy, space, _TRIALS).observations:
            space.check(suggestion.settings)

    def test_the_same_history_gives_the_same_suggestion(self, strategy: SearchStrategy, space: Space) -> None:
        """Nothing is remembered between calls, and nothing is random but through `history.rng()`."""
        history = _search(strategy, space, _TRIALS)
        for length in (0, 1, 7, 15, _TRIALS):
            part = History(history.observations[:length], history.seed)
            first = _asked(strategy, space, part)
            _asked(strategy, space, history)
            np.random.random()  # noqa: NPY002 - a strategy must not look at NumPy's own generator
            assert _asked(strategy, space, part) == first, f"after {length} trials, a second call gave something else"
            other = type(strategy)(**strategy.settings())
            assert _asked(other, space, part) == first, f"after {length} trials, a copy gave something else"

    def test_it_leaves_what_it_is_given_alone(self, strategy: SearchStrategy, space: Space) -> None:
        """The history, the strategy and NumPy's own generator are as they were."""
        history = _search(strategy, space, _TRIALS)
        before, settings = copy.deepcopy(history.observations), copy.deepcopy(strategy.settings())
        state = np.random.get_state()[1].tolist()  # type: ignore[index]  # noqa: NPY002
        next_suggestion(strategy, space, history)
        assert [_told(seen, space) for seen in history.observations] == [_told(seen, space) for seen in before]
        assert strategy.settings() == settings
        assert np.random.get_state()[1].tolist() == state, "it draws from NumPy's own generator"  # type: ignore[index]  # noqa: NPY002

    def test_pending_trials_are_not_suggested_again(self, strategy: SearchStrategy, space: Space) -> None:
        """Workers that ask one after the other get different things to do, or nothing."""
        for known in (0, 15):
            history = _search(strategy, space, known)
            seen = {(space.key(each.settings), each.fidelity) for each in history.observations}
            for _ in range(6):
                suggestion = next_suggestion(strategy, space, history)
                if suggestion is None:
                    break
                key = (space.key(suggestion.settings), suggestion.fidelity)
                assert key not in seen, f"{suggestion} is under way or done already"
                seen.add(key)
                number = len(history)
                pending = Observation(number, suggestion.settings, suggestion.fidelity, status="pending")
                history = History([*history.observations, pending], history.seed)

    def test_failures_are_no_trouble(self, strategy: SearchStrategy, space: Space) -> None:
        """Trials that failed, were stopped, gave NaN, infinity or huge values, or broke constraints, all or some."""
        values = [math.nan, math.inf, -math.inf, 1e300, -1e300, None]
        for share in (1, 2):
            history = History((), 1)
            for number in range(_TRIALS):
                suggestion = next_suggestion(strategy, space, history)
                if suggestion is None:
                    break
                bad = number % share == 0
                status: Any = ("complete", "failed", "stopped")[number % 3] if bad else "complete"
                seen = Observation(
                    number,
                    suggestion.settings,
                    suggestion.fidelity,
                    value=values[number % len(values)] if bad else _score(suggestion.settings),
                    status=status,
                    violation=float(number % 4 == 1),
                )
                history = History([*history.observations, seen], history.seed)

    def test_settings_survive_json(self, strategy: SearchStrategy, space: Space) -> None:
        """The strategy's own settings, and those it suggests, can be written down and read again."""
        again = type(strategy)(**json.loads(json.dumps(strategy.settings())))
        assert again.settings() == strategy.settings()
        for seen in _search(strategy, space, 12).observations:
            read = space.from_json(json.loads(json.dumps(space.to_json(seen.settings))))
            assert space.key(read) == space.key(seen.settings)


def _search(strategy: SearchStrategy, space: Space, trials: int) -> History:
    """A search of some trials in which every other one is still under way for one more suggestion."""
    history = History((), 3)
    for number in range(trials):
        suggestion = next_suggestion(strategy, space, history)
        if suggestion is None:
            pending = [place for place, seen in enumerate(history.observations) if seen.status == "pending"]
            if not pending:
                break
            observations = list(history.observations)
            observations[pending[0]] = _finished(observations[pending[0]])
            history = History(observations, history.seed)
            continue
        seen = Observation(len(history), suggestion.settings, suggestion.fidelity, status="pending")
        observations = [*history.observations, seen]
        done = [place for place, each in enumerate(observations) if each.status == "pending"]
        for place in done[: 2 if number % 2 else 0]:
            observations[place] = _finished(observations[place])
        history = History(observations, history.seed)
    return history


def _finished(seen: Observation) -> Observation:
    return Observation(
        seen.number, seen.settings, seen.fidelity, value=_score(seen.settings) * seen.fidelity, seconds=1.0
    )


def _score(settings: Any) -> float:
    """A made-up score, which small numbers and the kind "tree" make better."""
    numbers = [float(value) for value in settings.values() if isinstance(value, int | float)]
    return 2.0 + (settings.get("kind") == "tree") - sum(math.tanh(abs(number)) for number in numbers) / 10


def _asked(strategy: SearchStrategy, space: Space, history: History) -> Any:
    suggestion: Suggestion | None = next_suggestion(strategy, space, history)
    return None if suggestion is None else (space.key(suggestion.settings), suggestion.fidelity, suggestion.parent)


def _told(seen: Observation, space: Space) -> Any:
    return (seen.number, space.key(seen.settings), seen.fidelity, seen.value, seen.status, seen.seconds, seen.violation)
