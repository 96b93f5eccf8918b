"""Aggregating groups portion by portion: each portion gives sums, counts and extremes, which are added up.

Where there are more groups than are brought together, the parts are exchanged between portions by the keys, and added up
there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import polars as pl

from litsdf.contract import NotNative
from litsdf.dtypes import BOOL, DATETIME, FLOAT, INT, INT_OR_FLOAT, STR
from litsdf.layouts.partition_exchange import cuts_of, exchanged
from litsdf.layouts.partition_labels import HeldLabels
from litsdf.layouts.partition_order import Order
from litsdf.layouts.partition_rows import Rows
from litsdf.layouts.polars import PolarsColumn, PolarsFrame
from litsdf.layouts.portions import Apply, Step
from litsdf.plan import Field

__all__ = ["grouped_by_exchange", "grouped_portions"]

_PARTS = {"sum": ("sum",), "mean": ("float", "count"), "min": ("min",), "max": ("max",), "count": ("count",)}
"""What each aggregation needs of a portion."""
_COMBINED = {"sum": "sum", "float": "sum", "count": "sum", "min": "min", "max": "max"}

Plan = Mapping[Any, tuple[Any, str]]
"""Result name → (column, aggregation)."""
Parts = Mapping[str, tuple[Any, str]]
"""Name of a part → (column, kind)."""


def grouped_portions(rows: Rows, keys: Sequence[Any], plan: Plan, most: int) -> PolarsFrame | None:
    """Aggregate by groups, sorted by the keys; None when there are more than `most` groups.

    Raises:
        NotNative: a key or an aggregation cannot be put together from portions.
    """
    parts = _parts(rows, keys, plan)
    waiting: list[pl.DataFrame] = []
    for found in rows.each(tuple(rows.fields), partial(_partial, keys=tuple(keys), parts=parts)):
        waiting.append(found)
        if sum(frame.height for frame in waiting) > most and len(waiting) > 1:
            waiting = [_combined(waiting, keys, parts)]
            if waiting[0].height > most:
                return None
    total = _combined(waiting, keys, parts).sort(list(keys))
    return _frame(total.select(*keys, *_results(plan, _floats(rows))))


def grouped_by_exchange(rows: Rows, keys: Sequence[Any], plan: Plan, *, as_index: bool) -> Rows:
    """Aggregate by groups, sorted by the keys, which are columns or row labels, without bringing the groups together."""
    parts = _parts(rows, keys, plan)
    order = Order.ascending(keys)
    step = Apply(partial(_partial_frame, keys=tuple(keys), parts=parts), tuple(rows.fields))
    fields = {key: rows.fields[key] for key in keys}
    fields |= {part: _part_field(rows.fields[name], part, kind) for part, (name, kind) in parts.items()}
    partials = Rows(rows.sources, fields, rows.runner, steps=(*rows.steps, step), counted=False)
    dtypes = partials.decided(fields)
    sources = exchanged(partials, order, cuts_of([(partials, order)], len(rows.sources)), dtypes)
    labels = HeldLabels(tuple(keys), len(keys) > 1) if as_index else None
    hidden = {} if labels is None else dict(zip(keys, labels.columns, strict=True))
    combining = _Combining(tuple(keys), dict(parts), dict(plan), frozenset(_floats(rows)), hidden)
    results = {name: Field(name, _result_dtype(how, dtypes, column)) for name, (column, how) in plan.items()}
    named = results if as_index else {key: rows.fields[key] for key in keys} | results
    return Rows(sources, named, rows.runner, steps=(combining,), labels=labels, counted=False)


def _parts(rows: Rows, keys: Sequence[Any], plan: Plan) -> dict[str, tuple[Any, str]]:
    """What is needed of each portion.

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
    return parts


def _floats(rows: Rows) -> set[Any]:
    return {name for name in rows.fields if rows.fields[name].dtype == FLOAT}


def _part_field(column: Field, name: str, kind: str) -> Field:
    if kind in {"count", "float"}:
        return Field(name, INT if kind == "count" else FLOAT, may_be_missing=False)
    return Field(name, column.dtype, column.may_be_missing)


def _result_dtype(how: str, dtypes: Mapping[str, str], column: Any) -> str:
    if how in {"count", "mean"}:
        return INT if how == "count" else FLOAT
    return dtypes[f"{how}\0{column}"]


@dataclass(frozen=True)
class _Combining:
    """Add up the parts of the groups of a new portion."""

    keys: tuple[Any, ...]
    parts: Parts
    plan: Plan
    floats: frozenset[Any]
    hidden: Mapping[Any, str]
    """Keys that become row labels."""

    def pruned(self, wanted: set[str]) -> tuple[Step, set[str]]:  # noqa: ARG002  (every group has every part)
        """All keys and parts are needed."""
        return self, {*self.keys, *self.parts}

    def at(self, number: int) -> Step:  # noqa: ARG002  (every portion alike)
        """Give itself."""
        return self

    def run(self, frame: PolarsFrame, number: int) -> PolarsFrame:  # noqa: ARG002
        """Add up, and sort."""
        total = _combined([_data(frame)], self.keys, self.parts).sort(list(self.keys))
        made = total.select(*self.keys, *_results(self.plan, self.floats))
        return _frame(made.rename(dict(self.hidden)))


def _frame(data: pl.DataFrame) -> PolarsFrame:
    # the series themselves have no names: Arrow's have no zero characters
    columns = {series.name: PolarsColumn.from_series(series.alias("")).renamed(series.name) for series in data}
    return PolarsFrame(columns, data.height)


def _data(frame: PolarsFrame) -> pl.DataFrame:
    return pl.DataFrame({n: column.data for n, column in frame.columns.items() if not n.startswith("\0")})


def _partial_frame(frame: PolarsFrame, *, keys: Sequence[Any], parts: Parts) -> PolarsFrame:
    return _frame(_partial(frame, keys=keys, parts=parts))


def _partial(frame: PolarsFrame, *, keys: Sequence[Any], parts: Parts) -> pl.DataFrame:
    made = [
        (pl.col(name).cast(pl.Float64).sum() if part == "float" else getattr(pl.col(name), part)()).alias(result)
        for result, (name, part) in parts.items()
    ]
    grouped = _data(frame).drop_nulls(list(keys)).group_by(list(keys)).agg(made)
    return grouped.with_columns(pl.col(result).cast(pl.Int64) for result, (_, part) in parts.items() if part == "count")


def _combined(frames: list[pl.DataFrame], keys: Sequence[Any], parts: Parts) -> pl.DataFrame:
    made = [getattr(pl.col(result), _COMBINED[part])() for result, (_, part) in parts.items()]
    return pl.concat(frames, how="vertical_relaxed").group_by(list(keys)).agg(made)


def _results(plan: Plan, floats: Any) -> list[pl.Expr]:
    return [_result(name, how, name in floats).alias(result) for result, (name, how) in plan.items()]


def _result(name: str, how: str, is_float: bool) -> pl.Expr:  # noqa: FBT001
    if how == "mean":
        return pl.col(f"float\0{name}") / pl.col(f"count\0{name}")
    found = pl.col(f"{how}\0{name}")
    return found.cast(pl.Float64) if is_float and how != "count" else found
