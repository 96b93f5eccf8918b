"""Plans of numbers alone, calculated over arrays portion by portion: bit for bit what pandas gives."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from tables import columns, held
from test_compile import schema
from test_elementwise import FUNCTIONS, NUMBERS

import litsdf
from litsdf.compiling import portions


def features(df):
    df["ratio"] = df["a"] / (df["b"] + 1)
    df["log"] = np.log1p(df["a"].clip(lower=0).fillna(0))
    df["scaled"] = ((df["a"].fillna(1.5) - 1.5) / 0.7).clip(-3, 3)
    df["root"] = np.sqrt(df["a"].abs()).round(3)
    df["sign"] = 1 / df["a"].clip(-0.0, 4)
    df["flag"] = df["a"].isna() | (df["b"] == 0)
    df["copy"] = df["b"]
    df["one"] = 1.5
    return df


def filtered(df):
    df["double"] = df["a"] * 2 + df["b"]
    return df[(df["double"] > -50) | df["a"].isna()]


def one_column(df):
    return (df["a"].fillna(0.0) - df["b"]).where(df["b"] > 0, df["a"])


PIPELINES = {function.__name__: function for function in (features, filtered, one_column)}


@pytest.fixture(autouse=True)
def _small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few rows are enough for several portions and threads."""
    for name, rows in (("_SMALLEST", 8), ("_LARGEST", 8), ("_SHARED", 16)):
        monkeypatch.setattr(portions, name, rows)


def check(function, frame: pd.DataFrame, layout: str) -> None:
    compiled = litsdf.compile(function, schema(frame))
    ours = held(frame, layout)
    before = ours.to_pandas()
    expected = function(frame.copy())
    result = compiled(ours)
    assert result.layout == layout
    test = pd.testing.assert_series_equal if isinstance(expected, pd.Series) else pd.testing.assert_frame_equal
    test(result.to_pandas(), expected, check_index_type=False, check_exact=True)
    if isinstance(expected, pd.DataFrame):
        for name in expected.select_dtypes("float64"):
            there = expected[name].notna().to_numpy()
            ours_signs = np.signbit(result[name].to_numpy()[there])
            assert np.array_equal(ours_signs, np.signbit(expected[name].to_numpy()[there])), name
    pd.testing.assert_frame_equal(ours.to_pandas(), before)


@pytest.mark.parametrize("layout", ["numpy", "polars", "pandas"])
@pytest.mark.parametrize("kinds", [("modest", "small"), ("float64", "int64"), ("float64", "float64")])
@pytest.mark.parametrize("name", PIPELINES)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_pipelines(name: str, kinds: tuple[str, str], layout: str) -> None:
    @given(frame=columns(*kinds, max_size=40))
    def run(frame) -> None:
        check(PIPELINES[name], frame, layout)

    run()


@pytest.mark.parametrize("layout", ["numpy", "polars"])
@pytest.mark.parametrize("name", [*NUMBERS, *FUNCTIONS])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_operations(name: str, layout: str) -> None:
    function = NUMBERS.get(name) or (lambda df: getattr(np, name)(df["a"]))

    @given(frame=columns("modest", "modest", max_size=30))
    def run(frame) -> None:
        if name == "astype int":
            frame = frame.fillna(0.0).round()
        check(function, frame, layout)

    run()


def many(rows: int = 3_000) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame({
        "a": np.where(rng.random(rows) < 0.1, np.nan, rng.normal(0, 5, rows)), "b": rng.integers(-3, 9, rows),
        "c": rng.random(rows) > 0.5,
    })  # fmt: skip


@pytest.mark.parametrize("layout", ["numpy", "polars", "pandas"])
def test_numbers_are_calculated_over_arrays_in_threads(layout: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portions, "_LARGEST", 504)
    frame, seen = many(), []
    calculate = portions.calculate

    def noted(*given_) -> None:
        seen.append(given_[1])
        calculate(*given_)

    monkeypatch.setattr("litsdf.compiling.numbers.calculate", noted)
    check(features, frame, layout)
    assert seen == [3_000]


def test_tables_in_pieces_and_offsets() -> None:
    import polars as pl

    frame = many(100)
    table = pl.from_pandas(frame, nan_to_null=True)
    parts = pl.concat([table[:13], table[13:50], table[50:]], rechunk=False)[3:]
    result = litsdf.compile(features, schema(frame))(litsdf.DataFrame(parts, layout="polars")).to_pandas()
    expected = features(frame[3:].reset_index(drop=True))
    pd.testing.assert_frame_equal(result, expected, check_exact=True)


@pytest.mark.parametrize("layout", ["numpy", "polars"])
def test_what_the_values_forbid_goes_the_way_of_the_layouts(layout: str) -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0, 5.0] * 20, "b": [0.0, 2.0, -1.0] * 20})

    def whole(df):
        df["q"] = df["a"] // df["b"]
        return df

    check(whole, frame, layout)
    compiled = litsdf.compile(lambda df: df["a"].astype("int64"), schema(frame))
    with pytest.raises(ValueError, match="convert"):
        compiled(litsdf.DataFrame({"a": [1.0, float("nan")] * 20, "b": [1.0, 2.0] * 20}, layout=layout))


def test_truth_values_and_logic() -> None:
    def chosen(df):
        df["d"] = (df["c"] & (df["b"] > 2)) ^ ~df["c"]
        df["e"] = df["a"].fillna(0.0).where(df["c"], df["a"])
        df["f"] = df["b"].where(df["d"], df["b"])
        return df

    for layout in ("numpy", "polars", "pandas"):
        check(chosen, many(70), layout)
