"""Compiled functions that bring rows together: groups, orders, joins, running and single values, held to pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from tables import LAYOUTS, columns, held
from test_compile import schema

import litsdf

LOOKUP = pd.DataFrame({"c": ["a", "b", ""], "weight": [1, 2, 3], "label": ["x", None, "z"]})


def named(df):
    df["c"] = df["c"].fillna("").str.upper()
    return df.groupby("c").agg(total=("b", "sum"), mean=("a", "mean"), rows=("a", "count"), most=("b", "max"))


def as_columns(df):
    out = df.groupby("c", as_index=False).agg(total=("a", "sum"), n=("b", "size"), spread=("a", "std"))
    out["ratio"] = out["total"] / out["n"]
    return out.sort_values("ratio", ascending=False, kind="stable")


def by_two(df):
    return df.groupby(["c", "b"])[["a"]].mean().reset_index()


def of_one_column(df):
    return df.groupby("c")["a"].max()


def several(df):
    return df.groupby("c").agg({"a": ["sum", "max"], "b": "nunique"})


def listed(df):
    return df.groupby("c")["a"].agg(["min", "mean", "first", "last"])


def made_key(df):
    return df.groupby(df["b"] > 0)["a"].sum()


def standardised(df):
    df["z"] = (df["a"] - df["a"].mean()) / df["a"].std()
    df["filled"] = df["a"].fillna(df["a"].median() * 2 + 1)
    df["low"] = df["b"] < df["b"].mean()
    return df


def running(df):
    df["before"] = df["b"].shift(1) + 1
    df["so_far"] = df["b"].cumsum()
    df["change"] = df["a"].diff()
    df["place"] = df["a"].rank()
    return df


def share_of_group(df):
    df["share"] = df["a"] / df.groupby("c")["a"].transform("sum")
    df["number"] = df.groupby("c").cumcount()
    return df


def after_a_filter(df):
    df = df[df["b"] > -500]
    df["length"] = df["c"].str.len()
    df["so_far"] = df["b"].cumsum()
    df = df[df["so_far"] > -800]
    df["centred"] = df["b"] - df["b"].mean()
    return df


def ordered(df):
    df["long"] = df["c"].str.len()
    df = df.sort_values(["b", "a"], kind="stable").drop_duplicates("b").head(3)
    df["text"] = df["c"].fillna("-") + "!"
    return df.reset_index(drop=True)


def looked_up(df):
    out = df.merge(LOOKUP, on="c", how="left")
    out["weight"] = out["weight"].fillna(0) * 2
    out["label"] = out["label"].fillna("none").str.upper()
    return out


def joined_with_its_groups(df):
    totals = df.groupby("c", as_index=False)["a"].sum().rename(columns={"a": "total"})
    out = df.merge(totals, on="c", how="inner")
    return out[out["total"] > 0][["c", "a", "total"]]


def last_rows(df):
    return df.tail(2)["c"].str.upper()


def other_names(df):
    out = df.groupby("c")["b"].sum().reset_index()
    out.columns = ["key", "value"]
    return out.assign(double=out["value"] * 2)


def filtered_groups(df):
    df["c"] = df["c"].fillna("").str.strip().str.lower()
    df["double"] = df["a"] * 2 + 1
    df = df[(df["b"] > -300) & (df["c"] != "b")]
    return df.groupby(["c", "b"]).agg(total=("double", "sum"), most=("a", "max"), n=("double", "count"))


def first_of_groups(df):
    df["d"] = df["b"] % 7.0
    df["even"] = df["d"] > 3
    df = df[df["a"] > 0]
    return df.groupby("even", as_index=False)[["a", "c"]].first()


def groups_of_filtered_groups(df):
    df["c"] = df["c"].str.upper()
    sums = df[df["a"] < 9].groupby("c", as_index=False).agg(n=("b", "count"), mean=("a", "mean"))
    sums["large"] = sums["n"] > 2
    return sums.groupby("large")["mean"].max()


FUNCTIONS = {
    function.__name__: function
    for function in (
        named, as_columns, by_two, of_one_column, several, listed, made_key, standardised, running, share_of_group,
        after_a_filter, ordered, looked_up, joined_with_its_groups, last_rows, other_names,
        filtered_groups, first_of_groups, groups_of_filtered_groups,
    )
}  # fmt: skip


def check(function, frame: pd.DataFrame, layout: str) -> None:
    ours = held(frame, layout)
    if ours is None:
        return
    compiled = litsdf.compile(function, schema(frame))
    assert compiled.fallback is None
    assert compiled.program is not None
    before = ours.to_pandas()
    try:
        expected = function(frame.copy())
    except Exception as error:
        with pytest.raises(type(error)):
            compiled(ours)
        return
    test = pd.testing.assert_series_equal if isinstance(expected, pd.Series) else pd.testing.assert_frame_equal
    options = {"check_index_type": False, "rtol": 1e-9, "atol": 1e-6}
    test(compiled(ours).to_pandas(), expected, **options)
    test(compiled.program(ours).to_pandas(), expected, **options)  # no help from the function itself
    pd.testing.assert_frame_equal(ours.to_pandas(), before)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_random_tables(name: str, layout: str) -> None:
    @given(frame=columns("modest", "small", "str"))
    def run(frame) -> None:
        check(FUNCTIONS[name], frame, layout)

    run()


def many(rows: int = 3_000) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame({
        "a": np.where(rng.random(rows) < 0.1, np.nan, rng.normal(5, 5, rows).round(2)),
        "b": rng.integers(-600, 600, rows),
        "c": pd.Series(np.array(["a", "b", "Ü", "", None], dtype=object)[rng.integers(0, 5, rows)], dtype="str"),
    })  # fmt: skip


@pytest.mark.parametrize("layout", ["numpy", "polars", "pandas", "dask"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_many_rows(name: str, layout: str) -> None:
    frame, function = many(), FUNCTIONS[name]
    ours = held(frame, layout)
    compiled = litsdf.compile(function, schema(frame))
    expected = function(frame.copy())
    test = pd.testing.assert_series_equal if isinstance(expected, pd.Series) else pd.testing.assert_frame_equal
    result = compiled(ours)
    test(result.to_pandas(), expected, check_index_type=False, rtol=1e-9, atol=1e-6)
    if layout in {"numpy", "polars"}:
        test(compiled.program(ours).to_pandas(), expected, check_index_type=False, rtol=1e-9, atol=1e-6)


def branches(df):
    if df["a"].mean() > 0:
        df["a"] = 0.0
    return df


def calls_a_function(df):
    return df.groupby("c")["a"].agg(lambda part: part.max())


def goes_through_groups(df):
    return pd.DataFrame([{"c": key, "n": len(part)} for key, part in df.groupby("c")])


@pytest.mark.parametrize("function", [branches, calls_a_function, goes_through_groups])
def test_what_needs_the_values_runs_as_it_is(function) -> None:
    frame = many(50)
    compiled = litsdf.compile(function, schema(frame))
    assert f"in {function.__name__}" in compiled.fallback
    result, expected = compiled(frame), function(frame.copy())
    (pd.testing.assert_series_equal if isinstance(expected, pd.Series) else pd.testing.assert_frame_equal)(
        result, expected
    )
    with pytest.raises(litsdf.CompileError, match="cannot be saved"):
        compiled.save("nowhere.json")


def test_a_table_from_outside_is_a_constant() -> None:
    lookup = LOOKUP.copy()
    compiled = litsdf.compile(lambda df: df.merge(lookup, on="c"), {"c": "str"})
    before = compiled(pd.DataFrame({"c": ["a", "b"]}))
    lookup["weight"] = 100
    pd.testing.assert_frame_equal(compiled(pd.DataFrame({"c": ["a", "b"]})), before)


@pytest.mark.parametrize("name", ["named", "filtered_groups", "groups_of_filtered_groups"])
def test_a_filter_and_the_groups_of_what_is_left_are_one_query(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    frame, done = many(), []
    compiled = litsdf.compile(FUNCTIONS[name], schema(frame))
    program = compiled.program
    section = type(program).section

    def noted(*given_, **options):
        done.append(given_)
        return section(*given_, **options)

    monkeypatch.setattr(type(program), "section", noted)
    result = compiled(litsdf.DataFrame(frame, layout="polars"))
    expected = FUNCTIONS[name](frame.copy())
    test = pd.testing.assert_series_equal if isinstance(expected, pd.Series) else pd.testing.assert_frame_equal
    test(result.to_pandas(), expected, check_index_type=False, rtol=1e-9, atol=1e-6)
    assert not done  # no table between the rows and their groups
