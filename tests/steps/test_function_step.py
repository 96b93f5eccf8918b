"""A plain function as a step."""

import json
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest

import litsdf
from litmus.errors import DataError, ParameterError
from litmus.state import load_component, save_component
from litmus.steps import FunctionStep
from litsdf.interchange import as_frame


def add_text(df):
    df["text"] = df["title"].str.lower() + " " + df["body"].fillna("")
    return df


@pytest.fixture
def table():
    return pd.DataFrame({"title": ["Refund", "HELLO"], "body": ["now", None]})


def test_it_sees_its_own_copy(table):
    step = FunctionStep(add_text)
    assert step.fit_transform(table)["text"].tolist() == ["refund now", "hello "]
    assert table.columns.tolist() == ["title", "body"]
    assert step.name == "add_text"


def test_changing_values_in_place_does_not_reach_the_table(table):
    def shout(df):
        df.loc[:, "title"] = "X"
        df.iloc[0, 1] = "changed"
        return df

    FunctionStep(shout).transform(table)
    assert table.to_dict("list") == {"title": ["Refund", "HELLO"], "body": ["now", None]} or table["body"].isna()[1]
    assert table["title"].tolist() == ["Refund", "HELLO"]
    assert table["body"][0] == "now"


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda df: None, "returned NoneType; it must return a table. Does it end with `return df`"),
        (lambda df: df["title"], "returned Series"),
        (lambda df: df.dropna(), "got 2 rows and returned 1; a step keeps every row"),
        (lambda df: df.sort_values("title"), "in another order"),
        (lambda df: df.set_index("title"), "with another index"),
    ],
)
def test_what_it_returns_is_checked(table, function, message):
    with pytest.raises(DataError, match=message):
        FunctionStep(function).transform(table)


def test_it_must_be_a_function():
    with pytest.raises(ParameterError, match="must be a function that takes a table"):
        FunctionStep("upper")


LAYOUTS = ["numpy", "pandas", "polars"]


