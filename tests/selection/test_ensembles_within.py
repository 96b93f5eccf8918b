"""Ensembles within a deployment's limits: which members, and how many of their fold models."""

from __future__ import annotations

import pytest
from selected_people import trained

from litmus.deployment import Deployment
from litmus.estimate import Estimate
from litmus.evaluate.ensemble_options import Ensemble
from litmus.evaluate.ensemble_trial import EnsemblePlan
from litmus.selection.ensembles import ensemble_within
from litmus.selection.limits import hold_to

BASE, EACH = 0.001, 0.001
"""Seconds of any request, and for each fitted model."""


def taking(models: int) -> Estimate:
    p99 = BASE + EACH * models
    return Estimate(p99 / 2, p99, p99 / 2, p99, size=1000 * models, installed_size=1000 * models + 50_000)


@pytest.fixture(scope="module")
def run():
    return trained(algorithm=["DecisionTree", "LinearModel", "LightGBM"])


def made_within(run, folder, deployment, *, estimated=None, options=None):
    trials = list(run.leaderboard)
    for trial in trials:
        hold_to(trial, taking(0 if trial.algorithm == "Baseline" else 3), deployment)

    def measured(plan: EnsemblePlan) -> Estimate:
        kept = plan.fold_models or 3
        return taking(kept * len(plan.plans))

    return ensemble_within(
        trials,
        run._plans,
        id=99,
        folder=folder,
        options=options,
        deployment=deployment,
        estimated=estimated or measured,
    )


def test_with_room_it_is_the_ensemble_without_limits(run, tmp_path):
    plan, trial = made_within(run, tmp_path, Deployment(latency_p99="1s", memory=None), options=Ensemble())
    assert plan.fold_models is None
    assert len(plan.plans) > 1
    assert trial.misses == ()


@pytest.mark.parametrize("limit", ["2.2ms", "3.2ms", "5.2ms"])
def test_members_and_fold_models_are_chosen_within_the_latency(run, tmp_path, limit):
    deployment = Deployment(latency_p99=limit, memory=None)
    made = made_within(run, tmp_path, deployment, options=Ensemble())
    if made is None:  # a trial as it is keeps the limit, and nothing else is better
        assert limit == "5.2ms"
        return
    plan, trial = made
    assert trial.misses == ()
    assert trial.estimate is not None
    assert trial.estimate.latency_p99 <= deployment.limits["latency_p99"]
    assert (plan.fold_models or 3) * len(plan.plans) == round((trial.estimate.latency_p99 - BASE) / EACH)


def test_without_an_ensemble_one_trial_keeps_fewer_fold_models(run, tmp_path):
    plan, trial = made_within(run, tmp_path, Deployment(latency_p99="3.2ms", memory=None))
    assert len(plan.plans) == 1
    assert plan.fold_models is not None
    assert plan.fold_models < 3
    assert trial.name.endswith("within the limit")


def test_the_size_counts_with_the_packages(run, tmp_path):
    plan, trial = made_within(run, tmp_path, Deployment(latency_p99=None, max_size=52_800, memory=None))
    assert trial.misses == ()
    assert (plan.fold_models or 3) * len(plan.plans) <= 2


def test_nothing_is_within_an_impossible_limit(run, tmp_path):
    deployment = Deployment(latency_p99="1ms", memory=None)
    made = made_within(run, tmp_path, deployment, options=Ensemble())
    assert made is not None  # the ensemble without limits, which says by how much it misses
    assert [miss.name for miss in made[1].misses] == ["latency_p99"]


def test_what_cannot_be_compiled_in_time_is_put_together_from_its_members(run, tmp_path):
    deployment = Deployment(latency_p99="1s", memory=None)
    plan, trial = made_within(run, tmp_path, deployment, estimated=lambda _: None, options=Ensemble())
    assert trial.estimate is not None
    assert trial.estimate.latency_p99 == pytest.approx(BASE + EACH * 3 * len(plan.plans))
    assert trial.not_estimated == ""
