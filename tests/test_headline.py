"""The headline call, as the design has it, with local paths and with s3:// paths on a real S3 server."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

import litmus
from litmus import Metric, TaskData
from litmus.errors import LitmusError, ResourceError


@dataclasses.dataclass
class CustomAlgorithm(litmus.Classifier):
    """Class shares among the training rows nearest to the mean of each class."""

    shrink: float = litmus.param(0.1, litmus.Float(0.0, 1.0))

    def fit(self, X, y, context):
        self.centres_ = np.stack([np.nan_to_num(X[y == code]).mean(axis=0) for code in range(context.n_classes)])

    def predict_proba(self, X):
        distance = ((np.nan_to_num(X)[:, None] - self.centres_) ** 2).sum(axis=2)
        weight = 1 / (distance + self.shrink + 1e-9)
        return (weight / weight.sum(axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def tables():
    """A small multi-class table in two splits, from real measurements of irises (R. A. Fisher, 1936)."""
    from sklearn.datasets import load_iris

    frame = load_iris(as_frame=True).frame
    frame["target"] = np.array(["setosa", "versicolor", "virginica"])[frame["target"]]
    frame.columns = ["sepal_length", "sepal_width", "petal_length", "petal_width", "species"]
    test = frame.iloc[::4]
    return frame.drop(test.index), test


SCHEMA = {
    "sepal_length": "numeric",
    "sepal_width": "numeric",
    "petal_length": "numeric",
    "petal_width": "numeric",
    "species": "target",
}


def headline(train_path, test_path, *, resources, k_fold=5, callbacks=()):
    return litmus.train(
        data=[
            TaskData.create(
                name="gl_classification_data",
                task=("multi-class", "classification"),
                data={"train": train_path, "test": test_path},
                schema=SCHEMA,
                k_fold=k_fold,
            )
        ],
        algorithm=["XGBoost", litmus.XGBoost().hyperparams(max_depth=5), CustomAlgorithm().hyperparams()],
        metrics={
            "train": ["accuracy"],
            "validation": ["accuracy"],
            "test": ["accuracy", Metric("coverage_at_precision", {"precision": 0.85})],
        },
        resources=resources,
        callbacks=list(callbacks),
    )


def check(run):
    names = {trial.name for trial in run.leaderboard}
    assert names == {"XGBoost", "XGBoost(max_depth=5)", "CustomAlgorithm", "Baseline"}
    for trial in run.leaderboard:
        assert trial.status == "complete", trial.reason
        assert set(trial.scores) == {"train", "validation", "test"}
        assert len(trial.score("accuracy").folds) == 5
    best = run.leaderboard[1]
    assert best.score("accuracy").value > 0.9
    coverage = best.score("coverage_at_precision(precision=0.85)", "test")
    assert 0.5 < coverage.value <= 1
    assert (
        run.best.predict({"sepal_length": 5.0, "sepal_width": 3.4, "petal_length": 1.4, "petal_width": 0.2}) == "setosa"
    )


def test_headline_with_local_folders(tables, tmp_path):
    for split, frame in zip(("train", "test"), tables, strict=True):
        (tmp_path / split).mkdir()
        half = len(frame) // 2
        frame.iloc[:half].to_parquet(tmp_path / split / "part-0.parquet")
        frame.iloc[half:].to_parquet(tmp_path / split / "part-1.parquet")
    check(headline(f"{tmp_path}/train/", f"{tmp_path}/test/", resources={"train": {"cpus": 2}, "predict": {"cpus": 2}}))


def test_headline_with_s3_and_a_kfold_object(tables, s3):
    s3.create_bucket(Bucket="headline")
    for split, frame in zip(("train", "test"), tables, strict=True):
        s3.put_object(Bucket="headline", Key=f"{split}/part.csv", Body=frame.to_csv(index=False).encode())
    check(
        headline(
            "s3://headline/train/",
            "s3://headline/test/",
            resources={"train": {"cpus": 2}, "predict": {"cpus": 1}},
            k_fold=litmus.KFoldCV(5, kind="stratified", seed=3),
        )
    )


def test_gpus_on_a_machine_without_any_is_one_clear_error_before_any_work(tables):
    events = []
    with pytest.raises(ResourceError, match=r"this machine has none. Use cores instead, resources=\{'train'"):
        headline(*tables, resources={"train": {"gpus": 1000}, "predict": {"gpus": 6000}}, callbacks=[events.append])
    assert not [event for event in events if event.kind.startswith("data.")]


def test_several_data_sets_each_train_every_algorithm(tables):
    frame = pd.concat(tables)
    run = litmus.train(
        [
            TaskData.create(name="species", data=frame, target="species", k_fold=3),
            TaskData.create(name="length", data=frame.drop(columns="species"), target="sepal_length", k_fold=3),
        ],
        algorithm=["LightGBM", "LinearModel"],
        resources={"train": {"cpus": 2}},
        callbacks=[],
    )
    table = run.leaderboard.to_pandas()
    assert sorted(table.groupby("data")["name"].agg(sorted).to_dict().items()) == [
        ("length", ["Baseline", "LightGBM", "LinearModel"]),
        ("species", ["Baseline", "LightGBM", "LinearModel"]),
    ]
    header = next(line for line in str(run.leaderboard).splitlines() if line.startswith("rank"))
    assert "data" in header.split()
    with pytest.raises(LitmusError, match="This run has data 'species', 'length'; say which"):
        _ = run.best
    assert isinstance(run.model(data="length").predict(frame.iloc[:3]).iloc[0], float)
    assert run.versions == {"species": "species-1", "length": "length-1"}


def test_the_short_form(adult_path, tmp_path):
    path = tmp_path / "adult.csv"
    pd.read_csv(adult_path, nrows=1500, keep_default_na=False).to_csv(path, index=False)
    run = litmus.train(str(path), target="income", algorithm=["LightGBM"], k_fold=3, callbacks=[])
    assert run.leaderboard[1].name == "LightGBM"
    assert run.leaderboard[1].score("roc_auc").value > 0.85
    assert run.best.predict_proba(run.best.sample).keys() == {"<=50K", ">50K"}
