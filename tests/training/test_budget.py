"""What a run may spend, and how much is left."""

from __future__ import annotations

import math
import time
from typing import Any

import pytest

from litmus.errors import ParameterError
from litmus.quantities import parse_seconds
from litmus.training.budget import Budget, Clock, parse_budget


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(20, 20.0), (0.5, 0.5), ("90s", 90.0), ("10m", 600.0), ("1h30m", 5400.0), ("250ms", 0.25), ("1.5 min", 90.0), ("45", 45.0), ("1d", 86400.0)],
)  # fmt: skip
def test_reads_times(value: Any, seconds: float) -> None:
    assert parse_seconds(value, name="time_limit") == seconds


@pytest.mark.parametrize("value", [0, -3, "", "soon", "10 parsecs", "m", "5m later", True, math.inf, math.nan, [1]])
def test_refuses_what_is_no_time(value: Any) -> None:
    with pytest.raises(ParameterError, match="time_limit=.* is not a time; give seconds above 0, or text"):
        parse_seconds(value, name="time_limit")


@pytest.mark.parametrize("value", [0, -1, 2.5, "ten", True])
def test_refuses_what_is_no_number_of_trials(value: Any) -> None:
    with pytest.raises(ParameterError, match="max_trials=.* give a whole number of at least 1"):
        parse_budget(None, value)


def test_both_bounds_may_be_given() -> None:
    assert parse_budget("1m", 20) == Budget(60.0, 20)
    assert parse_budget(None, None) == Budget()


def test_the_clock_keeps_time_for_the_end() -> None:
    clock = Clock(100.0)
    assert clock.end is not None
    assert clock.last_training is not None
    assert clock.end - clock.last_training == pytest.approx(5.0)
    assert clock.left() < 100


def test_a_short_limit_leaves_some_time_for_training() -> None:
    clock = Clock(1.0)
    assert 0.3 < clock.left() <= 1.0


def test_a_resumed_run_has_what_is_left_of_its_time() -> None:
    clock = Clock(100.0, spent=90.0)
    assert 90 <= clock.elapsed < 91
    assert clock.end is not None
    assert clock.end - time.monotonic() <= 10


def test_without_a_limit_time_never_ends() -> None:
    clock = Clock()
    assert clock.end is None
    assert clock.last_training is None
    assert clock.left() == math.inf
