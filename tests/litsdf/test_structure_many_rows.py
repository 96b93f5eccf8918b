"""Moving many rows, which takes other ways than moving a few, gives what pandas gives for every dtype."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from test_structure import CARRIED, LAYOUTS, compare

import litsdf

ROWS = 1_300
ORDER = np.random.default_rng(1).permutation(ROWS)


@lru_cache(maxsize=2)
def table(*, labelled: bool) -> pd.DataFrame:
    """Every dtype, with missing values and repeated keys."""
    random = np.random.default_rng(0)
    some = [int(number) for number in random.integers(0, 100, ROWS)]
    data: dict[str, Any] = {f"carried {name}": make(some) for name, make in CARRIED.items()}
    texts = np.array(["Zürich", "Bern", "", "日本", "a b"])[random.integers(0, 5, ROWS)]
    data |= {
        "text": pd.Series(texts, dtype="str").where(pd.Series(random.random(ROWS) > 0.2)),
        "name": pd.Series([f"name {number}" for number in random.integers(0, ROWS, ROWS)], dtype="str"),
        "key": random.integers(0, 300, ROWS),
        "price": np.where(random.random(ROWS) > 0.2, np.round(random.normal(size=ROWS), 2), np.nan),
        "zero": np.where(random.random(ROWS) > 0.5, 0.0, -0.0),
        "sold": random.random(ROWS) > 0.5,
        "day": np.datetime64("2020-01-01", "us") + random.integers(0, 50, ROWS).astype("timedelta64[D]"),
        "seconds": pd.Series(random.integers(0, 9, ROWS).astype("timedelta64[us]")).where(pd.Series(texts != "")),
    }
    frame = pd.DataFrame(data)
    if labelled:
        frame.index = pd.Index(random.permutation(ROWS), name="row")
    return frame


def library(d: Any) -> Any:
    return litsdf if isinstance(d, litsdf.DataFrame) else pd


def keys(d: Any, *names: str) -> Any:
    """Some of the rows under other labels, with one more column; some keys twice, some not there."""
    return d[list(names)].iloc[ORDER[:400]].reset_index(drop=True).assign(more=1.5)


CASES = {
    "take": lambda d: d.take(ORDER[:1500]),
    "slice": lambda d: d.iloc[100:2000],
    "backwards": lambda d: d.iloc[::-1],
    "empty slice": lambda d: d.iloc[2000:100],
    "from the end": lambda d: d.iloc[-300:-10],
    "stepped": lambda d: d.iloc[10:2000:3],
    "head": lambda d: d.head(1200),
    "head of none": lambda d: d.head(-ROWS - 5),
    "tail": lambda d: d.tail(-30),
    "mask": lambda d: d[d["sold"]],
    "loc mask": lambda d: d.loc[d["key"] > 100, ["name", "carried category", "price"]],
    "loc mask of one": lambda d: d.loc[d["key"] > 100, "name"],
    "loc mask of an absent name": lambda d: d.loc[d["key"] > 100, "absent"],
    "array mask": lambda d: d[(d["key"] > 100).to_numpy()],
    "iloc mask": lambda d: d.iloc[(d["key"] > 100).to_numpy()],
    "full mask": lambda d: d[d["key"] >= 0],
    "shift": lambda d: d.shift(3),
    "shift up": lambda d: d.shift(-3),
    "shift away": lambda d: d.shift(ROWS + 1),
    "shift by none": lambda d: d.shift(0),
    "shift filled": lambda d: d[["key", "price"]].shift(2, fill_value=7),
    "dropna": lambda d: d.dropna(),
    "dropna of all": lambda d: d.dropna(how="all"),
    "dropna by names": lambda d: d.dropna(subset=["text", "price"], how="all"),
    "dropna by count": lambda d: d.dropna(thresh=16),
    "dropna numbered": lambda d: d.dropna(subset=["price"], ignore_index=True),
    "dropna of columns": lambda d: d.dropna(axis=1),
    "column dropna": lambda d: d["text"].dropna(),
    "column dropna numbered": lambda d: d["text"].dropna(ignore_index=True),
    "isna": lambda d: d.isna(),
    "concat": lambda d: library(d).concat([d, d.iloc[::-1]]),
    "concat other names": lambda d: library(d).concat([d, d[["key", "text"]].rename(columns={"key": "new"})]),
    "concat beside": lambda d: library(d).concat([d, d[["key"]].add_prefix("other ")], axis=1),
    "reindex": lambda d: d.reindex(ORDER + 5),
    "sort_index": lambda d: d.sort_index(),
    **{f"merge {how}": lambda d, how=how: d.merge(keys(d, "key"), on="key", how=how)
       for how in ("inner", "left", "right", "outer")},
    **{f"merge on {name}": lambda d, name=name: d.merge(keys(d, name), on=name, how="left")
       for name in ("name", "text", "sold", "day", "price", "zero")},
    "merge on two": lambda d: d.merge(keys(d, "key", "text"), on=["key", "text"]),
    "merge by other names": lambda d: d.merge(
        keys(d, "key").rename(columns={"key": "k"}), left_on="key", right_on="k", how="left"),
    **{f"drop_duplicates {keep}": lambda d, keep=keep: d.drop_duplicates(["text", "key"], keep=keep)
       for keep in ("first", "last", False)},
    **{f"duplicated {name}": lambda d, name=name: d.duplicated([name])
       for name in ("name", "text", "price", "zero", "sold", "day", "carried category", "carried Int64")},
    "drop_duplicates of all": lambda d: d.drop(columns=["carried object"]).drop_duplicates(),
    **{f"drop_duplicates of many, {keep}": lambda d, keep=keep: d.drop_duplicates(
        ["text", "zero", "sold", "carried category", "carried Int64", "seconds"], keep=keep)
       for keep in ("first", "last", False)},
    "repeated concat": lambda d: library(d).concat([d.iloc[place : place + 60] for place in range(0, 1200, 50)]),
    "column duplicates": lambda d: d["text"].drop_duplicates(keep="last"),
    **{f"sort by {name}": lambda d, name=name: d.sort_values(name) for name in ("key", "text", "price", "day", "sold")},
    "sort by two": lambda d: d.sort_values(["text", "zero", "price"], ascending=[False, True, False]),
    "sort by two, missing first": lambda d: d.sort_values(["text", "price"], na_position="first"),
    "column sort": lambda d: d["name"].sort_values(ascending=False),
    "nlargest": lambda d: d.nlargest(30, "price"),
    "nsmallest last": lambda d: d.nsmallest(30, ["key", "price"], keep="last"),
    "nlargest all": lambda d: d.nlargest(30, "key", keep="all"),
    "nlargest of too many": lambda d: d["price"].nlargest(ROWS),
    "column nsmallest": lambda d: d["key"].nsmallest(20, keep="last"),
    "melt": lambda d: d.melt(id_vars=["name", "carried category"], value_vars=["key", "price"]),
    "melt of text": lambda d: d.melt(id_vars="key", value_vars=["name", "text"], var_name="v", ignore_index=False),
    "get_dummies": lambda d: library(d).get_dummies(d[["text", "carried category", "key"]]),
    "set_index": lambda d: d.set_index(["text", "key"]),
    "reset_index": lambda d: d.reset_index(),
}  # fmt: skip


@pytest.mark.parametrize("labelled", [False, True])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", CASES)
def test_many_rows_are_moved_as_in_pandas(name: str, layout: str, labelled: bool) -> None:
    compare(table(labelled=labelled), layout, CASES[name])
