"""Every trial of a run with a deployment gets an estimate of what it takes there, and is held to its limits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from selected_people import trained

import litmus
from litmus.estimate import Estimate
from litmus.selection.measuring import request_rows


def test_every_trial_gets_an_estimate() -> None:
    run = trained(deployment={"latency_p99": "10s", "max_size": "10GB"})
    for trial in run.leaderboard:
        found = trial.estimate
        assert found is not None
        assert 0 < found.model_p50 <= found.latency_p99
        assert found.size > 100
        assert trial.misses == ()
        assert trial.violation == 0


def test_limits_that_nothing_keeps_are_misses_of_every_trial() -> None:
    run = trained(deployment=litmus.Deployment(latency_p99="1us", max_size=10))
    for trial in run.leaderboard:
        assert {miss.name for miss in trial.misses} == {"latency_p99", "max_size"}
        assert trial.violation == pytest.approx(sum(miss.excess for miss in trial.misses))


def test_without_a_deployment_nothing_is_estimated() -> None:
    assert all(trial.estimate is None for trial in trained().leaderboard)


def test_an_estimate_is_written_and_read() -> None:
    estimate = Estimate(0.001, 0.002, 0.001, 0.002, size=10, packages={"numpy": "2"}, native=("MLP: not compiled",))
    assert Estimate.from_json(estimate.to_json()) == estimate
    assert estimate.measured() == {"latency_p99": 0.002, "max_size": 10, "packages": []}


def test_rows_are_asked_for_as_requests_have_them() -> None:
    frame = pd.DataFrame({"a": [1.0, np.nan], "b": pd.array([True, pd.NA], dtype="boolean")})
    assert request_rows(frame) == [{"a": 1.0, "b": True}, {"a": None, "b": None}]
    assert request_rows(frame.head(0)) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"deployment": {"latency": "5ms"}}, "deployment has no field 'latency'.*Did you mean"),
        ({"deployment": {"latency_p99": "5 parsecs"}}, "latency_p99='5 parsecs' is not a time"),
        ({"deployment": {"max_size": "-3MB"}}, "max_size='-3MB' is not a size"),
        ({"deployment": "fast"}, "deployment='fast' is not allowed"),
        ({"finalists": -1}, "finalists=-1 is not allowed"),
    ],
)
def test_bad_options_are_one_sentence(options: dict, message: str) -> None:
    with pytest.raises(litmus.LitmusError, match=message):
        trained(**options)
