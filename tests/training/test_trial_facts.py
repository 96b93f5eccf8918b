"""What a trial of a search tells of itself: when it ran, what it cost, its settings, and why it was stopped."""

import numpy as np
import pandas as pd
import pytest

import litmus


class Sometimes(litmus.Classifier):
    """An algorithm that fails on the second fold."""

    fits = 0

    def fit(self, X, y, context):
        type(self).fits += 1
        if type(self).fits > 1:
            raise ValueError("no luck")
        self.share_ = float(np.mean(y))

    def predict_proba(self, X):
        return np.full((len(X), 2), 0.5, dtype=np.float32)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"size": rng.normal(size=200), "noise": rng.normal(size=200)})
    frame["bought"] = np.where(frame["size"] + rng.normal(size=200) > 0, "yes", "no")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LITMUS_HOME", str(tmp_path_factory.mktemp("store")))
        yield litmus.train(
            frame,
            target="bought",
            algorithm=["DecisionTree", "LinearModel", Sometimes()],
            search="random",
            max_trials=14,
            k_fold=3,
            executor="in_process",
            callbacks=[],
        )


def test_every_trial_says_when_it_ran_and_what_it_cost(run):
    for trial in run.leaderboard:
        assert 0 <= trial.started <= trial.finished <= run.seconds
        assert 0 < trial.cost_seconds <= trial.finished - trial.started + 0.01, "one fit at a time"
    failed = run.leaderboard["Sometimes"]
    assert (failed.status, failed.cause, len(failed.fold_scores)) == ("failed", "", 1)


def test_searched_trials_hold_their_settings_and_who_suggested_them(run):
    found = [trial for trial in run.leaderboard if trial.searched is not None]
    assert {trial.searched.origin for trial in found} == {"DecisionTree", "LinearModel"}
    assert {trial.name for trial in found if trial.searched.given} == {"DecisionTree", "LinearModel"}
    for trial in found:
        trial.searched.space.check(trial.searched.settings)
        assert trial.searched.strategy == "RandomSearch"
    assert run.leaderboard["Baseline"].searched is None


def test_stopped_trials_keep_the_scores_of_their_folds_and_the_kind_of_reason(run):
    stopped = [trial for trial in run.leaderboard if trial.status == "stopped"]
    assert stopped
    for trial in stopped:
        assert trial.cause == "hopeless"
        assert f"stopped after {len(trial.fold_scores)} of 3 folds" in trial.reason


def test_without_a_search_no_trial_has_a_place_in_one(tmp_path, monkeypatch):
    monkeypatch.setenv("LITMUS_HOME", str(tmp_path))
    rows = [{"size": size, "price": 3 * size} for size in range(60)]
    plain = litmus.train(rows, target="price", algorithm="LinearModel", executor="in_process", callbacks=[])
    assert all(trial.searched is None for trial in plain.leaderboard)
    assert not plain.leaderboard.searched
