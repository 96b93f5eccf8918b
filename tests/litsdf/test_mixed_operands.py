"""Operators between litsdf's objects and pandas' own: litsdf answers, with pandas' values and names."""

import numpy as np
import pandas as pd
import pytest

import litsdf

LAYOUTS = ("record", "numpy", "pandas", "polars", "dask")
NAMES = (("a", "a"), ("a", "b"), ("a", None), (None, "a"), (np.nan, np.nan), (pd.NA, pd.NA), (np.nan, None))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("names", NAMES, ids=str)
@pytest.mark.parametrize("kind", [pd.Series, pd.Index, np.array, pd.array, list])
@pytest.mark.parametrize("operation", ["a + b", "b + a", "a.sub(b)", "a < b", "b == a"])
def test_columns(layout, names, kind, operation):
    values = [1] if layout == "record" else [1, 2, 3]
    plain = pd.Series(values, name=names[0])
    other = kind(values, name=names[1]) if kind in (pd.Series, pd.Index) else kind(values)
    expected = eval(operation, {"a": plain, "b": other})
    found = eval(operation, {"a": litsdf.Series(plain, layout=layout), "b": other})
    assert isinstance(found, litsdf.Series)
    pd.testing.assert_series_equal(found.to_pandas(), expected)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("operation", ["t + c", "c + t", "t - u", "u - t", "v - s", "s + v"])
def test_tables(layout, operation):
    values = [1] if layout == "record" else [1, 2, 3]
    held = {"c": pd.Series(values, index=["a"] if layout == "record" else ["a", "b", "c"]), "v": pd.Series(values)}
    held |= {"u": pd.DataFrame({"a": values, "b": values}), "t": pd.DataFrame({"a": values, "b": values})}
    held["s"] = held["v"]
    ours = held | {"t": litsdf.DataFrame(held["t"], layout=layout), "s": litsdf.Series(held["s"], layout=layout)}
    expected, found = eval(operation, held), eval(operation, ours)
    assert isinstance(found, litsdf.DataFrame | litsdf.Series)
    check = pd.testing.assert_frame_equal if isinstance(expected, pd.DataFrame) else pd.testing.assert_series_equal
    check(found.to_pandas(), expected)
