"""What the sender of requests sees of a server that stalls, refuses, closes connections or is gone."""

import contextlib
import json
import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from litmus.simulate.capacity import highest_rate
from litmus.simulate.keeper import Keeper, isolated_python
from litmus.simulate.load import Load, ServerEndedError
from litmus.simulate.server import NAME, Running

SERVER = Path(__file__).with_name("stalling_server.py")
CPUS = tuple(sorted(os.sched_getaffinity(0)))


@contextlib.contextmanager
def served(*options, bodies=({"number": 1}, {"number": 2}, {"number": 3})):
    with Keeper() as keeper:
        keeper.start(NAME, [*isolated_python(), str(SERVER), *options], cpus=CPUS[-1:], env={})
        port = keeper.told(NAME, 10.0)["port"]
        file = keeper.folder / "bodies"
        file.write_text("".join(json.dumps(body) + "\n" for body in bodies))
        apart = len(CPUS) > 1
        running = Running("127.0.0.1", port, "key", 0.0)
        yield Load(keeper, running, file, CPUS[:-1] or CPUS, apart, CPUS[-1:], seed=3)


def test_one_at_a_time_goes_through_the_rows_in_order(temporary):
    with served() as load:
        found = load.send(0.3, shuffled=False)
    assert len(found.seconds) > 20
    assert found.rows[:7].tolist() == [0, 1, 2, 0, 1, 2, 0]
    assert (found.failures, found.first_failure) == (0, "")
    assert 0 < found.latency.p50 < 0.3
    assert found.rate == pytest.approx(len(found.seconds) / 0.3, rel=0.3)


def test_a_pause_is_charged_to_every_request_it_kept_waiting(temporary):
    """Of requests due all the time, those due in a pause of 0.4 s waited 0.2 s on average, not just the ones under way."""
    with served("--pause", "0.4", "--pause-at", "0.3") as load:
        found = load.send(1.0, connections=2, rate=100)
    waited = found.seconds[found.seconds > 0.03]
    assert 20 < len(waited) < 80
    assert 0.3 < waited.max() < 0.6
    assert 0.1 < np.median(waited) < 0.35
    assert found.failures == 0


def test_a_rate_is_kept_and_drawn_by_the_seed(temporary):
    with served() as load:
        first = load.send(0.5, connections=4, rate=200)
        second = load.send(0.5, connections=4, rate=200)
    assert len(first.seconds) == len(second.seconds)
    assert 60 < len(first.seconds) < 140
    assert first.late < 0.1


def test_answers_in_pieces_and_several_connections(temporary):
    with served("--split") as load:
        found = load.send(0.4, connections=3)
    assert found.failures == 0
    assert found.latency.p50 > 0.004
    assert len(found.seconds) > 60


def test_refused_rows_are_failures_with_what_was_said(temporary):
    with served(bodies=[{"number": 1}, {"text": "refuse"}]) as load:
        found = load.send(0.2, shuffled=False)
    assert found.failures == np.count_nonzero(found.rows == 1) > 3
    assert found.first_failure == '{"error": "refused"}'


def test_a_closed_connection_is_opened_again(temporary):
    with served("--close-after", "5") as load:
        found = load.send(0.3)
    assert len(found.seconds) - found.failures > 20


def test_long_rows(temporary):
    with served(bodies=[{"text": "x" * 3_000_000}]) as load:
        found = load.send(0.3)
    assert found.failures == 0
    assert len(found.seconds) >= 1


def test_a_server_that_ends_is_told_apart(temporary):
    with served() as load:
        stop = threading.Timer(0.3, lambda: os.kill(load.keeper.numbers[NAME], 9))
        stop.start()
        with pytest.raises(ServerEndedError, match="killed by SIGKILL") as caught:
            load.send(20.0)
        stop.join()
    assert caught.value.ended.name == NAME


def test_the_highest_rate_keeps_the_limit(temporary):
    sent = []
    with served() as load:
        most = highest_rate(load, None, 2, 0.6, lambda one: sent.append(one) or one)
        assert len(sent) == 1
        within = highest_rate(load, 10.0, 2, 0.6, lambda one: one)
        none = highest_rate(load, 1e-7, 2, 0.6, lambda one: one)
    assert most > 100
    assert within > 100
    assert none == 0.0


def test_a_stalled_server_does_not_hold_up_the_end(temporary):
    with served("--pause", "60", "--pause-at", "0.1") as load:
        begun = time.monotonic()
        found = load.send(0.5, connections=1, rate=50)
        assert time.monotonic() - begun < 15
    assert found.failures > 5
    assert found.first_failure == "the server gave no answer in time"
    assert found.latency.p99 > 1.0
