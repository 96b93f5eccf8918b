"""Names given to labels and columns, and columns passed as keys: what depends on whose labels or memory something is."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
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


def _columns_name(d: Any) -> Any:
    d.columns.name = "field"
    return d


def _columns_names(d: Any) -> Any:
    d.columns.names = ["field"]
    return d


def _columns_rename(d: Any) -> Any:
    d.columns.rename("field", inplace=True)
    return d


def _columns_set_names(d: Any) -> Any:
    d.columns.set_names("field", inplace=True)
    return d


def _columns_kept(d: Any) -> Any:
    columns = d.columns
    columns.name = "field"
    return d


def _columns_set(d: Any) -> Any:
    d.columns = pd.Index([f"c{name}" for name in d.columns], name="field")
    return d


def _index_name(d: Any) -> Any:
    d.index.name = "row"
    return d


def _index_names(d: Any) -> Any:
    d.index.names = ["row"]
    return d


def _index_set(d: Any) -> Any:
    d.index = pd.RangeIndex(len(d), name="row")
    return d


NAMINGS: dict[str, Callable[[Any], Any]] = {
    "columns.name": _columns_name, "columns.names": _columns_names, "columns.rename": _columns_rename,
    "columns.set_names": _columns_set_names, "columns kept": _columns_kept, "columns set": _columns_set,
    "index.name": _index_name, "index.names": _index_names, "index set": _index_set,
    "rename_axis of columns": lambda d: d.rename_axis(columns="field"),
    "rename_axis of rows": lambda d: d.rename_axis(index="row"),
    "both": lambda d: _index_name(_columns_name(d)),
    "and back": lambda d: _unnamed(_columns_name(d)),
}  # fmt: skip


def _unnamed(d: Any) -> Any:
    d.columns.name = None
    return d


def _then_set(d: Any) -> Any:
    d["z"] = d[d.columns[0]]
    return d


def _labels_of_a_column(d: Any) -> Any:
    column = d[d.columns[0]]
    column.index.name = "of the column"
    return column.reset_index(), d


def _copy_keeps_its_own(d: Any) -> Any:
    copied, shallow, column = d.copy(), d.copy(deep=False), d[d.columns[0]]
    d.index.name, d.columns.name = "later", "later still"
    return copied, shallow, column, d


def _kept_over_a_new_column(d: Any) -> Any:
    labels = d.index
    d["z"] = 1
    labels.name = "late"
    return d


AFTERWARDS: dict[str, Callable[[Any], Any]] = {
    "nothing": lambda d: d, "set": _then_set, "some columns": lambda d: d[list(d.columns[:2])],
    "one column": lambda d: d[d.columns[0]], "a row": lambda d: d.iloc[-1:].T, "no rows": lambda d: d.iloc[:0],
    "mask": lambda d: d[d[d.columns[1]] >= 1], "copy": lambda d: d.copy(), "assign": lambda d: d.assign(z=1),
    "drop": lambda d: d.drop(columns=[d.columns[0]]), "sort": lambda d: d.sort_values(d.columns[1]),
    "reset_index": lambda d: d.reset_index(), "isna": lambda d: d.isna(), "dtypes": lambda d: type(d)(d.dtypes.index.to_frame()),
    "sum": lambda d: d[[d.columns[1]]].sum(), "describe": lambda d: d.describe(), "melt": lambda d: d.melt(),
    "stack": lambda d: d.stack(), "times": lambda d: d[[d.columns[1]]] * 2, "transposed": lambda d: d.T,
    "groups": lambda d: d.groupby(d.columns[0]).sum(), "apply": lambda d: d.apply(lambda column: column.count()),
    "pickled": lambda d: pickle.loads(pickle.dumps(d)),  # noqa: S301  (our own bytes)
    "labels of a column": _labels_of_a_column, "copies": _copy_keeps_its_own, "new column": _kept_over_a_new_column,
}  # fmt: skip


def _alike(ours: Any, theirs: Any) -> None:
    if isinstance(theirs, tuple):
        for one, other in zip(ours, theirs, strict=True):
            _alike(one, other)
        return
    equal(ours, theirs)
    assert list(ours.index.names) == list(theirs.index.names)
    if theirs.ndim == 2:
        assert list(ours.columns.names) == list(theirs.columns.names)


@settings(max_examples=60)
@given(
    layout=st.sampled_from(["record", "numpy", "polars", "dask"]), naming=st.sampled_from(sorted(NAMINGS)),
    afterwards=st.sampled_from(sorted(AFTERWARDS)), rows=st.integers(0, 3), labelled=st.booleans(),
)  # fmt: skip
def test_no_name_is_lost_in_any_layout(layout: str, naming: str, afterwards: str, rows: int, labelled: bool) -> None:
    rows = min(rows, 1) if layout == "record" else rows
    plain = table().iloc[:rows]
    if labelled:
        plain.index = pd.Index([7, 7, 5][:rows])
    result = AFTERWARDS[afterwards](NAMINGS[naming](litsdf.DataFrame(plain, layout=layout)))
    _alike(result, AFTERWARDS[afterwards](NAMINGS[naming](plain.copy())))


@pytest.mark.parametrize("layout", ["numpy", "polars", "dask", "pandas"])
def test_pivots_name_their_columns_in_every_layout(layout: str) -> None:
    plain = table()
    for pivot in (
        lambda d: d.pivot(index="n", columns="k", values="m"),
        lambda d: d.pivot_table(index="n", columns="k", values="o", aggfunc="sum"),
        lambda d: d.set_index(["n", "k"])["o"].unstack(),
    ):
        _alike(pivot(litsdf.DataFrame(plain, layout=layout)), pivot(plain))


@pytest.mark.parametrize("layout", ["numpy", "polars", "dask", "pandas"])
def test_names_of_levels_stay(layout: str) -> None:
    def renamed(d: Any) -> Any:
        d = d.set_index(["k", "n"])
        d.index.names = ["first", None]
        return d, d["m"], d.reset_index()

    _alike(renamed(litsdf.DataFrame(table(), layout=layout)), renamed(table()))


@pytest.mark.parametrize("layout", ["record", "numpy", "polars", "dask", "pandas"])
def test_labels_are_plain_pandas_and_the_same_object_each_time(layout: str) -> None:
    df = litsdf.DataFrame(table().iloc[:1], layout=layout)
    assert type(df.index) is pd.RangeIndex
    assert type(df.columns) is pd.Index
    assert df.index is df.index
    assert df.columns is df.columns
    column = df["n"]
    assert column.index is column.index
    df.columns.name = "field"
    assert df.layout == ("numpy" if layout == "record" else layout)
    assert np.array_equal(df["n"].to_numpy(), [1])
