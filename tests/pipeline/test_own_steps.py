"""A user's own steps, encoders and algorithms work on litsdf tables in the layout for their number of rows."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

import litmus
import litsdf
from litmus.algorithms import Classifier, FitContext
from litmus.data.schema import Column, Schema
from litmus.errors import DataError
from litmus.evaluate.dataset_folder import DatasetFolder
from litmus.pipeline import FittedPipeline, Pipeline
from litmus.pipeline.pipeline import TrainingRows
from litmus.steps import Block, Encoder, Step
from litsdf.interchange import as_frame, frame_of_row

SCHEMA = Schema([Column("age", "numeric"), Column("city", "categorical")])
CONTEXT = FitContext(n_classes=2, threads=1, seed=3)
SEEN = []


def table(rows):
    rng = np.random.default_rng(0)
    city = pd.Series(rng.choice(["Oslo", "Rome", "Lima"], rows), dtype="str")
    return pd.DataFrame({"age": rng.integers(18, 80, rows).astype(float), "city": city})


def fit(pipeline, rows):
    frame = table(rows)
    y = ((frame["age"] > 45) ^ (frame["city"] == "Rome")).astype(np.int64).to_numpy()
    SEEN.clear()
    return pipeline.fit(TrainingRows(frame, y), schema=SCHEMA, task="binary", context=CONTEXT)


@dataclass
class Seen(Step):
    def fit(self, df, y=None):
        SEEN.append(("fit", df.layout))

    def transform(self, df):
        SEEN.append(("transform", df.layout))
        return df.assign(age=df["age"].clip(20, 70), city=df["city"].str.upper())


@dataclass
class Letters(Encoder):
    def fit(self, df, y=None):
        SEEN.append(("fit", df.layout))
        self.columns_ = ["city"]

    def encode(self, df):
        return Block(df[["city"]].to_pandas()["city"].str.len().to_numpy("float32")[:, None], ("length",))


@dataclass
class TakesTables(Classifier):
    accepts = "frame"

    def fit(self, X, y, context):
        SEEN.append(("fit", X.layout, list(X)))
        self.share_ = float(y.mean())

    def predict_proba(self, X):
        SEEN.append(("predict", X.layout, X.shape))
        return np.repeat([[1 - self.share_, self.share_]], len(X), axis=0).astype(np.float32)


@pytest.mark.parametrize(("rows", "layout"), [(300, "numpy"), (12_000, "polars")])
@pytest.mark.parametrize("step", [Seen(), Letters()])
def test_training_rows_come_in_the_layout_for_their_number(rows, layout, step):
    fit(Pipeline("LightGBM", before=[step]), rows)
    assert {seen[1] for seen in SEEN} == {layout}


def test_one_row_comes_as_a_record_and_many_as_polars():
    fitted = fit(Pipeline("LightGBM", before=[Seen()]), 300)
    batch = fitted.scores(table(12_000))
    assert SEEN[-1] == ("transform", "polars")
    for place in range(0, 50, 7):
        row = table(12_000).iloc[place].to_dict()
        one = fitted.scores(frame_of_row(row, {"age": "float64", "city": "str"}))
        assert SEEN[-1] == ("transform", "record")
        np.testing.assert_array_equal(one[0], batch[place])


def test_an_algorithm_that_takes_tables_gets_litsdf_ones():
    fitted = fit(Pipeline(TakesTables()), 3000)
    assert SEEN == [("fit", "numpy", ["age", "city"])]
    fitted.scores(table(10).head(1))
    assert SEEN[-1] == ("predict", "record", (1, 2))


@dataclass
class OnlyPandas(Step):
    def fit(self, df, y=None):
        self.cities_ = sorted(df["city"].unique())

    def transform(self, df):
        return pd.concat([df, pd.DataFrame({name: df["city"] == name for name in self.cities_})], axis=1)


@dataclass
class OnlyPandasEncoder(Encoder):
    def fit(self, df, y=None):
        self.columns_ = ["city"]
        self.names_ = list(pd.concat([df["city"], df["city"]]).value_counts().index)

    def encode(self, df):
        values = pd.concat([df["city"].eq(name) for name in self.names_], axis=1).to_numpy("float32")
        return Block(values, tuple(self.names_))


@pytest.mark.parametrize("step", [OnlyPandas(), OnlyPandasEncoder()])
def test_steps_that_need_pandas_get_it_and_say_so(step, tmp_path):
    fitted = fit(Pipeline("LightGBM", before=[step]), 2000)
    assert any("gets pandas frames, because it failed on a litsdf table (TypeError" in note for note in fitted.notes())
    frame = table(1500).set_axis(range(100, 1600), axis=0)
    scores = fitted.scores(frame)
    np.testing.assert_array_equal(fitted.scores(frame.head(1))[0], scores[0])
    fitted.save(tmp_path / "pipeline")
    np.testing.assert_array_equal(FittedPipeline.load(tmp_path / "pipeline", trust=True).scores(frame), scores)


def test_a_step_that_fails_on_a_single_record_gets_pandas_for_it():
    @dataclass
    class NoRecords(Step):
        def transform(self, df):
            if getattr(df, "layout", None) == "record":
                raise NotImplementedError
            return df.assign(double=df["age"] * 2)

    fitted = fit(Pipeline("LightGBM", before=[NoRecords()]), 300)
    assert fitted.notes() == []
    np.testing.assert_array_equal(fitted.scores(table(5).head(1))[0], fitted.scores(table(5))[0])


def test_a_step_that_drops_rows_is_refused():
    @dataclass
    class Drops(Step):
        def transform(self, df):
            return df[df["age"] > 40]

    with pytest.raises(DataError, match="a step keeps every row"):
        fit(Pipeline("LightGBM", before=[Drops()]), 300)


def test_the_index_of_the_rows_makes_no_difference():
    def dummies(df):
        return df.join(litsdf.get_dummies(df["city"], dtype=float))

    fitted = fit(Pipeline("LightGBM", before=[dummies]), 300)
    rows = table(200)
    np.testing.assert_array_equal(fitted.scores(rows.set_axis(range(900, 1100), axis=0)), fitted.scores(rows))


def test_folds_are_taken_from_the_mapped_file_as_polars_columns(tmp_path):
    frame = table(2000).assign(
        member=pd.array([True, None] * 1000, dtype="boolean"),
        since=pd.to_datetime(["2024-01-01", None] * 1000).astype("datetime64[us]"),
        n=np.arange(2000),
        flag=np.arange(2000) % 2 == 0,
        y=np.arange(2000) % 2,
    )
    frame.loc[3, "age"] = np.nan
    frame.loc[4, "city"] = None
    data = litmus.TaskData.create(data=frame, target="y", k_fold=3).load(seed=0)
    folder = DatasetFolder.write(data, tmp_path / "data")
    mapped = {layout: folder.rows("train", layout) for layout in ("pandas", "polars")}
    assert mapped["polars"].frame.layout == "polars"
    positions = folder.fold(1)[0]
    expected = folder.take(mapped["pandas"], positions)
    taken = folder.take(mapped["polars"], positions)
    assert taken.frame.layout == "polars"
    pd.testing.assert_frame_equal(taken.frame.to_pandas(), expected.frame.to_pandas())
    np.testing.assert_array_equal(taken.y, expected.y)


def test_a_litsdf_table_may_be_what_a_model_is_asked_about():
    fitted = fit(Pipeline("LightGBM"), 300)
    rows = table(20)
    expected = fitted.scores(rows)
    for layout in ("numpy", "pandas", "polars"):
        np.testing.assert_array_equal(fitted.scores(as_frame(rows).to_layout(layout)), expected)
