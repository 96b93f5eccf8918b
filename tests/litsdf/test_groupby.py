"""Groups give what pandas gives, in every layout, for keys and values of many dtypes."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import LAYOUTS, same

import litsdf

KEYS = {
    "int64": [1, 2, -3],
    "float64": [1.5, -0.0, 0.0, None],
    "str": ["a", "b", "é", None],
    "bool": [True, False],
    "datetime64[us]": ["2024-01-01", "2020-02-29", None],
    "category": ["b", "a", None],
    "Int64": [1, 2, None],
    "object": ["x", "y", None],
}
VALUES = {
    "int64": [0, 1, -7, 100],
    "float64": [0.5, -1.25, 1e6, 3.0, None],
    "float32": [0.5, -1.25, 3.0, None],
    "int8": [1, 2, -5],
    "uint16": [1, 2, 5],
    "bool": [True, False],
    "str": ["a", "b", "", None],
    "datetime64[us]": ["2024-01-01", "2020-02-29 10:00", None],
    "timedelta64[us]": ["1 days", "00:00:01", None],
    "Int64": [1, -2, None],
    "Float64": [0.5, 2.0, None],
    "boolean": [True, False, None],
    "category": ["b", "a", None],
    "object": ["x", "y", None],
}


@st.composite
def grouped_tables(draw: st.DrawFn, values: str) -> pd.DataFrame:
    """A table with two keys `k` and `l` and values `v` and `n`."""
    rows = draw(st.integers(0, 7))
    key = draw(st.sampled_from(sorted(KEYS)))
    other = draw(st.sampled_from(sorted(KEYS)))

    def column(choices: list[object], dtype: str) -> pd.Series:
        drawn = draw(st.lists(st.sampled_from(choices), min_size=rows, max_size=rows))
        return pd.Series(drawn, dtype=object).astype(dtype)

    frame = pd.DataFrame({
        "k": column(KEYS[key], key), "v": column(VALUES[values], values), "l": column(KEYS[other], other),
        "n": column(VALUES["float64"], "float64"),
    })  # fmt: skip
    labels = draw(st.sampled_from(["default", "other", "repeated", "levels"]))
    if labels == "other":
        frame.index = pd.Index([f"r{number}" for number in range(rows)], dtype="str", name="row")
    elif labels == "repeated":
        frame.index = pd.Index([1] * rows, dtype="int64")
    elif labels == "levels" and rows:
        frame.index = pd.MultiIndex.from_arrays([[i % 2 for i in range(rows)], list(range(rows))], names=["p", "q"])
    return frame


def compare(frame: pd.DataFrame, layout: str, function) -> litsdf.DataFrame | None:
    """The same result or the same kind of exception as pandas; gives litsdf's table for its counts."""
    if layout == "record" and len(frame) > 1:
        return None
    ours = litsdf.DataFrame(frame, layout="pandas")
    try:
        ours = ours.to_layout(layout)
    except litsdf.LayoutError:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            expected = function(frame)
        except Exception as error:
            with pytest.raises(type(error).__mro__[-3] if type(error).__mro__[-3] is not Exception else type(error)):
                function(ours)
            return ours
        result = function(ours)
    same(result, expected, exact=False)
    return ours


AGGREGATIONS = (
    "sum", "prod", "mean", "median", "min", "max", "std", "var", "sem", "first", "last", "count", "nunique", "any", "all",
    "size", "idxmin", "idxmax", "quantile",
)  # fmt: skip
RUNNING = (
    "cumsum", "cumprod", "cummin", "cummax", "shift", "diff", "ffill", "bfill", "rank", "cumcount", "ngroup", "pct_change",
)  # fmt: skip
LAYOUTS_HERE = [layout for layout in LAYOUTS if layout != "pandas"]


@pytest.mark.parametrize("layout", LAYOUTS_HERE)
@pytest.mark.parametrize("values", sorted(VALUES))
def test_methods_by_name(layout: str, values: str) -> None:
    @given(frame=grouped_tables(values))
    def run(frame) -> None:
        for name in AGGREGATIONS + RUNNING:
            compare(frame, layout, lambda d, n=name: getattr(d.groupby("k")["v"], n)())
        for name in ("sum", "max", "first", "count", "cumsum", "shift"):
            compare(frame, layout, lambda d, n=name: getattr(d[["k", "v"]].groupby("k", sort=False), n)())
            compare(frame, layout, lambda d, n=name: getattr(d.groupby(["k", "l"], dropna=False)["v"], n)())
            compare(frame, layout, lambda d, n=name: getattr(d.groupby(["l", "k"], sort=False)[["v"]], n)())

    run()


