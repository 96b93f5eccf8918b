"""Filters in compiled functions, patterns that would run for ever, and loading without a data library."""

from __future__ import annotations

import json
import subprocess
import sys

import pandas as pd
import pytest
from hypothesis import given
from tables import LAYOUTS, columns
from test_compile import check_table, equal, schema

import litsdf


def masked(df):
    df = df[df["a"] > 0]
    df["t"] = df["c"].str.upper() + "!"
    return df


def located(df):
    df["n"] = df["c"].str.len()
    return df.loc[(df["a"] > -5) & df["c"].str.contains("a"), ["c", "n", "b"]]


def complete(df):
    df["double"] = df["b"] * 2
    df = df.dropna(subset=["a"])
    df["half"] = df["a"] / 2
    return df.dropna()


def one_column(df):
    return df[df["b"] >= 0]["a"].fillna(1.5)


FILTERS = {f.__name__: f for f in (masked, located, complete, one_column)}


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_gives_a_row_or_none_and_the_rows_of_pandas(name: str, tmp_path) -> None:
    function = FILTERS[name]

    @given(frame=columns("modest", "small", "str"))
    def run(frame) -> None:
        compiled = litsdf.compile(function, schema(frame))
        assert compiled.fallback is None
        compiled.save(tmp_path / "plan.json")
        for each in (compiled, litsdf.Compiled.load(tmp_path / "plan.json")):
            for layout in LAYOUTS:
                check_table(each, function, frame, layout)
            for row in frame.astype(object).where(frame.notna(), None).to_dict("records"):
                expected = function(pd.DataFrame([row]).astype(schema(frame)))
                result = each(row)
                if not len(expected):
                    assert result is None
                elif isinstance(expected, pd.Series):
                    assert equal(result, expected.iloc[0])
                else:
                    assert list(result) == list(expected.columns)
                    assert all(equal(result[name], expected[name].iloc[0]) for name in result)

    run()


def test_a_list_leaves_out_the_rows_that_a_filter_leaves_out() -> None:
    compiled = litsdf.compile(lambda df: df[df["x"] > 1], {"x": "int64"})
    assert compiled([{"x": 1}, {"x": 2}, {"x": 3}]) == [{"x": 2}, {"x": 3}]


@pytest.mark.parametrize("layout", ["pandas", "numpy", "polars", "dask"])
def test_a_filter_of_many_rows_is_native(layout: str) -> None:
    frame = pd.DataFrame({"a": [1.0, -1.0, None] * 500, "b": range(1500), "c": ["ab", None, "x"] * 500})
    compiled = litsdf.compile(located, schema(frame))
    result = compiled(litsdf.DataFrame(frame, layout=layout)).to_pandas()
    pd.testing.assert_frame_equal(result, located(frame.copy()), check_index_type=False)


def test_what_depends_on_the_rows_that_stay_is_not_guessed() -> None:
    def lengths(df):
        df = df[df["t"].notna()]
        return df.assign(n=df["t"].str.len())

    compiled = litsdf.compile(lengths, {"t": "str"})
    assert compiled.fallback is None
    assert compiled.program is not None
    assert compiled(pd.DataFrame({"t": ["a", None]}))["n"].dtype == "int64"
    assert compiled({"t": None}) is None


def test_labels_that_change_are_not_guessed() -> None:
    frame = pd.DataFrame({"t": ["a", "b"]}, index=[5, 6])
    compiled = litsdf.compile(lambda df: df.reset_index(drop=True), {"t": "str"})
    assert compiled.fallback is None
    assert list(compiled(frame).index) == [0, 1]


CATASTROPHIC = {
    "contains": lambda s: s.str.contains("(?:a+)+$"),
    "match": lambda s: s.str.match("(?:a+)+b"),
    "replace": lambda s: s.str.replace("(?:a+)+b", "x", regex=True),
    "count": lambda s: s.str.count("(?:a*a)*b"),
    "three": lambda s: s.str.contains("a*a*a*b"),
}


@pytest.mark.parametrize("name", CATASTROPHIC)
def test_a_catastrophic_pattern_takes_linear_time(name: str) -> None:
    compiled = litsdf.compile(lambda df: CATASTROPHIC[name](df["t"]), {"t": "str"})
    texts = ["aab", "", "a\n", "aaa!", "xaab aab"]
    expected = CATASTROPHIC[name](pd.Series(texts, dtype="str")).tolist()
    assert [compiled({"t": text}) for text in texts] == expected
    assert "in_linear_time" in compiled.source
    assert compiled({"t": "a" * 5_000 + "!"}) in {False, 0, "a" * 5_000 + "!"}


@pytest.mark.parametrize("pattern", ["(", "a{2,1}", "[z-a]"])
def test_an_invalid_pattern_raises_at_once_what_pandas_raises(pattern: str) -> None:
    def search(df):
        return df["t"].str.contains(pattern)

    with pytest.raises(Exception) as expected:  # noqa: PT011  (whatever pandas raises)
        search(pd.DataFrame({"t": ["a"]}))
    with pytest.raises(type(expected.value)):
        litsdf.compile(search, {"t": "str"})


def test_a_loaded_function_answers_a_dict_without_any_data_library(tmp_path) -> None:
    litsdf.compile(masked, {"a": "float64", "b": "int64", "c": "str"}).save(tmp_path / "plan.json")
    code = (
        "import json, sys, litsdf\n"
        f"compiled = litsdf.Compiled.load({str(tmp_path / 'plan.json')!r})\n"
        "answer = compiled({'a': 1.0, 'b': 2, 'c': 'x'})\n"
        "loaded = [name for name in ('pandas', 'numpy', 'polars', 'pyarrow') if name in sys.modules]\n"
        "print(json.dumps([answer, loaded]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert json.loads(done.stdout) == [{"a": 1.0, "b": 2, "c": "x", "t": "X!"}, []]
