import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from litmus.data import TaskData
from litmus.data.datetimes import parse_datetimes
from litmus.data.numbers import parse_numbers


def _numbers(*texts, style=None):
    return parse_numbers(pa.array(list(texts), pa.large_string()), style)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, unique=True))
def test_python_floats_are_read_exactly(values):
    found = _numbers(*(repr(value) for value in values))
    assert found.is_number.all()
    assert found.values.tolist() == values


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, unique=True))
def test_python_ints_are_read_exactly(values):
    found = _numbers(*map(str, values))
    assert found.values.dtype == np.int64
    assert found.values.tolist() == values


@pytest.mark.parametrize("text", ["abc", "1.2.3", "0x1F", "1_000", "12a", "--1", "e5", "1 2", "."])
def test_other_texts_are_no_numbers(text):
    assert not _numbers(text).is_number[0]


def test_commas_are_decimal_or_thousands_by_what_fits_all():
    assert _numbers("1,5", "2,25", "3").values.tolist() == [1.5, 2.25, 3.0]
    assert _numbers("1,5", "2").style == "decimal comma"
    assert _numbers("1,234", "12,345,678.5").values.tolist() == [1234.0, 12345678.5]
    assert _numbers("1,234", "2").style == "thousands comma"
    assert not _numbers("1,234", style="plain").is_number[0]


def test_leading_zeros_and_long_numbers_are_pointed_out():
    assert _numbers("007", "12").leading_zeros
    assert not _numbers("0", "0.5", "10").leading_zeros
    assert _numbers("123456789012345678901234").too_large
    assert _numbers("123456789012345678901234", "x").too_large


def test_infinities_are_numbers():
    found = _numbers("inf", "-Infinity", "1")
    assert found.is_number.all()
    assert np.isinf(found.values[:2]).all()


SIX = ["2024-01-31", "31/01/2024", "Jan 31, 2024", "31 January 2024", "2024-01-31T10:00:00Z", "31.01.2024"]


def test_a_date_in_six_formats():
    found = parse_datetimes(pd.Series(SIX))
    assert [value.astype("datetime64[D]").item() for value in found.values] == [dt.date(2024, 1, 31)] * 6
    assert found.format == "mixed, day first"
    assert not found.ambiguous


@pytest.mark.parametrize(
    "pattern",
    [
        "%Y-%m-%d",
        "%d/%m/%Y",
        "%m/%d/%Y %H:%M",
        "%d.%m.%Y",
        "%d %b %Y",
        "%B %d, %Y",
        "%Y/%m/%d %H:%M:%S",
        "%d-%b-%y",
        "%m/%d/%Y %I:%M %p",
    ],
)
def test_one_format_is_read_as_strptime_reads_it(pattern):
    times = pd.date_range("2023-12-30", periods=60, freq="31h")
    texts = times.strftime(pattern)
    expected = [dt.datetime.strptime(text, pattern) for text in texts]  # noqa: DTZ007
    found = parse_datetimes(pd.Series(texts))
    assert found.values.tolist() == expected


def test_which_part_is_the_day_is_reported_when_it_is_a_guess():
    found = parse_datetimes(pd.Series(["03/04/2024", "01/02/2024"]))
    assert found.ambiguous
    assert not found.day_first
    assert found.values[0] == np.datetime64("2024-03-04")
    assert parse_datetimes(pd.Series(["03.04.2024", "01.02.2024"])).values[0] == np.datetime64("2024-04-03")


@pytest.mark.parametrize(
    "texts", [["a", "b"], ["12 main street", "may 5 be with you"], ["10:30", "11:45"], ["1.2.3", "2.0.1"], []]
)
def test_other_texts_are_no_dates(texts):
    assert np.isnat(parse_datetimes(pd.Series(texts, dtype="str")).values).all()


def test_dates_that_cannot_be_read_are_counted_in_the_notes():
    data = {"d": ["2024-01-31", "rubbish", "2024-02-01", "2024-02-02"] * 1 + ["2024-03-01"] * 36, "y": ["a", "b"] * 20}
    loaded = TaskData.create(data=data, target="y").load()
    assert loaded.schema["d"].kind == "datetime"
    assert "d: 1 value could not be read as a date ('rubbish') and counts as missing." in loaded.notes


def test_a_guess_about_days_is_in_the_notes():
    loaded = TaskData.create(data={"d": ["03/04/2024", "01/02/2024"] * 20, "y": ["a", "b"] * 20}, target="y").load()
    assert any("do not say whether day or month stands first; the month was taken to" in note for note in loaded.notes)
