"""Few rows first where time is short: shares of the rows, what is judged on, and runs that go up to more."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import litmus
from litmus.data import LoadedData, TaskData
from litmus.evaluate.dataset_folder import DatasetFolder
from litmus.evaluate.fit_fold import FitWork
from litmus.pipeline import Pipeline
from litmus.training.judged_rows import judged_on, shares_within
from litmus.training.more_rows import first_share


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


def test_a_share_holds_every_class_and_smaller_ones_are_inside_larger(loaded: LoadedData, tmp_path) -> None:  # type: ignore[no-untyped-def]
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


def test_a_short_run_of_a_large_table_begins_with_few_rows_and_goes_up() -> None:
    frame = _letters(60_000, 40)
    run = litmus.train(
        frame, target="kind", algorithm=["DecisionTree"], search=False, time_limit=12, k_fold=2, callbacks=[],
        resources={"train": {"cpus": 2}},
    )  # fmt: skip
    by_name = {trial.name: trial for trial in run.leaderboard}
    first = by_name["DecisionTree"]
    assert first.learned_rows is not None
    assert first.learned_rows < 24_000
    assert any(note.startswith(f"Each fit learned from {first.learned_rows:,} of ") for note in first.notes)
    more = [trial for name, trial in by_name.items() if name.startswith("DecisionTree on ")]
    assert more, "there was time for more rows"
    assert all(trial.learned_rows is None or trial.learned_rows > first.learned_rows for trial in more)
    assert by_name["Baseline"].learned_rows is None
