"""The portfolio: every entry fits its algorithm, for every task, and the order suits the task."""

from __future__ import annotations

import pytest

from litmus.evaluate.candidate import make_candidates
from litmus.search import space_of
from litmus.search.portfolio import portfolio
from litmus.task import TaskKind
from litmus.training.contender import Contender

TASKS: tuple[TaskKind, ...] = ("binary", "multiclass", "multilabel", "regression")


@pytest.mark.parametrize("text", [False, True])
@pytest.mark.parametrize("task", TASKS)
def test_every_entry_fits_the_space_of_its_algorithm(task: TaskKind, text: bool) -> None:
    for entry in portfolio(task, 1000, text=text):
        candidate = make_candidates([entry.algorithm])[0]
        contender = Contender(0, candidate, space_of(candidate.pipeline, task))
        settings = contender.near(entry.settings)
        assert settings is not None, entry
        assert {name: settings[name] for name in entry.settings} == pytest.approx(entry.settings), entry


def test_each_algorithm_comes_with_its_defaults_first() -> None:
    seen = set()
    for entry in portfolio("binary", 1000):
        assert entry.algorithm in seen or not entry.settings
        seen.add(entry.algorithm)


def test_large_tables_and_many_classes_change_what_comes_first() -> None:
    assert {entry.algorithm for entry in portfolio("binary", 10**7)} <= {
        "LightGBM",
        "XGBoost",
        "CatBoost",
        "LinearModel",
    }
    assert portfolio("multiclass", 1000, 26)[-1].algorithm == "CatBoost"
    assert portfolio("multiclass", 1000, 3)[0].algorithm == "LightGBM"


def test_text_is_read_first_by_what_reads_it_best() -> None:
    with_text = portfolio("multiclass", 5000, 4, text=True)
    assert [entry.algorithm for entry in with_text[:4]] == ["NaiveBayes", "LinearModel", "LinearSVM", "LightGBM"]
    assert len(set(map(repr, with_text))) == len(with_text)
    assert portfolio("regression", 5000, text=True) == portfolio("regression", 5000)


def test_values_outside_a_range_are_moved_to_its_end() -> None:
    candidate = make_candidates(["XGBoost"])[0]
    contender = Contender(0, candidate, space_of(candidate.pipeline, "binary"))
    settings = contender.near({"max_depth": 99, "n_estimators": 7, "learning_rate": 1e-9})
    assert settings is not None
    assert settings["max_depth"] == 10
    assert settings["learning_rate"] == 0.01
    assert "n_estimators" not in settings
    assert Contender(0, candidate).near({"max_depth": 3}) is None
