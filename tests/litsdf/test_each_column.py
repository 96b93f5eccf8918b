# ruff: noqa: PT017  (the kind of the error is what is compared)
"""Replacing, choosing, setting, aligning, sorting by functions and counting rows give what pandas gives."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from test_structure import tables

import litsdf

LAYOUTS = ["numpy", "polars"]
Call = Callable[[Any], Any]


def first(frame: Any) -> Any:
    return frame[frame.columns[0]]


def setting(key: Any, value: Any) -> Call:
    def call(frame: Any) -> Any:
        frame[key(frame) if callable(key) else key] = value(frame) if callable(value) else value
        return frame

    return call


def changing(name: str, *args: Any) -> Call:
    def call(frame: Any) -> Any:
        getattr(frame, name)(*args)
        return frame

    return call


CALLS: dict[str, Call] = {
    "replace": lambda f: f.replace(1, 7),
    "replace text": lambda f: f.replace("a", "Z"),
    "replace dict": lambda f: f.replace({0: 5, "b": "c"}),
    "replace nested": lambda f: f.replace({f.columns[0]: {0: 5, "b": "c"}}),
    "replace by column": lambda f: f.replace({f.columns[0]: 0}, {f.columns[0]: 9}),
    "replace one value": lambda f: f.replace({f.columns[0]: 0}, 9),
    "replace list": lambda f: f.replace([0, 1], [1, 0]),
    "replace many": lambda f: f.replace([0, "b"], 3),
    "replace pattern": lambda f: f.replace("^[ab]", "Q", regex=True),
    "clip": lambda f: f.clip(0, 2),
    "interpolate": lambda f: f.interpolate(),
    "convert": lambda f: f.convert_dtypes(),
    "convert some": lambda f: f.convert_dtypes(convert_integer=False, convert_string=False),
    "infer": lambda f: f.astype(object).infer_objects(),
    "where": lambda f: f.where(f.notna()),
    "where value": lambda f: f.where(f.isna(), 3),
    "where text": lambda f: f.where(f.isna(), "x"),
    "mask table": lambda f: f.mask(f.isna(), f),
    "mask column": lambda f: f.mask(first(f).isna()),
    "mask function": lambda f: f.mask(lambda table: table.notna()),
    "where array": lambda f: f.where(np.ones(f.shape, dtype=bool)),
    "insert": changing("insert", 1, "new", 3),
    "insert again": lambda f: changing("insert", 0, f.columns[0], 3)(f),
    "isetitem": changing("isetitem", 0, 4.5),
    "iterrows": lambda f: [(label, str(list(row))) for label, row in f.iterrows()],
    "combine_first": lambda f: f.combine_first(f),
    "counts": lambda f: f.value_counts(),
    "counts of one": lambda f: f.value_counts([f.columns[0]]),
    "shares": lambda f: f.value_counts(normalize=True, sort=False),
    "counts with missing": lambda f: f.value_counts(dropna=False, ascending=True),
    "ranks of rows": lambda f: f.rank(axis=1, numeric_only=True),
    "different of rows": lambda f: f.nunique(axis=1),
    "different with missing": lambda f: f.nunique(axis=1, dropna=False),
    "sorted by": lambda f: f.sort_values(f.columns[0], key=lambda column: column.astype(str)),
    "sorted by length": lambda f: f.sort_values(list(f.columns), key=lambda column: column.isna()),
    "sorted in place": lambda f: (f.sort_values(f.columns[0], inplace=True), f)[1],
    "distinct in place": lambda f: (f.drop_duplicates(inplace=True), f)[1],
    "numbered in place": lambda f: (f.reset_index(inplace=True), f)[1],
    "numbered, not in place": lambda f: f.reset_index(inplace=False),
    "largest": lambda f: f.nlargest(2, [f.columns[0]]),
    "set list": lambda f: setting("new", list(range(len(f))))(f),
    "set array": lambda f: setting("new", np.arange(len(f)) / 2)(f),
    "set texts": lambda f: setting("new", ["x"] * len(f))(f),
    "set dates": lambda f: setting("new", pd.date_range("2024", periods=len(f)))(f),
    "set short": setting("new", [1, 2]),
    "set none": setting("new", None),
    "set scalar": setting("new", pd.Timestamp("2024-01-01")),
    "set itself": lambda f: setting(f.columns[0], first(f).iloc[::-1])(f),
    "set part": lambda f: setting("new", first(f).iloc[:2])(f),
    "set several": setting(["p", "q"], 0),
    "set several columns": lambda f: setting(["p"], f[[f.columns[0]]])(f),
    "set two": lambda f: setting(["p", "q"], np.ones((len(f), 2)))(f),
    "set rows": lambda f: setting(first(f).isna(), 0)(f),
    "set cells": lambda f: setting(f.isna(), 0)(f),
    "set nobody": setting(["p", "q"], [1]),
    "align": lambda f: f.iloc[:3].align(f.iloc[1:]),
    "align inner": lambda f: f.iloc[:3].align(f.iloc[1:], join="inner"),
    "align names": lambda f: f.align(f[list(f.columns)[:1]], axis=1, join="left"),
    "align right": lambda f: f.iloc[::-1].align(f, join="right", axis=0),
    "add": lambda f: f.iloc[:3] + f.iloc[1:],
    "subtract": lambda f: f.iloc[::-1] - f,
    "add names": lambda f: f + f[list(f.columns)[:1]],
    "compare": lambda f: f.iloc[:2] == f.iloc[1:],
}
OF_COLUMNS: dict[str, Call] = {
    "convert": lambda s: s.convert_dtypes(),
    "infer": lambda s: s.astype(object).infer_objects(),
    "align": lambda s: s.iloc[:3].align(s.iloc[1:]),
    "align inner": lambda s: s.iloc[::-1].align(s.iloc[1:], join="inner"),
    "align filled": lambda s: s.iloc[:3].align(s.iloc[1:], fill_value=0),
    "add": lambda s: s.iloc[:3] + s.iloc[1:],
    "divide": lambda s: s.iloc[::-1] / s,
    "compare": lambda s: s.iloc[:2] == s.iloc[1:],
    "logic": lambda s: s.iloc[:2] & s.iloc[1:],
    "combine_first": lambda s: s.combine_first(s.iloc[::-1]),
    "combine parts": lambda s: s.iloc[:2].combine_first(s.iloc[1:]),
    "case_when": lambda s: s.case_when([(s.isna(), s), (s.notna(), s)]),
    "case value": lambda s: s.case_when([(s.isna(), 0)]),
    "no cases": lambda s: s.case_when([]),
    "sorted by": lambda s: s.sort_values(key=lambda column: column.astype(str)),
    "sorted in place": lambda s: (s.sort_values(inplace=True, ascending=False), s)[1],
    "distinct in place": lambda s: (s.drop_duplicates(keep="last", inplace=True), s)[1],
    "sorted wrongly": lambda s: s.sort_values(key=lambda column: column.iloc[:1]),
    "interpolate": lambda s: s.interpolate(limit=-1),
    "interpolate how": lambda s: s.interpolate(method="no such"),
}


def equal(result: Any, expected: Any) -> None:
    options = {"rtol": 1e-12, "atol": 0, "check_freq": False}
    if isinstance(expected, tuple):
        for mine, theirs in zip(result, expected, strict=True):
            equal(mine, theirs)
    elif isinstance(expected, pd.Series):
        assert isinstance(result, litsdf.Series)
        pd.testing.assert_series_equal(result.to_pandas(), expected, **options)
    elif isinstance(expected, pd.DataFrame):
        assert isinstance(result, litsdf.DataFrame)
        pd.testing.assert_frame_equal(result.to_pandas(), expected, **options)
    else:
        assert str(result) == str(expected)


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
        equal(call(ours), expected)
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", CALLS)
@given(frame=tables())
def test_tables(layout: str, name: str, frame: pd.DataFrame) -> None:
    compare(frame, layout, CALLS[name])


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", OF_COLUMNS)
@given(frame=tables(max_width=1))
def test_columns(layout: str, name: str, frame: pd.DataFrame) -> None:
    compare(frame, layout, lambda table: OF_COLUMNS[name](first(table)))


@pytest.mark.parametrize("layout", ["record", *LAYOUTS])
def test_usual_calls_stay_in_their_layout(layout: str) -> None:
    frame = pd.DataFrame({"x": [1.0, 5.0], "n": [3, 4]}).iloc[: 1 if layout == "record" else 2]
    ours = litsdf.DataFrame(frame, layout=layout)
    for name in (
        "replace",
        "clip",
        "where value",
        "insert",
        "set list",
        "set several",
        "set cells",
        "counts",
        "sorted by",
    ):
        compare(frame, layout, CALLS[name])
        CALLS[name](ours.copy())
    assert not ours.fallbacks
