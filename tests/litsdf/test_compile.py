# ruff: noqa: DTZ001, ICN001, PT017  (dates without a zone are what is tested)
"""A compiled function gives what eager pandas gives: on a row, on a list, on tables in every layout, saved and loaded."""

from __future__ import annotations

import datetime
import json
import math

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from tables import LAYOUTS, columns, held
from test_elementwise import DATES, NUMBERS, TEXTS

import litsdf


def pipeline(df):
    df["a"] = df["a"].fillna("").str.lower().str.strip()
    df["b"] = df["b"].fillna("").str.replace(r"<[^>]+>", " ", regex=True).str.replace(r"[^a-z0-9 ]+", " ", regex=True)
    df["t"] = df["a"] + " " + df["b"]
    df["n"] = df["t"].str.len()
    df["w"] = df["t"].str.split().str.len()
    df["p"] = df["c"].fillna(0.0).clip(0, 1000)
    df["k"] = df["a"].map({"a": 1, "b": 2}).fillna(0)
    df["k2"] = df["b"].map({"a": 1, "b": 2}) + 1
    df["long"] = (df["n"] > 5) & df["p"].between(0, 10)
    return df


def numeric(df):
    out = df[["a"]]
    out["ratio"] = df["a"] / (df["b"] + 1)
    out["log"] = np.log1p(df["a"].clip(lower=0).fillna(0))
    out["flag"] = df["a"].isna() | (df["b"] == 0)
    out["scaled"] = ((df["a"].fillna(1.5) - 1.5) / 0.7).clip(-3, 3).round(2)
    out["whole"] = df["b"] * df["b"] - df["b"]
    out["one"] = 1
    return out


PIPELINES = {
    "text": (pipeline, ("str", "str", "modest")),
    "numbers": (numeric, ("modest", "small")),
    "large numbers": (numeric, ("float64", "int64")),
}
OPERATIONS = {
    **{f"number {name}": (f, ("modest", "small")) for name, f in NUMBERS.items()},
    **{f"text {name}": (f, ("str", "str")) for name, f in TEXTS.items() if name != "bad pattern"},
    **{f"date {name}": (f, ("datetime64[us]", "datetime64[us]")) for name, f in DATES.items()},
}


def value(expected):
    """A value of pandas as a compiled function gives it for one row."""
    if isinstance(expected, float) and math.isnan(expected):
        return "missing"
    if expected is None or expected is pd.NaT:
        return "missing"
    return expected.item() if hasattr(expected, "item") else expected


def equal(left, right) -> bool:
    left, right = value(left), value(right)
    if isinstance(left, float) and isinstance(right, float):
        return left == right or math.isclose(left, right, rel_tol=1e-12)
    return bool(left == right)


def schema(frame: pd.DataFrame) -> dict[str, str]:
    return {name: str(dtype) for name, dtype in frame.dtypes.items()}


def check_rows(compiled, function, frame: pd.DataFrame) -> None:
    for position in range(len(frame)):
        one = frame.iloc[[position]].reset_index(drop=True)
        row = {name: None if pd.isna(one[name].iloc[0]) else one[name].iloc[0] for name in one}
        row = {name: item.to_pydatetime() if isinstance(item, pd.Timestamp) else item for name, item in row.items()}
        try:
            expected = function(one.copy())
        except Exception as error:
            with pytest.raises(type(error)):
                compiled(row)
            continue
        result = compiled(row)
        if isinstance(expected, pd.Series):
            assert equal(result, expected.iloc[0]), (result, expected.iloc[0])
        else:
            assert list(result) == list(expected.columns)
            for name in result:
                assert equal(result[name], expected[name].iloc[0]), (name, result[name], expected[name].iloc[0])


