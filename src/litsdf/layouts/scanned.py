"""A lazy table of the polars layout over files: done portion by portion by threads, so it need not fit into memory."""

from __future__ import annotations

from typing import Any, ClassVar

from litsdf.layouts.gathering import gathering
from litsdf.layouts.partition_runs import Runner, ThreadRunner
from litsdf.layouts.partitioned import PartitionedFrame
from litsdf.layouts.partitioned_column import PartitionedColumn
from litsdf.layouts.polars import PolarsColumn, PolarsFrame
from litsdf.structure.grid import Grid

__all__ = ["ScannedColumn", "ScannedFrame"]


@gathering
class ScannedColumn(PartitionedColumn):
    """A lazy column of files; what does not work in portions gives a column in memory."""

    __slots__ = ()
    layout: ClassVar[str] = "polars"

    @classmethod
    def held(cls, column: PolarsColumn, partitions: int | None = None) -> PolarsColumn:  # noqa: ARG003
        """Give the column in memory itself."""
        return column


@gathering
class ScannedFrame(PartitionedFrame):
    """A lazy table of files; what does not work in portions gives a table in memory."""

    __slots__ = ()
    layout: ClassVar[str] = "polars"
    column_class: ClassVar[type[PartitionedColumn]] = ScannedColumn
    runner: ClassVar[Runner] = ThreadRunner()

    @classmethod
    def held(cls, frame: PolarsFrame | Grid, partitions: int | None = None) -> Any:  # noqa: ARG003
        """Give the table in memory itself."""
        return frame


ScannedColumn.frame_class = ScannedFrame
