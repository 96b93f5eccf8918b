"""An ensemble is a trial like any other, judged on rows its weights never saw, and delivered as one model."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

import litmus
from litmus.evaluate.ensemble import mean_scores
from litmus.evaluate.ensemble_options import Ensemble
from litmus.evaluate.ensemble_trial import ensemble_trial, finish_ensemble_test
from litmus.evaluate.leaderboard import Leaderboard
from litmus.postprocessing import Calibrate, Threshold


def with_ensemble(run, folder, options=None):
    """The run with an ensemble of its trials on the leaderboard, as training puts it there."""
    trials = {trial.id: trial for trial in run.leaderboard}
    number = max(trials) + 1
    made = ensemble_trial(list(trials.values()), run._plans, id=number, folder=folder, options=options)
    assert made is not None
    plan, trial = made
    finish_ensemble_test(plan, trial, trials)
    run.leaderboard = Leaderboard([*trials.values(), trial], run.leaderboard.objectives)
    run._ensembles[number] = plan
    return trial


def table(rows=600, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(rows, 5)), columns=list("abcde"))
    frame["kind"] = rng.choice(["x", "y", "z"], rows)
    signal = np.sin(2 * frame["a"]) + frame["b"] * frame["c"] + (frame["kind"] == "x") + 0.7 * rng.normal(size=rows)
    frame["target"] = np.where(signal > 0.4, "yes", "no")
    frame["value"] = signal
    return frame


def trained(frame, *, target, algorithm, **options):
    return litmus.train(
        frame, target=target, algorithm=algorithm, k_fold=3, callbacks=[], executor="in_process", **options
    )


ALGORITHMS = ["DecisionTree", "LightGBM", "LinearModel", "NearestNeighbours"]


@pytest.fixture(scope="module")
def binary(tmp_path_factory):
    run = trained(
        table().drop(columns="value"),
        target="target",
        algorithm=ALGORITHMS,
        metrics={"train": ["accuracy"], "validation": ["log_loss", "roc_auc"], "test": ["log_loss", "accuracy"]},
    )
    return run, with_ensemble(run, tmp_path_factory.mktemp("ensemble"))


def test_it_ranks_beside_the_others_with_every_metric_of_every_split(binary):
    run, trial = binary
    assert trial.algorithm == "Ensemble"
    assert trial.name == f"Ensemble of {len(trial.members)}"
    assert sum(trial.settings["members"].values()) == pytest.approx(1)
    assert set(trial.settings["members"]) <= set(ALGORITHMS)
    other = run.leaderboard["LightGBM"]
    for split, scores in other.scores.items():
        assert set(trial.scores[split]) == set(scores)
    assert trial.score("log_loss").low < trial.score("log_loss").value < trial.score("log_loss").high
    assert len(trial.score("log_loss").folds) == 3
    assert trial in [row.trial for row in run.leaderboard.rows if row.rank is not None]
    assert trial.name in str(run.leaderboard)
    members = [run.leaderboard[name] for name in trial.settings["members"]]
    assert trial.predict_seconds == pytest.approx(sum(member.predict_seconds for member in members))
    assert sum(trial.importance.values()) <= 1 + 1e-6


def test_its_model_answers_as_it_was_judged(binary):
    run, trial = binary
    model = run.model(trial.name)
    data = run.data["data"]
    np.testing.assert_allclose(model.scores(data.test), trial.test.scores, atol=1e-6)
    predicted = model.predict(data.test).to_numpy()
    truth = np.asarray(data.target.decode(data.y_test))
    assert trial.score("accuracy", "test").value == pytest.approx((predicted == truth).mean())
    assert [member.name for member in model.members] == list(trial.settings["members"])
    assert model.lineage["trial"] == trial.name
    assert "Ensemble of" in repr(model)
    for name, weight in trial.settings["members"].items():
        assert f"{weight:.0%} {name}" in repr(model)
        assert name in model._repr_html_()


def test_its_score_comes_from_weights_that_never_saw_the_rows(binary):
    run, trial = binary
    members = {other.id: other for other in run.leaderboard}
    flattering = mean_scores([members[i].validation.scores for i in trial.members], list(trial.members.values()))
    metric = run._plans[1].metrics["validation"][0]
    fitted_on = metric.score(dataclasses.replace(trial.validation, scores=flattering))
    assert trial.score(metric.label).value >= fitted_on - 1e-9  # log loss: smaller is better
    changed = [dataclasses.replace(other) for other in members.values() if not other.members]
    plan = run._plans[changed[0].id]
    _, held_out = plan.dataset.fold(0)
    rng = np.random.default_rng(0)
    for other in changed:  # other answers on the first fold must not change the weights used there
        scores = np.array(other.validation.scores)
        scores[held_out] = rng.permuted(scores[held_out], axis=0)
        other.validation = dataclasses.replace(other.validation, scores=scores)
    made = ensemble_trial(changed, run._plans, id=50, folder=plan.folder / "changed")
    assert made is not None
    before, after = _weights_of_fold(trial, members, held_out), _weights_of_fold(made[1], _by_id(changed), held_out)
    np.testing.assert_allclose(before, after, atol=1e-6)


def _by_id(trials):
    return {trial.id: trial for trial in trials}


def _weights_of_fold(trial, members, rows):
    """The weights that turn the members' answers on these rows into the ensemble's."""
    base = [member for member in members.values() if not member.members]
    columns = np.column_stack([member.validation.scores[rows, 1] for member in sorted(base, key=lambda t: t.id)])
    return np.linalg.lstsq(columns.astype(float), trial.validation.scores[rows, 1].astype(float), rcond=None)[0]


def test_an_ensemble_is_not_held_back_for_the_luck_of_the_best(binary):
    run, trial = binary
    singles = [other for other in run.leaderboard if not other.members]
    best = singles[0].score("log_loss").value
    assert 0 <= trial.allowance < best
    behind, allowance = trial.score("log_loss").value - best, trial.allowance
    assert (run.leaderboard[1] is trial) == (behind <= allowance)
    for luck, rank in ((behind + 0.01, 1), (behind - 0.01, 2)):
        trial.allowance = max(luck, 0.0)
        if behind > 0.01:
            board = Leaderboard([*singles, trial], run.leaderboard.objectives)
            assert board[rank] is trial
            assert ("owes" in str(board)) == (rank == 1)
    trial.allowance = allowance


def test_the_luck_of_the_best_of_many_equals_is_seen(tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(150, 6)), columns=list("abcdef"))
    frame["target"] = np.where(frame["a"] + 3 * rng.normal(size=150) > 0, "yes", "no")
    trees = [
        litmus.DecisionTree(max_depth=depth, min_samples_leaf=leaf) for depth in (2, 3, 5, 8) for leaf in (1, 5, 20)
    ]
    run = trained(frame, target="target", algorithm=trees, metrics=["roc_auc"])
    assert with_ensemble(run, tmp_path).allowance > 0.005


def test_its_model_is_one_file(binary, tmp_path):
    run, trial = binary
    model = run.model(trial.name)
    back = litmus.load(model.save(tmp_path / "ensemble.litmus"))
    frame = run.data["data"].test
    np.testing.assert_array_equal(back.scores(frame), model.scores(frame))
    assert back.predict(back.sample) == model.predict(model.sample)
    assert [(m.name, m.weight, len(m.pipelines)) for m in back.members] == [
        (m.name, m.weight, len(m.pipelines)) for m in model.members
    ]
    assert back.importance() == pytest.approx(model.importance())


def test_regression_and_several_targets(tmp_path):
    run = trained(table().drop(columns="target"), target="value", algorithm=ALGORITHMS, metrics=["rmse", "r2"])
    trial = with_ensemble(run, tmp_path / "regression")
    assert run.best_trials["data"].score("rmse").value > trial.score("rmse").value
    np.testing.assert_allclose(run.model(trial.name).scores(run.data["data"].test), trial.test.scores)
    frame = table().drop(columns=["target", "value"])
    noise = np.random.default_rng(1).normal(size=(2, len(frame)))
    frame["first"] = (frame["a"] + noise[0] > 0).astype(int)
    frame["second"] = (frame["b"] * frame["c"] + noise[1] > 0).astype(int)
    algorithms = ["LinearModel", "NearestNeighbours", "DecisionTree"]
    run = trained(frame, target=["first", "second"], algorithm=algorithms, metrics=["f1"])
    trial = with_ensemble(run, tmp_path / "multilabel")
    np.testing.assert_allclose(run.model(trial.name).scores(run.data["data"].test), trial.test.scores, atol=1e-6)


def test_members_keep_their_calibration_and_the_ensemble_decides_anew(tmp_path):
    frame = table().drop(columns="value")
    pipelines = [
        litmus.Pipeline(name, postprocessing=[Calibrate(), Threshold(metric="f1"), {"yes": 1, "no": 0}], name=name)
        for name in ALGORITHMS
    ]
    run = trained(frame, target="target", algorithm=pipelines, metrics=["log_loss", "f1"])
    trial = with_ensemble(run, tmp_path, Ensemble(max_members=3))
    model = run.model(trial.name)
    assert all([type(part) for part in member.postprocessing] == [Calibrate] for member in model.members)
    assert [type(part).__name__ for part in model.postprocessing] == ["Threshold", "LabelMap"]
    data = run.data["data"]
    np.testing.assert_allclose(model.scores(data.test), trial.test.scores, atol=1e-6)
    assert set(model.predict(data.test)) == {0, 1}
    np.testing.assert_array_equal(model.predict(data.test).to_numpy(), trial.test.y_pred)
    own = {run.model(name).postprocessing[1].threshold_ for name in trial.settings["members"]}
    assert model.postprocessing[0].threshold_ not in own
    back = litmus.load(model.save(tmp_path / "calibrated.litmus"))
    pd.testing.assert_series_equal(back.predict(data.test), model.predict(data.test))


def test_there_is_none_where_nothing_can_be_combined(tmp_path):
    run = trained(table(200).drop(columns="value"), target="target", algorithm="Baseline")
    assert ensemble_trial(list(run.leaderboard), run._plans, id=9, folder=tmp_path) is None
    assert ensemble_trial([], run._plans, id=9, folder=tmp_path) is None
