# ruff: noqa: PT017  (the kind of the error is what is compared)
"""Windows give what pandas gives: rolling, expanding and ewm, by rows and by dates, within groups, every method."""

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

LAYOUTS = ["record", "numpy", "polars"]
METHODS = [
    "sum", "mean", "median", "min", "max", "std", "var", "sem", "skew", "kurt", "count", "first", "last", "nunique", "rank",
]  # fmt: skip
WINDOWS: dict[str, Callable[[Any], Any]] = {
    "rows": lambda x: x.rolling(2),
    "centred": lambda x: x.rolling(3, min_periods=1, center=True),
    "closed": lambda x: x.rolling(2, closed="both", min_periods=0),
    "steps": lambda x: x.rolling(2, step=2),
    "weights": lambda x: x.rolling(2, win_type="triang"),
    "days": lambda x: x.rolling("2D"),
    "expanding": lambda x: x.expanding(),
    "later": lambda x: x.expanding(min_periods=2),
    "span": lambda x: x.ewm(span=3),
    "alpha": lambda x: x.ewm(alpha=0.4, adjust=False, ignore_na=True, min_periods=1),
    "wrong": lambda x: x.rolling(-1),
    "unclosed": lambda x: x.rolling(2, closed="somehow"),
}
FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "quantile": lambda w: w.quantile(0.3),
    "apply": lambda w: w.apply(lambda part: part.iloc[0] + part.sum()),
    "raw": lambda w: w.apply(np.ptp, raw=True),
    "by name": lambda w: w.agg("sum"),
    "several": lambda w: w.agg(["sum", "max", np.mean]),
    "function": lambda w: w.agg(lambda part: part.max() - part.min()),
    "numeric": lambda w: w.mean(numeric_only=True),
    "ddof": lambda w: w.var(ddof=0),
    "pipe": lambda w: w.pipe(lambda windows: windows.max()),
    "unknown": lambda w: w.nothing(),
}
CALLS = FUNCTIONS | {name: lambda w, name=name: getattr(w, name)() for name in METHODS}


def equal(result: Any, expected: Any) -> None:
    options = {"check_exact": True, "check_freq": False}
    if isinstance(expected, pd.Series):
        pd.testing.assert_series_equal(result.to_pandas(), expected, **options)
    else:
        pd.testing.assert_frame_equal(result.to_pandas(), expected, **options)


def compare(frame: pd.DataFrame, layout: str, call: Callable[[Any], Any]) -> litsdf.DataFrame | None:
    if layout == "record" and len(frame) > 1:
        return None
    ours, before = litsdf.DataFrame(frame, layout=layout), frame.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            expected = call(frame.copy())
        except Exception as error:
            with pytest.raises(type(error)):
                call(ours)
            return None
        equal(call(ours), expected)
    pd.testing.assert_frame_equal(ours.to_pandas(), before)
    return ours


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("window", WINDOWS)
@given(data=st.data())
def test_windows_over_any_table(layout: str, window: str, data: st.DataObject) -> None:
    frame = data.draw(tables())
    if layout == "record":
        frame = frame.iloc[:1]
        frame = frame if isinstance(frame.columns, pd.Index) and frame.columns.dtype == "str" else frame.set_axis(
            [f"c{place}" for place in range(frame.shape[1])], axis=1
        )  # fmt: skip
        frame.columns.name = None
        if any(dtype not in {"int64", "float64", "bool", "str"} for dtype in map(str, frame.dtypes)) and not len(frame):
            return
    for name in data.draw(st.lists(st.sampled_from(list(CALLS)), min_size=2, max_size=2)):
        compare(frame, layout, lambda x, name=name: CALLS[name](WINDOWS[window](x)))
    name = data.draw(st.sampled_from(list(CALLS)))
    compare(frame, layout, lambda x: CALLS[name](WINDOWS[window](x[x.columns[0]])))


@st.composite
def measured(draw: st.DrawFn) -> pd.DataFrame:
    """Keys, dates in order, numbers with missing and infinite ones."""
    rows = draw(st.integers(1, 8))
    days = np.cumsum(draw(st.lists(st.integers(0, 3), min_size=rows, max_size=rows)))
    numbers = st.sampled_from([math.nan, math.inf, 0.0, 1.5, -2.0, 7.0])
    frame = pd.DataFrame({
        "key": pd.Series(draw(st.lists(st.sampled_from(["a", "b", None]), min_size=rows, max_size=rows)), dtype="str"),
        "x": pd.Series(draw(st.lists(numbers, min_size=rows, max_size=rows)), dtype="float64"),
        "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(days, unit="D"),
        "n": pd.Series(draw(st.lists(st.integers(-9, 9), min_size=rows, max_size=rows)), dtype="int64"),
    })  # fmt: skip
    if draw(st.booleans()):
        frame.index = pd.Index(draw(st.permutations(range(10, 10 + rows))), name="row")
    return frame


WITHIN: dict[str, Callable[[Any], Any]] = {
    "on": lambda f: f.rolling("2D", on="day"),
    "on chosen": lambda f: f.rolling("3D", on="day")["x"],
    "on list": lambda f: f.rolling("3D", on="day")[["n", "x"]],
    "attribute": lambda f: f.rolling(2).x,
    "groups": lambda f: f[["key", "x", "n"]].groupby("key").rolling(2, min_periods=1),
    "group column": lambda f: f.groupby("key")["x"].rolling(2),
    "group list": lambda f: f.groupby("key", sort=False)[["x", "n"]].expanding(),
    "group ewm": lambda f: f.groupby(["key", "n"])["x"].ewm(com=1.0),
    "group on": lambda f: f.groupby("key").rolling("2D", on="day")["x"],
    "no index": lambda f: f.groupby("key", as_index=False)[["x"]].rolling(2),
    "missing keys": lambda f: f.groupby("key", dropna=False)["n"].rolling(2),
    "of a column": lambda f: f["x"].groupby(f["key"]).rolling(2),
    "no column": lambda f: f.rolling("2D", on="nothing"),
    "no such": lambda f: f.rolling(2)["nothing"],
}


@pytest.mark.parametrize("layout", LAYOUTS[1:])
@pytest.mark.parametrize("way", WITHIN)
@given(data=st.data())
def test_windows_by_dates_and_within_groups(layout: str, way: str, data: st.DataObject) -> None:
    frame = data.draw(measured())
    for name in data.draw(st.lists(st.sampled_from(list(CALLS)), min_size=2, max_size=2)):
        compare(frame, layout, lambda f, name=name: CALLS[name](WITHIN[way](f)))


@pytest.mark.parametrize("layout", LAYOUTS[1:])
def test_usual_windows_stay_in_their_layout(layout: str) -> None:
    frame = pd.DataFrame({"k": ["a", "b", "a"], "x": [1.0, math.nan, 3.0], "day": pd.date_range("2024", periods=3)})
    ours = litsdf.DataFrame(frame, layout=layout)
    for call in (
        lambda f: f["x"].rolling(2).mean(),
        lambda f: f[["x"]].expanding().agg(["sum", "max"]),
        lambda f: f["x"].ewm(halflife=2).std(),
        lambda f: f["x"].rolling(2, min_periods=1).apply(lambda part: part.max()),
        lambda f: f.rolling("2D", on="day")["x"].sum(),
        lambda f: f.groupby("k")["x"].rolling(2).sum(),
    ):
        result = call(ours)
        assert result.layout == layout
        equal(result, call(frame))
    assert not ours.fallbacks
