# ruff: noqa: DTZ001  (dates are UTC without a zone in every column)
"""One value alone is what a column of one value is, for every kind of column and every kind of value."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from litmus.data.conform_column import conform_column
from litmus.data.one_moment import format_candidates
from litmus.data.one_value import moment_of, number_of, text_of, truth_of
from litmus.data.schema import Column
from litmus.errors import PredictionError

MEANINGS = {
    "numeric": number_of,
    "categorical": text_of,
    "text": text_of,
    "boolean": truth_of,
    "datetime": moment_of,
}
REFUSED = object()
WORDS = [
    "",
    "?",
    "NA",
    " nan ",
    "-",
    "true",
    "No",
    "1",
    "0.0",
    "5.0",
    "-3.00",
    "1e5",
    "1e999",
    "inf",
    "-Infinity",
    "+7",
]
WORDS += [
    "1,234",
    "1,5",
    "1,234.5",
    "0x10",
    "١٢",
    "١.٥",
    "é",
    "\ud800x",
    "a" * 10_000,
    "12345678901234567890123",
    "007",
]
DATES = [
    "2024-01-31",
    "31/01/2024",
    "01/31/2024",
    "3.4.2024",
    "5 Jan 2024",
    "january 5, 2024",
    "20240131",
    "2024-1-5 7:05",
]
DATES += [
    "2024-01-31T10:00:00+01:00",
    "2024-01-31 10:00:00.123456789Z",
    "2024-02-30",
    "24-01-31",
    "Mon Jan 01 10:00:00 2024",
]

texts = st.one_of(
    st.sampled_from(WORDS + DATES), st.text(max_size=12), st.from_regex(r"[+-]?\d{1,4}([.,]\d{0,3})?", fullmatch=True)
)
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    texts,
    st.sampled_from([np.int64(5), np.float32(0.5), np.float64("nan"), np.bool_(True), np.str_("5"), Decimal("1.5")]),
    st.sampled_from([pd.NA, pd.NaT, pd.Timestamp("2024-05-01 10:00", tz="Europe/Amsterdam"), b"5", [], [1], {"a": 1}]),
    st.datetimes(dt.datetime(1700, 1, 1), dt.datetime(2200, 1, 1)),
    st.dates(dt.date(1700, 1, 1), dt.date(2200, 1, 1)),
    st.sampled_from([np.datetime64("2024-05-01T10:00"), np.datetime64("NaT"), dt.timedelta(days=1, seconds=5)]),
)


def by_column(value: Any, column: Column) -> Any:
    cell = np.empty(1, dtype=object)
    cell[0] = value
    try:
        series = pd.Series(cell, dtype=object)
        halves = isinstance(value, str) and "\ud800" in value  # which pandas' own type for texts cannot hold
        got = conform_column(series if halves else series.infer_objects(), column).iloc[0]
    except PredictionError:
        return REFUSED
    if got is None or got is pd.NA or got is pd.NaT or (isinstance(got, float) and math.isnan(got)):
        return math.nan if column.kind == "numeric" else None
    if isinstance(got, pd.Timestamp):
        return got.to_pydatetime() if 1 <= got.year <= 9999 else REFUSED  # Python's dates end there, and so do a row's
    return got.item() if isinstance(got, np.generic) else got


def alone(value: Any, column: Column) -> Any:
    try:
        return MEANINGS[column.kind](value, column)
    except PredictionError as error:
        return REFUSED if str(error).startswith(f"{column.name}: ") else str(error)


def same(first: Any, second: Any) -> bool:
    if isinstance(first, float) and isinstance(second, float) and math.isnan(first):
        return math.isnan(second)
    return first is second or first == second


@pytest.mark.parametrize("kind", [kind for kind in MEANINGS if kind != "datetime"])
@settings(max_examples=150, deadline=None)
@given(value=values, style=st.sampled_from([None, "decimal comma", "thousands comma"]))
@example(value=b"yes", style=None)
@example(value=True, style=None)
def test_a_value_alone_is_what_a_column_of_it_is(kind: Any, value: Any, style: str | None) -> None:
    column = Column("column", kind, number_format=style)
    expected, got = by_column(value, column), alone(value, column)
    assert same(expected, got), (value, expected, got)


@settings(max_examples=150, deadline=None)
@given(
    value=values,
    known=st.sampled_from([None, "ISO8601", "mixed", "mixed, day first", "%d/%m/%Y", "%m/%d/%Y %H:%M", "%Y%m%d"]),
)
def test_any_value_as_a_date(value: Any, known: str | None) -> None:
    column = Column("column", "datetime", datetime_format=known)
    expected, got = by_column(value, column), alone(value, column)
    if type(value) in (int, float) and isinstance(expected, dt.datetime) and isinstance(got, dt.datetime):
        # A float of seconds has about as many digits as there are microseconds.
        assert abs(expected - got) <= dt.timedelta(microseconds=abs(value) * 1e-9 + 1)
        return
    assert same(expected, got), (value, expected, got)


@settings(max_examples=200, deadline=None)
@given(
    moment=st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2068, 1, 1)),
    pattern=st.sampled_from([pattern for pattern in format_candidates(day_first=True) if pattern != "ISO8601"]),
    known=st.sampled_from([None, "ISO8601", "mixed", "mixed, day first", "%d/%m/%Y", "%m/%d/%Y %H:%M"]),
    zone=st.sampled_from(["+0000", "-05:30", "Z", "+02", "+2359"]),
    without_zeros=st.booleans(),
    itself=st.booleans(),
)
def test_dates_in_every_format_that_people_write(
    moment: dt.datetime, pattern: str, known: str | None, zone: str, without_zeros: bool, itself: bool
) -> None:
    text = moment.strftime(pattern.replace("%z", zone))
    if without_zeros:
        text = text.replace("/0", "/").replace(" 0", " ").removeprefix("0")
    column = Column("column", "datetime", datetime_format=pattern if itself else known)
    expected, got = by_column(text, column), alone(text, column)
    assert same(expected, got), (text, column.datetime_format, expected, got)


@settings(max_examples=40, deadline=None)
@given(
    text=st.from_regex(
        r"\d{4}[-/. ]?\d{1,2}[-/. ]?\d{0,2}([T ]\d{1,2}(:?\d{1,2}(:?\d{1,2}(\.\d{0,9})?)?)?( ?[Zz]|[+-]\d\d:?(\d\d)?)?)?",
        fullmatch=True,
    )
)
@example("2020-01-05 24:00:00")
@example("0001-01-01")
def test_dates_that_look_like_the_international_form(text: str) -> None:
    column = Column("column", "datetime", datetime_format="ISO8601")
    expected, got = by_column(text, column), alone(text, column)
    assert same(expected, got), (text, expected, got)
