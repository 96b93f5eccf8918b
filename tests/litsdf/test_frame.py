"""Table methods give what pandas gives, in every layout, on random tables."""

from __future__ import annotations

import copy
import io
import pickle
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from tables import LAYOUTS, check, columns, held

import litsdf


def _assigned(d):
    d["c"] = d["b"] + 1
    d["a"] = "x"
    return d


def _set_by_label(d):
    d.loc[d["b"] > 0, "a"] = "changed"
    return d


def _set_other_rows(d):
    d["c"] = d[d["b"] > 0]["b"]
    return d


METHODS = {
    "select": lambda d: d[["b", "a"]],
    "select one": lambda d: d["b"],
    "attribute": lambda d: d.b,
    "assign": _assigned,
    "assign method": lambda d: d.assign(c=lambda t: t["b"] * 2, b=1),
    "drop": lambda d: d.drop(columns="a"),
    "drop list": lambda d: d.drop(["a"], axis=1),
    "rename": lambda d: d.rename(columns={"a": "z"}),
    "filter": lambda d: d[d["b"] > 0],
    "filter column": lambda d: d["a"][d["b"] > 0],
    "filter twice": lambda d: d[d["b"] > 0][d["b"] > 0]["a"].str.upper(),
    "filter unaligned": _set_other_rows,
    "loc": lambda d: d.loc[d["b"] > 0, ["a"]],
    "iloc": lambda d: d.iloc[:2],
    "set by label": _set_by_label,
    "head": lambda d: d.head(2),
    "tail": lambda d: d.tail(2),
    "head but": lambda d: d.head(-1),
    "sort": lambda d: d.sort_values("b", kind="stable"),
    "sort down": lambda d: d.sort_values("b", ascending=False, kind="stable"),
    "sort text": lambda d: d.sort_values("a", kind="stable", ignore_index=True),
    "reset": lambda d: d.reset_index(drop=True),
    "reset kept": lambda d: d.reset_index(),
    "dropna": lambda d: d.dropna(),
    "duplicates": lambda d: d.drop_duplicates(),
    "duplicates of one": lambda d: d.drop_duplicates("a"),
    "dropna of one": lambda d: d.dropna(subset="b", ignore_index=True),
    "shift back": lambda d: d["a"].shift(-1),
    "diff": lambda d: d["b"].diff(),
    "fillna": lambda d: d.fillna({"a": "none"}),
    "isna": lambda d: d.isna(),
    "astype": lambda d: d.astype({"b": "float64"}),
    "query": lambda d: d.query("b > 0"),
    "transpose": lambda d: d[["b"]].T,
    "sum": lambda d: d["b"].sum(),
    "mean": lambda d: d["b"].mean(),
    "min": lambda d: d["b"].min(),
    "max": lambda d: d["b"].max(),
    "count": lambda d: d["b"].count(),
    "nunique": lambda d: d["a"].nunique(),
    "group sum": lambda d: d.groupby("a").agg({"b": "sum"}),
    "group named": lambda d: d.groupby("a").agg(total=("b", "sum"), most=("b", "max"), rows=("b", "count")),
    "group mean": lambda d: d.groupby("a")["b"].mean(),
    "group flat": lambda d: d.groupby("a", as_index=False).agg({"b": "min"}),
    "group transform": lambda d: d.groupby("a")["b"].transform("sum"),
    "group several": lambda d: d.groupby("a").agg({"b": ["sum", "max"]}),
    "merge": lambda d: d.merge(d.rename(columns={"b": "c"}), on="a"),
    "merge left": lambda d: d.merge(d[d["b"] > 0].rename(columns={"b": "c"}), on="a", how="left"),
    "value counts": lambda d: d["b"].value_counts().sort_index(),
    "rank": lambda d: d["b"].rank(),
    "shift": lambda d: d["b"].shift(1),
    "rolling": lambda d: d["b"].rolling(2).sum(),
    "cumsum": lambda d: d["b"].cumsum(),
    "melt": lambda d: d.melt(id_vars="a"),
    "plus": lambda d: d[["b"]] + 1,
    "empty": lambda d: d.empty,
    "shape": lambda d: d.shape,
    "absent": lambda d: d["nothing"],
    "absent list": lambda d: d[["a", "nothing"]],
    "absent drop": lambda d: d.drop(columns="nothing"),
    "absent group": lambda d: d.groupby("nothing").sum(),
    "truth": lambda d: bool(d["b"] > 0),
    "wrong accessor": lambda d: d["b"].str.lower(),
    "wrong date": lambda d: d["b"].dt.year,
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kinds", [("str", "small"), ("str", "modest")])
@pytest.mark.parametrize("name", METHODS)
def test_methods(layout: str, kinds: tuple[str, str], name: str) -> None:
    @given(frame=columns(*kinds))
    def run(frame) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            check(frame, layout, METHODS[name], exact=False)

    run()


@pytest.mark.parametrize("layout", LAYOUTS)
@given(frame=columns("str", "int64", "float64", "bool", "datetime64[us]"))
def test_a_table_survives_its_layout(layout: str, frame: pd.DataFrame) -> None:
    ours = held(frame, layout)
    if ours is not None:
        pd.testing.assert_frame_equal(ours.to_pandas(), frame, check_index_type=False)
        assert ours.layout == layout
        pd.testing.assert_frame_equal(pickle.loads(pickle.dumps(ours)).to_pandas(), frame, check_index_type=False)


@pytest.mark.parametrize("layout", ["numpy", "polars", "pandas"])
def test_dtypes_without_a_native_form_are_carried(layout: str) -> None:
    frame = pd.DataFrame({
        "kind": pd.Categorical(["a", "b", "a"]),
        "small": np.array([1, 2, 3], dtype="int8"),
        "mixed": pd.Series([1, "x", None], dtype=object),
        "zone": pd.to_datetime(["2024-03-31 01:30", "2024-10-27 02:30", None]).tz_localize("UTC").tz_convert("Europe/Berlin"),
        "maybe": pd.array([1, None, 3], dtype="Int64"),
        "large": pd.Series([2**70, 1, 2], dtype=object),
    })  # fmt: skip
    ours = litsdf.DataFrame(frame, layout=layout)
    assert ours.layout == layout
    pd.testing.assert_frame_equal(ours.to_pandas(), frame)
    pd.testing.assert_series_equal(ours["kind"].cat.codes.to_pandas(), frame["kind"].cat.codes)
    pd.testing.assert_series_equal(ours["zone"].dt.hour.to_pandas(), frame["zone"].dt.hour)
    pd.testing.assert_frame_equal(ours[ours["small"] > 1].to_pandas(), frame[frame["small"] > 1])


def test_the_layout_is_chosen_by_the_number_of_rows() -> None:
    assert litsdf.DataFrame([{"a": 1}]).layout == "record"
    assert litsdf.DataFrame({"a": range(10)}).layout == "numpy"
    assert litsdf.DataFrame({"a": range(50_000)}).layout == "polars"


def test_the_callers_data_is_never_changed() -> None:
    row, array = {"a": 1}, np.arange(3)
    for data in ([row], {"a": array}, pd.DataFrame({"a": array}), pl.DataFrame({"a": array})):
        before = copy.deepcopy(data)
        df = litsdf.DataFrame(data)
        df["a"] = df["a"] + 1
        df.loc[0, "a"] = 100
        df["b"] = 1
        assert str(data) == str(before)
    values = np.arange(3.0)
    df = litsdf.DataFrame({"a": values}, layout="numpy")
    values[0] = 99
    assert df["a"].to_list() == [0.0, 1.0, 2.0]


def test_a_selected_column_does_not_change_with_its_table() -> None:
    for layout in ("numpy", "polars", "pandas"):
        df = litsdf.DataFrame({"a": [1, 2]}, layout=layout)
        column, other = df["a"], df.copy()
        moved = df.to_layout(layout)
        column[0] = 9
        other["a"] = 0
        moved["a"] = moved["b"] = 0
        df.pipe(lambda d: d.assign(a=5))
        assert list(df) == ["a"]
        assert df["a"].to_list() == [1, 2]


@pytest.mark.parametrize("data", [{"a": [1, 2], "b": [1]}, {"a": 1}])
def test_bad_tables_raise_what_pandas_raises(data: dict) -> None:
    with pytest.raises(ValueError) as expected:
        pd.DataFrame(data)
    with pytest.raises(type(expected.value), match=str(expected.value)[:20]):
        litsdf.DataFrame(data)


@pytest.mark.parametrize("layout", ["pandas", "numpy", "polars"])
def test_repeated_and_other_names_are_held(layout: str) -> None:
    repeated = pd.DataFrame([[1, 2]], columns=["a", "a"])
    ours = litsdf.DataFrame(repeated, layout=layout)
    assert ours.layout == layout
    pd.testing.assert_frame_equal(ours["a"].to_pandas(), repeated["a"])
    numbers = pd.DataFrame([[1, 2]])
    assert litsdf.DataFrame(numbers, layout=layout)[1].to_list() == [2]
    pd.testing.assert_frame_equal(pickle.loads(pickle.dumps(ours)).to_pandas(), repeated)
    assert litsdf.DataFrame(repeated).layout == "numpy"
    with pytest.raises(litsdf.LayoutError, match="cannot hold this table"):
        litsdf.DataFrame(repeated, layout="record")
    with pytest.raises(litsdf.LayoutError, match=r"cannot hold this table|Rename them first"):
        ours.to_polars()
    pd.testing.assert_frame_equal(ours.to_layout("dask").to_pandas(), repeated)
    with pytest.raises(litsdf.CompileError, match="Rename them first"):
        litsdf.compile(lambda d: d, ours)


def test_unknown_layouts_are_named() -> None:
    with pytest.raises(litsdf.LayoutError, match="record, numpy, pandas, polars"):
        litsdf.DataFrame({"a": [1]}, layout="spreadsheet")


def test_fallbacks_are_counted_and_warned_about_on_demand() -> None:
    df = litsdf.DataFrame({"a": [1, 2, 3]}, layout="polars")
    df["a"].info(buf=io.StringIO())
    assert df.fallbacks == {"info": 1}
    df.fallbacks.warn = True
    with pytest.warns(UserWarning, match="info went from the polars layout through pandas"):
        df["a"].info(buf=io.StringIO())


def test_importing_loads_no_data_library() -> None:
    source = Path(litsdf.__file__).parents[1]
    code = (
        "import sys, litsdf; litsdf.DataFrame; df = litsdf.DataFrame([{'a': 'X', 'b': 2}]); df['c'] = df['a'].str.lower(); "
        "c = litsdf.compile(lambda d: d['b'] + 1, {'b': 1}); assert c({'b': 2}) == 3; "
        "print([m for m in ('pandas', 'numpy', 'polars', 'pyarrow', 'dask') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": str(source)}
    )
    assert done.stdout.strip() == "[]"


def test_other_libraries_take_a_table() -> None:
    from sklearn.preprocessing import StandardScaler

    df = litsdf.DataFrame({"a": [1.0, 2.0, 3.0], "b": [3.0, 2.0, 1.0]}, layout="polars")
    assert np.asarray(df).shape == (3, 2)
    assert np.asarray(df["a"]).tolist() == [1.0, 2.0, 3.0]
    assert StandardScaler().fit_transform(df).shape == (3, 2)
    assert pl.DataFrame(df).columns == ["a", "b"]
    assert "<table" in df._repr_html_()
