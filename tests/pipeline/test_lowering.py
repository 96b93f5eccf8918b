"""The program of fitted pipelines gives the features that they make, on real tables and for every algorithm's default steps."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from litmus.algorithms import Classifier, FitContext
from litmus.algorithms.registry import family, names
from litmus.data import TaskData
from litmus.data.schema import Column, Schema
from litmus.pipeline import Pipeline
from litmus.pipeline.lowering import lower
from litmus.pipeline.pipeline import TrainingRows
from litmus.program import Graph, NotLoweredError, Program
from litmus.steps import Block, Encoder, OrdinalEncoder, Step, TextCounts
from program_rows import SCHEMA_KINDS, assert_same_features, dicts_of, kind_of

TABLES = {
    "titanic": "Survived",
    "telco_churn": "Churn",
    "taxis": "tip",
    "sms_spam": "type",
    "airbnb_listings": "price",
    "german_credit": "class",
    "house_prices_ames_kaggle": "SalePrice",
    "hr_job_change": "target",
    "bike_sharing_hour": "cnt",
    "amazon_employee_access": "ACTION",
}
ODD = {
    "number": [np.nan, 0.0, -1e300, 1e300, 3.4028235e38, 3.402823567e38, 1e39, -5e-324, 2.0**53],
    "text": [None, "", "never seen", "Ünïcödé ΑΣ İ 😀", "?!_ 12", "word " * 2000, " ", "\u00a0x", "NaN"],
    "date": [None, "1900-01-01", "2100-12-31 23:59:59.999999", "2024-02-29 12:30", "1970-01-01"],
    "truth": [None, True, False],
}


def odd_rows(frame):
    """Rows of which every column takes each odd value once."""
    rows = pd.concat([frame.head(1)] * 9, ignore_index=True)
    for name in frame:
        kind = kind_of(frame[name])
        values = (ODD[kind] * 9)[:9]
        dtype = {"number": "float64", "text": "str", "date": "datetime64[us]", "truth": "boolean"}[kind]
        rows[name] = pd.Series(values, dtype=dtype)
    return rows


def loaded(source, target, rows):
    frame = pd.read_parquet(source) if str(source).endswith("parquet") else pd.read_csv(source, keep_default_na=False)
    frame = frame.sample(min(rows, len(frame)), random_state=1).reset_index(drop=True)
    return TaskData.create(name="table", data=frame, target=target, k_fold=2).load()


def pipelines_of(data, algorithm):
    """Each fold's pipeline, whose algorithm is not fitted."""
    made = []
    for fold in data.folds:
        context = FitContext(n_classes=len(data.target.classes or ()), threads=1, seed=1)
        rows = TrainingRows(data.train.iloc[fold.train], data.y[fold.train])
        made.append(Pipeline(algorithm).prepare(rows, schema=data.schema, task=data.task, context=context).fitted)
    return made


def checked(data, algorithm):
    pipelines = pipelines_of(data, algorithm)
    assert_same_features(pipelines, data.test, data.schema, rows=20)
    return assert_same_features(pipelines, odd_rows(data.test), data.schema)


@pytest.fixture(scope="module")
def adult(adult_path):
    return loaded(adult_path, "income", 3000)


@pytest.mark.parametrize("algorithm", names())
def test_every_algorithms_default_steps_on_adult(adult, algorithm):
    program = checked(adult, algorithm)
    assert (program.width > 0) == (algorithm != "Baseline")


@pytest.mark.parametrize("name", TABLES)
def test_default_steps_on_real_tables(real_table, name):
    data = loaded(real_table(name), TABLES[name], 500)
    seen = set()
    for algorithm in names():
        if (algorithm, data.task) == ("NaiveBayes", "regression"):
            continue
        taken = family(algorithm).for_task(data.task)
        facts = (taken.accepts, taken.takes_missing, taken.wants_scaled, taken.categories, taken.ignores_features)
        if facts not in seen:
            seen.add(facts)
            checked(data, algorithm)
    assert len(seen) >= 4


def test_folds_share_what_they_have_in_common(adult):
    one, two = pipelines_of(adult, "XGBoost")
    graph = Graph()
    alone = Program.of([lower(one, graph, adult.schema)])
    again = Program.of([lower(one, graph, adult.schema), lower(one, graph, adult.schema)])
    both = Program.of([lower(one, graph, adult.schema), lower(two, graph, adult.schema)])
    assert again.width == alone.width == len(one.feature_names)
    assert alone.width < both.width < 2 * alone.width
    texts = [name for name, kind in both.inputs.items() if kind == "text"]
    assert both.source.count("the_of") == len(texts)  # one lookup a column, whatever the number of folds


def test_without_a_schema_the_kinds_are_those_of_the_first_reader(adult):
    pipelines = pipelines_of(adult, "LinearModel")
    program = assert_same_features(pipelines, adult.test, None, rows=20)
    assert program.inputs["age"] == "number"
    assert program.inputs["workclass"] == "text"