def orders(rows=40):
    return pd.DataFrame(
        {
            "title": pd.Series(["Refund", None, "HELLO there", "Grüße"] * (rows // 4), dtype="str"),
            "body": pd.Series([None, "now", "please", "x"] * (rows // 4), dtype="str"),
            "member": pd.array([True, None, False, True] * (rows // 4), dtype="boolean"),
            "n": np.arange(rows),
        },
        index=pd.RangeIndex(10, 10 + rows),
    )


def derive(df):
    df["text"] = df["title"].str.lower() + " " + df["body"].fillna("")
    df["long"] = df["title"].str.len() > 5
    df["share"] = df["n"] / (df["n"] + 1)
    df["title"] = df["title"].fillna("none")
    return df.drop(columns=["body"])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_it_is_compiled_and_gives_what_pandas_gives(layout):
    table = orders()
    step = FunctionStep(derive)
    result = step.fit_transform(as_frame(table).to_layout(layout))
    assert step.report() == []
    assert step.is_compiled
    expected = derive(table.copy())
    pd.testing.assert_frame_equal(result.to_pandas(), expected)
    for row in range(4):
        one = as_frame(table.iloc[[row]].reset_index(drop=True)).to_layout("record")
        made = step.transform(one)
        assert made.layout == "record"
        pd.testing.assert_frame_equal(
            made.to_pandas(), derive(table.iloc[[row]].reset_index(drop=True)), check_dtype=False
        )


def test_columns_of_other_types_than_in_training_run_the_function_itself():
    step = FunctionStep(derive)
    step.fit(orders())
    other = orders(4).assign(n=[0.5, None, 2.0, 3.0])
    pd.testing.assert_frame_equal(step.transform(other).to_pandas(), derive(other.copy()))


def test_what_cannot_be_compiled_runs_as_it_is_written_and_says_so():
    def by_row(df):
        df["first"] = [str(title)[:1] for title in df["title"].to_list()]
        return df

    step = FunctionStep(by_row)
    assert step.fit_transform(orders())["first"].to_list() == [str(title)[:1] for title in orders()["title"]]
    assert not step.is_compiled
    assert "is not compiled, because" in step.report()[0]
    assert "test_function_step.py, line" in step.report()[0]


def test_what_gives_other_values_on_litsdf_than_on_pandas_gets_pandas():
    calls = []

    def changes_its_mind(df):
        calls.append(1)
        df["m"] = df["n"] * (1 if len(calls) == 1 else 2)
        return df

    step = FunctionStep(changes_its_mind)
    assert step.fit_transform(orders())["m"].to_list()[:3] == [0, 2, 4]
    assert "it gave other values than on a pandas frame" in step.report()[0]
    assert not step.is_compiled


def one_of_concat(df):
    return pd.concat([df, df["n"].rename("again")], axis=1)


def one_of_dummies(df):
    return df.join(pd.get_dummies(df["title"], dtype=float))


def one_of_dates(df):
    df["year"] = pd.to_datetime(df["n"].astype(str) + "-01-01", format="%j-%m-%d", errors="coerce").dt.year
    return df


@pytest.mark.parametrize("function", [one_of_concat, one_of_dummies, one_of_dates])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_functions_of_pandas_itself_are_no_dead_end(function, layout):
    step = FunctionStep(function)
    result = step.fit_transform(as_frame(orders()).to_layout(layout))
    pd.testing.assert_frame_equal(result.to_pandas(), function(orders()), check_dtype=False)
    one = as_frame(orders().head(1).reset_index(drop=True)).to_layout("record")
    assert list(step.transform(one))[: len(orders().columns)] == list(orders())
    if step.in_pandas_:
        assert "gets pandas frames: a litsdf table does not do" in step.report()[0]
        assert not step.is_compiled


@pytest.mark.parametrize("kind", ["pandas", "polars", "litsdf"])
def test_any_frame_may_be_returned(kind):
    def give(df):
        df["double"] = df["n"] * 2
        return {"pandas": df.to_pandas, "polars": df.to_polars, "litsdf": lambda: df}[kind]()

    result = FunctionStep(give).fit_transform(orders())
    assert isinstance(result, litsdf.DataFrame)
    assert result.index.tolist() == orders().index.tolist()
    assert result["double"].to_list() == [2 * n for n in range(40)]


def test_a_polars_frame_of_other_rows_is_refused():
    with pytest.raises(DataError, match="got 40 rows and returned 3"):
        FunctionStep(lambda df: pl.DataFrame({"n": [1, 2, 3]})).fit_transform(orders())  # noqa: ARG005


def test_its_own_mistake_is_what_the_user_sees():
    with pytest.raises(KeyError, match="absent"):
        FunctionStep(lambda df: df.assign(x=df["absent"])).fit_transform(orders())


def test_a_fitted_one_can_be_pickled():
    step = FunctionStep(derive)
    expected = step.fit_transform(orders()).to_pandas()
    again = pickle.loads(pickle.dumps(step))
    assert again.is_compiled
    pd.testing.assert_frame_equal(again.transform(orders()).to_pandas(), expected)


@pytest.mark.parametrize("function", [derive, one_of_concat])
def test_the_plan_and_the_source_travel_with_it(tmp_path, function):
    step = FunctionStep(function)
    step.fit_transform(orders())
    assert save_component(step, tmp_path) is True
    assert (tmp_path / "state" / "source.py").read_text(encoding="utf-8").startswith(f"def {function.__name__}(df):")
    assert (tmp_path / "state" / "plan.json").exists() == step.is_compiled
    loaded = load_component(tmp_path, trust=True)
    assert loaded.is_compiled == step.is_compiled
    assert loaded.report() == step.report()
    pd.testing.assert_frame_equal(
        loaded.transform(orders()).to_pandas(), step.transform(orders()).to_pandas(), check_dtype=False
    )
    if step.is_compiled:
        assert json.loads((tmp_path / "state" / "plan.json").read_text(encoding="utf-8"))
