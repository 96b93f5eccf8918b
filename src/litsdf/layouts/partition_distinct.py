"""Which rows are the first of their values, found by exchanging the values, with the places of their rows, by value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from litsdf.contract import NotNative
from litsdf.dtypes import BOOL, DATETIME, FLOAT, INT, STR
from litsdf.layouts.partition_exchange import cuts_of, exchanged, numbered
from litsdf.layouts.partition_fields import AttachedField, attached_field
from litsdf.layouts.partition_order import Order
from litsdf.layouts.partition_rows import Rows
from litsdf.layouts.polars import PolarsColumn, PolarsFrame
from litsdf.layouts.portions import SHIFT, Step
from litsdf.plan import Field

__all__ = ["first_of_values"]

_PLACE = "\0place"


def first_of_values(rows: Rows, names: Sequence[str]) -> AttachedField:
    """A mask of the rows whose values in these columns were not seen before: one bit for each row is held here.

    Raises:
        NotNative: values of another dtype.
    """
    order = Order.ascending(names)
    dtypes = rows.decided({name: rows.fields[name] for name in names})
    if not names or any(dtype not in {INT, STR, BOOL, DATETIME, FLOAT} for dtype in dtypes.values()):
        raise NotNative("drop_duplicates of these dtypes")
    lengths = rows.lengths()
    fields = {name: Field(name, dtype) for name, dtype in dtypes.items()} | {_PLACE: Field(_PLACE, INT)}
    step = _Distinct(order)
    firsts = Rows(rows.sources, fields, rows.runner, steps=(*rows.steps, step), counted=False)
    sources = exchanged(firsts, order, cuts_of([(firsts, order)], len(rows.sources)), dtypes | {_PLACE: INT})
    masks = [np.zeros(length, dtype=bool) for length in lengths]
    together = Rows(sources, fields, rows.runner)
    for places in together.each((*names, _PLACE), partial(_first_places, order=order)):
        portions, positions = places >> SHIFT, places & ((1 << SHIFT) - 1)
        for number in np.unique(portions):
            masks[number][positions[portions == number]] = True
    return attached_field([PolarsColumn(pl.Series("", mask), BOOL) for mask in masks])


@dataclass(frozen=True)
class _Distinct:
    """Keep the first row of each value of a portion, with its place."""

    order: Order

    def pruned(self, wanted: set[str]) -> tuple[Step, set[str]]:  # noqa: ARG002  (no more than the values)
        """The values alone are needed."""
        return self, set(self.order.keys)

    def at(self, number: int) -> Step:  # noqa: ARG002  (every portion alike)
        """Give itself."""
        return self

    def run(self, frame: PolarsFrame, number: int) -> PolarsFrame:
        """Leave out the others."""
        columns = {name: frame.columns[name] for name in self.order.keys}
        columns[_PLACE] = numbered(len(frame), number, _PLACE)
        first = PolarsColumn(_is_first(self.order.values(frame)), BOOL)
        kept = {name: column.filtered(first, None) for name, column in columns.items()}
        return PolarsFrame(kept, int(first.data.sum()))


def _is_first(values: pl.DataFrame) -> pl.Series:
    return values.select(pl.struct(pl.all()).is_first_distinct().alias("")).to_series()


def _first_places(frame: PolarsFrame, *, order: Order) -> Any:
    """Places of the rows that come first; the pieces of earlier portions come first."""
    return frame.columns[_PLACE].data.filter(_is_first(order.values(frame))).to_numpy()
