"""Boosting before a deadline takes larger steps, and as it was asked to where there is time."""

from __future__ import annotations

import time

import numpy as np
import pytest
from algorithm_data import classes, fit, numbers

from litmus.algorithms.context import FitContext
from litmus.algorithms.pace import BOLDEST, DISTANCE, Pace, patience_at


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def paced(*, seconds, per_round, rate=0.05, rounds=1000):
    """The rates of all rounds until the deadline."""
    clock = Clock()
    pace = Pace(FitContext(deadline=seconds), rate=rate, rounds=rounds, clock=clock)
    rates = []
    while clock.now < seconds and len(rates) < rounds:
        rates.append(pace.rate)
        clock.now += per_round
        pace.after(len(rates))
    return rates, pace


def test_without_a_deadline_the_rate_is_the_one_asked_for():
    pace = Pace(FitContext(), rate=0.05, rounds=1000)
    assert [pace.after(done) for done in range(1, 200)] == [0.05] * 199
    assert pace.mean == pytest.approx(0.05)


def test_with_time_enough_the_rate_is_the_one_asked_for():
    rates, _ = paced(seconds=1000, per_round=0.1)
    assert set(rates) == {0.05}


def test_little_time_makes_steps_larger_so_that_they_go_as_far():
    rates, pace = paced(seconds=10, per_round=0.1)
    assert sum(rates) == pytest.approx(DISTANCE, rel=0.05)
    assert max(rates) <= BOLDEST
    assert pace.mean_of(len(rates)) == pytest.approx(sum(rates) / len(rates))


def test_steps_are_never_larger_than_the_boldest_or_smaller_than_asked_for():
    assert max(paced(seconds=1, per_round=0.1)[0]) == BOLDEST
    assert min(paced(seconds=10, per_round=0.1, rate=0.2)[0]) == 0.2


def test_a_rate_beyond_the_boldest_is_left_alone():
    assert set(paced(seconds=1, per_round=0.1, rate=0.8)[0]) == {0.8}


def test_ahead_of_time_is_as_on_the_way():
    now = time.monotonic()
    rate = Pace.ahead(FitContext(deadline=now + 10), rate=0.05, rounds=1000, seconds_per_round=0.1)
    assert rate == pytest.approx(0.15, rel=0.05)
    assert Pace.ahead(FitContext(deadline=now), rate=0.05, rounds=1000, seconds_per_round=np.inf) == BOLDEST


def test_patience_shrinks_with_larger_steps():
    assert [patience_at(50, 0.05, rate) for rate in (0.05, 0.1, 0.3)] == [50, 25, 10]
    assert patience_at(0, 0.05, 0.3) == 0
    assert patience_at(5, 0.05, 0.3) == 5


@pytest.mark.parametrize("name", ["XGBoost", "LightGBM", "CatBoost"])
def test_a_fit_that_was_hurried_tells_a_later_fit_its_rate(name):
    X = numbers()
    settings = {"n_estimators": 1_000_000, "early_stopping_rounds": 0}
    hurried = fit(name, X, classes(X), 2, parameters=settings, deadline=time.monotonic() + 0.3)
    told = hurried.refit_settings()
    assert told["n_estimators"] == hurried.rounds_ < 1_000_000
    assert 0.05 <= told["learning_rate"] <= BOLDEST
