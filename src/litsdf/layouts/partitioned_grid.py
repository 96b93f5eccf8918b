"""Lazy tables whose column names are no plain text: a lazy table under plain names, and the names beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from litsdf.contract import NotNative
from litsdf.layouts.polars import PolarsFrame
from litsdf.structure.grid import Grid, refuse_polars

if TYPE_CHECKING:
    import pandas as pd

    from litsdf.layouts.partition_rows import Rows
    from litsdf.layouts.partitioned import PartitionedFrame
    from litsdf.layouts.partitioned_column import PartitionedColumn

__all__ = ["PartitionedGrid"]


class PartitionedGrid:
    """What `Grid` is for tables in memory; nothing of it is known to code that looks columns up by a text name."""

    __slots__ = ("header", "table")

    def __init__(self, table: PartitionedFrame, header: pd.Index) -> None:
        self.table = table
        self.header = header

    @classmethod
    def of(cls, frame_class: type[PartitionedFrame], grid: Grid, partitions: int | None = None) -> Self:
        """Cut a table in memory into portions."""
        columns = {str(place): column.renamed(str(place)) for place, column in enumerate(grid.columns)}
        return cls(frame_class.held(PolarsFrame(columns, grid.length, grid.labels), partitions), grid.header)

    def collected(self) -> Grid:
        """Bring the table into memory."""
        held = self.table.collected()
        columns = [column.renamed(name) for name, column in zip(self.header, held.columns.values(), strict=True)]
        return Grid(columns, self.header, len(held), held.labels, "polars")

    def held(self, table: Any, partitions: int | None = None) -> Any:
        """Cut a table in memory into portions."""
        return self.frame_class.held(table, partitions)

    def __len__(self) -> int:
        return len(self.table)

    @property
    def layout(self) -> str:
        """Name of the layout."""
        return self.table.layout

    @property
    def frame_class(self) -> type[PartitionedFrame]:
        """The class of tables whose names are plain."""
        return type(self.table)

    @property
    def rows(self) -> Rows:
        """The rows that the columns share."""
        return self.table.rows

    @property
    def partitions(self) -> int:
        """Number of portions."""
        return self.table.partitions

    @property
    def detours(self) -> int:
        """How often only pandas could compute the values."""
        return self.table.detours

    @property
    def labels(self) -> Any:
        """Row labels, computed."""
        return self.table.labels

    @property
    def names(self) -> list[Any]:
        """Column names in order."""
        return list(self.header)

    @property
    def columns(self) -> list[PartitionedColumn]:
        """The columns in order."""
        return [column.renamed(name) for name, column in zip(self.header, self.table.columns.values(), strict=True)]

    def column(self, name: Any) -> PartitionedColumn:
        """One column; KeyError when there is none of this name, NotNative when there are several."""
        place: Any = self.header.get_loc(name)
        if not isinstance(place, int):
            raise NotNative("several columns of one name")
        return self.columns[place]

    def copied(self) -> Self:
        """Give a table of its own over the same columns."""
        return type(self)(self.table.copied(), self.header)

    def to_pandas(self) -> pd.DataFrame:
        """Give the table as pandas would hold it."""
        return self.collected().to_pandas()

    def to_polars(self) -> Any:
        """Polars has no such column names.

        Raises:
            LayoutError: always.
        """
        raise refuse_polars(self.header)
