"""The best trial that keeps a deployment's limits, with real simulations of the real server."""

from __future__ import annotations

import json
import time

import pytest
from selected_people import trained

import litmus
from litmus.errors import SelectionError
from litmus.selection.choosing import seconds_for_next


@pytest.fixture(scope="module")
def run() -> litmus.Run:
    """A run with limits that everything keeps, its best trial simulated."""
    return trained(deployment={"latency_p99": "30s", "max_size": "50GB"}, finalists=1)


def test_the_finalist_is_simulated_and_the_error_of_its_estimate_reported(run: litmus.Run) -> None:
    report = run.deployment_report
    assert report.chosen == run.leaderboard[1].name
    finalist = report.finalists[0]
    assert finalist.simulation is not None
    assert finalist.qualifies
    assert finalist.simulated_p99 is not None
    factor = finalist.simulation.calibration.seconds / finalist.estimate.reference_seconds
    assert finalist.error == pytest.approx(factor * finalist.estimate.latency_p99 / finalist.simulated_p99 - 1)
    assert f"{finalist.trial} is the best that keeps every limit" in report.sentence
    assert "Estimates of p99 latency were off by" in str(report)
    assert report.sentence.rstrip(".") in run.summary()
    written = json.loads(json.dumps(report.to_json()))
    assert written["finalists"][0]["simulation"]["qualifies"] is True
    assert written["errors"] == [finalist.error]


def test_the_best_model_is_the_chosen_one(run: litmus.Run) -> None:
    assert run.best.lineage["trial"] == run.deployment_report.chosen
    assert run.best.lineage["estimate"]["latency_p99"] > 0


def test_the_front_is_a_table_from_cheap_to_good(run: litmus.Run) -> None:
    for x, column in (("p99", "p99 seconds"), ("size", "bundle bytes")):
        front = run.pareto(x)
        assert front[column].is_monotonic_increasing
        assert front["roc_auc"].is_monotonic_increasing
        assert run.leaderboard.best().name in set(front["name"])
    with pytest.raises(litmus.LitmusError, match="Use 'p99'"):
        run.pareto("cost")


def test_another_deployment_is_asked_for_later(run: litmus.Run) -> None:
    with pytest.raises(SelectionError) as caught:
        run.select({"latency_p99": "2us"}, finalists=0)
    sentence = str(caught.value)
    assert "Nothing qualifies. " in sentence
    for name in ("DecisionTree", "LinearModel"):
        assert f"{name}: p99 latency is" in sentence
    assert "the limit of 2.0 µs" in sentence
    assert "no model can be within 2.0 µs" in sentence
    model = run.select({"latency_p99": "30s", "memory": None}, finalists=0)
    assert model.lineage["trial"] == run.deployment_report.chosen
    assert run.deployment_report.finalists[0].problem == "estimated only"


def test_select_without_a_deployment_at_training_estimates_first() -> None:
    run = trained()
    with pytest.raises(litmus.LitmusError, match="this run has none"):
        _ = run.deployment_report
    model = run.select(litmus.Deployment(latency_p99="30s", memory=None), finalists=0)
    assert model.lineage["trial"] == run.leaderboard[1].name
    assert run.pareto().shape[0] >= 1


def test_nothing_qualifies_and_the_run_says_so_and_keeps_its_models() -> None:
    run = trained(deployment={"max_size": 50, "latency_p99": None})
    with pytest.raises(SelectionError, match=r"max_size|installed size") as caught:
        _ = run.best
    assert "run.model(1)" in str(caught.value)
    assert run.model(1).predict({"age": 30, "size": 0.5, "town": "a"}) in ("yes", "no")
    assert run.versions
    assert "Nothing qualifies" in run.summary()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"deployment": {"cpu": 2}}, "deployment has no field 'cpu'"),
        ({"deployment": 5}, "deployment=5 is not allowed"),
        ({"finalists": -1}, "finalists=-1 is not allowed"),
        ({"data": "other"}, "other"),
    ],
)
def test_bad_arguments_of_select_are_one_sentence(run: litmus.Run, options: dict, message: str) -> None:
    with pytest.raises(litmus.LitmusError, match=message):
        run.select(**options)


def test_finalists_are_timed_for_less_where_time_is_short():
    now = time.monotonic()
    assert seconds_for_next(None, [], 3) == 3.0
    assert seconds_for_next(now + 100, [], 3) == 3.0
    assert 1.5 < seconds_for_next(now + 21, [], 3) <= 2.0
    assert seconds_for_next(now + 12, [], 3) == 1.0  # the first has its time, whatever is left for the others
    assert seconds_for_next(now + 2, [], 3) is None
