"""Joining, stacking and reshaping tables gives what pandas gives, for every dtype."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_structure import LAYOUTS, compare, tables

import litsdf


def library(d: Any) -> Any:
    return litsdf if isinstance(d, litsdf.DataFrame) else pd


def swapped(d: Any) -> Any:
    return d.iloc[::-1]


def other(d: Any) -> Any:
    """A table with the same first column, and one more."""
    made = swapped(d).reset_index(drop=True)[["a"]].iloc[: max(len(d) - 1, 0)]
    return made.assign(z=1.5)


STACKED = {
    "concat": lambda d: library(d).concat([d, swapped(d)]),
    "concat flat": lambda d: library(d).concat([d, d], ignore_index=True),
    "concat keys": lambda d: library(d).concat([d, d], keys=["one", "two"]),
    "concat dict": lambda d: library(d).concat({"x": d, "y": d.iloc[:1]}),
    "concat columns": lambda d: library(d).concat([d.iloc[:, 0], d.iloc[:, -1]]),
    "concat beside": lambda d: library(d).concat([d, d.add_prefix("o")], axis=1),
    "concat columns beside": lambda d: library(d).concat([d.iloc[:, 0], d.iloc[:, -1]], axis=1, keys=["l", "r"]),
}  # fmt: skip
JOINED = {
    "concat other names": lambda d: library(d).concat([d, other(d)]),
    "concat inner": lambda d: library(d).concat([d, other(d)], join="inner"),
    "concat part beside": lambda d: library(d).concat([d.reset_index(drop=True), other(d)], axis=1),
    "merge": lambda d: d.merge(other(d), on="a"),
    "merge left": lambda d: d.merge(other(d), on="a", how="left"),
    "merge right": lambda d: d.merge(other(d), on="a", how="right"),
    "merge outer": lambda d: d.merge(other(d), on="a", how="outer", indicator=True),
    "merge sorted": lambda d: d.merge(other(d), sort=True),
    "merge names": lambda d: d.merge(other(d).rename(columns={"a": "k"}), left_on="a", right_on="k", how="outer"),
    "merge cross": lambda d: d.merge(other(d), how="cross"),
    "merge suffixes": lambda d: d.merge(d, on="a", suffixes=("_l", "_r")),
    "merge checked": lambda d: d.merge(other(d), on="a", validate="one_to_one"),
    "merge by labels": lambda d: d.merge(other(d), left_index=True, right_index=True, how="outer"),
    "join": lambda d: d.reset_index(drop=True).join(other(d)[["z"]]),
    "join suffix": lambda d: d.join(d, rsuffix="_r"),
    "join column": lambda d: d.reset_index(drop=True).join(other(d)["z"], how="inner"),
    "melt": lambda d: d.melt(),
    "melt by": lambda d: d.melt(id_vars="a"),
    "melt named": lambda d: d.melt(id_vars=["a"], var_name="n", value_name="v", ignore_index=False),
    "dummies": lambda d: library(d).get_dummies(d["a"]),
    "dummies table": lambda d: library(d).get_dummies(d),
    "dummies chosen": lambda d: library(d).get_dummies(d, columns=["a"], dummy_na=True, drop_first=True, dtype="int8"),
    "explode": lambda d: d.explode("a"),
    "pivot": lambda d: d.assign(k=range(len(d)), m="x").pivot(index="k", columns="m", values="a"),
    "set by labels": lambda d: d.assign(q=d["a"].iloc[::-1]),
    "dicts": lambda d: d.to_dict(),
    "lists": lambda d: d.to_dict("list"),
    "records": lambda d: d.to_dict("records"),
    "split": lambda d: d.to_dict("split"),
    "equals": lambda d: d.equals(other(d)),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", STACKED)
def test_tables_are_stacked_as_in_pandas(layout: str, name: str) -> None:
    @given(frame=tables())
    def run(frame: pd.DataFrame) -> None:
        compare(frame, layout, STACKED[name])

    run()


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", JOINED)
def test_tables_are_joined_and_reshaped_as_in_pandas(layout: str, name: str) -> None:
    @given(frame=tables(names=False))
    def run(frame: pd.DataFrame) -> None:
        compare(frame, layout, JOINED[name])

    run()


NUMBERS = {
    "plus": lambda d: d + 1,
    "times": lambda d: 2.5 * d,
    "less": lambda d: d < 1,
    "equal": lambda d: d == d.iloc[0, 0],
    "same": lambda d: d == d,
    "sum of two": lambda d: d + d,
    "by row": lambda d: d - d.iloc[0],
    "negative": lambda d: -d,
    "absolute": lambda d: d.abs(),
    "round": lambda d: d.round(1),
    "filled": lambda d: d.fillna(0),
    "among": lambda d: d.isin([1, 2]),
    "array": lambda d: d.to_numpy(),
    "values": lambda d: d.values,
    "changed": lambda d: d.__iadd__(1),
    "forward": lambda d: d.ffill(),
    "cut": lambda d: library(d).cut(d.iloc[:, 0], [-5, 0, 5]),
    "quantiles": lambda d: library(d).qcut(d.iloc[:, 0], 2, labels=False, duplicates="drop"),
    "numbers": lambda d: library(d).to_numeric(d.iloc[:, 0]),
}  # fmt: skip


@st.composite
def numbers(draw: st.DrawFn) -> pd.DataFrame:
    frame = draw(tables())
    if draw(st.booleans()):
        frame = frame.select_dtypes(["int64", "float64"])
    return frame


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", NUMBERS)
def test_tables_are_calculated_with_as_in_pandas(layout: str, name: str) -> None:
    @given(frame=numbers())
    def run(frame: pd.DataFrame) -> None:
        compare(frame, layout, NUMBERS[name])

    run()
