"""Every built-in strategy, and a user's own, does what the contract asks."""

import dataclasses

import numpy as np
import pytest

import litmus
from litmus.domains import Choice, Condition, Int
from litmus.search import ASHA, BOHB, STRATEGIES, History, Observation, Space, next_suggestion, resolve_strategy
from litmus.testing import check_strategy
from litmus.testing.strategy_contract import StrategyContract, example_space

NAMES = [name for name in STRATEGIES if name != "bayesian"]


class TestBuiltIns(StrategyContract):
    @pytest.fixture(params=NAMES)
    def strategy(self, request):
        return resolve_strategy(request.param)

    @pytest.fixture(params=["every kind", "few", "one", "none"])
    def space(self, request):
        few = Space({"a": Choice("x", "y"), "b": Int(1, 3)}, {"b": Condition("a", ("y",))})
        spaces = {"every kind": example_space(), "few": few, "one": Space({"a": Int(3, 3)}), "none": Space({})}
        return spaces[request.param]


class TestOthers(StrategyContract):
    @pytest.fixture(params=[ASHA(eta=2.0, min_fidelity=0.03), BOHB(random_share=0.0, min_fidelity=1.0)])
    def strategy(self, request):
        return request.param

    @pytest.fixture
    def space(self):
        return example_space()


@dataclasses.dataclass
class NearTheBest(litmus.SearchStrategy):
    """Copy the best trial with one parameter drawn anew."""

    boldness: float = litmus.param(0.3, litmus.Float(0.0, 1.0))

    def suggest(self, space, history):
        rng = history.rng()
        drawn = space.sample(rng)
        if history.best is None or rng.random() < self.boldness:
            return drawn
        changed = rng.choice(list(drawn))
        copied = {**drawn, **history.best.settings, changed: drawn[changed]}
        fits = set(space.active(copied)) == set(copied) and space.key(copied) not in history.tried(space)
        return copied if fits else drawn


def test_a_users_own_strategy_passes():
    check_strategy(NearTheBest())
    assert litmus.search.resolve_strategy(NearTheBest(boldness=0.5)).boldness == 0.5


@dataclasses.dataclass
class Remembering(litmus.SearchStrategy):
    def suggest(self, space, history):
        self.calls_ = getattr(self, "calls_", 0) + 1
        return space.from_unit([self.calls_ / 1000 % 1] * len(space.order))


@dataclasses.dataclass
class Global(litmus.SearchStrategy):
    def suggest(self, space, history):
        return space.from_unit(np.random.random(len(space.order)))  # noqa: NPY002


@dataclasses.dataclass
class Blind(litmus.SearchStrategy):
    def suggest(self, space, history):
        return space.default


@dataclasses.dataclass
class Trusting(litmus.SearchStrategy):
    def suggest(self, space, history):
        best = max((seen.value for seen in history.observations if seen.status != "pending"), default=0.0)
        return space.from_unit((history.rng().random(len(space.order)) + (best > 1)) % 1)


@pytest.mark.parametrize("strategy", [Remembering(), Global(), Blind(), Trusting()])
def test_the_contract_finds_what_is_wrong(strategy):
    with pytest.raises((AssertionError, TypeError)):
        check_strategy(strategy)


@pytest.mark.parametrize("name", NAMES)
def test_a_small_space_ends(name):
    space = Space({"a": Choice("x", "y"), "b": Int(1, 3)}, {"b": Condition("a", ("y",))})
    strategy, seen = resolve_strategy(name), []
    while (suggestion := next_suggestion(strategy, space, History(seen))) is not None:
        seen.append(Observation(len(seen), suggestion.settings, suggestion.fidelity, value=float(len(seen))))
        assert len(seen) <= 4 * 3
    assert len({space.key(each.settings) for each in seen}) == 4


@pytest.mark.parametrize("name", [name for name in NAMES if name != "grid"])
def test_the_defaults_come_first(name):
    suggestion = next_suggestion(resolve_strategy(name), example_space(), History())
    assert suggestion.settings == example_space().default
    assert suggestion.fidelity == 1.0