def check_table(compiled, function, frame: pd.DataFrame, layout: str) -> None:
    ours = held(frame, layout)
    if ours is None:
        return
    try:
        expected = function(frame.copy())
    except Exception as error:
        with pytest.raises(type(error)):
            compiled(ours)
        return
    result = compiled(ours).to_pandas()
    test = pd.testing.assert_series_equal if isinstance(expected, pd.Series) else pd.testing.assert_frame_equal
    test(result, expected, check_index_type=False, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("name", PIPELINES)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_pipelines(name: str, tmp_path) -> None:
    function, kinds = PIPELINES[name]

    @given(frame=columns(*kinds))
    def run(frame) -> None:
        compiled = litsdf.compile(function, schema(frame))
        assert compiled.fallback is None
        compiled.save(tmp_path / "plan.json")
        loaded = litsdf.Compiled.load(tmp_path / "plan.json")
        check_rows(compiled, function, frame)
        check_rows(loaded, function, frame)
        for layout in LAYOUTS:
            check_table(compiled, function, frame, layout)
            check_table(loaded, function, frame, layout)

    run()


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_operations(name: str) -> None:
    function, kinds = OPERATIONS[name]

    @given(frame=columns(*kinds, max_size=4))
    def run(frame) -> None:
        compiled = litsdf.compile(function, schema(frame))
        check_rows(compiled, function, frame)
        check_table(compiled, function, frame, "polars")
        check_table(compiled, function, frame, "numpy")

    run()


ROW = {"title": " Hello ", "price": 2.5, "n": 3, "when": datetime.datetime(2024, 2, 29, 12)}


def test_the_code_of_a_row_can_be_read() -> None:
    compiled = litsdf.compile(lambda df: df["title"].fillna("").str.lower(), ROW)
    assert ".lower()" in compiled.source
    assert compiled(ROW) == " hello "
    assert compiled({**ROW, "title": None}) == ""


def test_a_list_of_rows_gives_a_list() -> None:
    compiled = litsdf.compile(lambda df: df.assign(total=df["price"] * df["n"])[["total"]], ROW)
    assert compiled([ROW, {**ROW, "n": 4}]) == [{"total": 7.5}, {"total": 10.0}]


def test_tables_of_other_libraries_come_back_as_they_came() -> None:
    compiled = litsdf.compile(lambda df: df.assign(total=df["price"] * 2), {"price": 1.5})
    assert isinstance(compiled(pl.DataFrame({"price": [1.0, 2.0]})), pl.DataFrame)
    assert isinstance(compiled(pd.DataFrame({"price": [1.0, 2.0]})), pd.DataFrame)


def test_what_cannot_be_traced_runs_all_the_same_and_names_its_line() -> None:
    def branching(df):
        if (df["price"] > 1).any():
            df["title"] = df["title"].str.upper()
        return df[["title"]]

    compiled = litsdf.compile(branching, ROW)
    assert "test_compile.py, line" in compiled.fallback
    assert "in branching" in compiled.fallback
    assert compiled.source is None
    assert compiled(ROW) == {"title": " HELLO "}
    with pytest.raises(litsdf.CompileError, match="cannot be saved"):
        compiled.save("nowhere.json")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"price": 1.0}, "no field 'title'"),
        ({**ROW, "title": 3}, "'title' must be text, but it is 3 \\(int\\)"),
        ({**ROW, "price": "2.5"}, "'price' must be a number"),
        ({**ROW, "n": 2.5}, "'n' must be an integer"),
        ({**ROW, "n": 2**63}, "'n' must be an integer of at most 64 bits"),
        ({**ROW, "n": None}, "'n' must be an integer"),
        ({**ROW, "when": "2024-01-01"}, "'when' must be a date"),
    ],
)
def test_bad_rows_are_named(row: dict, message: str) -> None:
    compiled = litsdf.compile(lambda df: df.assign(t=df["title"].str.len()), ROW)
    with pytest.raises(litsdf.FieldError, match=message):
        compiled(row)
    assert compiled({**ROW, "extra": 1})["t"] == 7


def test_a_damaged_file_is_refused(tmp_path) -> None:
    path = tmp_path / "plan.json"
    litsdf.compile(lambda df: df["title"].str.lower(), ROW).save(path)
    held = json.loads(path.read_text())
    held["nodes"][-1]["operation"] = "__import__"
    path.write_text(json.dumps(held))
    with pytest.raises(litsdf.CompileError, match="no operation"):
        litsdf.Compiled.load(path)
    path.write_text("{")
    with pytest.raises(litsdf.CompileError, match="damaged"):
        litsdf.Compiled.load(path)


def test_large_tables_run_as_one_query() -> None:
    rng = np.random.default_rng(0)
    words = np.array(["Alpha", "beta <b>", "", "Ünïcode  x", None], dtype=object)
    frame = pd.DataFrame({
        "a": pd.Series(words[rng.integers(0, 5, 5_000)], dtype="str"),
        "b": pd.Series(words[rng.integers(0, 5, 5_000)], dtype="str"),
        "c": np.where(rng.random(5_000) < 0.1, np.nan, rng.normal(5, 5, 5_000)),
    })  # fmt: skip
    compiled = litsdf.compile(pipeline, schema(frame))
    expected = pipeline(frame.copy())
    for layout in ("pandas", "numpy", "polars"):
        ours = litsdf.DataFrame(frame, layout=layout)
        pd.testing.assert_frame_equal(compiled(ours).to_pandas(), expected)
        assert not ours.fallbacks


@pytest.mark.parametrize("place", [0, 12_345, 24_999])
def test_one_text_beyond_ascii_among_many(place: int) -> None:
    texts = pd.Series(["ABC d"] * 25_000, dtype="str")
    texts[place] = "STRASSE\u2003ẞİ"
    frame = pd.DataFrame({"t": texts, "u": texts[::-1].reset_index(drop=True)})

    def words(df):
        df["t"] = df["t"].str.lower()
        df["n"] = df["u"].str.split().str.len()
        return df

    result = litsdf.compile(words, schema(frame))(litsdf.DataFrame(frame, layout="polars"))
    pd.testing.assert_frame_equal(result.to_pandas(), words(frame.copy()))
