# ruff: noqa: PT017  (the kind of the error is what is compared)
"""Statistics of columns and tables give what pandas gives: every dtype, missing values, no rows, every kind of labels."""

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

LAYOUTS = ["numpy", "polars"]
Call = Callable[[Any], Any]

REDUCTIONS = ["sum", "prod", "mean", "median", "min", "max", "std", "var", "sem", "skew", "kurt", "any", "all"]
METHODS = ["average", "min", "max", "first", "dense"]
BETWEEN = ["linear", "lower", "higher", "midpoint", "nearest"]


def named(name: str, *args: Any, **options: Any) -> tuple[str, Call]:
    def call(values: Any) -> Any:
        found = getattr(values, name)
        return found(*args, **options) if callable(found) else found

    return f"{name} {args} {options}", call


BOTH = dict([
    *(named(name) for name in [*REDUCTIONS, "product", "kurtosis", "count", "nunique", "idxmin", "idxmax", "describe"]),
    *(named(name, skipna=False) for name in REDUCTIONS),
    *(named(name, numeric_only=True) for name in REDUCTIONS[:-2]),
    named("sum", min_count=3), named("prod", min_count=1), named("std", ddof=0), named("var", ddof=3),
    *(named("rank", method=method, ascending=up) for method in METHODS for up in (True, False)),
    *(named("rank", method=method, pct=True) for method in METHODS),
    *(named("rank", na_option=place) for place in ("top", "bottom")), named("rank", numeric_only=True),
    *(named("quantile", 0.3, interpolation=kind) for kind in BETWEEN),
    *(named("quantile", [0.0, 0.25, 1.0], interpolation=kind) for kind in BETWEEN), named("quantile", []),
    named("nunique", dropna=False), *(named(name) for name in ("cumsum", "cumprod", "cummin", "cummax", "diff", "pct_change")),
    named("diff", -2), named("pct_change", 2),
])  # fmt: skip
OF_COLUMNS = dict([
    named("value_counts"), named("value_counts", dropna=False), named("value_counts", normalize=True),
    named("value_counts", ascending=True), named("value_counts", sort=False), named("value_counts", bins=2),
    *(named(name) for name in ("mode", "unique", "factorize", "argmin", "argmax", "argsort", "is_unique", "hasnans",
      "is_monotonic_increasing", "is_monotonic_decreasing")),
    named("mode", dropna=False), named("factorize", sort=True), named("factorize", use_na_sentinel=False),
    *(named(name, skipna=False) for name in ("cumsum", "cumprod", "cummin", "cummax")), named("autocorr"),
    ("corr", lambda s: s.corr(s)), ("cov", lambda s: s.cov(s, ddof=0)), ("dot", lambda s: s.dot(s)),
    ("spearman", lambda s: s.corr(s.shift(1), method="spearman")),
    named("agg", "max"), named("agg", ["sum", "max"]), named("agg", {"x": "min", "y": "count"}),
    named("argmin", skipna=False), named("argsort", kind="stable"), named("any", bool_only=True),
])  # fmt: skip
OF_TABLES = dict([
    *(named(name, axis=1) for name in [*REDUCTIONS, "count", "rank", "nunique"]), named("sum", axis=1, min_count=2),
    *(named(name, axis=1, skipna=False) for name in ("sum", "mean", "min", "std")), named("all", bool_only=True),
    named("any", axis=None), named("quantile", 0.5, numeric_only=True), named("describe", include="all"),
    *(named("corr", method=how, numeric_only=True) for how in ("pearson", "spearman", "kendall")), named("cov"),
    named("cov", numeric_only=True, min_periods=3), named("count", numeric_only=True), named("idxmax", numeric_only=True),
])  # fmt: skip


def one_kind(value: Any) -> type:
    return float if isinstance(value, float) else int if isinstance(value, int | np.integer) else type(value)


