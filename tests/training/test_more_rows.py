"""Few rows first where time is short: shares of the rows, what is judged on, and runs that go up to more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import litmus
from litmus.data import LoadedData, TaskData
from litmus.evaluate.candidate import make_candidates
from litmus.evaluate.dataset_folder import DatasetFolder
from litmus.evaluate.fit_fold import FitWork, FoldResult
from litmus.evaluate.plan import Plan
from litmus.metrics import Metric
from litmus.pipeline import Pipeline
from litmus.training.attempt import Attempt
from litmus.training.contender import Contender
from litmus.training.judged_rows import judged_on, shares_within
from litmus.training.more_rows import first_share, next_on_more_rows


def _letters(rows: int, classes: int = 20) -> pd.DataFrame:
    """Numbers in which trees find one of many classes."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(rows, 8)), columns=list("abcdefgh"))
    place = (frame["a"].rank(pct=True) * 0.999 * classes).astype(int)
    return frame.assign(kind=place.map(lambda number: f"k{number}"))


@pytest.fixture(scope="module")
def loaded() -> LoadedData:
    frame = _letters(3_000, 3)
    frame.loc[:7, "kind"] = "rare"
    return TaskData.create(data=frame, target="kind", k_fold=3).load()


def test_small_tables_and_long_limits_take_all_rows() -> None:
    assert first_share(20_000, 15, 1, seconds=3.0) == 1.0
    assert first_share(300_000, 40, 23, seconds=600.0) == 1.0
    assert first_share(0, 40, 1, seconds=1.0) == 1.0


def test_less_time_is_fewer_rows_and_never_too_few_to_tell() -> None:
    shares = [first_share(1_000_000, 40, 23, seconds=seconds) for seconds in (1.0, 4.0, 16.0, 64.0)]
    assert shares == sorted(shares)
    assert shares[0] < shares[-1] < 1
    assert first_share(1_000_000, 40, 23, seconds=1e-9) * 1_000_000 >= 4_000


def test_a_share_holds_every_class_and_smaller_ones_are_inside_larger(loaded: LoadedData, tmp_path: Path) -> None:
    dataset = DatasetFolder.write(loaded, tmp_path / "data")
    rows = np.arange(len(loaded.y))

    def taken(share: float) -> set[int]:
        work = FitWork(dataset, Pipeline("DecisionTree"), 0, "", 7, 1, share=share)
        return set(work.learning_rows(rows).tolist())

    few, more = taken(0.05), taken(0.4)
    assert few < more < set(rows.tolist())
    assert set(loaded.y[sorted(few)]) == set(loaded.y)
    assert abs(len(more) / len(rows) - 0.4) < 0.01


def test_without_a_limit_or_with_time_enough_all_rows_are_judged_on(loaded: LoadedData) -> None:
    assert shares_within(None, 4, loaded) == shares_within(60.0, 4, loaded) == (1.0, 1.0)
    assert judged_on((1.0, 1.0), loaded, seed=0) is loaded


def test_judging_on_fewer_rows_keeps_what_is_learned_from_and_every_class(loaded: LoadedData) -> None:
    found = judged_on((0.1, 0.2), loaded, seed=0)
    assert found.test is not None
    assert loaded.test is not None
    assert len(found.test) == len(found.y_test) == pytest.approx(0.2 * len(loaded.test), abs=4)  # type: ignore[arg-type]
    for before, now in zip(loaded.folds, found.folds, strict=True):
        np.testing.assert_array_equal(before.train, now.train)
        assert set(now.valid) < set(before.valid)
        assert set(loaded.y[now.valid]) == set(loaded.y[before.valid])
    assert len(found.notes) == len(loaded.notes) + 2


def _attempt(
    number: int, loaded: LoadedData, folder: Path, *, value: float, seconds: float = 2.0, rounds: int | None = None, **more: Any
) -> Attempt:  # fmt: skip
    """A finished trial on a share of the rows."""
    candidate = make_candidates(["LightGBM"])[0]
    dataset = DatasetFolder(str(folder), loaded.task, tuple(loaded.target.classes), 4, len(loaded.folds), 1)
    metrics = {"validation": (Metric("accuracy"),)}
    plan = Plan(number, candidate, loaded, dataset, metrics, folder / f"trial-{number}", 0, 1)
    attempt = Attempt(number, Contender(0, candidate), plan, plan.trial(), **{"share": 0.1, **more})
    settings = {} if rounds is None else {"n_estimators": rounds, "learning_rate": 0.05}
    attempt.results = {fold: FoldResult("", seconds, 0.1, {}, (), settings) for fold in attempt.folds}
    attempt.state, attempt.value = "done", value
    return attempt


def test_the_best_trial_gets_as_many_more_rows_as_there_is_time_for(loaded: LoadedData, tmp_path: Path) -> None:
    worse, best = _attempt(2, loaded, tmp_path, value=0.8), _attempt(3, loaded, tmp_path, value=0.9)
    assert next_on_more_rows([worse, best], seconds=6.0) == (best, pytest.approx(0.3))
    assert next_on_more_rows([worse, best], seconds=600.0) == (best, 1.0)
    assert next_on_more_rows([worse, best], seconds=3.0) is None, "half as many more rows are not worth a fit"
    followed = _attempt(4, loaded, tmp_path, value=0.95, share=0.3, parent=3, seconds=6.0)
    assert next_on_more_rows([worse, best, followed], seconds=6.0) == (worse, pytest.approx(0.3))
    assert next_on_more_rows([worse, best, followed], seconds=12.0) == (followed, pytest.approx(0.6))


def test_boosting_of_many_small_rounds_has_time_for_more_rows(loaded: LoadedData, tmp_path: Path) -> None:
    small_steps = _attempt(2, loaded, tmp_path, value=0.8, rounds=400)
    assert next_on_more_rows([small_steps], seconds=2.0) == (small_steps, pytest.approx(0.4))
    assert next_on_more_rows([_attempt(2, loaded, tmp_path, value=0.8, rounds=50)], seconds=2.0) is None


def test_a_short_run_of_a_large_table_begins_with_few_rows_and_says_so() -> None:
    run = litmus.train(
        _letters(60_000, 60), target="kind", algorithm=["DecisionTree"], search=False, time_limit=15, k_fold=2,
        callbacks=[], resources={"train": {"cpus": 2}},
    )  # fmt: skip
    by_name = {trial.name: trial for trial in run.leaderboard}
    first = by_name["DecisionTree"]
    assert first.learned_rows is not None
    assert first.learned_rows < 24_000
    assert by_name["Baseline"].learned_rows is None
    if first.status == "complete":
        assert any(note.startswith(f"Each fit learned from {first.learned_rows:,} of ") for note in first.notes)
    more = [trial for name, trial in by_name.items() if name.startswith("DecisionTree on ")]
    assert all(trial.learned_rows is None or trial.learned_rows > first.learned_rows for trial in more)
    best = run.leaderboard.best()
    assert run.best.lineage.get("learned_rows") == best.learned_rows
