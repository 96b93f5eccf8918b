"""Estimates, the cost of HTTP, calibration, the machine, and which answers were disturbed."""

import os
import time

import numpy as np
import pytest

from litmus.errors import DataError
from litmus.simulate import Calibration, HttpCost, Latency, Machine, calibrate, estimate, measure_http
from litmus.simulate.disturbance import Disturbance, quiet_spans
from litmus.simulate.machine import BusyCores, quietest_cpus
from litmus.simulate.quiet import quiet_answers, steady_answers
from litmus.simulate.speedometer import Speedometer


class Sleeping:
    """A model whose answers take a known time."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.asked = []

    def answer(self, row):
        self.asked.append(row["number"])
        time.sleep(self.seconds)


ROWS = [{"number": number} for number in range(3)]


def test_the_time_in_the_process_is_measured_row_after_row():
    model = Sleeping(0.002)
    found = estimate(model, ROWS, seconds=0.2)
    assert found.served is None
    assert 0.002 <= found.inside.p50 < 0.02
    assert found.latency_p99 == found.inside.p99
    assert model.asked[10:16] == [0, 1, 2, 0, 1, 2]


def test_http_is_added_as_all_sums():
    http = HttpCost(np.linspace(0.001, 0.003, 500))  # of a core whose speed is not known
    found = estimate(Sleeping(0.002), ROWS, http=http, seconds=0.2)
    assert found.inside.p50 + 0.001 <= found.served.p50 <= found.inside.p95 + 0.003
    assert found.latency_p99 == found.served.p99 > found.inside.p50 + 0.0029


def test_it_ends_in_time_for_slow_models():
    begun = time.monotonic()
    found = estimate(Sleeping(0.1), ROWS, seconds=0.1)
    assert time.monotonic() - begun < 2.0
    assert found.inside.p50 >= 0.1


def test_without_rows_there_is_no_estimate():
    with pytest.raises(DataError, match="no rows to estimate"):
        estimate(Sleeping(0), [])


def test_the_cost_of_http_is_measured_with_the_real_server(temporary):
    found = measure_http([{"age": 39, "city": "Oslo"}], seconds=0.3)
    assert 0 < found.latency.p50 <= found.latency.p99 < 5
    assert 1 < len(found.seconds) <= 2000
    assert np.all(np.diff(found.seconds) >= 0)
    assert not list(temporary.iterdir())


def test_calibration_scales_between_machines():
    here = calibrate()
    assert 0 < here.seconds < 1
    assert here.spread >= 0
    assert here.factor_to(here) == 1.0
    assert Calibration(0.002, 0.1, "3.11").factor_to(Calibration(0.001, 0.1, "3.11")) == 0.5


def test_the_machine_says_what_it_is():
    machine = Machine.here()
    assert machine.cores == os.cpu_count()
    assert machine.memory > 2**28
    assert "busy with other work" not in str(machine)
    assert sorted(quietest_cpus()) == sorted(os.sched_getaffinity(0))


def test_own_work_is_not_that_of_others():
    all_work, of_others = BusyCores([]), BusyCores([os.getpid()])
    begun = time.monotonic()
    end = time.process_time() + 0.3
    while time.process_time() < end:
        pass
    own = 0.3 / (time.monotonic() - begun)
    assert all_work.others() - of_others.others() == pytest.approx(own, rel=0.5)


def test_answers_are_kept_by_how_long_others_disturbed_and_never_by_their_own_time():
    marks = [(0.0, 0, 0.0), (1.0, 10, 0.0), (2.0, 20, 0.5), (3.0, 30, 0.51)]
    assert quiet_spans(marks) == [(0, 10)]
    kept = quiet_answers(marks, 32)
    assert kept.tolist() == [True] * 10 + [False] * 20 + [True] * 2


def test_the_quieter_part_of_the_answers_always_remains():
    marks = [(float(second), 10 * second, 0.1 * second**2) for second in range(11)]
    assert quiet_answers(marks, 100).sum() == 50
    assert quiet_spans([]) == []
    assert quiet_answers([], 3).tolist() == [True] * 3


def test_answers_of_a_slow_core_are_left_out_by_glances_at_its_speed_alone():
    steady, calibration = steady_answers([(0, 1.0), (10, 1.1), (20, 2.0), (30, 1.0), (40, 1.0)], 50)
    assert np.flatnonzero(steady).tolist() == [*range(1, 10), *range(31, 40), *range(41, 50)]
    assert calibration.seconds == 1.0
    steady, calibration = steady_answers([], 3)
    assert steady.all()
    assert calibration is None


def test_the_speed_of_a_core_is_seen_from_another():
    cpus = sorted(os.sched_getaffinity(0))
    speedometer = Speedometer(cpus[:1], spinning=False)
    seen = [speedometer.glance() for _ in range(5)]
    speedometer.close()
    here = calibrate().seconds
    assert here / 20 < min(seen) < 20 * here


def test_estimates_are_brought_to_the_speed_of_another_core():
    slow = Calibration(0.002, 0.0, "3.11")
    http = HttpCost(np.full(100, 0.001), slow)
    found = estimate(Sleeping(0.002), ROWS, http=http, seconds=0.2)
    assert found.calibration == slow
    faster = found.at(Calibration(0.001, 0.0, "3.11"))
    assert faster.latency_p99 == pytest.approx(found.latency_p99 / 2)
    assert found.at(None) is found


def test_waiting_for_a_core_is_counted():
    before = Disturbance([os.getpid()], os.sched_getaffinity(0)).seconds()
    assert before >= 0
    assert Disturbance([2**22 + 1], []).seconds() == 0.0


def test_quantiles_travel():
    latency = Latency.of(np.arange(1, 101) / 1000)
    assert (latency.p50, latency.most, latency.count) == (0.0505, 0.1, 100)
    assert Latency.from_json(latency.to_json()) == latency
    assert Latency.from_json(None) is None
    assert str(latency) == "p50 50 ms, p95 95 ms, p99 99 ms"