def equal(result: Any, expected: Any) -> None:
    """Fail unless both are the same, sums up to the order in which they were added."""
    close = {"rtol": 1e-9, "atol": 0, "check_freq": False}
    if isinstance(expected, pd.Series):
        assert isinstance(result, litsdf.Series), type(result)
        pd.testing.assert_series_equal(result.to_pandas(), expected, **close)
    elif isinstance(expected, pd.DataFrame):
        assert isinstance(result, litsdf.DataFrame), type(result)
        pd.testing.assert_frame_equal(result.to_pandas(), expected, **close)
    elif isinstance(expected, pd.Index):
        pd.testing.assert_index_equal(result, expected)
    elif isinstance(expected, tuple):
        for mine, theirs in zip(result, expected, strict=True):
            equal(mine, theirs)
    elif isinstance(expected, np.ndarray | pd.api.extensions.ExtensionArray):
        assert type(result) is type(expected)
        pd.testing.assert_series_equal(pd.Series(result), pd.Series(expected))
    else:
        assert one_kind(result) is one_kind(expected), (type(result), type(expected))
        both_missing = bool(pd.isna(result) and pd.isna(expected))
        is_close = isinstance(expected, float) and math.isclose(result, expected, rel_tol=1e-9)
        assert both_missing or result == expected or is_close, (result, expected)


def agree(mine: Any, theirs: Any, call: Call) -> None:
    """Make a call of litsdf and of pandas; both give the same, or the same kind of error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            expected = call(theirs)
        except Exception as error:
            with pytest.raises(Exception) as caught:  # noqa: PT011  (its type is checked)
                call(mine)
            assert isinstance(caught.value, type(error)) or isinstance(error, type(caught.value)), (caught.value, error)
            return
        result = call(mine)
    equal(result, expected)


@pytest.mark.parametrize("layout", LAYOUTS)
@given(frame=tables(max_width=1), some=st.lists(st.sampled_from([*BOTH, *OF_COLUMNS]), min_size=8, max_size=8))
def test_a_column(layout: str, frame: pd.DataFrame, some: list[str]) -> None:
    theirs = frame.iloc[:, 0]
    ours = litsdf.Series(theirs, layout=layout)
    for name in some:
        agree(ours, theirs, {**BOTH, **OF_COLUMNS}[name])


@pytest.mark.parametrize("layout", LAYOUTS)
@given(frame=tables(), some=st.lists(st.sampled_from([*BOTH, *OF_TABLES]), min_size=6, max_size=6))
def test_a_table(layout: str, frame: pd.DataFrame, some: list[str]) -> None:
    ours = litsdf.DataFrame(frame, layout=layout)
    for name in some:
        agree(ours, frame, {**BOTH, **OF_TABLES}[name])


NUMBERS = pd.DataFrame({"a": [3.0, math.nan, 1.0, 3.0], "b": [2, 7, 2, 5]}, index=list("wxyz"))
LEFT_TO_PANDAS = {
    named("any", axis=None)[0],
    named("all", bool_only=True)[0],
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", [*BOTH, *OF_TABLES])
def test_numbers_stay_in_the_layout(layout: str, name: str) -> None:
    call = {**BOTH, **OF_TABLES}[name]
    try:
        call(NUMBERS)
    except (TypeError, ValueError):
        pytest.skip("pandas refuses these numbers")
    ours = litsdf.DataFrame(NUMBERS, layout=layout)
    agree(ours, NUMBERS, call)
    assert bool(ours.fallbacks) == (name in LEFT_TO_PANDAS), ours.fallbacks


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", [*OF_COLUMNS])
@pytest.mark.parametrize("column", ["a", "b"])
def test_numbers_of_a_column_stay_in_the_layout(layout: str, name: str, column: str) -> None:
    theirs = NUMBERS[column]
    try:
        OF_COLUMNS[name](theirs)
    except (TypeError, ValueError):
        pytest.skip("pandas refuses these numbers")
    ours = litsdf.Series(theirs, layout=layout)
    agree(ours, theirs, OF_COLUMNS[name])
    assert not ours.fallbacks
