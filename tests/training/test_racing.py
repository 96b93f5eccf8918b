"""When a trial is hopeless, and who gets the next one."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from litmus.training.racing import is_hopeless
from litmus.training.selection import choose_contender

_SCORES = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=10)


def test_the_rule_forgives_a_mean_above_the_worst_fold_of_the_best() -> None:
    best = [0.80, 0.78, 0.81, 0.79, 0.82]
    assert is_hopeless([0.70], best)
    assert not is_hopeless([0.785], best), "worse than the best one's mean, and not hopeless"
    assert is_hopeless([0.79, 0.70], best)


def test_a_hard_first_fold_is_no_reason_to_stop_what_is_as_good_as_the_best() -> None:
    best = [0.70, 0.80, 0.82, 0.81, 0.80]
    assert not is_hopeless([0.699], best)
    assert not is_hopeless([0.685], best)
    assert is_hopeless([0.65], best)


def test_folds_that_are_hard_for_all_are_no_reason_and_being_behind_on_each_is() -> None:
    best = [0.70, 0.80, 0.90, 0.75, 0.85]
    others = [[0.698, 0.797, 0.899, 0.748, 0.846], [0.701, 0.797, 0.897, 0.746, 0.848]]
    assert not is_hopeless([0.699], best, others), "the first fold is hard for all"
    assert is_hopeless([0.69], best, others)
    assert is_hopeless([0.696, 0.796, 0.896], best, others), (
        "behind on each fold, and better than the worst fold of the best"
    )
    assert not is_hopeless([0.69], best, [[0.60, 0.85, 0.80, 0.82, 0.80], [0.80, 0.70, 0.85, 0.70, 0.90]])


def test_what_is_as_good_as_the_best_goes_on_in_most_cases() -> None:
    rng = np.random.default_rng(0)
    hard = rng.normal(0.8, 0.05, 10)
    stopped = 0
    for _ in range(500):
        best, other, third, equal = (list(hard + rng.normal(0, 0.005, 10)) for _ in range(4))
        stopped += any(is_hopeless(equal[:done], best, [other, third]) for done in range(1, 10))
    assert stopped < 200, "four looks in ten that fall to chance would not be forgiving"
    worse = list(hard - 0.02)
    assert is_hopeless(worse[:3], list(hard), [list(hard + rng.normal(0, 0.005, 10)) for _ in range(2)])


@given(_SCORES)
def test_the_best_trial_never_stops_itself(best: list[float]) -> None:
    for done in range(1, len(best) + 1):
        assert not is_hopeless(best[:done], best)
        assert not is_hopeless([max(best)] * done, best)
        assert not is_hopeless(best[:done], best, [best, best])


def test_nothing_is_hopeless_before_there_is_a_best_one_or_a_score() -> None:
    assert not is_hopeless([], [0.8, 0.9])
    assert not is_hopeless([0.1], [])
    assert not is_hopeless([0.1], [0.9]), "one fold says too little"
    assert not is_hopeless([math.nan], [0.8, 0.9])


def test_the_best_contender_is_drawn_most_and_none_is_given_up() -> None:
    draws = [choose_contender([0.5, None, 0.9, 0.7], np.random.default_rng(seed)) for seed in range(2000)]
    counts = np.bincount(draws, minlength=4)
    assert counts[2] > counts[3] > counts[0] > counts[1] > 0


def test_what_costs_more_is_drawn_less() -> None:
    draws = [choose_contender([0.5, 0.5], np.random.default_rng(seed), seconds=[1.0, 100.0]) for seed in range(1000)]
    assert draws.count(0) > 3 * draws.count(1)


def test_a_seed_fixes_the_draw() -> None:
    first, second = (choose_contender([0.5, 0.6], np.random.default_rng(3)) for _ in range(2))
    assert first == second