WAYS = {
    "dict": lambda d: d.groupby("k").agg({"n": "sum", "v": "count"}),
    "list": lambda d: d.groupby("k")["n"].agg(["sum", "mean", "max"]),
    "named": lambda d: d.groupby("k").agg(total=("n", "sum"), values=("v", "nunique")),
    "named column": lambda d: d.groupby("k")["n"].agg(low="min", high="max"),
    "function": lambda d: d.groupby("k")["n"].agg(lambda x: x.max() - x.min()),
    "name": lambda d: d.groupby("k")["n"].agg("sum"),
    "flat": lambda d: d.groupby("k", as_index=False)["n"].sum(),
    "flat frame": lambda d: d.groupby(["k", "l"], as_index=False)[["n"]].mean(),
    "flat size": lambda d: d.groupby("k", as_index=False).size(),
    "numeric": lambda d: d.groupby("k").sum(numeric_only=True),
    "at least": lambda d: d.groupby("k")["n"].sum(min_count=2),
    "few": lambda d: d.groupby("k")["n"].std(ddof=0),
    "quarter": lambda d: d.groupby("k")["n"].quantile(0.25),
    "lower": lambda d: d.groupby("k")["n"].quantile(0.4, interpolation="lower"),
    "nearest": lambda d: d.groupby("k")["n"].quantile(0.5, interpolation="nearest"),
    "transform": lambda d: d.groupby("k")["n"].transform("mean"),
    "transform frame": lambda d: d[["k", "n"]].groupby("k").transform("sum"),
    "transform running": lambda d: d.groupby("k")["n"].transform("cumsum"),
    "transform function": lambda d: d.groupby("k")["n"].transform(lambda x: x - x.mean()),
    "transform to one": lambda d: d.groupby("k")["n"].transform(lambda x: x.max()),
    "transform both": lambda d: d[["k", "n"]].groupby("k").transform(lambda x: x + 1),
    "apply number": lambda d: d.groupby("k")["n"].apply(lambda x: x.sum()),
    "apply frame number": lambda d: d.groupby("k").apply(len),
    "apply head": lambda d: d.groupby("k").apply(lambda part: part.head(1)),
    "apply frames": lambda d: d.groupby("k", group_keys=False).apply(lambda part: part.isna()),
    "apply under keys": lambda d: d.groupby(["k", "n"]).apply(lambda part: part.iloc[::-1]),
    "apply columns": lambda d: d.groupby("k", sort=False)["n"].apply(lambda part: part.tail(1)),
    "apply in order": lambda d: d.groupby("k", group_keys=False)["n"].apply(lambda part: part.cumsum()),
    "transform size": lambda d: d.groupby("k")["n"].transform("size"),
    "transform cumcount": lambda d: d.groupby("k").transform("cumcount"),
    "apply rows": lambda d: d.groupby("k")["n"].apply(lambda x: x + 1),
    "filter": lambda d: d.groupby("k").filter(lambda x: len(x) > 1),
    "filter column": lambda d: d.groupby("k")["n"].filter(lambda x: len(x) > 1),
    "head": lambda d: d.groupby("k").head(1),
    "tail": lambda d: d.groupby("k").tail(2),
    "head but": lambda d: d.groupby("k")["v"].head(-1),
    "nth": lambda d: d.groupby("k").nth(1),
    "nth last": lambda d: d.groupby("k")["v"].nth(-1),
    "nth slice": lambda d: d.groupby("k").nth[:2],
    "nth several": lambda d: d.groupby("k").nth([0, -1]),
    "countdown": lambda d: d.groupby("k").cumcount(ascending=False),
    "by series": lambda d: d["n"].groupby(d["k"]).sum(),
    "by array": lambda d: d["n"].groupby(np.arange(len(d)) % 2).max(),
    "by level": lambda d: d["n"].groupby(level=0).sum(),
    "by function": lambda d: d["n"].groupby(lambda label: str(label)[-1]).sum(),
    "shift back": lambda d: d.groupby("k")["v"].shift(-1),
    "rank dense": lambda d: d.groupby("k")["n"].rank(method="dense", ascending=False),
    "frame size": lambda d: d.groupby(["k", "l"]).size(),
    "describe": lambda d: d.groupby("k")["n"].describe(),
    "value counts": lambda d: d.groupby("k")["n"].value_counts(),
    "length": lambda d: len(d.groupby("k")),
    "absent": lambda d: d.groupby("nothing"),
    "absent column": lambda d: d.groupby("k")["nothing"],
    "wrong length": lambda d: d.groupby(np.arange(len(d) + 1)),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS_HERE)
@pytest.mark.parametrize("way", WAYS)
def test_ways_to_ask(layout: str, way: str) -> None:
    @given(frame=grouped_tables("str"))
    def run(frame) -> None:
        compare(frame, layout, WAYS[way])

    run()


@pytest.mark.parametrize("layout", LAYOUTS_HERE)
@given(frame=grouped_tables("str"))
def test_iterating_gives_every_group(layout: str, frame: pd.DataFrame) -> None:
    if layout == "record" and len(frame) > 1:
        return
    try:
        ours = litsdf.DataFrame(frame, layout="pandas").to_layout(layout)
    except litsdf.LayoutError:
        return
    for by in ("k", ["k"], ["k", "l"]):
        expected = list(frame.groupby(by))
        found = list(ours.groupby(by))
        assert len(found) == len(expected)
        for (name, part), (label, group) in zip(found, expected, strict=True):
            assert name == label
            same(part, group)


NATIVE = [way for way in WAYS if way not in {
    "apply rows", "apply under keys", "describe", "value counts", "absent", "absent column", "wrong length"}]  # fmt: skip


@pytest.mark.parametrize("layout", ["numpy", "polars"])
def test_the_usual_ways_stay_in_their_layout(layout: str) -> None:
    frame = pd.DataFrame({
        "k": ["b", "a", "b", "a"], "v": ["x", "y", None, "x"], "l": [1, 1, 2, 2], "n": [1.0, 2.0, None, 4.0],
    })  # fmt: skip
    gone = {}
    for way in NATIVE:
        ours = litsdf.DataFrame(frame, layout=layout)
        WAYS[way](ours)
        if any("groupby" in name for name in ours.fallbacks):
            gone[way] = dict(ours.fallbacks)
    assert not gone
