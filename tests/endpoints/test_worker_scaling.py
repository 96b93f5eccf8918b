"""How many workers there should be, as the load changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litmus.endpoints.deploying import scaling_of
from litmus.endpoints.scaling import Scaling, Tracker
from litmus.errors import ParameterError


def settle(tracker: Tracker, workers: int, busy: float, *, seconds: int, start: int = 0) -> list[int]:
    """The number of workers in each of so many seconds in which `busy` of them are kept busy."""
    found = []
    for second in range(start, start + seconds):
        tracker.observe(float(second), busy_seconds=busy * second, in_flight=round(busy))
        workers = tracker.wanted(workers)
        found.append(workers)
    return found


def test_workers_follow_the_load_up_and_down_within_their_bounds():
    tracker = Tracker(Scaling(1, 4, busy=0.5, window=5, out_cooldown=5, in_cooldown=20))
    assert settle(tracker, 1, 0.9, seconds=30)[-1] == 2
    tracker = Tracker(Scaling(1, 4, busy=0.5, window=5, out_cooldown=5, in_cooldown=20))
    assert settle(tracker, 1, 3.9, seconds=30)[-1] == 4
    tracker = Tracker(Scaling(2, 4, busy=0.5, window=5, out_cooldown=5, in_cooldown=20))
    assert settle(tracker, 4, 0.0, seconds=60)[-1] == 2


def test_workers_leave_later_than_they_come():
    def seconds_until(changed: list[int], first: int) -> int:
        return next(number for number, workers in enumerate(changed) if workers != first)

    scaling = Scaling(1, 8, busy=0.5, window=2, out_cooldown=5, in_cooldown=30)
    tracker = Tracker(scaling)
    up = settle(tracker, 2, 2.0, seconds=20)
    assert up[-1] == 4
    down = settle(tracker, 4, 0.0, seconds=60, start=20)
    assert seconds_until(down, 4) >= 30 - (20 - seconds_until(up, 2))


@given(st.integers(1, 8), st.floats(0.0, 20.0))
def test_a_steady_load_comes_to_rest(workers, busy):
    tracker = Tracker(Scaling(1, 8, busy=0.6, window=3, out_cooldown=2, in_cooldown=4))
    found = settle(tracker, workers, busy, seconds=80)
    assert len(set(found[40:])) == 1
    assert 1 <= found[-1] <= 8
    if 0.05 < busy < 4.5:
        assert busy / found[-1] <= 0.6 * 1.1 + 1e-9


def test_requests_under_way_are_a_target_too():
    tracker = Tracker(Scaling(1, 8, busy=None, in_flight=4, window=3, out_cooldown=1))
    assert settle(tracker, 1, 12.0, seconds=20)[-1] == 3


def test_counters_that_begin_anew_are_no_load():
    tracker = Tracker(Scaling(1, 8, busy=0.5, window=3, out_cooldown=1))
    settle(tracker, 2, 1.0, seconds=10)
    tracker.observe(10.0, busy_seconds=0.0, in_flight=0)
    assert tracker.load() is None
    assert tracker.wanted(2) == 2


def test_new_bounds_hold_at_once():
    tracker = Tracker(Scaling(3, 3))
    assert tracker.wanted(1) == 3
    assert Tracker(Scaling(1, 2)).wanted(5) == 2


@pytest.mark.parametrize(
    "options",
    [{"minimum": 0}, {"minimum": 3, "maximum": 2}, {"maximum": 1000}, {"minimum": True}, {"busy": 0.0}, {"busy": 1.5},
     {"busy": None}, {"in_flight": 3}, {"busy": None, "in_flight": -1}, {"window": 0}],
)  # fmt: skip
def test_scalings_that_are_not_allowed(options):
    with pytest.raises(ParameterError):
        Scaling(**options)


def test_workers_as_they_are_given():
    assert scaling_of(3) == Scaling(3, 3)
    assert scaling_of((1, 4)) == Scaling(1, 4)
    assert scaling_of(Scaling(2, 5)) == Scaling(2, 5)
    assert 1 <= scaling_of(None).minimum <= 2
    for wrong in (True, "two", (1, 2, 3), 0, 1.5):
        with pytest.raises(ParameterError):
            scaling_of(wrong)
