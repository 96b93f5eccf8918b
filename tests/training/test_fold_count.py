"""A short limit on a big table deals fewer folds, unless the user asks for some; a run that goes on keeps its folds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import litmus
from litmus.data import TaskData
from litmus.training.fold_count import folds_within


@pytest.mark.parametrize(
    ("size", "folds"),
    [((1000, 20, 2), 5), ((20_000, 16, 26), 3), ((10**7, 50, 0), 3), ((10_000, 54, 7), 5), ((0, 0, 0), 5)],
)
def test_fewer_folds_where_five_do_not_fit(size: tuple[int, int, int], folds: int) -> None:
    count = folds_within(60, 4)
    assert count is not None
    assert count(*size) == folds


def test_more_time_and_more_cores_give_more_folds() -> None:
    counts = [folds_within(seconds, cpus)(20_000, 16, 26) for seconds, cpus in ((60, 4), (120, 4), (60, 16))]  # type: ignore[misc]
    assert counts == [3, 5, 5]
    assert folds_within(None, 4) is None


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame({"size": rng.normal(size=200), "kind": rng.choice(["a", "b"], 200)})


def test_the_number_is_told_and_a_number_asked_for_is_kept(frame: pd.DataFrame) -> None:
    fewer = TaskData.create(data=frame, target="kind").load(usual_folds=lambda *_: 3)
    assert len(fewer.folds) == 3
    assert any("3 folds instead of 5" in note for note in fewer.notes)
    assert len(TaskData.create(data=frame, target="kind", k_fold=4).load(usual_folds=lambda *_: 3).folds) == 4
    assert len(TaskData.create(data=frame, target="kind").load().folds) == 5


def test_a_small_table_keeps_five_folds_with_a_limit(frame: pd.DataFrame) -> None:
    run = litmus.train(frame, target="kind", algorithm="LinearModel", time_limit=5, callbacks=[], executor="in_process")
    assert len(next(iter(run.data.values())).folds) == 5
