"""Dtypes and arguments that pandas' kernels answer on the arrays give what pandas gives, and make no Series."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import TEXT, same

import litsdf

MOMENTS = st.one_of(st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2100, 1, 1)), st.none())  # noqa: DTZ001
SPANS = st.one_of(st.timedeltas(dt.timedelta(days=-9999), dt.timedelta(days=9999)), st.none())
SINGLE = st.one_of(st.floats(-1e6, 1e6, width=32), st.none())
WORDS = st.one_of(st.sampled_from(["a b", "C", "é", ""]), TEXT, st.none())
VALUES = {
    "Int64": st.one_of(st.integers(-(2**31), 2**31), st.none()),
    "boolean": st.one_of(st.booleans(), st.none()),
    "int8": st.integers(-128, 127),
    "uint16": st.integers(0, 2**16 - 1),
    "float32": SINGLE,
    "Float64": SINGLE,
    "float64": SINGLE,
    "string": WORDS,
    "object": WORDS,
    "category": st.sampled_from(["a b", "C", "é", None]),
    "datetime64[ns]": MOMENTS,
    "datetime64[us, Europe/Berlin]": MOMENTS,
    "timedelta64[ns]": SPANS,
    "period[D]": st.one_of(st.sampled_from(["2024-02-29", "1999-12-31"]), st.none()),
}
METHODS = {
    "add": lambda s: s + s, "compare": lambda s: s == s.iloc[0], "below": lambda s: s < s.iloc[1], "logic": lambda s: s & True,
    "whole": lambda s: s // 2, "reflected": lambda s: 2 - s, "filled": lambda s: s.add(1, fill_value=0), "isna": lambda s: s.isna(),
    "fillna": lambda s: s.fillna(s.iloc[0]), "ffill": lambda s: s.ffill(), "bfill": lambda s: s.bfill(limit=1),
    "interpolate": lambda s: s.interpolate(), "where": lambda s: s.where(s.notna(), s.iloc[0]), "mask": lambda s: s.mask(s.notna()),
    "isin": lambda s: s.isin([1, "C"]), "replace": lambda s: s.replace(1, 2), "map": lambda s: s.map(str),
    "astype": lambda s: s.astype(object), "text": lambda s: s.astype("string"), "clip": lambda s: s.clip(0, 1),
    "round": lambda s: s.round(0), "abs": lambda s: s.abs(), "upper": lambda s: s.str.upper(), "decode": lambda s: s.str.encode("utf-8").str.decode("utf-8"),
    "bad pattern": lambda s: s.str.contains("("), "partition": lambda s: s.str.partition(" "), "split": lambda s: s.str.split(expand=True),
    "extract": lambda s: s.str.extract("([a-z])(.)"), "dummies": lambda s: s.str.get_dummies(" "), "codes": lambda s: s.cat.codes,
    "year": lambda s: s.dt.year, "name": lambda s: s.dt.day_name(), "seconds": lambda s: s.dt.total_seconds(),
    "zone": lambda s: s.dt.tz_localize("UTC"), "floor": lambda s: s.dt.floor("D"), "array": lambda s: s.array.dtype,
    "listed": lambda s: repr(s.to_list()),
}  # fmt: skip


@st.composite
def series(draw: st.DrawFn, dtype: str, sizes: tuple[int, int]) -> pd.Series:
    """A column of a dtype with default, other or repeated labels."""
    made = pd.Series(
        draw(st.lists(VALUES[dtype], min_size=sizes[0], max_size=sizes[1])),
        dtype=dtype,
        name=draw(st.sampled_from(["n", None])),
    )
    labels = draw(st.sampled_from(["default", "default", "other", "repeated"]))
    if labels != "default":
        made.index = pd.Index(["é", "a", "b", "c", "d"][: len(made)] if labels == "other" else [7] * len(made))
    return made


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("layout", ["record", "numpy", "polars"])
@pytest.mark.parametrize("dtype", VALUES)
@given(data=st.data())
def test_kernels(layout: str, dtype: str, data: st.DataObject) -> None:
    held = data.draw(series(dtype, (1, 1) if layout == "record" else (0, 5)))
    before = held.copy()
    for name, method in METHODS.items():
        try:
            expected = method(held)
        except Exception as error:
            expected, failure = None, type(error)
        else:
            failure = None
        try:
            result = method(litsdf.Series(held, layout=layout))
        except Exception as error:
            if failure is None or not isinstance(error, failure):
                raise AssertionError(f"{name} raises {error!r}, pandas {failure}") from error
            continue
        assert failure is None, f"{name} raises nothing, pandas {failure}"
        try:
            same(result, expected)
        except AssertionError as error:
            raise AssertionError(f"{name}: {error}") from error
    pd.testing.assert_series_equal(held, before)


@pytest.mark.parametrize("layout", ["numpy", "polars"])
def test_no_series_is_made(layout: str) -> None:
    numbers = litsdf.Series(pd.Series([1, None], dtype="Int64"), layout=layout)
    numbers.add(1, fill_value=0).fillna(3).astype("float32").clip(0, 2)
    text = litsdf.Series(pd.Series(["a b", None], dtype="string"), layout=layout)
    text.str.partition(" ", expand=False)
    text.str.extract("(?P<first>.)")
    assert not numbers.fallbacks
    assert not text.fallbacks
