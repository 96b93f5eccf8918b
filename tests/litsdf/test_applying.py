# ruff: noqa: PT017  (the kind of the error is what is compared)
"""Functions of the user's own give what they give in pandas: apply, agg, transform and map, along columns and rows."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_structure import tables

import litsdf

LAYOUTS = ["numpy", "polars"]
Call = Callable[[Any], Any]

COLUMN: dict[str, Call] = {
    "each": lambda s: s.apply(lambda v: (v, 1)),
    "text": lambda s: s.apply(str),
    "number": lambda s: s.apply(lambda v: 1.5),
    "argument": lambda s: s.apply(lambda v, more: more, args=(3,)),
    "option": lambda s: s.apply(lambda v, more: more, more="x"),
    "name": lambda s: s.apply("count"),
    "nothing": lambda s: s.apply("nothing"),
    "universal": lambda s: s.apply(np.sqrt),
    "whole": lambda s: s.apply(lambda column: column.count(), by_row=False),
    "rows": lambda s: s.apply(lambda v: pd.Series({"a": 1, "b": "x"})),
    "agg": lambda s: s.agg(lambda column: column.count()),
    "agg list": lambda s: s.agg(["count", lambda column: column.nunique()]),
    "agg dict": lambda s: s.agg({"x": "count", "y": "nunique"}),
    "agg mixed": lambda s: s.agg(["count", "isna"]),
    "agg columns": lambda s: s.agg(["isna", "notna"]),
    "agg nothing": lambda s: s.agg([]),
    "agg error": lambda s: s.agg(lambda column: column["no such label"]),
    "transform": lambda s: s.transform(lambda v: 2),
    "transform name": lambda s: s.transform("isna"),
    "transform list": lambda s: s.transform(["isna", "notna"]),
    "transform not": lambda s: s.transform("count"),
    "error": lambda s: s.apply(lambda v: v.nothing),
}
TABLE: dict[str, Call] = {
    "count": lambda f: f.apply(lambda column: column.count()),
    "missing": lambda f: f.apply(lambda column: column.isna()),
    "first": lambda f: f.apply(lambda column: column.iloc[0]),
    "head": lambda f: f.apply(lambda column: column.head(2)),
    "list": lambda f: f.apply(lambda column: [1, 2]),
    "as long": lambda f: f.apply(lambda column: [1] * len(column)),
    "dict": lambda f: f.apply(lambda column: {"n": 1}),
    "reduced": lambda f: f.apply(lambda column: [1, 2], result_type="reduce"),
    "name": lambda f: f.apply("count"),
    "name of rows": lambda f: f.apply("count", axis=1),
    "rows": lambda f: f.apply(lambda row: row.count(), axis=1),
    "row names": lambda f: f.apply(lambda row: str(row.name), axis=1),
    "row values": lambda f: f.apply(lambda row: str(row.iloc[0]), axis=1),
    "row index": lambda f: f.apply(lambda row: len(row.index), axis="columns"),
    "row columns": lambda f: f.apply(lambda row: pd.Series({"n": 1, "t": "x"}), axis=1),
    "row itself": lambda f: f.apply(lambda row: row, axis=1),
    "row lists": lambda f: f.apply(lambda row: [1, "x"], axis=1),
    "row expanded": lambda f: f.apply(lambda row: [1, "x"], axis=1, result_type="expand"),
    "row dicts": lambda f: f.apply(lambda row: {"n": 1}, axis=1),
    "raw": lambda f: f.apply(len, raw=True),
    "raw rows": lambda f: f.apply(lambda values: values, axis=1, raw=True),
    "agg": lambda f: f.agg("count"),
    "agg rows": lambda f: f.agg("nunique", axis=1),
    "agg list": lambda f: f.agg(["count", "nunique"]),
    "agg functions": lambda f: f.agg([lambda column: column.count()]),
    "agg function": lambda f: f.agg(lambda column: column.count()),
    "agg dict": lambda f: f.agg({f.columns[0]: "count"}),
    "agg lists": lambda f: f.agg({name: ["count", "nunique"] for name in f.columns}),
    "agg no column": lambda f: f.agg({"nothing": "count"}),
    "agg named": lambda f: f.agg(n=(f.columns[0], "count")),
    "transform": lambda f: f.transform(lambda column: column.isna()),
    "transform dict": lambda f: f.transform({f.columns[0]: "isna"}),
    "transform list": lambda f: f.transform(["isna", "notna"]),
    "transform not": lambda f: f.transform("count"),
    "map": lambda f: f.map(str),
    "map some": lambda f: f.map(lambda value: 1, na_action="ignore"),
    "map options": lambda f: f.map(lambda value, more: more, more=2),
    "pipe": lambda f: f.pipe(lambda table: table.apply(lambda column: column.count())),
    "error": lambda f: f.apply(lambda row: row["no such column"], axis=1),
}


def compare(frame: pd.DataFrame, layout: str, call: Call) -> None:
    ours, before = litsdf.DataFrame(frame, layout=layout), frame.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            expected = call(frame.copy())
        except Exception as error:
            with pytest.raises(type(error)):
                call(ours)
            return
        result = call(ours)
    options = {"rtol": 1e-12, "atol": 0, "check_freq": False}
    if isinstance(expected, pd.Series):
        assert isinstance(result, litsdf.Series)
        pd.testing.assert_series_equal(result.to_pandas(), expected, **options)
    elif isinstance(expected, pd.DataFrame):
        assert isinstance(result, litsdf.DataFrame)
        pd.testing.assert_frame_equal(result.to_pandas(), expected, **options)
    else:
        assert str(result) == str(expected)
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", COLUMN)
@given(frame=tables(max_width=1))
def test_columns(layout: str, name: str, frame: pd.DataFrame) -> None:
    compare(frame, layout, lambda table: COLUMN[name](table[table.columns[0]]))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", TABLE)
@given(data=st.data())
def test_tables(layout: str, name: str, data: st.DataObject) -> None:
    compare(data.draw(tables()), layout, TABLE[name])


@pytest.mark.parametrize("layout", ["record", *LAYOUTS])
def test_usual_functions_stay_in_their_layout(layout: str) -> None:
    frame = pd.DataFrame({"k": ["a", "b"], "x": [1.0, math.nan], "n": [3, 4]}).iloc[: 1 if layout == "record" else 2]
    ours = litsdf.DataFrame(frame, layout=layout)
    for call in (
        lambda f: f["x"].apply(lambda v: v + 1),
        lambda f: f.apply(lambda row: f"{row['k']}{row['n']}", axis=1),
        lambda f: f[["x", "n"]].apply(lambda column: column * 2),
        lambda f: f[["x", "n"]].agg(["sum", "max"]),
        lambda f: f.agg({"x": "mean", "n": "sum"}),
        lambda f: f[["x", "n"]].transform(lambda column: column + 1),
        lambda f: f.map(str),
    ):
        compare(frame, layout, call)
        call(ours)
    assert not ours.fallbacks
