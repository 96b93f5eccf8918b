"""Spaces and strategies in whole runs: steps, estimators and strategies of one's own reach the leaderboard."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from sklearn.neighbors import KNeighborsClassifier

import litmus
from litmus import Choice, Int
from litmus.steps import ClassWeights, OneHotEncoder, OrdinalEncoder


@pytest.fixture(scope="module")
def people():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"size": rng.normal(size=120), "town": rng.choice(list("abcd"), 120)})
    chance = 1 / (1 + np.exp(-(frame["size"] * 2 + (frame["town"] == "a"))))
    return frame.assign(bought=np.where(rng.random(120) < chance, "yes", "no"))


def train(people, **options):
    cpus = {"train": {"cpus": 1}}
    defaults = {
        "resources": cpus,
        "target": "bought",
        "k_fold": 2,
        "max_trials": 4,
        "executor": "in_process",
        "callbacks": [],
    }
    return litmus.train(people, ensemble=False, **{**defaults, **options})


@pytest.mark.parametrize("name", ["bohb", "evolutionary", "gp", "grid"])
def test_every_strategy_searches_a_run(people, name):
    run = train(people, algorithm="DecisionTree", search=name)
    tried = [trial for trial in run.leaderboard if trial.algorithm == "DecisionTree"]
    assert len(tried) >= 2
    assert {trial.status for trial in tried} <= {"complete", "stopped"}


def test_steps_are_searched(people):
    pipeline = litmus.Pipeline("LinearModel").search(
        strength=1.0,
        l1_ratio=None,
        steps={
            "encoder": Choice(OneHotEncoder(), OrdinalEncoder()),
            "balancing": Choice(None, ClassWeights()),
            "impute.strategy": Choice("median", "mean"),
        },
    )
    run = train(people, algorithm=pipeline, search="grid", max_trials=20, stop_folds_early=False)
    tried = [trial for trial in run.leaderboard if trial.algorithm == "LinearModel"]
    assert len(tried) >= 8
    assert {trial.status for trial in tried} == {"complete"}
    assert len({trial.score("roc_auc").value for trial in tried}) >= 2


@dataclasses.dataclass
class Upwards(litmus.SearchStrategy):
    """The next whole number of each range."""

    def suggest(self, space, history):
        settings = {name: domain.low + len(history) for name, domain in space.parameters.items()}
        return settings if all(space.parameters[name].contains(value) for name, value in settings.items()) else None


def test_a_users_own_strategy_searches_an_estimator(people):
    people = people[["size", "bought"]]
    pipeline = litmus.Pipeline(KNeighborsClassifier(n_neighbors=3)).search(n_neighbors=Int(3, 6))
    run = train(people, algorithm=pipeline, search=Upwards(), max_trials=9, stop_folds_early=False)
    assert len([trial for trial in run.leaderboard if trial.algorithm != "Baseline"]) == 4
