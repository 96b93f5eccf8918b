"""A plain function as a step."""

import pandas as pd
import pytest

from litmus.errors import DataError, ParameterError
from litmus.steps import FunctionStep


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
