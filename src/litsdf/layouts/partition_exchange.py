"""Rows exchanged between portions, so that rows with near keys come together without being in memory together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from litsdf.contract import NotNative
from litsdf.dtypes import INT, LIST, OPAQUE
from litsdf.layouts.partition_fields import never_missing
from litsdf.layouts.partition_labels import KeptLabels
from litsdf.layouts.partition_order import Order, boundaries
from litsdf.layouts.partition_pieces import Shape
from litsdf.layouts.partition_rows import Rows, settled
from litsdf.layouts.polars import PolarsColumn, PolarsFrame
from litsdf.layouts.portions import ROW, SHIFT, Step
from litsdf.plan import Field

__all__ = ["Arranged", "cuts_of", "exchanged", "numbered", "ordered"]


@dataclass(frozen=True)
class Arranged:
    """Put the rows of a new portion in order: its pieces come one after the other."""

    order: Order

    def pruned(self, wanted: set[str]) -> tuple[Step, set[str]]:
        """The columns that decide are needed too."""
        return self, wanted | set(self.order.keys)

    def at(self, number: int) -> Step:  # noqa: ARG002  (every portion alike)
        """Give itself."""
        return self

    def run(self, frame: PolarsFrame, number: int) -> PolarsFrame:  # noqa: ARG002
        """Sort."""
        return self.order.arranged(frame)


@dataclass(frozen=True)
class _Cutting:
    """Cut a portion at boundaries, under the dtypes of the whole, with a number for each row where one is asked for."""

    order: Order
    cuts: pl.DataFrame
    dtypes: Mapping[str, str]
    number: int
    numbered: str | None

    def __call__(self, frame: PolarsFrame) -> list[PolarsFrame]:
        held = settled(frame, self.dtypes, None)
        if self.numbered is not None:
            held.columns[self.numbered] = numbered(len(frame), self.number, self.numbered)
        return self.order.parted(held, self.cuts)


def numbered(length: int, number: int, name: str) -> PolarsColumn:
    """The number of the portion and the position in it, of each row, in one integer."""
    return PolarsColumn(pl.Series(np.arange(length, dtype="int64") + (number << SHIFT)), INT, name)


def ordered(rows: Rows, order: Order, *, labelled: bool) -> Rows:
    """The rows in an order, in as many portions; with their labels, or without."""
    dtypes = _dtypes(rows, labelled=labelled)
    cuts = cuts_of([(rows, order)], len(rows.sources))
    number = ROW if labelled and rows.labels is None else None
    made = exchanged(rows, order, cuts, dtypes, number)
    labels = None if not labelled else KeptLabels(rows) if rows.labels is None else rows.labels
    fields = {name: rows.fields[name] for name in rows.fields}
    return Rows(made, _fields(fields, dtypes), rows.runner, steps=(Arranged(order),), labels=labels)


def _fields(fields: Mapping[str, Field], dtypes: Mapping[str, str]) -> dict[str, Field]:
    return {name: Field(name, dtypes[name], not never_missing(dtypes[name])) for name in fields}


def _dtypes(rows: Rows, *, labelled: bool) -> dict[str, str]:
    """The dtypes of all columns of the whole, hidden ones included."""
    dtypes = rows.decided(rows.fields)
    if labelled and rows.labels is not None:
        dtypes |= next(iter(rows.each_with(rows.hidden(), [_hidden_dtypes])))
    if any(dtype in {OPAQUE} for dtype in dtypes.values()):
        raise NotNative("exchanging dtypes held for pandas")
    return dtypes


def _hidden_dtypes(frame: PolarsFrame) -> dict[str, str]:
    return {name: column.dtype for name, column in frame.columns.items()}


def cuts_of(tables: Sequence[tuple[Rows, Order]], parts: int) -> pl.DataFrame:
    """The boundaries at which rows of these tables are cut into about equal parts.

    Raises:
        NotNative: a column that decides has no order, or none in all portions.
    """
    samples = []
    for rows, order in tables:
        dtypes = rows.decided({key: rows.fields[key] for key in order.keys})
        if any(dtype in {OPAQUE, LIST} for dtype in dtypes.values()):
            raise NotNative("an order by these dtypes")
        samples += list(rows.each(order.keys, partial(_sample, order=order, dtypes=dtypes)))
    return boundaries(tables[0][1], samples, parts)


def _sample(frame: PolarsFrame, *, order: Order, dtypes: Mapping[str, str]) -> pl.DataFrame:
    return order.sample(settled(frame, dtypes, None))


def exchanged(
    rows: Rows, order: Order, cuts: pl.DataFrame, dtypes: Mapping[str, str], number: str | None = None
) -> list[Any]:
    """Exchange rows at boundaries; give the sources of the new portions.

    Args:
        rows: what to exchange.
        order: by which columns.
        cuts: the boundaries.
        dtypes: the columns that go with the rows.
        number: the column to put the place of each row into, or None.
    """
    shape = Shape(dict(dtypes) | ({} if number is None else {number: INT}), cuts.height + 1)
    tasks = rows.tasks(
        tuple(dtypes), [_Cutting(order, cuts, dtypes, portion, number) for portion in range(len(rows.sources))]
    )
    return rows.runner.exchange(rows.sources, tasks, shape)
