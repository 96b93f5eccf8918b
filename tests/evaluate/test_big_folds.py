"""Fits of big tables: rows are taken column by column and let go of, and nothing else changes."""

import gc
import weakref

import numpy as np
import pandas as pd
import pytest

import litmus
from litmus.algorithms.context import FitContext, Validation
from litmus.data import TaskData
from litmus.evaluate import dataset_folder
from litmus.evaluate.dataset_folder import DatasetFolder
from litmus.pipeline import FittedPipeline
from litmus.pipeline.pipeline import Prepared
from litmus.steps import columns as step_columns
from litmus.steps.impute import Impute
from litmus.steps.scaling import RobustScale, StandardScale


def table(rows=400):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(rows, 5)), columns=list("abcde"))
    frame.loc[rng.random(rows) < 0.2, "b"] = np.nan
    frame["flag"] = pd.array(rng.choice([True, False, None], rows), dtype="boolean")
    frame["town"] = pd.array(rng.choice(["Oslo", "Rome", None], rows), dtype="str")
    frame["y"] = np.where(frame["a"] + rng.normal(size=rows) > 0, "yes", "no")
    return frame


def test_rows_taken_column_by_column_are_the_same_rows(tmp_path, monkeypatch):
    folder = DatasetFolder.write(TaskData.create(data=table(), target="y").load(), tmp_path / "data")
    rows, positions = folder.rows("train"), np.array([5, 3, 3, 200])
    whole = folder.take(rows, positions)
    monkeypatch.setattr(dataset_folder, "BIG_TABLE", 1)
    taken = folder.take(rows, positions)
    pd.testing.assert_frame_equal(taken.frame.to_pandas(), whole.frame.to_pandas())
    np.testing.assert_array_equal(taken.y, whole.y)
    folder.let_go()
    pd.testing.assert_frame_equal(folder.take(rows, positions).frame.to_pandas(), whole.frame.to_pandas())


def test_a_run_gives_the_same_scores_when_its_table_counts_as_big(monkeypatch):
    def scores():
        run = litmus.train(
            table(), target="y", algorithm=["LightGBM", "LinearModel"], k_fold=3, executor="in_process", callbacks=[]
        )
        return {trial.name: trial.scores for trial in run.leaderboard}

    expected = scores()
    monkeypatch.setattr(dataset_folder, "BIG_TABLE", 1)
    monkeypatch.setattr(litmus.resources, "BIG_TABLE", 1)
    assert scores() == expected


@pytest.mark.parametrize(
    "step",
    [Impute(), Impute(strategy="mean"), Impute(strategy="most_frequent"), StandardScale(), RobustScale()],
    ids=lambda step: step.name,
)
def test_steps_that_work_on_a_few_columns_at_a_time_give_the_same_table(step, monkeypatch):
    frame = table().drop(columns=["town", "y"])
    whole = step.clone().fit_transform(frame).to_pandas()
    monkeypatch.setattr(step_columns, "_AT_ONCE", 2 * len(frame))
    pd.testing.assert_frame_equal(step.clone().fit_transform(frame).to_pandas(), whole, rtol=1e-6)
    empty = step.clone()
    empty.fit(frame.iloc[:0])
    assert list(empty.transform(frame.iloc[:0])) == list(empty.transform(frame.iloc[:3]))


@pytest.mark.parametrize("family", [litmus.LightGBM, litmus.XGBoost])
def test_features_are_gone_once_the_library_has_its_own_copy(family):
    rng = np.random.default_rng(0)
    features = rng.normal(size=(300, 4)).astype(np.float32)
    y = (features[:, 0] > 0).astype(np.int64)
    alive = []

    def report(score):  # noqa: ARG001 - what an algorithm calls while it learns
        gc.collect()
        alive.append(held() is not None)

    held = weakref.ref(features)
    context = FitContext(
        n_classes=2, classes=(0, 1), validation=Validation(features[:50].copy(), y[:50]), report=report
    )
    algorithm = family(n_estimators=30).classifier(n_estimators=30)
    fitted = FittedPipeline(
        task="binary",
        n_outputs=2,
        columns=list("abcd"),
        steps=[],
        numeric=list("abcd"),
        feature_names=tuple("abcd"),
        algorithm=algorithm,
    )
    prepared = Prepared(fitted, features, y, context, None)
    del features
    prepared.learn()
    assert alive
    assert not any(alive)
