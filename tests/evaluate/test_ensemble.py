"""Greedy selection finds the trials that are stronger together, and counts only rows and trials that may be combined."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import litmus
from litmus.errors import ParameterError, TrainingError
from litmus.evaluate.ensemble import combinable, mean_scores, select
from litmus.evaluate.ensemble_judge import Judge
from litmus.evaluate.ensemble_options import Ensemble, resolve_ensemble
from litmus.evaluate.trial import Score, Trial
from litmus.metrics import Metric, resolve_metric
from litmus.metrics.predictions import Predictions, decide

ROWS = 400


def trial_of(number, task, y, scores, metric="roc_auc", **facts):
    classes = () if task == "regression" else tuple(range(scores.shape[1]))
    found = Predictions(task, y, scores, decide(task, scores), classes)
    metric = resolve_metric(metric)
    value = metric.score(found)
    return Trial(
        number,
        f"T{number}",
        "data",
        "MLP",
        {},
        scores={"validation": {metric.label: Score(metric.label, value, metric.maximize)}},
        validation=found,
        validation_rows=np.arange(len(y)),
        **facts,
    )


def noisy(task, count, *, metric, seed=0, rows=ROWS):
    """Trials that each see the truth through noise of their own."""
    rng = np.random.default_rng(seed)
    trials = []
    y = {
        "regression": rng.normal(size=rows),
        "binary": rng.integers(0, 2, rows),
        "multiclass": rng.integers(0, 3, rows),
        "multilabel": rng.integers(0, 2, (rows, 3)).astype(np.int8),
    }[task]
    for number in range(1, count + 1):
        noise = 0.8 + 0.1 * number
        if task == "regression":
            scores = y + noise * rng.normal(size=rows)
        elif task == "multilabel":
            scores = 1 / (1 + np.exp(-(2 * y - 1 + noise * 2 * rng.normal(size=y.shape))))
        else:
            logits = np.eye(3 if task == "multiclass" else 2)[y] * 2 + noise * 2 * rng.normal(
                size=(rows, 3 if task == "multiclass" else 2)
            )
            scores = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        trials.append(trial_of(number, task, y, scores if task == "regression" else scores.astype(np.float32), metric))
    return trials


@litmus.metric(needs="labels", maximize=False)
def refunds(y_true, y_pred):
    return float(((y_true == 0) & (y_pred == 1)).mean() + 3 * ((y_true == 1) & (y_pred == 0)).mean())


@pytest.mark.parametrize(
    ("task", "metric"),
    [
        ("binary", "roc_auc"),
        ("binary", "accuracy"),
        ("binary", "log_loss"),
        ("binary", refunds),
        ("binary", Metric("coverage_at_precision", {"precision": 0.9})),
        ("multiclass", "log_loss"),
        ("multiclass", "f1"),
        ("multilabel", "f1"),
        ("regression", "rmse"),
        ("regression", "mae"),
    ],
)
def test_an_ensemble_is_better_than_its_best_member_for_any_metric(task, metric):
    metric = resolve_metric(metric)
    trials = noisy(task, 6, metric=metric)
    ranked = combinable(trials, metric.label)
    folds = np.arange(ROWS) % 4
    found = select(ranked, metric, folds=folds)
    best = ranked[0].score(metric.label).value
    together = mean_scores([trials[number - 1].validation.scores for number in found.trials], found.weights)
    value = metric.score(dataclasses.replace(trials[0].validation, scores=together, y_pred=decide(task, together)))
    assert len(found.trials) > 1
    assert sum(found.weights) == pytest.approx(1)
    assert list(found.weights) == sorted(found.weights, reverse=True)
    assert value > best if metric.maximize else value < best
    assert select(ranked, metric, folds=folds) == found


def test_the_first_two_steps_are_those_of_an_exhaustive_search():
    metric = resolve_metric("log_loss")
    trials = combinable(noisy("multiclass", 5, metric=metric, seed=3), "log_loss")
    found = select(trials, metric, options=Ensemble(rounds=2))
    best = trials[0]
    pairs = {
        other.id: metric.score(
            dataclasses.replace(best.validation, scores=(best.validation.scores + other.validation.scores) / 2)
        )
        for other in trials
    }
    assert set(found.trials) == {best.id, min(pairs, key=pairs.__getitem__)}
    assert found.weights == (0.5, 0.5)


def test_it_has_no_more_members_than_allowed():
    metric = resolve_metric("rmse")
    trials = combinable(noisy("regression", 12, metric=metric), "rmse")
    assert len(select(trials, metric).trials) > 3
    assert len(select(trials, metric, options=Ensemble(max_members=3)).trials) == 3
    assert select(trials, metric, options=Ensemble(max_members=1)).weights == (1.0,)


def test_several_selections_may_be_averaged():
    metric = resolve_metric("rmse")
    trials = combinable(noisy("regression", 12, metric=metric), "rmse")
    one, several = select(trials, metric), select(trials, metric, options=Ensemble(bags=6))
    assert several.weights != one.weights
    assert sum(several.weights) == pytest.approx(1)
    assert list(several.weights) == sorted(several.weights, reverse=True)
    assert -trials[0].score("rmse").value < several.score <= one.score
    assert select(trials, metric, options=Ensemble(bags=6)) == several
    assert len(select(trials, metric, options=Ensemble(bags=6, max_members=3)).trials) == 3


def test_a_deadline_ends_the_choice_with_what_there_is():
    metric = resolve_metric("rmse")
    trials = combinable(noisy("regression", 5, metric=metric), "rmse")
    assert select(trials, metric, deadline=0.0).trials == (trials[0].id,)


def test_rare_rows_of_a_large_table_still_decide():
    rng = np.random.default_rng(0)
    y = (rng.random(60_000) < 0.01).astype(np.int64)
    trials = []
    for number in (1, 2):
        score = np.clip(0.02 + 0.1 * y + 0.05 * rng.normal(size=len(y)), 0.001, 0.999)
        trials.append(trial_of(number, "binary", y, np.column_stack([1 - score, score]).astype(np.float32), "pr_auc"))
    judge = Judge(trials[0], resolve_metric("pr_auc"), folds=np.arange(len(y)) % 5)
    assert 20_000 < judge.rows < 60_000
    assert len(select(combinable(trials, "pr_auc"), resolve_metric("pr_auc"), folds=np.arange(len(y)) % 5).trials) == 2


def test_a_perfect_trial_stays_alone_and_equal_ones_are_not_added():
    y = np.array([0.0, 1.0, 2.0, 3.0])
    perfect = trial_of(7, "regression", y, y.copy(), "rmse")
    others = [trial_of(number, "regression", y, y + number, "rmse") for number in (1, 2)]
    assert select(combinable([*others, perfect], "rmse"), resolve_metric("rmse")).trials == (7,)
    twins = [trial_of(number, "regression", y, y + 0.5, "rmse") for number in (3, 4, 5)]
    assert select(combinable(twins, "rmse"), resolve_metric("rmse")).trials == (3,)


def test_only_the_rows_given_decide():
    rng = np.random.default_rng(0)
    y = rng.normal(size=100)
    first, second = y.copy(), y.copy()
    first[50:] += 5
    second[:50] += 5
    trials = [trial_of(1, "regression", y, first, "rmse"), trial_of(2, "regression", y, second, "rmse")]
    assert select(trials, resolve_metric("rmse"), rows=np.arange(50)).trials == (1,)
    assert select(trials, resolve_metric("rmse"), rows=np.arange(50, 100)).trials == (2,)


def test_only_whole_trials_on_the_same_rows_are_combined():
    metric = resolve_metric("roc_auc")
    good, same, other_rows, failed, stopped, ensemble, unscored = noisy("binary", 7, metric=metric)
    other_rows.validation_rows = other_rows.validation_rows + 1
    failed.status, stopped.status = "failed", "stopped"
    ensemble.members = {1: 1.0}
    unscored.scores = {}
    trials = [good, same, other_rows, failed, stopped, ensemble, unscored]
    assert [trial.id for trial in combinable(trials, "roc_auc")] == [good.id, same.id]
    assert combinable([failed, unscored], "roc_auc") == []


def test_a_metric_that_is_undefined_everywhere_is_said():
    y = np.zeros(10, dtype=np.int64)
    scores = np.full((10, 2), 0.5, dtype=np.float32)
    trial = Trial(1, "T", "data", "MLP", {}, validation=Predictions("binary", y, scores, y, (0, 1)))
    with pytest.raises(TrainingError, match="roc_auc"):
        select([trial], resolve_metric("roc_auc"))


def test_a_fold_with_one_class_is_no_obstacle():
    metric = resolve_metric("roc_auc")
    trials = noisy("binary", 4, metric=metric)
    folds = np.where(trials[0].validation.y_true == 1, 0, np.arange(ROWS) % 3)
    assert len(select(combinable(trials, "roc_auc"), metric, folds=folds).trials) > 1


def test_the_words_for_an_ensemble():
    assert resolve_ensemble(False) is None
    assert resolve_ensemble(None) is None
    assert resolve_ensemble(True) == resolve_ensemble("auto") == resolve_ensemble("greedy") == Ensemble()
    assert resolve_ensemble("stacking").method == "stacking"
    given = litmus.Ensemble(max_members=3)
    assert resolve_ensemble(given) is given
    assert resolve_ensemble(Ensemble) == Ensemble()


@pytest.mark.parametrize(
    ("value", "words"), [("gredy", "Did you mean 'greedy'"), (3, "ensemble=3"), ([], "not allowed")]
)
def test_other_words_are_refused(value, words):
    with pytest.raises(ParameterError, match=words):
        resolve_ensemble(value)


@pytest.mark.parametrize(("name", "value"), [("max_members", 0), ("candidates", "many"), ("rounds", 0)])
def test_options_are_checked(name, value):
    with pytest.raises(ParameterError, match=name):
        Ensemble(**{name: value})
