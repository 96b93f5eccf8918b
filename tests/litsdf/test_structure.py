# ruff: noqa: PT017  (the kind of the error is what is compared)
"""Moving rows and columns gives what pandas gives: every dtype, missing values, every kind of labels and names."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import DTYPES

import litsdf

LAYOUTS = ["numpy", "polars"]
CARRIED = {
    "object": lambda values: pd.Series([[None, 1, "x", 2.5, (1, 2)][v % 5] for v in values], dtype=object),
    "category": lambda values: pd.Series(
        pd.Categorical([["p", "q", None][v % 3] for v in values], categories=["q", "p"])
    ),
    "Int64": lambda values: pd.Series([None if v % 4 == 0 else v for v in values], dtype="Int64"),
    "boolean": lambda values: pd.Series([[True, False, None][v % 3] for v in values], dtype="boolean"),
    "int8": lambda values: pd.Series([v % 100 for v in values], dtype="int8"),
    "float32": lambda values: pd.Series([math.nan if v % 4 == 0 else v / 2 for v in values], dtype="float32"),
    "zone": lambda values: pd.Series(
        pd.to_datetime([None if v % 4 == 0 else v * 10**15 for v in values])
        .tz_localize("UTC")
        .tz_convert("Europe/Berlin")
    ),
    "nanoseconds": lambda values: pd.Series([None if v % 4 == 0 else v for v in values], dtype="datetime64[ns]"),
    "timedelta64[us]": lambda values: pd.Series([None if v % 4 == 0 else v for v in values], dtype="timedelta64[us]"),
    "period": lambda values: pd.Series(pd.PeriodIndex.from_ordinals([v % 50 for v in values], freq="M")),
    "string": lambda values: pd.Series([[None, "b", "a", "ä"][v % 4] for v in values], dtype="string"),
}
NATIVE = ["str", "int64", "small", "float64", "modest", "bool", "datetime64[us]"]
LABELS = ["default", "default", "other", "repeated", "text", "levels", "dates"]
NAMES = ["text", "text", "numbers", "levels", "named"]


def labels_of(draw: st.DrawFn, rows: int) -> pd.Index:
    kind = draw(st.sampled_from(LABELS))
    numbers = draw(st.permutations(range(rows)))
    if kind == "other":
        return pd.Index([10 * number for number in numbers], dtype="int64", name="key")
    if kind == "repeated":
        return pd.Index([number // 2 for number in numbers], dtype="int64")
    if kind == "text":
        return pd.Index([f"r{number}" for number in numbers], dtype="str")
    if kind == "levels":
        return pd.MultiIndex.from_arrays([[n % 2 for n in numbers], [f"l{n}" for n in numbers]], names=["one", None])
    if kind == "dates":
        return pd.date_range("2024-01-01", periods=rows, freq="D")
    return pd.RangeIndex(rows)


def names_of(draw: st.DrawFn, width: int) -> pd.Index:
    kind = draw(st.sampled_from(NAMES))
    letters = list("abcdef")[:width]
    if kind == "numbers":
        return pd.RangeIndex(width)
    if kind == "levels":
        return pd.MultiIndex.from_arrays([["x"] * width, letters])
    return pd.Index(letters, dtype="str", name="letters" if kind == "named" else None)


@st.composite
def tables(draw: st.DrawFn, *, names: bool = True, max_width: int = 3) -> pd.DataFrame:
    rows = draw(st.integers(0, 6))
    kinds = draw(st.lists(st.sampled_from([*NATIVE, *CARRIED]), min_size=1, max_size=max_width))
    columns = []
    for kind in kinds:
        if kind in CARRIED:
            columns.append(CARRIED[kind](draw(st.lists(st.integers(0, 99), min_size=rows, max_size=rows))))
        else:
            values, dtype = DTYPES[kind]
            columns.append(pd.Series(draw(st.lists(values, min_size=rows, max_size=rows)), dtype=dtype))
    frame = pd.DataFrame(dict(enumerate(columns)))
    frame.index = labels_of(draw, rows)
    frame.columns = names_of(draw, len(columns)) if names else pd.Index(list("abcdef")[: len(columns)], dtype="str")
    return frame


def equal(result: Any, expected: Any) -> None:
    if isinstance(expected, pd.Series):
        assert isinstance(result, litsdf.Series), type(result)
        pd.testing.assert_series_equal(result.to_pandas(), expected, check_exact=True, check_freq=False)
    elif isinstance(expected, pd.DataFrame):
        assert isinstance(result, litsdf.DataFrame), type(result)
        pd.testing.assert_frame_equal(result.to_pandas(), expected, check_exact=True, check_freq=False)
    elif isinstance(expected, pd.Index):
        pd.testing.assert_index_equal(result, expected)
    elif isinstance(expected, tuple):
        assert len(result) == len(expected)
        for mine, theirs in zip(result, expected, strict=True):
            equal(mine, theirs)
    elif isinstance(expected, np.ndarray | pd.api.extensions.ExtensionArray):
        assert type(result) is type(expected)
        pd.testing.assert_series_equal(
            pd.Series(list(map(str, np.ravel(result)))), pd.Series(list(map(str, np.ravel(expected))))
        )
        assert result.dtype == expected.dtype
    elif isinstance(expected, list):
        assert len(result) == len(expected)
        assert str(result) == str(expected)
    else:
        assert str(result) == str(expected), (result, expected)
        assert type(result) is type(expected), (type(result), type(expected))


def compare(frame: pd.DataFrame, layout: str, function: Any) -> None:
    ours = litsdf.DataFrame(frame, layout=layout)
    assert ours.layout == layout
    before = frame.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            expected = function(frame.copy())
        except Exception as error:
            with pytest.raises(Exception) as caught:  # noqa: PT011  (its type is checked)
                function(ours)
            assert isinstance(caught.value, type(error)) or isinstance(error, type(caught.value)), (caught.value, error)
            return
        result = function(ours)
    equal(result, expected)
    pd.testing.assert_frame_equal(frame, before)


def changed(change: Any) -> Any:
    def run(d: Any) -> Any:
        change(d)
        return d

    return run


def first(d: Any) -> Any:
    return d.columns[0]


def set_at(d: Any) -> None:
    d.iloc[0, 0] = d.iloc[-1, 0]


def set_rows(d: Any) -> None:
    d.iloc[1:3, 0] = d.iloc[0, 0]


def set_label(d: Any) -> None:
    d.loc[d.index[0], first(d)] = d.iloc[-1, 0]


def set_number(d: Any) -> None:
    d.iloc[::2, 0] = 1


def set_missing(d: Any) -> None:
    d.iloc[:1, 0] = None


def set_in_column(d: Any) -> Any:
    s = d.iloc[:, 0]
    s.iloc[-1] = s.iloc[0]
    s[s.index[0]] = s.iloc[-1]
    return s


def popped(d: Any) -> Any:
    return d.pop(first(d)), d


def deleted(d: Any) -> Any:
    del d[first(d)]
    return d


def relabelled(d: Any) -> Any:
    d.index = range(5, 5 + len(d))
    return d


def renamed(d: Any) -> Any:
    d.columns = range(3, 3 + d.shape[1])
    return d


ROWS = {
    "head": lambda d: d.head(2),
    "tail": lambda d: d.tail(-1),
    "take": lambda d: d.take([0, -1]),
    "sample": lambda d: d.sample(frac=0.5, random_state=3),
    "sort index": lambda d: d.sort_index(ascending=False),
    "sort names": lambda d: d.sort_index(axis=1, ascending=False),
    "iloc row": lambda d: d.iloc[0],
    "iloc rows": lambda d: d.iloc[1:4],
    "iloc list": lambda d: d.iloc[[2, 0]],
    "iloc both": lambda d: d.iloc[:2, [0]],
    "iloc cell": lambda d: d.iloc[0, 0],
    "iat": lambda d: d.iat[0, 0],
    "iloc column": lambda d: d.iloc[:, 0],
    "loc row": lambda d: d.loc[d.index[0]],
    "loc rows": lambda d: d.loc[list(d.index[:2])],
    "loc slice": lambda d: d.loc[d.index[0] : d.index[-1]],
    "loc mask": lambda d: d.loc[np.arange(len(d)) % 2 == 0],
    "loc cell": lambda d: d.loc[d.index[0], first(d)],
    "loc names": lambda d: d.loc[:, [first(d)]],
    "at": lambda d: d.at[d.index[0], first(d)],
    "mask list": lambda d: d[[i % 2 == 0 for i in range(len(d))]],
    "slice": lambda d: d[1:3],
    "names": lambda d: d[list(d.columns[::-1])],
    "name": lambda d: d[first(d)],
    "absent": lambda d: d.loc["nothing"],
    "reindex": lambda d: d.reindex([*d.index[:1], 77]),
    "reindex filled": lambda d: d.reindex([*d.index[:1], 77], fill_value=0),
    "reindex names": lambda d: d.reindex(columns=[*d.columns[:1], "new"]),
    "drop": lambda d: d.drop(index=d.index[0]),
    "drop names": lambda d: d.drop(columns=first(d)),
    "drop absent": lambda d: d.drop(index=["no"]),
    "rename": lambda d: d.rename(columns={first(d): "zz"}, index={0: 9}),
    "rename all": lambda d: d.rename(columns=str),
    "prefix": lambda d: d.add_prefix("p_"),
    "suffix": lambda d: d.add_suffix("_s", axis=0),
    "set axis": lambda d: d.set_axis(list(range(len(d))), axis=0),
    "rename axis": lambda d: d.rename_axis("rows").rename_axis("columns", axis=1),
    "rename axes": lambda d: d.rename_axis(index="rows"),
    "shift": lambda d: d.shift(1),
    "shift back": lambda d: d.shift(-2),
    "shift none": lambda d: d.shift(0),
    "transpose": lambda d: d.T,
    "stack": lambda d: d.stack(),
    "unstack": lambda d: d.unstack(),
    "squeeze": lambda d: d.squeeze(),
    "reset": lambda d: d.reset_index(),
    "reset drop": lambda d: d.reset_index(drop=True),
    "set index": lambda d: d.set_index(first(d)),
    "set index kept": lambda d: d.set_index([first(d)], drop=False, append=True),
    "pop": popped,
    "del": deleted,
    "index": relabelled,
    "columns": renamed,
    "axes": lambda d: d.axes,
    "keys": lambda d: d.keys(),
    "tuples": lambda d: list(d.itertuples()),
    "items": lambda d: [(name, column.to_list()) for name, column in d.items()],
    "isna": lambda d: d.isna(),
    "notna": lambda d: d.notna(),
    "dropna": lambda d: d.dropna(),
    "dropna all": lambda d: d.dropna(how="all"),
    "dropna names": lambda d: d.dropna(axis=1),
    "dropna thresh": lambda d: d.dropna(thresh=1, ignore_index=True),
    "valid": lambda d: d.first_valid_index(),
    "xs": lambda d: d.xs(d.index[0]),
    "truncate": lambda d: d.sort_index().truncate(before=d.index.min()),
    "filter": lambda d: d.filter(items=[first(d)]),
    "equals": lambda d: d.equals(d.copy()),
    "empty": lambda d: d.iloc[:0],
    "no columns": lambda d: d[[]],
    "dtypes": lambda d: (list(d.dtypes), d.dtypes.index),
    "set cell": changed(set_at),
    "set rows": changed(set_rows),
    "set label": changed(set_label),
    "set number": changed(set_number),
    "set missing": changed(set_missing),
    "set in column": set_in_column,
    "drop in place": changed(lambda d: d.drop(columns=first(d), inplace=True)),
}  # fmt: skip
VALUES = {
    "sort": lambda d: d.sort_values("a"),
    "sort down": lambda d: d.sort_values("a", ascending=False, kind="stable", na_position="first"),
    "sort two": lambda d: d.sort_values(list(d.columns), ascending=[False, *[True] * (d.shape[1] - 1)]),
    "sort flat": lambda d: d.sort_values("a", kind="mergesort", ignore_index=True),
    "duplicated": lambda d: d.duplicated(),
    "duplicated last": lambda d: d.duplicated("a", keep="last"),
    "drop duplicates": lambda d: d.drop_duplicates(),
    "drop all duplicates": lambda d: d.drop_duplicates("a", keep=False, ignore_index=True),
    "largest": lambda d: d.nlargest(2, "a"),
    "smallest": lambda d: d.nsmallest(3, list(d.columns), keep="all"),
}  # fmt: skip
COLUMN = {
    "sort": lambda s: s.sort_values(),
    "sort down": lambda s: s.sort_values(ascending=False, na_position="first", ignore_index=True),
    "largest": lambda s: s.nlargest(2),
    "smallest": lambda s: s.nsmallest(2, keep="last"),
    "unique": lambda s: s.unique(),
    "duplicated": lambda s: s.duplicated(keep="last"),
    "drop duplicates": lambda s: s.drop_duplicates(),
    "dropna": lambda s: s.dropna(),
    "dropna flat": lambda s: s.dropna(ignore_index=True),
    "isna": lambda s: s.isna(),
    "shift": lambda s: s.shift(),
    "reindex": lambda s: s.reindex([*s.index[:1], 77]),
    "drop": lambda s: s.drop(s.index[0]),
    "head": lambda s: s.head(1),
    "take": lambda s: s.take([0]),
    "repeat": lambda s: s.repeat(2),
    "rename": lambda s: s.rename("other"),
    "rename labels": lambda s: s.rename(index=str),
    "reset": lambda s: s.reset_index(),
    "reset drop": lambda s: s.reset_index(drop=True),
    "frame": lambda s: s.to_frame(),
    "frame named": lambda s: s.to_frame("n"),
    "unstack": lambda s: s.unstack(),
    "explode": lambda s: s.explode(),
    "pop": lambda s: (s.pop(s.index[0]), s),
    "get": lambda s: s.get(s.index[0]),
    "get absent": lambda s: s.get("no", "nothing"),
    "item": lambda s: s[s.index[0]],
    "loc": lambda s: s.loc[list(s.index[:2])],
    "slice": lambda s: s[1:3],
    "mask": lambda s: s[[i % 2 == 0 for i in range(len(s))]],
    "mask column": lambda s: s[s.isna()],
    "axes": lambda s: s.axes,
    "hasnans": lambda s: s.hasnans,
    "array": lambda s: s.array,
    "values": lambda s: s.values,
    "valid": lambda s: s.last_valid_index(),
    "equals": lambda s: s.equals(s.copy()),
    "items": lambda s: list(s.items()),
    "transpose": lambda s: s.T,
    "list": lambda s: s.to_list(),
    "loop": lambda s: [type(value).__name__ for value in s],
    "item only": lambda s: s.item(),
    "unique?": lambda s: s.is_unique,
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", ROWS)
def test_rows_and_columns_are_moved_as_in_pandas(layout: str, name: str) -> None:
    @given(frame=tables())
    def run(frame: pd.DataFrame) -> None:
        compare(frame, layout, ROWS[name])

    run()


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", VALUES)
def test_rows_are_ordered_and_compared_as_in_pandas(layout: str, name: str) -> None:
    @given(frame=tables(names=False))
    def run(frame: pd.DataFrame) -> None:
        compare(frame, layout, VALUES[name])

    run()


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", COLUMN)
def test_a_column_is_moved_as_in_pandas(layout: str, name: str) -> None:
    @given(frame=tables(names=False, max_width=1))
    def run(frame: pd.DataFrame) -> None:
        compare(frame, layout, lambda d: COLUMN[name](d["a"]))

    run()
