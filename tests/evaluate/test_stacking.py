"""A second model may put the members together, where it is better by more than noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from test_ensemble import noisy
from test_ensemble_trial import table, trained, with_ensemble

import litmus
from litmus.data import conform
from litmus.errors import ParameterError
from litmus.evaluate.ensemble_choice import better_by_more_than_noise
from litmus.evaluate.ensemble_options import Ensemble
from litmus.member import Member
from litmus.metrics import resolve_metric
from litmus.metrics.predictions import Predictions
from litmus.model import Model
from litmus.stacker import fit_stacker
from trained_models import people, train_model


@dataclass
class HalfSized(litmus.Regressor):
    """Least squares on some of the features, with predictions of half the size they should have."""

    first: int = litmus.param(0)

    def fit(self, X, y, context):
        self.coef_ = np.linalg.lstsq(X[:, self.first :: 2], y, rcond=None)[0]

    def predict(self, X):
        return (X[:, self.first :: 2] @ self.coef_ / 2).astype(np.float64)


def linear_table(rows=500):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, 4))
    return {**{f"x{i}": x[:, i] for i in range(4)}, "y": x @ np.array([3.0, 2.0, 1.0, 4.0]) + rng.normal(size=rows)}


def test_it_is_taken_where_weights_cannot_help(tmp_path):
    run = trained(linear_table(), target="y", algorithm=[HalfSized(), HalfSized(first=1)], metrics=["rmse"])
    trial = with_ensemble(run, tmp_path / "stack", Ensemble(method="stacking"))
    assert trial.settings["method"] == "stacking"
    best = min(other.score("rmse").value for other in run.leaderboard if not other.members)
    assert trial.score("rmse").value < best / 2
    assert trial.score("rmse", "test").value < best / 2
    model = run.model(trial.name)
    np.testing.assert_allclose(model.scores(run.data["data"].test), trial.test.scores, rtol=1e-6)
    back = litmus.load(model.save(tmp_path / "stack.litmus"), trust=True)
    np.testing.assert_allclose(back.scores(run.data["data"].test), trial.test.scores, rtol=1e-6)
    assert "stacked" in repr(model)


def test_else_the_weighted_mean_answers_and_says_so(tmp_path):
    run = trained(
        table().drop(columns="target"),
        target="value",
        algorithm=["LightGBM", "LinearModel", "NearestNeighbours"],
        metrics=["rmse"],
    )
    trial = with_ensemble(run, tmp_path, Ensemble(method="stacking", algorithm="DecisionTree"))
    assert trial.settings["method"] == "greedy"
    assert any("not better than the weighted mean" in note for note in trial.notes)
    assert run.model(trial.name).stacker is None


@pytest.mark.parametrize("task", ["binary", "multiclass", "multilabel", "regression"])
@pytest.mark.parametrize("algorithm", ["LinearModel", "LightGBM"])
def test_every_kind_of_task_can_be_stacked_by_any_algorithm(task, algorithm):
    trials = noisy(task, 3, metric={"regression": "rmse", "multilabel": "f1"}.get(task, "log_loss"))
    truth = trials[0].validation
    stacker = fit_stacker(algorithm, [trial.validation.scores for trial in trials], truth)
    combined = stacker.combine([trial.validation.scores for trial in trials])
    assert combined.shape == truth.scores.shape
    assert combined.dtype == np.float64
    if task in ("binary", "multiclass"):
        np.testing.assert_allclose(combined.sum(axis=1), 1, atol=1e-5)
        assert (combined.argmax(axis=1) == truth.y_true).mean() > (truth.scores.argmax(axis=1) == truth.y_true).mean()


def test_a_stacked_model_of_built_ins_needs_no_trust(tmp_path):
    frame = people()
    models = {name: train_model(frame, target="rich", algorithm=name).model for name in ("LightGBM", "LinearModel")}
    data = train_model(frame, target="rich").data
    rows, _ = conform(frame, data.schema)
    scores = [model.scores(rows) for model in models.values()]
    codes = (frame["rich"] == "yes").to_numpy().astype(np.int64)
    truth = Predictions("binary", codes, scores[0], codes, tuple(data.target.classes))
    stacker = fit_stacker("LinearModel", scores, truth)
    members = [Member(model.pipelines, name=name) for name, model in models.items()]
    model = Model(members, schema=data.schema, target=data.target, stacker=stacker)
    np.testing.assert_allclose(model.scores(rows), stacker.combine(scores), atol=1e-6)
    back = litmus.load(model.save(tmp_path / "stack.litmus"))
    np.testing.assert_array_equal(back.scores(rows), model.scores(rows))
    assert back.predict(back.sample) == model.predict(model.sample)


def test_noise_is_no_gain():
    first, second = noisy("binary", 2, metric="roc_auc", rows=300)
    metric = resolve_metric("roc_auc")
    assert not better_by_more_than_noise(first.validation, first.validation, metric, seed=0)
    much_better = noisy("binary", 30, metric="roc_auc", rows=300)[-1]
    assert better_by_more_than_noise(first.validation, much_better.validation, metric, seed=0)
    assert not better_by_more_than_noise(much_better.validation, second.validation, metric, seed=0)


def test_what_cannot_learn_is_refused():
    with pytest.raises(ParameterError, match="algorithm"):
        Ensemble(method="stacking", algorithm=3)
    with pytest.raises(ParameterError, match="regressor"):
        trials = noisy("binary", 2, metric="roc_auc")
        fit_stacker(HalfSized(), [trial.validation.scores for trial in trials], trials[0].validation)
