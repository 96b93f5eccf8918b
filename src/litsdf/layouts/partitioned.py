"""Lazy tables cut into portions: operations are recorded, fused for each portion, and done when values are asked for.

Row-by-row operations, filters, reductions, the usual aggregations of groups, and joins with a table that fits into
memory work portion by portion. Everything else brings the columns it needs together, is answered by the polars
layout, and is cut into portions again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from litsdf.contract import NotNative
from litsdf.dtypes import BOOL
from litsdf.layouts.columnar import Column, ColumnarFrame
from litsdf.layouts.partition_distinct import first_of_values
from litsdf.layouts.partition_exchange import ordered
from litsdf.layouts.partition_fields import constant_field
from litsdf.layouts.partition_groups import grouped_by_exchange, grouped_portions
from litsdf.layouts.partition_joins import joined_by_exchange, joined_portions
from litsdf.layouts.partition_order import Order
from litsdf.layouts.partition_rows import (
    Rows,
    held_rows,
    in_facade,
    in_polars,
    same,
    settled,
    sliced,
)
from litsdf.layouts.partition_runs import Runner
from litsdf.layouts.partitioned_column import PartitionedColumn, is_among, node_among
from litsdf.layouts.partitioned_grid import PartitionedGrid
from litsdf.layouts.polars import PolarsFrame
from litsdf.layouts.portions import empty_portion, stacked
from litsdf.plan import Field
from litsdf.structure.grid import Grid

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PartitionedFrame"]

PORTION = 250_000
"""Rows of a portion, unless a file has its own."""


class PartitionedFrame(ColumnarFrame):
    """Columns over the same rows, none of them computed yet."""

    __slots__ = ("detours", "rows")
    column_class: ClassVar[type[PartitionedColumn]]
    runner: ClassVar[Runner]
    gathered_rows: ClassVar[int] = 2_000_000
    """Rows up to which a table is brought together where all of its rows are needed; more are exchanged in portions."""

    def __init__(
        self, columns: dict[Any, Any], length: int | None = None, labels: Any = None, rows: Rows | None = None
    ) -> None:
        self.columns = columns
        self.rows = rows if rows is not None else next(iter(columns.values())).rows
        self.detours = 0
        del length, labels  # the rows know them

    @property
    def length(self) -> int:  # type: ignore[override]
        """Number of rows, computed."""
        return sum(self.rows.lengths())

    @property
    def labels(self) -> Any:
        """Row labels, computed."""
        return self.rows.index()

    @property
    def partitions(self) -> int:
        """Number of portions."""
        return len(self.rows.sources)

    @classmethod
    def of_rows(cls, rows: Rows) -> Self:
        """Make the table of all columns of rows."""
        return cls({name: cls.column_class(rows, node, name) for name, node in rows.fields.items()}, rows=rows)

    @classmethod
    def held(cls, frame: PolarsFrame | Grid, partitions: int | None = None) -> Any:
        """Cut a table in memory into portions."""
        if isinstance(frame, Grid):
            return PartitionedGrid.of(cls, frame, partitions)
        return cls.of_rows(held_rows(frame, partitions or -(-max(len(frame), 1) // PORTION), cls.runner))

    @classmethod
    def from_pandas(cls, frame: pd.DataFrame) -> Any:
        """Hold a pandas DataFrame."""
        return cls.held(PolarsFrame.from_pandas(frame))

    @classmethod
    def from_arrow(cls, table: Any) -> Any:
        """Hold a Polars or Arrow table."""
        return cls.held(PolarsFrame.from_arrow(table))

    def computed_rows(self) -> Rows:
        """Rows whose fields are this table's columns."""
        nodes = {name: column.node for name, column in self.columns.items()}
        if all(self.rows.fields.get(name) is node for name, node in nodes.items()) and len(nodes) == len(
            self.rows.fields
        ):
            return self.rows
        return self.rows.derived(nodes)

    def collected(self, names: Sequence[Any] | None = None) -> PolarsFrame:
        """Bring the table, or some columns, into memory."""
        rows = self.computed_rows()
        frame = rows.collected(self.names if names is None else list(names))
        self.detours = rows.detours
        return frame

    def to_pandas(self) -> pd.DataFrame:
        """Give the table as pandas would hold it."""
        return self.collected().to_pandas()

    def to_polars(self) -> Any:
        """Give a Polars DataFrame; row labels are left out."""
        return self.collected().to_polars()

    def _of(self, columns: Mapping[Any, Any]) -> Self:
        return type(self)(dict(columns), rows=self.rows)

    def copied(self) -> Self:
        """Give a table of its own over the same columns."""
        return self._of(self.columns)

    def selected(self, names: Sequence[Any]) -> Self:
        """Keep these columns in this order."""
        columns = {name: self.columns[name] for name in names}
        if len(columns) != len(names) or not columns:
            raise NotNative("a column selected twice, or none")
        return self._of(columns)

    def without(self, names: Any) -> Self:
        """Drop these columns."""
        gone = set(names)
        if not gone <= self.columns.keys() or gone == self.columns.keys():
            raise NotNative("columns that are not there, or all of them")
        return self._of({name: column for name, column in self.columns.items() if name not in gone})

    def renamed(self, names: Mapping[Any, Any]) -> Self:
        """Rename columns."""
        columns = {names.get(name, name): column for name, column in self.columns.items()}
        if len(columns) != len(self.columns) or any(type(name) is not str for name in columns):
            raise NotNative("renaming to repeated names")
        return self._of({name: column.renamed(name) for name, column in columns.items()})

    def set_column(self, name: Any, value: Any) -> None:
        """Set one column, from a column with the same rows or from a scalar."""
        if type(name) is not str:
            raise NotNative("a column name that is no text")
        node = node_among(self.rows, value) if isinstance(value, Column) else constant_field(value)
        self.columns[name] = self.column_class(self.rows, node, name)

    def has_rows_of(self, column: Column) -> bool:
        """Whether a column has the rows of this table, in the same order."""
        return is_among(self.rows, column)

    def filtered(self, mask: Column) -> Self:
        """Keep the rows where the mask is true; their labels stay with them."""
        node = node_among(self.rows, mask)
        if node.dtype != BOOL:
            raise NotNative("a mask that is no truth values")
        nodes = {name: column.node for name, column in self.columns.items()}
        return self.of_rows(self.rows.derived(nodes, mask=node))

    def relabelled(self, labels: Any) -> Any:
        """Give the same rows other labels."""
        if labels is not None:
            return self.held(self.collected().relabelled(labels))
        rows = self.rows.unlabelled()
        columns = {name: self.column_class(rows, column.node, name) for name, column in self.columns.items()}
        return type(self)(columns, rows=rows)

    def first(self, n: int) -> Any:
        """The first rows, computing no more portions than they need."""
        rows, found, count = self.computed_rows(), [], 0
        try:
            dtypes = rows.decided(rows.fields)
            for frame in rows.each((*self.names, *rows.hidden()), same):
                found.append(frame)
                count += len(frame)
                if count >= n:
                    break
            if not count:
                raise NotNative("a dtype that depends on there being values")
            kept = sliced(stacked(found), 0, min(n, count))
            return self.held(settled(kept, dtypes, rows.index_of(kept)))
        except NotNative:
            return self.held(self.collected().taken(np.arange(min(n, len(self)))))

    @classmethod
    def is_many(cls, rows: Rows) -> bool:
        """Whether there may be more rows than are brought together."""
        known = [source.rows for source in rows.sources]
        return None in known or sum(known) > cls.gathered_rows

    def is_large(self) -> bool:
        """Whether the table may have more rows than are brought together."""
        return self.is_many(self.rows)

    def sorted_by(self, order: Order, *, labelled: bool) -> Any:
        """Put the rows in an order by exchanging them between portions; equal rows stay in their order.

        Raises:
            NotNative: there are few rows, or columns that are held for pandas.
        """
        if not self.is_large() or not set(order.keys) <= set(self.columns):
            raise NotNative("few rows")
        return self.of_rows(ordered(self.computed_rows(), order, labelled=labelled))

    def aggregated(self, keys: Sequence[Any], plan: Mapping[Any, tuple[Any, str]], *, as_index: bool) -> Any:
        """Aggregate by groups portion by portion, sorted by the keys; rows whose key is missing are left out.

        Raises:
            NotNative: a key or an aggregation cannot be put together from portions.
        """
        used = self.selected(list(dict.fromkeys([*keys, *(name for name, _ in plan.values())])))
        rows = used.computed_rows()
        grouped = grouped_portions(rows, keys, plan, self.gathered_rows)
        if grouped is None:
            return self.of_rows(grouped_by_exchange(rows, keys, plan, as_index=as_index))
        if as_index:
            index = grouped.selected(keys).to_pandas().set_index(list(keys)).index
            grouped = grouped.without(keys).relabelled(index)
        return self.held(grouped)

    def first_rows(self, names: Sequence[Any]) -> Any:
        """A mask of the rows whose values in these columns were not seen before."""
        if self.is_large():
            return self.column_class(self.rows, first_of_values(self.selected(names).computed_rows(), names))
        values = self.collected(names)
        return self.column_class(self.rows, node_among(self.rows, values.first_rows(names)))

    def joined(self, other: ColumnarFrame, keys: Sequence[Any], how: str) -> Any:
        """Inner or left join; rows keep the order of this table."""
        if isinstance(other, PartitionedFrame) and other.is_large():
            return self.of_rows(joined_by_exchange(self.computed_rows(), other.computed_rows(), keys, how))
        right = other.collected() if isinstance(other, PartitionedFrame) else other
        if not isinstance(right, PolarsFrame):
            raise NotNative("merge")
        return self.of_rows(joined_portions(self.computed_rows(), right, keys, how))

    def no_rows(self) -> PolarsFrame:
        """The names and dtypes of this table, without its rows."""
        return empty_portion({name: column.node for name, column in self.columns.items()})

    def batches(self) -> Iterator[PolarsFrame]:
        """Compute the table portion by portion, holding only a few in memory.

        Raises:
            NotNative: only pandas knows the dtypes.
        """
        return self.computed_rows().batches(self.names)

    def each_part(self, function: Callable[[PolarsFrame, int], Any]) -> Iterator[Any]:
        """Call a function with each portion and its number, where it is computed; its columns have the whole's dtypes."""
        rows = self.computed_rows()
        dtypes = rows.decided(rows.fields)
        calls = [partial(_on_part, function=function, number=n, dtypes=dtypes) for n in range(self.partitions)]
        return rows.each_with(self.names, calls)

    def mapped(self, function: Callable[[PolarsFrame], PolarsFrame], example: PolarsFrame) -> Any:
        """Call a function on each portion; `example` is what it gives for no rows: names and dtypes."""
        rows = self.computed_rows()
        fields = {name: Field(name, column.dtype) for name, column in example.columns.items()}

        def reference() -> Any:
            return in_facade(function(in_polars(rows.reference())))

        return self.of_rows(rows.applied(function, fields, reference=reference))

    def __reduce__(self) -> Any:
        return type(self).held, (self.collected(), self.partitions)


def _on_part(
    frame: PolarsFrame, *, function: Callable[[PolarsFrame, int], Any], number: int, dtypes: Mapping[str, str]
) -> Any:
    return function(settled(frame, dtypes, None), number)
