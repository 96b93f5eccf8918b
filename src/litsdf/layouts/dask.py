"""The dask layout: a table in portions, computed by the workers of the active Dask client, or by threads without one."""

from __future__ import annotations

from typing import ClassVar

from litsdf.layouts.gathering import gathering
from litsdf.layouts.partition_runs import DaskRunner, Runner
from litsdf.layouts.partitioned import PartitionedFrame
from litsdf.layouts.partitioned_column import PartitionedColumn

__all__ = ["DaskColumn", "DaskFrame"]


@gathering
class DaskColumn(PartitionedColumn):
    """A lazy column in portions."""

    __slots__ = ()
    layout: ClassVar[str] = "dask"


@gathering
class DaskFrame(PartitionedFrame):
    """A lazy table in portions."""

    __slots__ = ()
    layout: ClassVar[str] = "dask"
    column_class: ClassVar[type[PartitionedColumn]] = DaskColumn
    runner: ClassVar[Runner] = DaskRunner()


DaskColumn.frame_class = DaskFrame
