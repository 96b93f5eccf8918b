"""What a compiled function gives for a row that is left out, becomes several, or is no table at all."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import litsdf

PRICES = pd.DataFrame({"k": ["a", "a", "b"], "price": [1.0, 2.0, 3.0]})


def joined(d: Any) -> Any:
    return d.merge(PRICES, on="k", how="left")


def molten(d: Any) -> Any:
    return d.melt("k")


def words(d: Any) -> Any:
    d["k"] = d["k"].str.split()
    return d.explode("k")


def tokens(d: Any) -> Any:
    return d["k"].str.split()


def listed(d: Any) -> Any:
    return d["k"].apply(lambda text: text.split())


def chosen(d: Any) -> Any:
    if d["n"].iloc[0] > 100:
        return d
    return d[d["n"] > 0]


def chosen_traced(d: Any) -> Any:
    return d[d["n"] > 0]


ROWS = [{"k": "a", "n": 1}, {"k": "b c", "n": -1}, {"k": "b", "n": 2}]


@pytest.mark.parametrize("function", [joined, molten, words, tokens, listed, chosen, chosen_traced])
def test_rows_are_answered_as_tables_of_one_row_are(function: Any) -> None:
    compiled = litsdf.compile(function, {"k": "str", "n": "int64"})
    together: list[Any] = []
    for row in ROWS:
        result = function(pd.DataFrame([row]))
        expected = result.to_dict("records") if isinstance(result, pd.DataFrame) else result.to_list()
        answer = compiled(row)
        assert repr(answer) == repr(None if not expected else expected[0] if len(expected) == 1 else expected)
        together += expected
    assert repr(compiled(ROWS)) == repr(together)


def test_a_function_may_give_a_value_or_a_table_of_pandas() -> None:
    assert litsdf.compile(lambda _: 1.5, {"n": "int64"})({"n": 1}) == 1.5
    given = litsdf.compile(lambda _: pd.DataFrame({"a": [1, 2]}), {"n": "int64"})({"n": 1})
    assert given == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize("layout", ["numpy", "polars", "pandas", "dask"])
def test_a_function_of_constants_alone_runs_on_tables(layout: str) -> None:
    def constant(d: Any) -> Any:
        d["one"] = 1
        return d

    compiled = litsdf.compile(constant, {"k": "str", "n": "int64"})
    plain = pd.DataFrame(ROWS)
    pd.testing.assert_frame_equal(compiled(litsdf.DataFrame(plain, layout=layout)).to_pandas(), plain.assign(one=1))
    pd.testing.assert_frame_equal(compiled(plain), plain.assign(one=1))
