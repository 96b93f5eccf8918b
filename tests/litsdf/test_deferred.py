"""Expressions that wait for a table, `select`, and the named ways to make tables: the same as in pandas, in every layout."""

import pandas as pd
import pyarrow as pa
import pytest

import litsdf

LAYOUTS = ("record", "numpy", "pandas", "polars", "dask")
EXPRESSIONS = {
    "sum": pd.col("a") + pd.col("b"),
    "methods": pd.col("t").str.upper() + "!",
    "reflected": 3 - pd.col("a"),
    "condition": (pd.col("a") > 0) & ~pd.col("b").isna(),
}


def _both(layout):
    values = {"a": [1, 2, 3], "b": [4.0, None, 6.0], "t": ["x", "y", None]}
    plain = pd.DataFrame({name: cells[:1] for name, cells in values.items()} if layout == "record" else values)
    return litsdf.DataFrame(plain, layout=layout), plain


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", EXPRESSIONS)
def test_assign_evaluates_expressions(layout, name):
    ours, plain = _both(layout)
    made = ours.assign(new=EXPRESSIONS[name])
    pd.testing.assert_frame_equal(made.to_pandas(), plain.assign(new=EXPRESSIONS[name]))
    assert not ours.fallbacks


@pytest.mark.parametrize("layout", LAYOUTS)
def test_selecting_by_expressions(layout):
    ours, plain = _both(layout)
    big = litsdf.col("a") >= 1
    pd.testing.assert_frame_equal(ours[big].to_pandas(), plain[big])
    pd.testing.assert_series_equal(ours.loc[big, "b"].to_pandas(), plain.loc[big, "b"])
    ours.loc[big, "a"] = 7
    plain.loc[big, "a"] = 7
    pd.testing.assert_frame_equal(ours.to_pandas(), plain)
    with pytest.raises(TypeError, match="ambiguous"):
        ours["new"] = big
    with pytest.raises(ValueError, match="nothing"):
        ours[litsdf.col("nothing") > 1]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_select(layout):
    ours, plain = _both(layout)
    for labels, made in (
        (("b",), {}),
        ((["b", "a"],), {}),
        (("b",), {"new": pd.col("a") * 2}),
        ((pd.col("a") * 2, "b"), {}),
        ((), {"new": lambda table: table["a"] + 1, "more": 5}),
        (("a",), {"a2": pd.col("a")}),
    ):
        pd.testing.assert_frame_equal(ours.select(*labels, **made).to_pandas(), plain.select(*labels, **made))
    with pytest.raises(KeyError):
        ours.select("nothing")


def test_expressions_compile():
    compiled = litsdf.compile(lambda df: df.assign(c=litsdf.col("a") * 2 + 1), {"a": 1.0})
    assert compiled.fallback is None
    assert compiled({"a": 2.0}) == {"a": 2.0, "c": 5.0}


@pytest.mark.parametrize("layout", [None, *LAYOUTS[1:]])
def test_named_ways_to_make_tables(layout):
    rows = [(1, "x"), (2, None)]
    pd.testing.assert_frame_equal(
        litsdf.DataFrame.from_records(rows, columns=["n", "t"], layout=layout).to_pandas(),
        pd.DataFrame.from_records(rows, columns=["n", "t"]),
    )
    by_row = {"r": [1, 2], "s": [3, 4]}
    pd.testing.assert_frame_equal(
        litsdf.DataFrame.from_dict(by_row, orient="index", columns=["n", "m"], layout=layout).to_pandas(),
        pd.DataFrame.from_dict(by_row, orient="index", columns=["n", "m"]),
    )
    table = pa.table({"n": [1, None], "t": ["x", "y"]})
    made = litsdf.DataFrame.from_arrow(table, layout=layout)
    pd.testing.assert_frame_equal(made.to_pandas(), pd.DataFrame.from_arrow(table))
    assert layout is None or made.layout == layout
    column = litsdf.Series.from_arrow(table["n"], layout=layout)
    pd.testing.assert_series_equal(column.to_pandas(), pd.Series.from_arrow(table["n"]))
