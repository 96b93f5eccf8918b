"""Bars: what models have to meet whatever their objective, read from text, obeyed by rankings, ensembles and searches."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import litmus
from litmus.errors import LitmusError, ParameterError
from litmus.evaluate.bar import Bar, missed, read_bars, violation_of
from litmus.evaluate.ensemble import combinable, select
from litmus.evaluate.leaderboard import Leaderboard
from litmus.evaluate.trial import Score, Trial
from litmus.metrics import Metric
from litmus.metrics.predictions import Predictions


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"size": rng.normal(size=300), "age": rng.normal(size=300)})
    chance = 1 / (1 + np.exp(-(2 * frame["size"] - 1.5)))
    return frame.assign(late=np.where(rng.random(300) < chance, "yes", "no"))


def _trial(number: int, **scores: float) -> Trial:
    found = {name: Score(name, value, maximize=True) for name, value in scores.items()}
    return Trial(number, f"T{number}", "data", "MLP", {}, scores={"validation": found})


def test_bars_are_read_from_text_and_written_back() -> None:
    for text in ("recall >= 0.8", "precision[fraud] >= 0.5", "predict_ms <= 2", "rmse <= 1e+06"):
        (bar,) = read_bars(text)
        assert read_bars(str(bar)) == (bar,)
    assert read_bars(None) == ()
    assert read_bars(["recall>=0.8", Bar("models", "<=", 5)]) == (Bar("recall", ">=", 0.8), Bar("models", "<=", 5))


@pytest.mark.parametrize(
    "text",
    ["recall", "recall > 0.8", "recall >= much", ">= 0.8", "", 3, "recal >= 0.8", "size_m <= 3", "recall >= nan"],
)
def test_what_is_no_bar_is_refused(text: object) -> None:
    with pytest.raises(LitmusError):
        read_bars(text)


def test_a_violation_is_a_share_of_the_bound_and_an_unknown_value_misses_it_by_far() -> None:
    trial = _trial(1, recall=0.6)
    assert violation_of(read_bars("recall >= 0.8"), trial) == pytest.approx(0.25)
    assert violation_of(read_bars("recall <= 0.8"), trial) == 0
    assert violation_of(read_bars("precision >= 0.8"), trial) > 100
    assert missed(read_bars(["recall >= 0.8", "recall >= 0.5"]), trial) == (
        "It misses the bar recall >= 0.8: recall is 0.6.",
    )


def test_costs_are_of_all_fitted_models(tmp_path) -> None:  # type: ignore[no-untyped-def]
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
        (folder / "model").write_bytes(b"0" * 500_000)
    trial = Trial(1, "T", "data", "MLP", {}, folders=tuple(map(str, folders)), predict_seconds=1.5)
    assert [bar.value(trial) for bar in read_bars(["models <= 1", "size_mb <= 1", "predict_ms <= 1"])] == [2, 1, 3]


def test_what_misses_a_bar_ranks_after_all_that_meets_it() -> None:
    trials = [_trial(1, accuracy=0.9), _trial(2, accuracy=0.8), _trial(3, accuracy=0.95)]
    trials[0].bar_violation, trials[2].bar_violation = 0.1, 0.2
    board = Leaderboard(trials, "accuracy")
    assert [trial.name for trial in board] == ["T2", "T1", "T3"]
    assert board.to_pandas()["violation"].tolist() == [0, 0.1, 0.2]
    assert [row["violation"] for row in board.to_json()] == [0, 0.1, 0.2]


def test_an_ensemble_is_grown_within_the_bars() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 2000)
    signal = y - 0.5

    def trial(number: int, noise: float, shift: float) -> Trial:
        p = 1 / (1 + np.exp(-(3 * signal + noise * rng.normal(size=len(y)) + shift)))
        scores = np.column_stack([1 - p, p])
        found = Predictions("binary", y, scores, scores.argmax(axis=1), ("no", "yes"))
        values = {m: Score(m, Metric(m).score(found), maximize=True) for m in ("roc_auc", "recall")}
        return Trial(
            number, f"T{number}", "data", "MLP", {}, scores={"validation": values}, validation=found,
            validation_rows=np.arange(len(y)),
        )  # fmt: skip

    bars = read_bars("recall >= 0.9")
    trials = [trial(1, 1.5, -3.0), trial(2, 1.5, -3.0), trial(3, 2.5, 3.0)]
    for one in trials:
        one.bar_violation = violation_of(bars, one)
    ranked = combinable(trials, "roc_auc")
    assert ranked[0].id == 3
    chosen = select(ranked, Metric("roc_auc"), bars=bars)
    mean = sum(
        w * next(t for t in trials if t.id == n).validation.scores for n, w in zip(chosen.trials, chosen.weights)
    )  # type: ignore[union-attr]
    recall = Metric("recall").score(Predictions("binary", y, mean, mean.argmax(axis=1), ("no", "yes")))
    assert recall >= 0.9
    assert len(chosen.trials) > 1
    free = select(ranked, Metric("roc_auc"))
    assert free.score > chosen.score


def test_a_run_delivers_what_meets_the_bar(orders: pd.DataFrame) -> None:
    options = {"target": "late", "objective": "roc_auc", "algorithm": ["LinearModel", "DecisionTree"], "k_fold": 3,
               "executor": "in_process", "callbacks": []}  # fmt: skip
    free = litmus.train(orders, metrics=["roc_auc", "recall"], **options)
    first, second = (trial for trial in free.leaderboard if trial.name != "Baseline")
    recalls = [trial.score("recall").value for trial in (first, second)]
    assert recalls[0] != recalls[1]
    sign, bound = ">=" if recalls[1] > recalls[0] else "<=", sum(recalls) / 2
    run = litmus.train(orders, bar=f"recall {sign} {bound}", **options)
    assert run.leaderboard[1].name == second.name
    assert any("misses the bar" in note for note in run.leaderboard[first.name].notes)


def test_a_search_is_told_of_violations_and_a_bar_nobody_meets_is_said(orders: pd.DataFrame) -> None:
    seen = []

    class Watching(litmus.SearchStrategy):
        def suggest(self, space, history):  # type: ignore[no-untyped-def]
            seen.extend(observation.violation for observation in history.complete)
            return space.sample(history.rng())

    run = litmus.train(
        orders, target="late", algorithm="DecisionTree", bar="accuracy >= 1", search=Watching(), max_trials=7, k_fold=3,
        executor="in_process", callbacks=[],
    )  # fmt: skip
    assert seen
    assert min(seen) > 0
    assert "No trial meets every bar" in " ".join(str(run.leaderboard).split())
    assert run.best.predict({"size": 1.0, "age": 0.0}) in ("yes", "no")


def test_a_bar_of_another_task_is_refused_before_any_work(orders: pd.DataFrame) -> None:
    with pytest.raises((ParameterError, LitmusError), match="rmse"):
        litmus.train(orders, target="late", bar="rmse <= 1", callbacks=[])
