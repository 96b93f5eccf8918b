"""Values that are whole numbers inside and something else outside: what groups and tables make of them is pandas'."""

import numpy as np
import pandas as pd
import pytest

import litsdf

LAYOUTS = ("numpy", "polars", "dask")
COLUMNS = {
    "period": pd.PeriodIndex(["2020-01", None, "2020-03", "2020-02"], freq="M"),
    "zoned": pd.to_datetime(["2020-01-03", None, "2020-01-01", "2020-01-02"]).tz_localize("UTC"),
    "duration": pd.to_timedelta([3, None, 1, 2], unit="D"),
    "masked": pd.array([3, None, 1, 2], dtype="Int8"),
    "small": np.array([3, 9, 1, 250], dtype="uint8"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("method", ["rank", "cumsum", "cummax", "shift", "ffill", "max", "first", "nunique"])
def test_groups(layout, name, method):
    plain = pd.DataFrame({"group": [1, 1, 2, 1], "value": COLUMNS[name]})
    grouped = litsdf.DataFrame(plain, layout=layout).groupby("group")["value"]
    try:
        expected = getattr(plain.groupby("group")["value"], method)()
    except TypeError:
        with pytest.raises(TypeError):
            getattr(grouped, method)().to_pandas()
    else:
        pd.testing.assert_series_equal(getattr(grouped, method)().to_pandas(), expected)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", ["Int64", "Float32", "int8", "float32", "int64", "bool"])
@pytest.mark.parametrize("cells", ["int64", "int32", "float32", "Int16", "float64"])
def test_a_row_of_another_dtype(layout, dtype, cells):
    table = pd.DataFrame({"a": [10, 30], "b": [20, 40]}).astype(cells)
    row = pd.Series([1, 0], index=["a", "b"]).astype(dtype)
    found = litsdf.DataFrame(table, layout=layout) + litsdf.Series(row, layout=layout)
    pd.testing.assert_frame_equal(found.to_pandas(), table + row)
