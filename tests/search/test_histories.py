"""Histories, and the contract between strategies and whoever asks them."""

import dataclasses
import math

import numpy as np
import pytest

import litmus
from litmus import Choice, Float, Int
from litmus.errors import ParameterError, UnknownNameError
from litmus.search import History, Observation, RandomSearch, Space, Suggestion, next_suggestion, resolve_strategy
from litmus.search.history import thinned


def test_views_of_a_history():
    history = History(
        [
            Observation(0, {"x": 1}, value=0.5),
            Observation(1, {"x": 2}, value=math.nan),
            Observation(2, {"x": 3}, status="pending"),
            Observation(3, {"x": 4}, status="failed"),
            Observation(4, {"x": 5}, fidelity=0.25, value=0.9),
            Observation(5, {"x": 6}, value=0.7, violation=1.0),
            Observation(6, {"x": 7}, value=0.5),
            Observation(7, {"x": 8}, value=0.8, status="stopped"),
        ]
    )
    assert [seen.number for seen in history.complete] == [0, 5, 6]
    assert [seen.number for seen in history.pending] == [2]
    assert [seen.number for seen in history.failed] == [1, 3]
    assert [seen.number for seen in history.at(0.25)] == [4]
    assert history.fidelities == [0.25, 1.0]
    assert history.best.number == 0
    assert History().best is None


def test_the_generator_depends_on_seed_and_length_alone():
    history = History([Observation(0, {})], seed=3)
    assert history.rng().random() == History([Observation(0, {"x": 1}, value=2.0)], seed=3).rng().random()
    assert history.rng().random() != History([], seed=3).rng().random()
    assert history.rng().random() != History([Observation(0, {})], seed=4).rng().random()


def test_random_search_ends_with_the_space():
    space = Space({"a": Choice("x", "y"), "b": Int(1, 3)}, defaults={"a": "y", "b": 2})
    seen = []
    while (suggestion := next_suggestion(RandomSearch(), space, History(seen))) is not None:
        seen.append(Observation(len(seen), suggestion.settings, value=0.0))
    assert len(seen) == 6
    assert seen[0].settings == {"a": "y", "b": 2}
    assert len({space.key(each.settings) for each in seen}) == 6


def test_random_search_is_even_over_the_scale():
    space = Space({"x": Float(1e-4, 1.0, log=True)})
    drawn = [RandomSearch(defaults_first=False).suggest(space, History(seed=seed))["x"] for seed in range(400)]
    assert np.histogram(np.log10(drawn), bins=4, range=(-4, 0))[0].min() > 60


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (3, "return a dict"),
        ({"x": 2.0}, "do not fit the space"),
        ({}, "lack 'x'"),
        (Suggestion({"x": 0.5}, fidelity=0.0), "above 0 and at most 1"),
        (Suggestion({"x": 0.5}, fidelity=math.nan), "above 0 and at most 1"),
    ],
)
def test_bad_answers_name_the_strategy(answer, message):
    @dataclasses.dataclass
    class Odd(litmus.SearchStrategy):
        def suggest(self, space, history):
            return answer

    with pytest.raises(ParameterError, match=f"Odd.*{message}"):
        next_suggestion(Odd(), Space({"x": Float(0, 1)}), History())


def test_strategies_are_found_by_name_class_and_object():
    assert resolve_strategy("Random") == RandomSearch()
    assert resolve_strategy(RandomSearch) == RandomSearch()
    chosen = RandomSearch(defaults_first=False)
    assert resolve_strategy(chosen) is chosen
    with pytest.raises(UnknownNameError, match="Did you mean 'random'"):
        resolve_strategy("randon")
    with pytest.raises(ParameterError, match="is no strategy"):
        resolve_strategy(3)


def test_a_long_history_is_thinned_to_the_best_the_latest_and_those_under_way():
    seen = [Observation(number, {"x": number}, value=-abs(number - 30.0)) for number in range(200)]
    seen[3] = Observation(3, {"x": 3}, status="pending")
    kept = [each.number for each in thinned(seen, 50)]
    assert len(kept) == 50
    assert kept == sorted(kept)
    assert {3, *range(21, 40), *range(180, 200)} <= set(kept)
    assert thinned(seen[:50], 50) == seen[:50]
