"""Every trial of a run with a deployment gets an estimate of what it takes there, and is held to its limits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import litmus
from litmus.estimate import Estimate
from litmus.selection.measuring import request_rows


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"age": rng.integers(18, 80, 300), "size": rng.normal(size=300), "town": rng.choice(list("abc"), 300)}
    )
    chance = 1 / (1 + np.exp(-(frame["size"] * 2 + (frame["town"] == "a"))))
    return frame.assign(bought=np.where(rng.random(300) < chance, "yes", "no"))


def trained(people: pd.DataFrame, **options: object) -> litmus.Run:
    defaults: dict[str, object] = {
        "target": "bought",
        "algorithm": ["DecisionTree", "LinearModel"],
        "callbacks": [],
        "k_fold": 3,
        "executor": "in_process",
        "finalists": 0,
    }
    return litmus.train(people, **{**defaults, **options})  # type: ignore[arg-type]


def test_every_trial_gets_an_estimate(people: pd.DataFrame) -> None:
    run = trained(people, deployment={"latency_p99": "10s", "max_size": "10GB"})
    for trial in run.leaderboard:
        found = trial.estimate
        assert found is not None
        assert 0 < found.model_p50 <= found.latency_p99
        assert found.size > 100
        assert trial.misses == ()
        assert trial.violation == 0


def test_limits_that_nothing_keeps_are_misses_of_every_trial(people: pd.DataFrame) -> None:
    run = trained(people, deployment=litmus.Deployment(latency_p99="1us", max_size=10))
    for trial in run.leaderboard:
        assert {miss.name for miss in trial.misses} == {"latency_p99", "max_size"}
        assert trial.violation == pytest.approx(sum(miss.excess for miss in trial.misses))


def test_without_a_deployment_nothing_is_estimated(people: pd.DataFrame) -> None:
    assert all(trial.estimate is None for trial in trained(people).leaderboard)


def test_an_estimate_is_written_and_read() -> None:
    estimate = Estimate(0.001, 0.002, 0.001, 0.002, size=10, packages={"numpy": "2"}, native=("MLP: not compiled",))
    assert Estimate.from_json(estimate.to_json()) == estimate
    assert estimate.measured() == {"latency_p99": 0.002, "max_size": 10, "packages": {"numpy": "2"}}


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
def test_bad_options_are_one_sentence(people: pd.DataFrame, options: dict, message: str) -> None:
    with pytest.raises(litmus.LitmusError, match=message):
        trained(people, **options)
