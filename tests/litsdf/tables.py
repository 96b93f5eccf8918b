# ruff: noqa: DTZ001, ICN001, PT017  (dates without a zone are what is tested)
"""Random tables for the tests, and how results of litsdf are compared with pandas."""

from __future__ import annotations

import datetime
import math

import pandas as pd
from hypothesis import strategies as st

import litsdf

LAYOUTS = ["record", "numpy", "polars", "pandas"]

TEXT = st.text(
    alphabet=st.one_of(
        st.sampled_from(list("aAbBzZ019 _-<>/,.\t\n\x0b\x1c$'")),
        st.sampled_from(list("äÄßéÉİıΣσςǅñ日本٣²½ﬁ\u00a0\u2003\u0301🙂")),
        st.characters(codec="utf-8"),
    ),
    max_size=12,
)
ASCII = st.text(alphabet=st.characters(max_codepoint=127), max_size=12)
INTEGERS = st.one_of(
    st.integers(-9, 9), st.integers(-(2**63), 2**63 - 1), st.sampled_from([0, 2**53 + 1, -(2**63), 2**63 - 1])
)
SMALL = st.integers(-1000, 1000)
FLOATS = st.one_of(
    st.floats(allow_nan=False),
    st.sampled_from([0.0, -0.0, 0.5, 1.5, -2.5, math.inf, -math.inf, 1e308, 1e-320]),
    st.just(math.nan),
)
MODEST = st.one_of(st.floats(-1e6, 1e6), st.just(math.nan), st.sampled_from([0.0, -0.0]))
DATES = st.one_of(
    st.datetimes(datetime.datetime(1600, 1, 1), datetime.datetime(2400, 12, 31)),
    st.none(),
    st.just(datetime.datetime(2024, 2, 29)),
)
DTYPES = {
    "str": (st.one_of(TEXT, ASCII, st.none()), "str"),
    "int64": (INTEGERS, "int64"),
    "small": (SMALL, "int64"),
    "float64": (FLOATS, "float64"),
    "modest": (MODEST, "float64"),
    "bool": (st.booleans(), "bool"),
    "datetime64[us]": (DATES, "datetime64[us]"),
}


@st.composite
def columns(draw: st.DrawFn, *kinds: str, max_size: int = 6) -> pd.DataFrame:
    """A table with columns a, b, … of these kinds, with default or other labels."""
    rows = draw(st.integers(0, max_size))
    data = {}
    for name, kind in zip("abcdef", kinds, strict=False):
        values, dtype = DTYPES[kind]
        data[name] = pd.Series(draw(st.lists(values, min_size=rows, max_size=rows)), dtype=dtype)
    labels = draw(st.sampled_from(["default", "default", "other", "repeated"]))
    frame = pd.DataFrame(data)
    if labels == "other":
        frame.index = pd.Index(range(10, 10 + rows))
    elif labels == "repeated":
        frame.index = pd.Index([1] * rows, dtype="int64")
    return frame


def held(frame: pd.DataFrame, layout: str) -> litsdf.DataFrame | None:
    """The table in a layout, or None when the layout is for fewer rows."""
    if layout == "record" and len(frame) > 1:
        return None
    ours = litsdf.DataFrame(frame, layout=layout)
    return litsdf.repartition(ours, 3) if layout == "dask" else ours


def same(result: object, expected: object, *, exact: bool = True) -> None:
    """Fail unless the result is what pandas gives: values, dtype, name, labels, column order."""
    options = {"check_exact": exact, "check_index_type": False} | ({} if exact else {"rtol": 1e-12, "atol": 1e-300})
    if isinstance(expected, pd.Series):
        assert isinstance(result, litsdf.Series), type(result)
        pd.testing.assert_series_equal(result.to_pandas(), expected, **options)
    elif isinstance(expected, pd.DataFrame):
        assert isinstance(result, litsdf.DataFrame), type(result)
        pd.testing.assert_frame_equal(result.to_pandas(), expected, check_column_type=False, **options)
    elif isinstance(expected, float):
        assert (
            (result != result and expected != expected)
            or result == expected
            or (not exact and math.isclose(result, expected, rel_tol=1e-12))
        )
    else:
        assert result == expected


def check(frame: pd.DataFrame, layout: str, function, *, exact: bool = True) -> litsdf.DataFrame | None:
    """Run a function on the table in pandas and in a layout; both give the same result, or the same kind of error."""
    ours = held(frame, layout)
    if ours is None:
        return None
    before = frame.copy()
    try:
        expected = function(frame.copy())
    except Exception as error:
        expected, failure = None, type(error)
    else:
        failure = None
    if failure is not None:
        try:
            result = function(ours)
            if layout == "dask":
                result.to_pandas()  # lazy layouts raise at latest when computed
        except Exception as error:
            assert isinstance(error, failure) or issubclass(failure, type(error)), (type(error), failure)
        else:
            raise AssertionError(f"pandas raises {failure.__name__}, litsdf does not")
        return ours
    same(function(ours), expected, exact=exact)
    pd.testing.assert_frame_equal(frame, before)
    return ours
