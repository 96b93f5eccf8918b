"""A library that speaks pandas becomes a layout by a few lines: found by its entry point, asked directly, never wrong."""

from __future__ import annotations

import pickle
import re
import sys
import tomllib
from importlib import import_module, invalidate_caches
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tiny_library
from hypothesis import given
from tables import columns, same

import litsdf
from litsdf import registry
from litsdf.layouts.pandas_like import PandasLikeFrame

ROOT = Path(__file__).parents[2]


def forget() -> None:
    for function in (registry._plug_ins, registry.frame_class, registry._plug_in_of):
        function.cache_clear()
    invalidate_caches()


@pytest.fixture(scope="module", autouse=True)
def installed(tmp_path_factory: pytest.TempPathFactory):
    """A package that declares the plug-ins of `tiny_library`, as pip would have installed it."""
    site = tmp_path_factory.mktemp("site")
    information = site / "tiny_plug_in-1.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: tiny-plug-in\nVersion: 1\n")
    (information / "entry_points.txt").write_text(
        "[litsdf.layouts]\ntiny = tiny_library:TinyFrame\nabsent = tiny_library:AbsentFrame\nbroken = no_such_module:Frame\n"
    )
    sys.path.insert(0, str(site))
    forget()
    yield
    sys.path.remove(str(site))
    forget()


@pytest.fixture
def frame() -> litsdf.DataFrame:
    held = pd.DataFrame({"name": ["Ada", "Bob", None, "Ada"], "n": [1, 2, 3, 4], "x": [0.5, np.nan, 1.5, 2.0]})
    return litsdf.DataFrame(held, layout="tiny")


def text(df):
    df["name"] = df["name"].fillna("").str.lower()
    df["size"] = df["name"].str.len() + df["n"]
    return df


FUNCTIONS = {
    "text": text,
    "operators": lambda df: (df["n"] * 2 + df["x"] > 3) & ~df["x"].isna(),
    "reflected": lambda df: 1 - df["n"],
    "filter": lambda df: df[df["n"] > 2],
    "select": lambda df: df[["x", "n"]],
    "loc": lambda df: df.loc[df["n"] > 1, ["x"]],
    "iloc": lambda df: df.iloc[1:3],
    "assign": lambda df: df.assign(y=lambda d: d["n"] / 2),
    "sort": lambda df: df.sort_values("x", ascending=False),
    "groups": lambda df: df.groupby("name").agg(total=("n", "sum"), mean=("x", "mean")),
    "groups of a column": lambda df: df.groupby("name")["n"].sum(),
    "transform": lambda df: df.groupby("name")["n"].transform("max"),
    "rolling": lambda df: df["n"].rolling(2).sum(),
    "merge": lambda df: df.merge(df[["name", "x"]].rename(columns={"x": "z"}), on="name", how="left"),
    "value_counts": lambda df: df["name"].value_counts(),
    "dropna": lambda df: df.dropna(),
    "drop": lambda df: df.drop(columns=["x"]),
    "describe": lambda df: df.describe(),
    "clip": lambda df: df["x"].clip(0.6, 1.8),
    "where": lambda df: df["n"].where(df["n"] > 2, 0),
    "map": lambda df: df["name"].map({"Ada": 1}),
    "sum": lambda df: df["n"].sum(),
    "frame operators": lambda df: df[["n", "x"]] * 2,
    "melt": lambda df: df.melt(id_vars="name"),
    "name": lambda df: df["n"].rename("m"),
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_library_answers_and_not_pandas(name: str, frame: litsdf.DataFrame) -> None:
    expected = FUNCTIONS[name](frame.to_pandas())
    tiny_library.CALLS.clear()
    result = FUNCTIONS[name](frame)
    same(result, expected)
    if isinstance(expected, pd.DataFrame | pd.Series):
        assert result.layout == "tiny"
    assert not frame.fallbacks
    assert tiny_library.CALLS


@given(columns("str", "small", "modest", "bool"))
def test_random_tables_come_back_as_pandas_would_give_them(table: pd.DataFrame) -> None:
    held = litsdf.DataFrame(table, layout="tiny")
    same(held, table)
    same(held["a"].str.upper(), table["a"].str.upper())
    same(held["b"] + held["c"], table["b"] + table["c"])
    same(held[held["d"]], table[table["d"]])
    assert list(held.columns) == list(table.columns)
    pd.testing.assert_series_equal(held.dtypes, table.dtypes)
    pd.testing.assert_index_equal(held.index, table.index)


def test_the_callers_data_is_not_changed(frame: litsdf.DataFrame) -> None:
    before = frame.to_pandas()
    other = litsdf.DataFrame(frame)
    other["n"] = 0
    other.loc[0, "x"] = 9.0
    column = frame["n"]
    column[0] = 99
    pd.testing.assert_frame_equal(frame.to_pandas(), before)
    assert other.to_pandas()["n"].tolist() == [0] * 4


def test_layouts_meet(frame: litsdf.DataFrame) -> None:
    polars = frame.to_layout("polars")
    assert (polars["n"] + frame["n"]).to_list() == [2, 4, 6, 8]
    assert (polars["n"] + frame["n"]).layout == "polars"
    assert frame.to_layout("pandas").layout == "pandas"
    assert litsdf.Series(frame["n"], layout="numpy").to_list() == [1, 2, 3, 4]
    assert polars.to_layout("tiny").layout == "tiny"


def test_a_table_of_the_library_stays_with_it() -> None:
    own = tiny_library.DataFrame(pd.DataFrame({"a": [1, 2]}))
    assert litsdf.DataFrame(own).layout == "tiny"
    assert litsdf.DataFrame(own, layout="polars")["a"].to_list() == [1, 2]


def test_arrays_pickles_and_other_libraries(frame: litsdf.DataFrame) -> None:
    assert np.asarray(frame["n"]).tolist() == [1, 2, 3, 4]
    assert np.asarray(frame[["n"]]).shape == (4, 1)
    assert pickle.loads(pickle.dumps(frame)).layout == "tiny"
    assert "Ada" in repr(frame)
    assert frame.to_polars()["n"].to_list() == [1, 2, 3, 4]


def test_concat_uses_the_library(frame: litsdf.DataFrame) -> None:
    tiny_library.CALLS.clear()
    both = litsdf.concat([frame, frame], ignore_index=True)
    assert both.layout == "tiny"
    assert len(both) == 8
    assert tiny_library.CALLS["concat"] == 1


def test_an_absent_library_prints_its_install_line() -> None:
    with pytest.raises(litsdf.LayoutError, match="pip install a-library"):
        litsdf.DataFrame({"a": [1]}, layout="absent")
    assert {"tiny", "absent", "broken"} <= set(litsdf.layout_names())


def test_a_plug_in_that_does_not_load_disturbs_no_other_layout() -> None:
    assert registry.pandas_like_of(pytest.MonkeyPatch()) is None
    with pytest.raises(ImportError):
        litsdf.DataFrame({"a": [1]}, layout="broken")


def test_the_shipped_plug_ins_are_declared_and_say_how_to_install() -> None:
    points = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["litsdf.layouts"]
    assert set(points) == {"modin", "cudf"}
    for name, place in points.items():
        module, _, kind = place.partition(":")
        plug_in = getattr(import_module(module), kind)
        assert issubclass(plug_in, PandasLikeFrame)
        assert plug_in.layout == name
        if find_spec(plug_in.library.partition(".")[0]) is None:
            with pytest.raises(litsdf.LayoutError, match=re.escape(f"pip install {plug_in.package}")):
                plug_in.module()
