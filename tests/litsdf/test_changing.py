"""Operators that change their object, attributes, NumPy's functions of tables, and pandas' smaller functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from test_structure import equal

import litsdf

LAYOUTS = ["record", "numpy", "polars", "dask", "pandas"]


def table(rows: int = 4) -> pd.DataFrame:
    d = pd.DataFrame({
        "k": ["a", "b", None, "a"], "i": [3, 1, 2, 4], "f": [1.5, None, -2.0, 0.0], "b": [True, False, True, True],
    })  # fmt: skip
    return d.iloc[:rows]


def of(layout: str) -> Any:
    return litsdf.DataFrame(table(1 if layout == "record" else 4), layout=layout)


def alike(ours: Any, theirs: Any) -> None:
    if isinstance(theirs, tuple):
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs, strict=True):
            alike(one, other)
    elif isinstance(theirs, pd.Series | pd.DataFrame):
        equal(ours, theirs)
    elif isinstance(theirs, pd.Index):
        pd.testing.assert_index_equal(ours, theirs)
    else:
        np.testing.assert_array_equal(np.asarray(ours), np.asarray(theirs))


def changed(column: str, change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Change a column by one of its two names, and give it by the other."""

    def call(d: Any) -> Any:
        kept = d[column].copy()
        other = kept
        assert change(other) is kept
        return kept, d

    return call


def _iadd(value: Any, other: Any) -> Any:
    value += other
    return value


def _isub(value: Any, other: Any) -> Any:
    value -= other
    return value


def _itruediv(value: Any, other: Any) -> Any:
    value /= other
    return value


def _ior(value: Any, other: Any) -> Any:
    value |= other
    return value


def _table_changed(d: Any) -> Any:
    kept = d[["i", "f"]].copy()
    other = kept
    other *= 2
    assert other is kept
    return kept, d


def _column_of_a_table(d: Any) -> Any:
    d["i"] += 1
    d["f"] /= d["i"]
    return d


def _deleted(d: Any) -> Any:
    column = d["i"].copy()
    del column[0]
    return column, d


CHANGES: dict[str, Callable[[Any], Any]] = {
    "+= number": changed("i", lambda s: _iadd(s, 1)), "+= fraction": changed("i", lambda s: _iadd(s, 0.5)),
    "+= text": changed("k", lambda s: _iadd(s, "x")), "-= column": changed("i", lambda s: _isub(s, s * 2)),
    "/= number": changed("i", lambda s: _itruediv(s, 2)), "|= truth": changed("b", lambda s: _ior(s, True)),  # noqa: FBT003
    "-= fewer rows": changed("i", lambda s: _isub(s, s.iloc[:2])), "table *= number": _table_changed,
    "column of a table": _column_of_a_table, "del": _deleted,
}  # fmt: skip

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "sqrt": lambda d: np.sqrt(d[["i"]]), "log1p": lambda d: np.log1p(d[["i", "b"]].astype(float)),
    "add": lambda d: np.add(d[["i", "f"]], 1), "less": lambda d: np.less(0, d[["i", "f"]]),
    "array + table": lambda d: np.array([1, 2]) + d[["i", "f"]], "modf": lambda d: np.modf(d[["f"]]),
    "maximum": lambda d: np.maximum(d[["i", "f"]], 1), "positive": lambda d: +d[["i", "f"]],
    "divmod": lambda d: divmod(d[["i"]], 2), "rdivmod": lambda d: divmod(7, d[["i"]]),
    "or": lambda d: True | d[["b"]], "and": lambda d: False & d[["b"]], "xor": lambda d: True ^ d[["b"]],
    "round": lambda d: round(d[["f"]], 1), "round of a column": lambda d: round(d["f"]),
    "matrix product": lambda d: d[["i", "f"]] @ np.eye(2), "product from the left": lambda d: np.eye(len(d)) @ d[["i", "f"]],
    "product of columns": lambda d: d["i"] @ d["i"], "product with an array": lambda d: np.arange(len(d)) @ d["i"],
    "unique": lambda d: _library(d).unique(d["i"]), "factorize": lambda d: _library(d).factorize(d["k"]),
    "isnull": lambda d: _library(d).isnull(d), "notnull": lambda d: _library(d).notnull(d["k"]),
    "to_timedelta": lambda d: _library(d).to_timedelta(d["i"], unit="h"),
    "to_timedelta of nothing": lambda d: _library(d).to_timedelta(d["i"].iloc[:0], unit="h"),
    "merge_asof": lambda d: _library(d).merge_asof(d[["i"]].sort_values("i"), d[["i", "k"]].sort_values("i"), on="i"),
    "merge_ordered": lambda d: _library(d).merge_ordered(d[["i"]], d[["i", "k"]], on="i"),
    "functions without names": lambda d: d.groupby("k")["i"].agg(["sum", lambda s: s.max(), lambda s: s.min()]),
    "one without a name": lambda d: d.groupby("k")["i"].agg([lambda s: s.max()]),
}  # fmt: skip


def _library(d: Any) -> Any:
    return litsdf if isinstance(d, litsdf.DataFrame) else pd


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", [*CHANGES, *FUNCTIONS])
def test_it_is_as_in_pandas(name: str, layout: str) -> None:
    function = {**CHANGES, **FUNCTIONS}[name]
    alike(function(of(layout)), function(of(layout).to_pandas()))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_attributes_that_are_put_in_stay(layout: str) -> None:
    d = of(layout)
    assert d.attrs == {}
    d.attrs["source"] = "shop"
    d.attrs.setdefault("day", 1)
    assert d.head(1).attrs == {"source": "shop", "day": 1}
    column = of(layout)["i"]
    column.attrs.update(unit="metre")
    assert column.attrs == {"unit": "metre"}
    column.attrs = {"unit": "mile"}
    assert (column + 1).attrs == {"unit": "mile"}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_column_is_no_number(layout: str) -> None:
    with pytest.raises(TypeError):
        float(of(layout)["f"])
    with pytest.raises(TypeError):
        int(of(layout)["i"])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_choice_in_place_keeps_the_dtypes_or_is_refused(layout: str) -> None:
    d = of(layout)[["b"]]
    with pytest.raises(TypeError):
        d.where(~d["b"], inplace=True)


@pytest.mark.parametrize("layout", ["numpy", "polars", "dask"])
def test_a_row_of_several_kinds_holds_what_pandas_holds(layout: str) -> None:
    plain = table().assign(d=pd.Timestamp("2024-03-31"), n=pd.array([1, None, 2, 3], dtype="Int64"))
    ours = litsdf.DataFrame(plain, layout=layout)
    for call in (
        lambda d: d.iloc[0],
        lambda d: d.loc[1],
        lambda d: d.head(1).squeeze(),
        lambda d: d[["k", "i", "b"]].max(),
    ):
        mine, theirs = call(ours).to_numpy(), call(plain).to_numpy()
        assert [type(value) for value in mine] == [type(value) for value in theirs]
    with np.errstate(divide="ignore"):
        assert ours.iloc[0]["i"] / (ours.iloc[0]["i"] * 0) == np.inf


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("periods", [1, -2, 0])
def test_objects_that_are_shifted_leave_none(layout: str, periods: int) -> None:
    values = pd.Series([(1,), 2, "a"], dtype=object).iloc[: 1 if layout == "record" else 3]
    shifted = litsdf.Series(values, layout=layout).shift(periods)
    assert shifted.to_list() == values.shift(periods).to_list()