def table(rows=200):
    random = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "count": random.integers(0, 50, rows),
            "pay": random.normal(size=rows),
            "title": pd.Series(random.choice(["Refund", "ok", "Ünï"], rows), dtype="str"),
            "paid": pd.Series(
                pd.Timestamp("2024-01-30") + pd.to_timedelta(random.integers(0, 90_000, rows), unit="min")
            ),
            "member": pd.array(random.random(rows) < 0.3, dtype="boolean"),
        }
    )
    frame["paid"] = frame["paid"].astype("datetime64[us]")
    for place, name in enumerate(("pay", "title", "paid", "member")):
        frame.loc[place :: 7 + place, name] = None
    return frame


def fitted(pipeline, frame=None):
    frame = table() if frame is None else frame
    schema = Schema([Column(name, SCHEMA_KINDS[kind_of(frame[name])], dtype=str(frame[name].dtype)) for name in frame])
    rows = TrainingRows(frame, np.arange(len(frame)) % 2)
    context = FitContext(n_classes=2, threads=1, seed=1)
    return pipeline.prepare(rows, schema=schema, task="binary", context=context).fitted, schema


def add_columns(df):
    df["ratio"] = df["count"] / df["pay"]
    df["length"] = df["title"].fillna("").str.len()
    df["small"] = df["title"].str.lower()
    df["month"] = df["paid"].dt.month
    df["many"] = df["count"] > 30
    df["one"] = 1
    df["again"] = df["pay"]
    return df


@dataclass
class Centred(Step):
    """A step of a user, with something learned."""

    def fit(self, df, y=None):
        self.mean_ = float(df["pay"].mean())

    def transform(self, df):
        return df.assign(pay=df["pay"].fillna(self.mean_) - self.mean_, title=df["title"].str.upper())


@pytest.mark.parametrize(
    "before", [[add_columns], [Centred()], [add_columns, Centred()]], ids=["function", "step", "both"]
)
@pytest.mark.parametrize("algorithm", ["XGBoost", "LinearModel"])
def test_own_code_becomes_part_of_the_program(before, algorithm, tmp_path):
    pipeline, schema = fitted(Pipeline(algorithm, before=before))
    program = assert_same_features([pipeline], table(), schema)
    program.save(tmp_path)
    values = dicts_of(table())[:20]
    for row in values:
        np.testing.assert_array_equal(Program.load(tmp_path).row(row).dense, program.row(row).dense)


def test_own_code_answers_rows_in_which_a_whole_number_is_missing():
    pipeline, schema = fitted(Pipeline("XGBoost", before=[add_columns]))
    rows = table().head(20)
    rows["count"] = rows["count"].astype(float)
    rows.loc[3, "count"] = np.nan
    assert_same_features([pipeline], rows, schema)


def loops(df):
    total = 0
    for value in df["pay"]:
        total += value
    df["total"] = total
    return df


@dataclass
class Letters(Encoder):
    """An encoder of a user."""

    def fit(self, df, y=None):
        self.columns_ = ["title"]

    def encode(self, df):
        return Block(df["title"].fillna("").str.len().to_numpy()[:, None].astype(np.float32), ("letters",))


@dataclass
class Tables(Classifier):
    """An algorithm that takes the table itself."""

    accepts = "frame"

    def fit(self, X, y, context):
        """Learn nothing."""

    def predict_proba(self, X):
        return np.full((len(X), 2), 0.5)


@pytest.mark.parametrize(
    ("pipeline", "said"),
    [
        (Pipeline("XGBoost", before=[loops]), r"'loops' is not compiled.*"),
        (Pipeline("XGBoost", steps=[Letters(), OrdinalEncoder(), lambda df: df.drop(columns="paid")]), "'letters'"),
        (Pipeline(Tables()), "Tables takes the table itself"),
    ],
)
def test_what_cannot_be_written_down_says_so(pipeline, said):
    made, schema = fitted(pipeline)
    with pytest.raises(NotLoweredError, match=said):
        lower(made, Graph(), schema)


def test_a_step_may_write_itself_down():
    @dataclass
    class Halved(Step):
        def transform(self, df):
            return df.assign(pay=df["pay"].map(lambda pay: pay / 2))  # a lambda cannot be traced

        def lower(self, sketch):
            half = sketch.graph.node("scaled", sketch.number("pay"), centre=0.0, scale=2.0)
            return sketch.with_columns({"pay": half})

    pipeline, schema = fitted(Pipeline("XGBoost", before=[Halved()]))
    assert_same_features([pipeline], table(), schema)


def test_counts_of_texts_that_are_dropped_stay_features():
    frame = table()[["title", "pay"]]
    pipeline, schema = fitted(Pipeline("XGBoost", steps=[TextCounts(keep=False)]), frame)
    program = assert_same_features([pipeline], frame, schema)
    assert program.width == 8
