"""An ensemble within a limit is the best one that the limit allows, and the curve says what more would buy."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from test_ensemble import noisy
from test_ensemble_trial import ALGORITHMS, table, trained

import litmus
from litmus.errors import ParameterError
from litmus.evaluate.ensemble import combinable
from litmus.evaluate.ensemble_pruning import Cost, Limit, cost_of, pruned
from litmus.evaluate.ensemble_trial import ensemble_model, ensemble_trial, finish_ensemble_test
from litmus.metrics import resolve_metric


@pytest.fixture(scope="module")
def trials():
    """Six trials: the better, the slower."""
    found = noisy("regression", 6, metric="rmse")
    for trial in found:
        trial.predict_seconds = 0.7 - 0.1 * trial.id
    return combinable(found, "rmse")


@pytest.fixture(scope="module")
def run():
    frame = table().drop(columns="target")
    return trained(frame, target="value", algorithm=ALGORITHMS, metrics=["rmse"])


@pytest.mark.parametrize("seconds", [0.1, 0.25, 0.5, 0.75, 1.1, 5.0])
def test_it_is_within_the_limit_and_as_good_as_any_pair_that_is(trials, seconds):
    metric = resolve_metric("rmse")
    limit = Limit(predict_seconds=seconds + 1e-9)
    best = pruned(trials, metric, limit).best
    assert best is not None
    assert limit.allows(best.cost)
    for pair in itertools.combinations_with_replacement(trials, 2):
        if limit.allows(cost_of(list({trial.id: trial for trial in pair}.values()))):
            mean = (pair[0].validation.scores + pair[1].validation.scores) / 2
            assert -best.weighted.score <= np.sqrt(np.mean((mean - pair[0].validation.y_true) ** 2)) + 1e-3


def test_more_is_never_worse(trials):
    metric = resolve_metric("rmse")
    scores = [pruned(trials, metric, Limit(members=count)).best.weighted.score for count in range(1, 6)]
    assert scores == sorted(scores)
    assert [len(pruned(trials, metric, Limit(members=count)).best.weighted.trials) for count in (1, 2)] == [1, 2]


def test_the_curve_rises(trials):
    curve = pruned(trials, resolve_metric("rmse"), Limit(members=2)).curve
    assert len(curve) > 3
    costs = [point.cost.predict_seconds for point in curve]
    scores = [point.weighted.score for point in curve]
    assert costs == sorted(costs)
    assert scores == sorted(scores)
    assert curve[-1].cost.members > 2  # what is beyond the limit is shown too


def test_nothing_may_be_within_the_limit(trials):
    found = pruned(trials, resolve_metric("rmse"), Limit(predict_seconds=0.01))
    assert found.best is None
    assert found.curve


@pytest.mark.parametrize("limits", [{"members": 0}, {"predict_seconds": -1.0}, {"bytes": True}])
def test_limits_are_above_zero(limits):
    with pytest.raises(ParameterError, match="above 0"):
        Limit(**limits)


def test_costs_are_measured_on_the_saved_models(run):
    trials = combinable(list(run.leaderboard), "rmse")
    cost = cost_of(trials[:2])
    assert cost.models == 6
    assert cost.bytes > cost_of(trials[:2], fold_models=1).bytes > 500
    assert cost.predict_seconds == pytest.approx(3 * (trials[0].predict_seconds + trials[1].predict_seconds))
    assert Limit().allows(cost)
    assert not Limit(bytes=cost.bytes - 1).allows(cost)
    assert Limit(models=6, members=2).allows(Cost(2, 6, 1.0, 1))


def test_a_limited_ensemble_is_a_trial_and_a_model(run, tmp_path):
    trials = {trial.id: trial for trial in run.leaderboard}
    made = ensemble_trial(list(trials.values()), run._plans, id=77, folder=tmp_path, limit=Limit(models=2))
    assert made is not None
    plan, trial = made
    finish_ensemble_test(plan, trial, trials)
    model = ensemble_model(plan, trials)
    assert len(model.pipelines) == len(trial.folders) == 2
    test = run.data["data"].test
    np.testing.assert_allclose(model.scores(test), trial.test.scores)
    assert trial.score("rmse", "test").value == pytest.approx(
        np.sqrt(np.mean((model.scores(test) - run.data["data"].y_test) ** 2))
    )
    back = litmus.load(model.save(tmp_path / "limited.litmus"), trust=False)
    np.testing.assert_array_equal(back.scores(test), model.scores(test))


def test_one_member_may_be_all_that_fits(run, tmp_path):
    trials = list(run.leaderboard)
    made = ensemble_trial(trials, run._plans, id=78, folder=tmp_path, limit=Limit(models=1))
    assert made is not None
    assert made[1].name.endswith("within the limit")
    assert len(ensemble_model(made[0], {trial.id: trial for trial in trials}).pipelines) == 1
    assert ensemble_trial(trials, run._plans, id=79, folder=tmp_path, limit=Limit(bytes=1)) is None
