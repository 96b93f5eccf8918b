# ruff: noqa: PT017  (the kind of the error is what is compared)
"""Expressions in `query` and `eval` give what they give in pandas, with the variables of the caller."""

from __future__ import annotations

import warnings

import pandas as pd
import pytest
from hypothesis import given
from tables import columns

import litsdf

LAYOUTS = ["record", "numpy", "polars", "pandas"]
LIMIT = 1
CONDITIONS = [
    "b > 0", "b > @limit and c <= 2.5", "b > @limit & c <= 2.5 | d", "a == 'a'", "a in ['a', 'b']", "a not in ['a']", "a == ['a', 'b']",
    "a != ['a']", "0 < b <= 5", "not d", "~(b > 0)", "d", "`a` == 'b'", "b % 2 == 0 and -c < +b", "b ** 2 > c // 2 - 1",
    "a.str.len() > 1", "a.isna()", "b == b.max()", "b in @chosen", "b > @LIMIT", "b > @nothing", "no_column > 1", "b >", "b", "a > 1",
    "b + c", "b and c", "index > 0", "b > 1 if d else c", "(b, c)", "b > 0 or not d and c == c", "@limit < b", "b > 0 == d",
    "", "c > b * 2 + @limit", "b.between(0, 5)", "a.str.contains('a', na=False)", "b == 1 == 1", "e > '2000-01-01'", "e.dt.year > 2000",
]  # fmt: skip
CALCULATIONS = [
    "b + c",
    "b * 2 - @limit",
    "b > c",
    "c / (b + 0.5)",
    "n = b + c",
    "a",
    "a.str.upper()",
    "b.sum()",
    "-b",
    "@limit",
    "`b` + 1",
]


def compare(frame: pd.DataFrame, layout: str, name: str, text: str) -> litsdf.DataFrame | None:
    limit, chosen = 2, [1, 2, 3]  # what the expressions name
    if layout == "record" and len(frame) > 1:
        return None
    ours = litsdf.DataFrame(frame, layout=layout)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            expected = getattr(frame, name)(text)
        except Exception as error:
            with pytest.raises(type(error)):
                getattr(ours, name)(text)
            return ours
        result = getattr(ours, name)(text)
    assert (limit, chosen) == (2, [1, 2, 3])
    if isinstance(expected, pd.Series):
        pd.testing.assert_series_equal(result.to_pandas(), expected)
    elif isinstance(expected, pd.DataFrame):
        pd.testing.assert_frame_equal(result.to_pandas(), expected)
    else:
        assert str(result) == str(expected)
    return ours


@pytest.mark.parametrize("layout", LAYOUTS[:3])
@pytest.mark.parametrize("text", CONDITIONS)
@given(frame=columns("str", "small", "modest", "bool", "datetime64[us]"))
def test_queries(layout: str, text: str, frame: pd.DataFrame) -> None:
    compare(frame, layout, "query", text)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("text", CALCULATIONS)
@given(frame=columns("str", "small", "modest", "bool"))
def test_calculations(layout: str, text: str, frame: pd.DataFrame) -> None:
    compare(frame, layout, "eval", text)


@pytest.mark.parametrize("layout", LAYOUTS[:3])
def test_usual_expressions_stay_in_their_layout(layout: str) -> None:
    frame = pd.DataFrame({"a": ["x"], "b": [3], "c c": [1.5]})
    for text in ("b > @limit and a in ['x', 'y']", "`c c` * 2 > b - 1", "1 < b < 4", "a.str.len() == 1"):
        ours = compare(frame, layout, "query", text)
        assert ours is not None
        assert not ours.fallbacks


def test_variables_come_from_the_caller_at_any_depth() -> None:
    ours = litsdf.DataFrame({"b": [1, 2, 3]}, layout="numpy")

    def deep() -> litsdf.DataFrame:
        own = 2
        assert own
        return ours.query("b > @own")

    assert deep()["b"].to_list() == [3]
    assert ours.query("b > @given", local_dict={"given": 1})["b"].to_list() == [2, 3]
    series = litsdf.Series([2], layout="numpy")
    assert ours.query("b in @series")["b"].to_list() == [2]
    assert litsdf.DataFrame({"b": [1, 2]}, layout="dask").query("b > @LIMIT")["b"].to_list() == [2]
    assert series is not None
