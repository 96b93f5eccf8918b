import datetime as dt
import decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from litmus.data.canonical import number_texts, to_canonical
from litmus.data.cells import read_cells
from litmus.data.markers import DEFAULT_MARKERS
from litmus.data.one_value import number_text
from litmus.data.schema import Column


def _cells(values, **options):
    return read_cells(pd.Series(values, **options), DEFAULT_MARKERS)


def _canonical(values, kind, **options):
    series = pd.Series(values, **options)
    return to_canonical(read_cells(series, DEFAULT_MARKERS), Column("c", kind), series)


@pytest.mark.parametrize(
    ("values", "dtype", "form"),
    [
        ([1, 2], "int64", "number"),
        ([1, 2], "uint8", "number"),
        ([1.5, None], "float32", "number"),
        ([1, None], "Int64", "number"),
        ([1.5, None], "Float64", "number"),
        ([True, False], "bool", "boolean"),
        ([True, None], "boolean", "boolean"),
        ([True, None], object, "boolean"),
        ([1, None], object, "number"),
        ([decimal.Decimal("1.5"), None], object, "number"),
        (["a", None], "str", "text"),
        (["a", None], object, "text"),
        (["a", None], "category", "text"),
        ([1, 2], "category", "text"),
        ([dt.date(2024, 1, 31), None], object, "datetime"),
        (["2024-01-31", None], "datetime64[ns]", "datetime"),
        (["2024-01-31", "2024-02-01"], "datetime64[ns, Europe/Berlin]", "datetime"),
        (["2024-01", "2024-02"], "period[M]", "datetime"),
        ([1, 2], "timedelta64[s]", "number"),
        ([None, None], object, "number"),
        ([1, None], pd.ArrowDtype(pa.int32()), "number"),
        (["1.5", None], pd.ArrowDtype(pa.decimal128(5, 2)), "number"),
        (["a", None], pd.ArrowDtype(pa.string()), "text"),
        ([True, None], pd.ArrowDtype(pa.bool_()), "boolean"),
    ],
)
def test_every_data_type_has_a_form(values, dtype, form):
    if dtype == pd.ArrowDtype(pa.decimal128(5, 2)):
        values = [decimal.Decimal("1.5"), None]
    cells = _cells(values, dtype=dtype)
    assert cells.form == form
    assert cells.absent.tolist() == [value is None for value in values]


def test_arrow_dates_are_dates():
    cells = read_cells(pd.Series([dt.date(2024, 1, 31)], dtype=pd.ArrowDtype(pa.date32())), DEFAULT_MARKERS)
    assert cells.form == "datetime"


def test_infinities_are_missing_and_counted():
    cells = _cells([1.0, np.inf, -np.inf, np.nan])
    assert cells.infinite == 2
    assert cells.absent.tolist() == [False, True, True, True]


def test_whole_numbers_with_gaps_beyond_a_float_keep_every_digit():
    cells = _cells([2**53 + 1, None], dtype="Int64")
    assert cells.form == "text"
    assert cells.texts.to_pylist() == ["9007199254740993"]


def test_types_in_one_column_are_named():
    assert _cells([1, "a", 2.5]).mixed == "float, int, str"
    assert _cells(["a", "b"]).mixed == ""


def test_a_time_with_zone_becomes_utc():
    values = pd.Series(pd.to_datetime(["2024-07-01 12:00"]).tz_localize("Europe/Berlin"))
    result = to_canonical(read_cells(values, DEFAULT_MARKERS), Column("c", "datetime"), values).values
    assert result.dtype == "datetime64[us]"
    assert result[0] == pd.Timestamp("2024-07-01 10:00")


def test_numeric_columns_are_int64_or_float64():
    assert _canonical([1, 2], "numeric", dtype="uint8").values.dtype == np.int64
    assert _canonical([1.5], "numeric", dtype="float32").values.dtype == np.float64
    assert _canonical(["1", "2"], "numeric").values.tolist() == [1, 2]
    assert _canonical([True, None], "numeric", dtype="boolean").values.tolist()[0] == 1.0


def test_category_codes_become_decimal_text():
    assert _canonical([5, 6], "categorical").values.tolist() == ["5", "6"]
    assert _canonical([5.0, np.nan, 0.5], "categorical").values.tolist()[0] == "5"
    assert _canonical([5.0, np.nan, 0.5], "categorical").values.isna().tolist() == [False, True, False]
    assert _canonical(["5.0", "6"], "categorical").values.tolist() == ["5", "6"]
    assert _canonical([5, 6], "categorical", dtype="category").values.tolist() == ["5", "6"]
    assert _canonical([True, False], "categorical").values.tolist() == ["True", "False"]
    assert str(_canonical([5, 6], "categorical").values.dtype) == "str"


def test_markers_among_categories_are_missing():
    series = pd.Series(["red", "?", "red"], dtype="category")
    cells = read_cells(series, DEFAULT_MARKERS)
    assert cells.markers == {"?": 1}
    assert to_canonical(cells, Column("c", "categorical"), series).values.isna().tolist() == [False, True, False]


def test_number_text_agrees_with_number_texts():
    values = [0.1, 5.0, -3.0, 1e300, 1e-7, 123456.789]
    assert [number_text(value) for value in values] == number_texts(np.array(values)).tolist()


def test_truths_in_many_words():
    result = _canonical(["yes", "No", "TRUE", "0", "maybe", None], "boolean")
    assert result.values.tolist()[:4] == [True, False, True, False]
    assert result.unreadable.tolist() == [False, False, False, False, True, False]


def test_numbers_that_mean_days_or_seconds():
    assert _canonical([20240131], "datetime").values[0] == pd.Timestamp("2024-01-31")
    assert _canonical([1706659200], "datetime").values[0] == pd.Timestamp("2024-01-31")
    assert _canonical([1706659200000], "datetime").values[0] == pd.Timestamp("2024-01-31")


def test_the_callers_column_is_not_changed():
    series = pd.Series([" a ", "?", None], dtype=object)
    copy = series.copy(deep=True)
    _ = to_canonical(read_cells(series, DEFAULT_MARKERS), Column("c", "categorical"), series)
    pd.testing.assert_series_equal(series, copy)
