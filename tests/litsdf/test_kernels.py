"""Dtypes and arguments that pandas' kernels answer on the arrays give what pandas gives, and make no Series."""

from __future__ import annotations

import pandas as pd
import pytest
from tables import same

import litsdf

VALUES = {
    "Int64": [1, 2, None, -3],
    "boolean": [True, False, None, True],
    "int8": [1, 2, 127, -3],
    "float32": [1.5, 2.0, float("nan"), -0.5],
    "float64": [1.5, 0.0, float("nan"), -0.5],
    "string": ["a b", "C", None, "é"],
    "object": ["a b", "C", None, "é"],
    "category": ["a b", "C", None, "a b"],
    "datetime64[ns]": ["2024-02-29", "2024-03-31 01:30", None, "1999-12-31"],
}
METHODS = {
    "add": lambda s: s + s, "compare": lambda s: s == s.iloc[0], "below": lambda s: s < s.iloc[1], "logic": lambda s: s & True,
    "whole": lambda s: s // 2, "reflected": lambda s: 2 - s, "filled": lambda s: s.add(1, fill_value=0), "isna": lambda s: s.isna(),
    "fillna": lambda s: s.fillna(s.iloc[0]), "ffill": lambda s: s.ffill(), "interpolate": lambda s: s.interpolate(),
    "where": lambda s: s.where(s.notna(), s.iloc[0]), "mask": lambda s: s.mask(s.notna()), "isin": lambda s: s.isin([1, "C"]),
    "replace": lambda s: s.replace(1, 2), "map": lambda s: s.map(str), "astype": lambda s: s.astype(object),
    "clip": lambda s: s.clip(0, 1), "round": lambda s: s.round(0), "upper": lambda s: s.str.upper(),
    "bad pattern": lambda s: s.str.contains("("), "partition": lambda s: s.str.partition(" "), "codes": lambda s: s.cat.codes,
    "extract": lambda s: s.str.extract("([a-z])(.)"), "year": lambda s: s.dt.year, "name": lambda s: s.dt.day_name(),
    "zone": lambda s: s.dt.tz_localize("Europe/Berlin"), "power": lambda s: s**2,
}  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("layout", ["numpy", "polars"])
@pytest.mark.parametrize("dtype", VALUES)
@pytest.mark.parametrize("name", METHODS)
def test_kernels(layout: str, dtype: str, name: str) -> None:
    held = pd.Series(VALUES[dtype], dtype=dtype, name="n")
    try:
        expected = METHODS[name](held)
    except Exception as error:
        with pytest.raises(type(error)):
            METHODS[name](litsdf.Series(held, layout=layout))
        return
    same(METHODS[name](litsdf.Series(held, layout=layout)), expected)


@pytest.mark.parametrize("layout", ["numpy", "polars"])
def test_no_series_is_made(layout: str) -> None:
    numbers = litsdf.Series(pd.Series([1, None], dtype="Int64"), layout=layout)
    numbers.add(1, fill_value=0).fillna(3).astype("float32").clip(0, 2)
    text = litsdf.Series(pd.Series(["a b", None], dtype="string"), layout=layout)
    text.str.partition(" ", expand=False)
    text.str.extract("(?P<first>.)")
    assert not numbers.fallbacks
    assert not text.fallbacks
