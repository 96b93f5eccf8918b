"""Ensembles from `train` to a file, to predictions of files, and over several data sets."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import litmus
from litmus import TaskData
from litmus.batch import predict_file

ALGORITHMS = ["LinearModel", "NearestNeighbours", "DecisionTree"]


def table(seed, rows=400):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(rows, 3)), columns=list("abc"))
    frame["kind"] = rng.choice(["x", "y"], rows)
    frame["y"] = 2 * np.sin(2 * frame["a"]) + frame["b"] * frame["c"] + (frame["kind"] == "x") + rng.normal(size=rows)
    return frame


def train(data, **options):
    settings = {"algorithm": ALGORITHMS, "metrics": ["rmse"], "callbacks": [], "executor": "in_process"}
    return litmus.train(data, **{**settings, **options})


@pytest.fixture(scope="module")
def run():
    first = TaskData.create(name="first", data=table(0), target="y", k_fold=3)
    labelled = table(1).assign(y=lambda frame: np.where(frame["y"] > 0.5, "high", "low"))
    second = TaskData.create(name="second", data=labelled, target="y", k_fold=3)
    return train([first, second], ensemble="greedy", metrics=None)


def ensembles(run, data):
    return [trial for trial in run.leaderboard.of_data(data) if trial.members]


def test_every_data_set_has_an_ensemble_of_its_own_trials(run):
    for data in ("first", "second"):
        (ensemble,) = ensembles(run, data)
        own = {trial.id for trial in run.leaderboard.of_data(data) if not trial.members}
        assert set(ensemble.members) <= own
        model = run.model(ensemble.name, data=data)
        np.testing.assert_allclose(model.scores(run.data[data].test), ensemble.test.scores, atol=1e-6)


def test_files_are_predicted_by_an_ensemble(run, tmp_path):
    model = run.model(ensembles(run, "second")[0].name, data="second")
    rows = table(2, 50).drop(columns="y")
    rows.to_csv(tmp_path / "rows.csv", index=False)
    predict_file(litmus.load(model.save(tmp_path / "model.litmus")), tmp_path / "rows.csv", tmp_path / "answers.csv")
    answers = pd.read_csv(tmp_path / "answers.csv")
    expected = model.predict(rows).tolist()
    assert expected in [answers[name].tolist() for name in answers]
    given = model.answer(rows)
    assert list(given.labels) == expected
    np.testing.assert_array_equal(given.probabilities, model.predict_proba(rows).to_numpy())


def test_members_may_be_fitted_again_on_all_rows():
    run = train(TaskData.create(name="data", data=table(0), target="y", k_fold=3), ensemble="greedy", final="refit")
    (ensemble,) = ensembles(run, "data")
    model = run.model(ensemble.name)
    np.testing.assert_allclose(model.scores(run.data["data"].test), ensemble.test.scores, rtol=1e-6)
    best = run.leaderboard[1] is ensemble
    assert len(model.pipelines) == (len(ensemble.members) if best else 3 * len(ensemble.members) - 2 * _refitted(run))
    assert (model.lineage["final"] == "refit") == (best or _refitted(run) > 0)


def _refitted(run):
    """How many of the ensemble's members were fitted again because they are best alone."""
    (ensemble,) = ensembles(run, "data")
    return sum(len(run.model(run.leaderboard[name].name).pipelines) == 1 for name in ensemble.settings["members"])


def test_the_same_seed_gives_the_same_ensemble():
    data = TaskData.create(name="data", data=table(3), target="y", k_fold=3)
    first, second = (train(data, ensemble=litmus.Ensemble(max_members=2)) for _ in range(2))
    assert [t.settings for t in ensembles(first, "data")] == [t.settings for t in ensembles(second, "data")]
    assert [t.name for t in first.leaderboard] == [t.name for t in second.leaderboard]


def test_no_ensemble_where_none_is_wanted():
    run = train(TaskData.create(name="data", data=table(0, 150), target="y", k_fold=2), ensemble=False)
    assert not ensembles(run, "data")
