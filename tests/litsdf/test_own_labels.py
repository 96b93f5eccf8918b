"""Names given to labels, and columns passed as keys: what depends on whose labels or memory something is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from test_structure import equal

import litsdf


def table() -> pd.DataFrame:
    return pd.DataFrame({"k": ["a", "b", "a"], "n": [1, 2, 3], "m": [1.0, 2.0, None], "o": [4, 5, 6]})


def named(d: Any) -> Any:
    d.index.name = "row"
    return d.reset_index()


def named_by_list(d: Any) -> Any:
    d.index.names = ["row"]
    return d


def named_in_place(d: Any) -> Any:
    d.index.rename("row", inplace=True)
    return d


def named_copy(d: Any) -> Any:
    copied = d.copy()
    copied.index.name = "row"
    return d


def named_column(d: Any) -> Any:
    column = d["n"].copy()
    column.index.name = "row"
    return column


def named_view(d: Any) -> Any:
    d.index[:2].name = "row"
    return d


def named_before_a_change(d: Any) -> Any:
    labels = d.index
    smaller = d.iloc[1:]
    labels.name = "row"
    return smaller.shape


CASES: dict[str, Callable[[Any], Any]] = {
    "named": named, "named by list": named_by_list, "named in place": named_in_place, "named copy": named_copy,
    "named column": named_column, "named view": named_view, "named before a change": named_before_a_change,
    "text key": lambda d: d[["k", "n"]].groupby(d["k"]).sum(),
    "number key": lambda d: d[["k", "n"]].groupby(d["n"]).sum(),
    "key in another order": lambda d: d[["n", "k"]].groupby(d["n"]).sum(),
    "key of the table": lambda d: d.groupby(d["n"]).sum(),
    "key and name": lambda d: d.groupby([d["n"], "k"]).sum(),
    "key not in the table": lambda d: d[["n", "m"]].groupby(d["k"]).mean(),
    "copied key": lambda d: d.groupby(d["n"].copy()).sum(),
    "copied table": lambda d: d.copy().groupby(d["n"]).sum(),
    "table with one more column": lambda d: d.assign(z=1).groupby(d["n"]).sum(),
    "key under another name": lambda d: d.groupby(d["n"].rename("m")).sum(),
    "function": lambda d: d[["k", "n"]].groupby(d["n"]).agg("sum"),
    "first rows": lambda d: d[["k", "n"]].groupby(d["k"]).first(),
}  # fmt: skip


@pytest.mark.parametrize("layout", ["numpy", "polars", "pandas"])
@pytest.mark.parametrize("name", CASES)
def test_it_is_as_in_pandas(name: str, layout: str) -> None:
    result = CASES[name](litsdf.DataFrame(table(), layout=layout))
    equal(result, CASES[name](table()))
