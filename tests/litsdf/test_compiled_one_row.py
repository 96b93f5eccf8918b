"""One row of a function that brings rows together: generated code gives what pandas gives for a table of that row."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from tables import columns
from test_compile import equal
from test_compiled_relations import FUNCTIONS, LOOKUP

import litsdf

PEOPLE = pd.DataFrame({
    "b": [-1, 0, 7, 8], "name": ["x", None, "z", "ü"], "age": [1.5, None, 3.0, 4.0],
    "since": pd.to_datetime(["2020-01-01", None, "2021-05-05", "2022-02-02"]).as_unit("us"), "a": [5, 6, 7, 8],
})  # fmt: skip


def reductions(df):
    for how in ("sum", "mean", "min", "max", "count", "std", "var", "median", "nunique", "prod", "sem"):
        df[f"a_{how}"] = df["b"] * 0 + getattr(df["a"], how)()
        df[f"b_{how}"] = df["a"].fillna(0.0) * 0 + getattr(df["b"], how)()
    return df


def quantiles_and_flags(df):
    df["q"] = df["b"] + df["b"].quantile(0.25)
    df["any"] = df["b"] * 0 + df["b"].any()
    df["above"] = df["a"] > df["a"].mean()
    return df


def all_of_groups(df):
    return df.groupby("c").agg(
        s=("a", "sum"), p=("a", "prod"), m=("b", "mean"), f=("a", "first"), la=("b", "last"), sd=("b", "std"),
        n=("c", "count"), u=("a", "nunique"), lo=("b", "min"), hi=("a", "max"), md=("a", "median"), k=("b", "size"),
    )  # fmt: skip


def text_of_groups(df):
    return df.groupby("b").agg(first=("c", "first"), most=("c", "max"), n=("c", "count")).reset_index()


def groups_of_groups(df):
    inner = df.groupby(["c", "b"], as_index=False)["a"].sum()
    return inner.groupby("b")["a"].agg(["sum", "count", "mean"])


def size_of_groups(df):
    return df.groupby(["b"], as_index=False).size()


def dict_of_groups(df):
    return df.groupby("b").agg({"a": "sum", "c": "count"})


def by_a_made_key(df):
    return df.groupby(df["c"].str.len().fillna(0) > 2)["b"].mean()


def everything_beside(df):
    df["c"] = df["c"].fillna("-")
    groups = df.groupby("c")
    df["share"] = df["a"] / groups["a"].transform("sum")
    df["mean"] = groups["b"].transform("mean")
    df["before"] = groups["a"].shift(1)
    df["so_far"] = groups["b"].cumsum()
    df["place"] = groups["a"].rank()
    df["number"] = groups.cumcount()
    df["text_before"] = df["c"].shift(1)
    df["seen"] = df.duplicated("c")
    df["filled"] = df["a"].ffill()
    df["rank"] = df["b"].rank(pct=True)
    return df


def joined(df):
    out = df.merge(PEOPLE, on="b", how="left")
    out["age"] = out["age"].fillna(-1.0) + out["a_x"]
    out["year"] = out["since"].dt.year
    out["name"] = out["name"].fillna("nobody")
    return out


def joined_inner(df):
    out = df.merge(PEOPLE, left_on="b", right_on="b", suffixes=("", "_right"))
    out["total"] = out["a_right"] + out["b"]
    return out[out["total"] > 0]


def joined_by_text(df):
    df["c"] = df["c"].str.lower()
    return df.merge(LOOKUP, on="c")


def joined_by_labels(df):
    return df.join(LOOKUP.set_index("c"), on="c")


def joined_left_with_groups(df):
    counts = df[df["b"] > 0].groupby("c", as_index=False).agg(n=("b", "size"))
    out = df.merge(counts, on="c", how="left")
    out["n"] = out["n"].fillna(0)
    return out


def filters_between(df):
    df = df[df["a"] > 0]
    out = df.groupby("c", as_index=False)["b"].max()
    out = out[out["b"] > 0]
    return out.sort_values("b").reset_index(drop=True)


def labels_and_names(df):
    out = df.set_index("c").rename(columns={"a": "x"}).sort_values("x").reset_index()
    out.columns = ["one", "two", "three"]
    return out.nlargest(1, "three").rename_axis("row").reset_index()


def one_value_column(df):
    return (df["b"] - df["b"].max()).rename("left").to_frame().reset_index()


MORE = {
    f.__name__: f for f in (
        reductions, quantiles_and_flags, all_of_groups, text_of_groups, groups_of_groups, size_of_groups, dict_of_groups,
        by_a_made_key, everything_beside, joined, joined_inner, joined_by_text, joined_by_labels,
        joined_left_with_groups, filters_between, labels_and_names, one_value_column,
    )
}  # fmt: skip
SPELLED = FUNCTIONS | MORE
ROWS = [
    (-0.0, -1, "a"), (2.5, 0, "B"), (math.nan, 7, None), (2.5, 8, "abc"), (math.nan, 1, ""), (-3.0, 7, "b"), (1.0, 2, None),
]  # fmt: skip


def row_of(frame: pd.DataFrame) -> dict:
    return {name: None if pd.isna(frame[name].iloc[0]) else frame[name].iloc[0].item() if name != "c"
            else frame[name].iloc[0] for name in frame}  # fmt: skip


def check_row(compiled, function, one: pd.DataFrame) -> None:
    row = row_of(one)
    before = dict(row)
    expected = function(one.copy())
    result = compiled(row)
    assert row == before
    if not len(expected):
        assert result is None
    elif isinstance(expected, pd.Series):
        assert equal(result, expected.iloc[0]), (result, expected.iloc[0])
    else:
        assert list(result) == list(expected.columns)
        for name in result:
            assert equal(result[name], expected[name].iloc[0]), (name, result[name], expected[name].iloc[0])
            kind = type(expected[name].iloc[0].item() if hasattr(expected[name].iloc[0], "item") else None)
            assert kind in {type(None), type(result[name])}, (name, kind, result[name])


@pytest.mark.parametrize("name", SPELLED)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_random_rows(name: str, tmp_path) -> None:
    function = SPELLED[name]
    compiled = litsdf.compile(function, {"a": "float64", "b": "int64", "c": "str"})
    assert compiled.fallback is None
    assert compiled.source is not None, "no code for one row"

    @given(frame=columns("modest", "small", "str", max_size=8))
    def run(frame) -> None:
        for position in range(len(frame)):
            check_row(compiled, function, frame.iloc[[position]].reset_index(drop=True))

    run()
    for a, b, c in ROWS:
        check_row(compiled, function, pd.DataFrame({"a": [a], "b": [b], "c": pd.Series([c], dtype="str")}))


def test_lists_leave_out_rows_without_a_result() -> None:
    compiled = litsdf.compile(filters_between, {"a": "float64", "b": "int64", "c": "str"})
    rows = [{"a": 1.0, "b": 2, "c": "x"}, {"a": -1.0, "b": 2, "c": "x"}, {"a": 1.0, "b": 3, "c": None}]
    assert compiled(rows) == [{"c": "x", "b": 2}]


def test_a_join_is_a_dictionary_bound_once() -> None:
    compiled = litsdf.compile(joined_by_text, {"a": "float64", "b": "int64", "c": "str"})
    assert "lookup.get(lower_1)" in compiled.source
    assert compiled({"a": 1.0, "b": 1, "c": "A"}) == {"a": 1.0, "b": 1, "c": "a", "weight": 1, "label": "x"}


def test_values_that_nothing_needs_are_not_calculated() -> None:
    compiled = litsdf.compile(FUNCTIONS["named"], {"a": "float64", "b": "int64", "c": "str"})
    assert "upper" not in compiled.source


@pytest.mark.parametrize("function", [
    lambda df: df.merge(pd.DataFrame({"c": ["a", "a"], "n": [1, 2]}), on="c"),
    lambda df: df.melt("c"),
    lambda df: df.groupby("c", dropna=False)["a"].sum(),
])  # fmt: skip
def test_what_has_no_code_is_answered_by_the_function_itself(function) -> None:
    compiled = litsdf.compile(function, {"a": "float64", "b": "int64", "c": "str"})
    assert compiled.fallback is None
    assert compiled.source is None
    one = pd.DataFrame({"a": [1.0], "b": [2], "c": pd.Series(["a"], dtype="str")})
    expected, result = function(one), compiled(row_of(one))
    if isinstance(expected, pd.Series):
        assert result == expected.iloc[0]
    else:
        assert result == expected.to_dict("records")
