"""Aggregating groups portion by portion: each portion gives sums, counts and extremes, which are added up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import polars as pl

from litsdf.contract import NotNative
from litsdf.dtypes import BOOL, DATETIME, FLOAT, INT, INT_OR_FLOAT, STR
from litsdf.layouts.partition_rows import Rows
from litsdf.layouts.polars import PolarsColumn, PolarsFrame

__all__ = ["grouped_portions"]

_PARTS = {"sum": ("sum",), "mean": ("float", "count"), "min": ("min",), "max": ("max",), "count": ("count",)}
"""What each aggregation needs of a portion."""
_COMBINED = {"sum": "sum", "float": "sum", "count": "sum", "min": "min", "max": "max"}
_MANY = 2_000_000
"""Rows of partial results from which they are added up before more are taken."""


def grouped_portions(rows: Rows, keys: Sequence[Any], plan: Mapping[Any, tuple[Any, str]]) -> PolarsFrame:
    """Aggregate by groups, sorted by the keys: result name → (column, aggregation).

    Raises:
        NotNative: a key or an aggregation cannot be put together from portions.
    """
    if any(rows.fields[key].dtype not in {STR, INT, BOOL, DATETIME} for key in keys):
        raise NotNative("groups by these keys")
    parts: dict[str, tuple[Any, str]] = {}
    for name, how in plan.values():
        if how not in _PARTS or rows.fields[name].dtype not in {INT, FLOAT, INT_OR_FLOAT}:
            raise NotNative(f"{how} of {rows.fields[name].dtype}")
        parts |= {f"{part}\0{name}": (name, part) for part in _PARTS[how]}
    waiting: list[pl.DataFrame] = []
    for found in rows.each(tuple(rows.fields), partial(_partial, keys=tuple(keys), parts=parts)):
        waiting.append(found)
        if sum(frame.height for frame in waiting) > _MANY and len(waiting) > 1:
            waiting = [_combined(waiting, keys, parts)]
    total = _combined(waiting, keys, parts).sort(list(keys))
    floats = {name for name in rows.fields if rows.fields[name].dtype == FLOAT}
    results = [_result(name, how, name in floats).alias(result) for result, (name, how) in plan.items()]
    frame = total.select(*keys, *results)
    return PolarsFrame({series.name: PolarsColumn.from_series(series) for series in frame}, frame.height)


def _partial(frame: PolarsFrame, *, keys: Sequence[Any], parts: Mapping[str, tuple[Any, str]]) -> pl.DataFrame:
    data = pl.DataFrame({n: column.data for n, column in frame.columns.items() if not n.startswith("\0")})
    made = [
        (pl.col(name).cast(pl.Float64).sum() if part == "float" else getattr(pl.col(name), part)()).alias(result)
        for result, (name, part) in parts.items()
    ]
    grouped = data.drop_nulls(list(keys)).group_by(list(keys)).agg(made)
    return grouped.with_columns(pl.col(result).cast(pl.Int64) for result, (_, part) in parts.items() if part == "count")


def _combined(frames: list[pl.DataFrame], keys: Sequence[Any], parts: Mapping[str, tuple[Any, str]]) -> pl.DataFrame:
    made = [getattr(pl.col(result), _COMBINED[part])() for result, (_, part) in parts.items()]
    return pl.concat(frames, how="vertical_relaxed").group_by(list(keys)).agg(made)


def _result(name: str, how: str, is_float: bool) -> pl.Expr:  # noqa: FBT001
    if how == "mean":
        return pl.col(f"float\0{name}") / pl.col(f"count\0{name}")
    found = pl.col(f"{how}\0{name}")
    return found.cast(pl.Float64) if is_float and how != "count" else found
