# ruff: noqa: PT017  (the kind of the error is what is compared)
"""Tables and columns of one row, or none, give what pandas gives for every method, mostly without going through pandas."""

from __future__ import annotations

import math
import subprocess
import sys
import warnings
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import DTYPES
from test_statistics import BOTH, OF_COLUMNS, OF_TABLES
from test_structure import CARRIED

import litsdf

Call = Callable[[Any], Any]
MORE: dict[str, Call] = {
    "head": lambda x: x.head(), "tail none": lambda x: x.tail(0), "sort": lambda x: x.sort_index(), "isna": lambda x: x.isna(),
    "filled": lambda x: x.fillna(0), "rename": lambda x: x.rename_axis("n"), "iloc": lambda x: x.iloc[0], "slice": lambda x: x.iloc[:1],
    "loc": lambda x: x.loc[x.index], "mask": lambda x: x[[True] * len(x)], "shift": lambda x: x.shift(), "back": lambda x: x.shift(-1),
    "rolling": lambda x: x.rolling(1).max(), "reset": lambda x: x.reset_index(drop=True), "reindex": lambda x: x.reindex([0, 1]),
    "duplicated": lambda x: x.duplicated(), "drop_duplicates": lambda x: x.drop_duplicates(), "abs": lambda x: x.abs(),
    "explode": lambda x: x.explode(x.columns[0]) if x.ndim == 2 else x.explode(), "where": lambda x: x.where(x.isna()),
}  # fmt: skip
COLUMN: dict[str, Call] = {
    "list": lambda s: s.to_list(), "iter": list, "item": lambda s: s.item(), "sorted": lambda s: s.sort_values(),
    "frame": lambda s: s.to_frame("x"), "quantiles": lambda s: s.quantile([0.1, 0.9]), "between": lambda s: s.between(0, 1),
    "iat": lambda s: s.iat[0], "repeat": lambda s: s.repeat(2), "concat": lambda s: s.repeat(1).head(1),
}  # fmt: skip
TABLE: dict[str, Call] = {
    "dict": lambda f: f.to_dict(), "records": lambda f: f.to_dict("records"), "lists": lambda f: f.to_dict("list"),
    "sorted": lambda f: f.sort_values("a"), "sorted down": lambda f: f.sort_values(["a"], ascending=False),
    "no name": lambda f: f.sort_values("nothing"), "drop": lambda f: f.drop_duplicates("a"), "melt": lambda f: f.melt(),
    "transposed": lambda f: f.T, "group": lambda f: f.groupby("a")["b"].first(), "merge": lambda f: f.merge(f, on="a"),
    "index": lambda f: f.set_index("a"), "pop": lambda f: (f.pop("a"), f)[1], "cell": lambda f: f.loc[f.index[0], "b"],
    "itertuples": lambda f: [tuple(row) for row in f.itertuples()], "labels": lambda f: f.set_axis(["r"] * len(f)),
}  # fmt: skip


def set_cell(frame: Any) -> Any:
    frame.loc[frame.index[0], "a"] = frame.loc[frame.index[0], "a"]
    return frame


TABLE["set"] = set_cell


@st.composite
def rows(draw: st.DrawFn) -> pd.DataFrame:
    count = draw(st.sampled_from([1, 1, 1, 0]))
    columns = {}
    for name in "ab":
        kind = draw(st.sampled_from([*DTYPES, *CARRIED] if count else list(DTYPES)))
        if kind in CARRIED:
            columns[name] = CARRIED[kind]([draw(st.integers(0, 99))])
        else:
            values, dtype = DTYPES[kind]
            columns[name] = pd.Series(draw(st.lists(values, min_size=count, max_size=count)), dtype=dtype)
    frame = pd.DataFrame(columns)
    if draw(st.booleans()):
        frame.index = pd.Index([7] * count, dtype="int64", name="key")
    return frame


def plain(value: Any) -> Any:
    """What is compared: pandas' form; numbers of NumPy and of Python are the same."""
    value = value.to_pandas() if isinstance(value, litsdf.DataFrame | litsdf.Series) else value
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    return value.item() if hasattr(value, "item") and getattr(value, "ndim", 1) == 0 else value


def compare(frame: pd.DataFrame, call: Call) -> None:
    ours, before = litsdf.DataFrame(frame, layout="record"), frame.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            expected = call(frame.copy())
        except Exception as error:
            with pytest.raises(type(error)):
                call(ours)
            return
        result = plain(call(ours))
    expected = plain(expected)
    if isinstance(expected, pd.Series):
        pd.testing.assert_series_equal(result, expected, rtol=1e-9, atol=0, check_freq=False)
    elif isinstance(expected, pd.DataFrame):
        pd.testing.assert_frame_equal(result, expected, rtol=1e-9, atol=0, check_freq=False)
    elif isinstance(expected, float) and isinstance(result, float):
        assert math.isclose(result, expected, rel_tol=1e-9) or (math.isnan(result) and math.isnan(expected))
    else:
        assert str(result) == str(expected)
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("name", [*BOTH, *MORE])
@given(frame=rows())
def test_both(name: str, frame: pd.DataFrame) -> None:
    call = (BOTH | MORE)[name]
    compare(frame, call)
    compare(frame, lambda table: call(table["a"]))


@pytest.mark.parametrize("name", [*OF_COLUMNS, *COLUMN])
@given(frame=rows())
def test_columns(name: str, frame: pd.DataFrame) -> None:
    call = (OF_COLUMNS | COLUMN)[name]
    compare(frame, lambda table: call(table["a"]))


@pytest.mark.parametrize("name", [*OF_TABLES, *TABLE])
@given(frame=rows())
def test_tables(name: str, frame: pd.DataFrame) -> None:
    compare(frame, (OF_TABLES | TABLE)[name])


def test_the_usual_methods_of_one_row_load_no_pandas() -> None:
    code = (
        "import sys, litsdf\n"
        "row = litsdf.DataFrame([{'a': 2.5, 'b': 3, 't': 'x'}])\n"
        "a = row['a']\n"
        "assert (a.sum(), a.mean(), a.max(), a.count(), a.nunique(), a.item()) == (2.5, 2.5, 2.5, 1, 1, 2.5)\n"
        "assert a.std() != a.std() and a.rank().item() == 1.0 and a.cumsum().to_list() == [2.5]\n"
        "assert row.head(1).sort_values('b').drop_duplicates().fillna(0).to_dict('records') == [{'a': 2.5, 'b': 3, 't': 'x'}]\n"
        "assert not row.isna()['t'].item() and not row.fallbacks\n"
        "print(sorted(name for name in ('pandas', 'polars', 'pyarrow') if name in sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stderr


def test_what_several_rows_come_of_stays_out_of_pandas() -> None:
    row = litsdf.DataFrame([{"a": 2.5, "b": 3, "t": "x"}])
    assert row.describe().layout == "numpy"
    assert row[["a", "b"]].sum().layout == "numpy"
    assert row.iloc[0].layout == "numpy"
    assert row.groupby("t")["a"].sum().layout == "record"
    assert row["t"].value_counts().layout == "record"
    assert not row.fallbacks
