"""Algorithms that misbehave in a search: their trials fail with the reason, the run goes on."""

from __future__ import annotations

import ctypes
import dataclasses
import os

import numpy as np
import pandas as pd
import pytest

import litmus


@dataclasses.dataclass
class Misbehaves(litmus.Classifier):
    """Fails in a way that can be chosen."""

    how: str = litmus.param("raises")

    def fit(self, X, y, context):  # type: ignore[no-untyped-def]
        self.n_classes_ = context.n_classes
        if self.how == "leaks":
            self.kept_ = [np.ones(25_000_000) for _ in range(40)]  # 8 GB
        elif self.how == "segfaults":
            ctypes.string_at(0)
        elif self.how == "exits":
            os._exit(0)
        elif self.how == "raises":
            raise ValueError("the moon is in the wrong phase")

    def predict_proba(self, X):  # type: ignore[no-untyped-def]
        if self.how == "wrong shape":
            return np.zeros((3, 7), dtype=np.float32)
        value = np.nan if self.how == "nan" else 1 / self.n_classes_
        return np.full((len(X), self.n_classes_), value, dtype=np.float32)


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    size = rng.normal(size=200)
    return pd.DataFrame({"size": size, "bought": np.where(size + rng.normal(size=200) > 0, "yes", "no")})


def test_each_fails_alone_and_says_why(people: pd.DataFrame) -> None:
    reasons = {
        "raises": "the moon is in the wrong phase",
        "leaks": "memory",
        "segfaults": "ended",
        "exits": "ended",
        "wrong shape": "",
        "nan": "",
    }
    run = litmus.train(
        people,
        target="bought",
        algorithm=[litmus.Pipeline(Misbehaves(how=how), name=how) for how in reasons] + ["LinearModel"],
        k_fold=2,
        search="random",
        max_trials=9,
        callbacks=[],
        resources={"train": {"cpus": 2, "memory": "1GB"}},
    )
    assert run.leaderboard.best().algorithm in ("LinearModel", "Ensemble")
    assert run.best.predict({"size": 3.0}) == "yes"
    by_name = {row.trial.name: row for row in run.leaderboard.rows}
    for how, reason in reasons.items():
        assert by_name[how].rank is None, how
        assert reason in run.leaderboard.reason(by_name[how].trial), how
        assert run.leaderboard.reason(by_name[how].trial), how
    assert sum(trial.status == "complete" for trial in run.leaderboard) >= 3


def test_an_objective_that_raises_or_is_not_a_number_ends_no_search(people: pd.DataFrame) -> None:
    @litmus.metric(needs="labels", maximize=True)
    def moody(y_true, y_pred):  # type: ignore[no-untyped-def]
        if (y_pred == "yes").mean() > 0.52:
            raise ZeroDivisionError("too many yes")
        return (y_true == y_pred).mean()

    run = litmus.train(
        people,
        target="bought",
        algorithm="DecisionTree",
        objective=moody,
        k_fold=2,
        search="random",
        max_trials=8,
        callbacks=[],
    )
    assert len(run.leaderboard) >= 8
    assert {row.trial.status for row in run.leaderboard.rows} <= {"complete", "stopped", "failed"}
