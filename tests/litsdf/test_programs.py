"""Programs of two to four chained operations on random tables: every layout gives what pandas gives, or raises what it raises."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import litsdf
from litsdf.passing import UndeclaredFallbackWarning

TABLES: dict[str, Callable[[Any, Any], Any]] = {
    "columns": lambda d, _: d[list(d.columns[:3])], "head": lambda d, _: d.head(3), "tail": lambda d, _: d.iloc[1:],
    "turned": lambda d, _: d.iloc[::-1], "mask": lambda d, _: d[d["i"] > 0], "truth": lambda d, _: d.loc[d["b"]],
    "dropna": lambda d, _: d.dropna(), "fillna": lambda d, _: d.fillna({"f": 0.0, "k": "z"}),
    "sort": lambda d, _: d.sort_values(["k", "f"]), "labels": lambda d, _: d.sort_index(),
    "reset": lambda d, _: d.reset_index(), "set": lambda d, _: d.set_index("k"), "two levels": lambda d, _: d.set_index(["k", "i"]),
    "drop": lambda d, _: d.drop(columns=["f"]), "rename": lambda d, _: d.rename(columns={"i": "j"}),
    "assign": lambda d, _: d.assign(z=d["i"] * 2, q=d["f"] > d["i"]), "once": lambda d, _: d.drop_duplicates("k"),
    "isna": lambda d, _: d.isna(), "times": lambda d, _: d[["i", "f"]] * d[["f", "i"]],
    "sums": lambda d, _: d.groupby("k").sum(numeric_only=True), "size": lambda d, _: d.groupby("k", dropna=False).size(),
    "agg": lambda d, _: d.groupby("h", as_index=False).agg(m=("f", "mean"), w=("k", "first")),
    "transform": lambda d, _: d.groupby("k")["f"].transform("mean"), "levels": lambda d, _: d.groupby("h").agg({"i": ["sum", "max"]}),
    "category": lambda d, _: d.groupby("c")["i"].sum(), "merge": lambda d, _: d.merge(d[["k", "i"]], on="k", how="left"),
    "outer": lambda d, _: d.merge(d[["i", "u"]].drop_duplicates("i"), on="i", how="outer"),
    "concat": lambda d, library: library.concat([d, d.iloc[:1]]), "beside": lambda d, library: library.concat([d[["i"]], d[["f"]]], axis=1),
    "melt": lambda d, _: d.melt(id_vars=["k"], value_vars=["i", "f"]), "turn": lambda d, _: d[["i", "f"]].T,
    "stack": lambda d, _: d[["i", "f"]].stack(), "describe": lambda d, _: d.describe(), "max": lambda d, _: d.max(numeric_only=True),
    "rows": lambda d, _: d[["i", "f", "b"]].max(axis=1), "explode": lambda d, _: d.assign(l=d["k"].str.split()).explode("l"),
    "dummies": lambda d, library: library.get_dummies(d[["k", "i"]]), "shift": lambda d, _: d.shift(1),
    "pivot": lambda d, _: d.pivot_table(index="k", columns="h", values="i", aggfunc="sum"),
    "query": lambda d, _: d.query("i > 0 and k == 'a'"), "where": lambda d, _: d.where(d["b"]), "squeeze": lambda d, _: d.squeeze(),
    "named": lambda d, _: d.rename_axis("r").rename_axis(columns="x"), "row": lambda d, _: d.iloc[0], "count": lambda d, _: d.count(),
    "i": lambda d, _: d["i"], "f": lambda d, _: d["f"], "k": lambda d, _: d["k"], "b": lambda d, _: d["b"], "d": lambda d, _: d["d"],
    "c": lambda d, _: d["c"], "n": lambda d, _: d["n"], "u": lambda d, _: d["u"],
}  # fmt: skip
COLUMNS: dict[str, Callable[[Any, Any], Any]] = {
    "plus": lambda s, _: s + 1, "over": lambda s, _: s / 2, "whole": lambda s, _: s // 2, "greater": lambda s, _: s > 1,
    "beside": lambda s, _: s - s.iloc[::-1], "fewer": lambda s, _: s * s.iloc[1:], "fill": lambda s, _: s.fillna(0), "words": lambda s, _: s.fillna("q"),
    "isna": lambda s, _: s.isna(), "dropna": lambda s, _: s.dropna(), "shift": lambda s, _: s.shift(), "diff": lambda s, _: s.diff(),
    "cumsum": lambda s, _: s.cumsum(), "rank": lambda s, _: s.rank(), "sort": lambda s, _: s.sort_values(), "counts": lambda s, _: s.value_counts(dropna=False),
    "once": lambda s, _: s.drop_duplicates(), "sum": lambda s, _: s.sum(), "mean": lambda s, _: s.mean(), "max": lambda s, _: s.max(),
    "describe": lambda s, _: s.describe(), "mode": lambda s, _: s.mode(), "text": lambda s, _: s.astype(str), "float": lambda s, _: s.astype("float64"),
    "category": lambda s, _: s.astype("category"), "some": lambda s, _: s[s.notna()], "where": lambda s, _: s.where(s > 0, 0), "clip": lambda s, _: s.clip(0, 2),
    "isin": lambda s, _: s.isin([1, "a", 0.5]), "map": lambda s, _: s.map({"a": 1, 1: "one"}), "apply": lambda s, _: s.apply(str), "replace": lambda s, _: s.replace(1, 100),
    "frame": lambda s, _: s.to_frame("x"), "reset": lambda s, _: s.reset_index(), "window": lambda s, _: s.rolling(2, min_periods=1).mean(),
    "groups": lambda s, _: s.groupby(level=0).sum(), "upper": lambda s, _: s.str.upper(), "contains": lambda s, _: s.str.contains("^a|b$", na=False),
    "split": lambda s, _: s.str.split(expand=True), "extract": lambda s, _: s.str.extract("([a-z])"), "year": lambda s, _: s.dt.year, "floor": lambda s, _: s.dt.floor("D"),
    "zone": lambda s, _: s.dt.tz_localize("UTC"), "codes": lambda s, _: s.cat.codes, "concat": lambda s, library: library.concat([s, s]), "sqrt": lambda s, _: np.sqrt(s),
    "not": lambda s, _: ~s, "and": lambda s, _: s & True, "slice": lambda s, _: s[1:], "label": lambda s, _: s.loc[0:1], "list": lambda s, _: s.to_list(),
    "added": lambda s, _: s.add(s.shift(), fill_value=0), "repeat": lambda s, _: s.repeat(2), "first": lambda s, _: s.iloc[0], "cut": lambda s, library: library.cut(s, 2),
}  # fmt: skip


def random_table(draw: random.Random) -> pd.DataFrame:
    rows, missing = draw.choice([0, 1, 2, 5, 8]), draw.choice([0, 0.3])

    def some(values: list[Any]) -> list[Any]:
        return [draw.choice(values) if draw.random() >= missing else None for _ in range(rows)]

    stamps = [pd.Timestamp("2024-02-29"), pd.Timestamp("2023-12-31 23:59"), pd.Timestamp("2024-03-31 01:30")]
    table = pd.DataFrame({
        "k": pd.Series(some(["a", "b", "Ab c", "", "é 1"]), dtype="str"), "h": pd.Series(some(["x", "y"]), dtype="str"),
        "i": pd.Series([draw.randint(-3, 4) for _ in range(rows)], dtype="int64"),
        "f": pd.Series(some([0.5, -1.0, 0.0, 2.25, float("inf")]), dtype="float64"),
        "b": pd.Series([draw.random() < 0.5 for _ in range(rows)], dtype="bool"),
        "d": pd.Series(some(stamps), dtype="datetime64[us]"), "c": pd.Categorical(some(["x", "y"]), categories=["y", "x", "z"]),
        "n": pd.array(some([1, 2, 3]), dtype="Int64"), "u": pd.Series([draw.randint(0, 3) for _ in range(rows)], dtype="uint8"),
    })  # fmt: skip
    labels = draw.choice(["plain", "plain", "repeated", "text", "steps"])
    if labels == "repeated":
        table.index = pd.Index([draw.randint(0, 3) for _ in range(rows)], dtype="int64")
    elif labels == "text":
        table.index = pd.Index(
            [draw.choice("pqrs") for _ in range(rows)], dtype="str", name=draw.choice([None, "label"])
        )
    elif labels == "steps":
        table.index = pd.RangeIndex(5, 5 + 2 * rows, 2)
    return table


def outcome(program: list[Callable[[Any, Any], Any]], value: Any, library: Any) -> Any:
    """The value of a program, or its error."""
    try:
        for step in program:
            value = step(value, library)
        return value.to_pandas() if isinstance(value, litsdf.DataFrame | litsdf.Series) else value
    except Exception as error:
        return error


def random_program(draw: random.Random, table: pd.DataFrame) -> tuple[list[str], list[Callable[[Any, Any], Any]]]:
    names: list[str] = []
    steps: list[Callable[[Any, Any], Any]] = []
    value: Any = table
    for _ in range(draw.choice([1, 2, 2, 3, 4])):
        known = TABLES if isinstance(value, pd.DataFrame) else COLUMNS if isinstance(value, pd.Series) else {}
        if not known:
            break
        names.append(draw.choice(sorted(known)))
        steps.append(known[names[-1]])
        value = outcome(steps[-1:], value, pd)
    return names, steps


def alike(ours: Any, theirs: Any) -> None:
    if isinstance(theirs, Exception):
        assert type(ours) is type(theirs), (repr(ours)[:200], repr(theirs)[:200])
    elif isinstance(ours, Exception):
        raise ours
    elif isinstance(theirs, pd.DataFrame):
        pd.testing.assert_frame_equal(ours, theirs, check_freq=False, rtol=1e-12, atol=0)
    elif isinstance(theirs, pd.Series):
        pd.testing.assert_series_equal(ours, theirs, check_freq=False, rtol=1e-12, atol=0)
    else:
        assert repr(pd.Series([ours], dtype=object).to_list()) == repr(pd.Series([theirs], dtype=object).to_list()) or (
            ours == pytest.approx(theirs, rel=1e-12, nan_ok=True)
        )


@pytest.mark.parametrize("layout", ["record", "numpy", "polars", "dask"])
@pytest.mark.parametrize("part", range(5))
def test_programs_give_what_pandas_gives(part: int, layout: str) -> None:
    draw = random.Random(part)  # noqa: S311  (no secret)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", UndeclaredFallbackWarning)
        for _ in range(12 if layout != "record" else 40):
            table = random_table(draw)
            names, program = random_program(draw, table)
            if layout == "record" and len(table) != 1:
                continue
            expected = outcome(program, table.copy(), pd)
            ours = outcome(program, litsdf.DataFrame(table, layout=layout), litsdf)
            try:
                alike(ours, expected)
            except Exception as error:
                raise AssertionError(f"{' → '.join(names)} on\n{table}") from error
