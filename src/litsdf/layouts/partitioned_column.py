"""A lazy column: an expression over rows that are not in memory, and how a column that is there joins them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

from litsdf.contract import NotNative
from litsdf.dtypes import BY_DATA, FLOAT, INT, INT_OR_FLOAT, OPAQUE
from litsdf.layouts.columnar import Column, same_labels
from litsdf.layouts.partition_fields import attached_field
from litsdf.layouts.partition_rows import Rows, is_open, piece
from litsdf.layouts.partition_running import RUNNING, running_field
from litsdf.layouts.polars import PolarsColumn, PolarsFrame
from litsdf.plan import TraceColumn

if TYPE_CHECKING:
    import pandas as pd

    from litsdf.layouts.partitioned import PartitionedFrame

__all__ = ["PartitionedColumn", "is_among", "node_among"]


class PartitionedColumn(Column):
    """A node of an expression graph over rows that are not in memory."""

    __slots__ = ("detours", "node", "rows")
    frame_class: ClassVar[type[PartitionedFrame]]

    def __init__(self, rows: Rows, node: Any, name: Any = None) -> None:
        self.rows = rows
        self.node = node
        self.name = name
        self.detours = 0

    def __len__(self) -> int:
        return sum(self.rows.lengths())

    @property
    def dtype(self) -> str:  # type: ignore[override]
        """The dtype; one that depends on the values is computed."""
        dtype = str(self.node.dtype)
        if dtype in BY_DATA:
            return self.rows.decided({"": self.node})[""] if is_open(self.node) else BY_DATA[dtype]
        return dtype

    @property
    def labels(self) -> Any:
        """Row labels."""
        return self.rows.index()

    @property
    def data(self) -> Any:
        """The values in memory."""
        return self.collected().data

    def collected(self) -> PolarsColumn:
        """Bring the values into memory."""
        rows = self.rows.derived({"": self.node})
        column = rows.collected([""]).columns[""].renamed(self.name)
        self.detours = rows.detours
        return column

    def _made(self, node: Any, name: Any) -> Self:
        return type(self)(self.rows, node, name)

    def renamed(self, name: Any) -> Self:
        """Give the same column under another name."""
        return self._made(self.node, name)

    def relabelled(self, labels: Any) -> Any:
        """Give the same column with other row labels."""
        if labels is None:
            return type(self)(self.rows.unlabelled(), self.node, self.name)
        return self.held(self.collected().relabelled(labels))

    @classmethod
    def held(cls, column: PolarsColumn, partitions: int | None = None) -> Any:
        """Cut a column in memory into portions."""
        frame = PolarsFrame({"": column}, len(column), column.labels)
        return cls.frame_class.held(frame, partitions).columns[""].renamed(column.name)

    @property
    def partitions(self) -> int:
        """Number of portions."""
        return len(self.rows.sources)

    @classmethod
    def from_pandas(cls, series: pd.Series, labels: Any) -> Any:
        """Hold a pandas Series."""
        return cls.held(PolarsColumn.from_pandas(series, labels))

    def to_pandas(self) -> pd.Series:
        """Give the column as a pandas Series."""
        return self.collected().to_pandas()

    def elementwise(self, operation: str, others: Sequence[Any], parameters: Mapping[str, Any]) -> Self:
        """Record one operation."""
        if self.node.dtype == OPAQUE or self.rows.known_empty():
            raise NotNative("a dtype held for pandas, or no rows")
        operands = [
            TraceColumn(node, node.dtype, other.name, self.rows)
            if isinstance(other, Column) and (node := self.node_of(other))
            else other
            for other in others
        ]
        made = TraceColumn(self.node, self.node.dtype, self.name, self.rows).elementwise(
            operation, operands, parameters
        )
        return self._made(made.data, made.name)

    def node_of(self, other: Column) -> Any:
        """The node of a column of the same rows; one that was computed elsewhere is cut as these portions are."""
        return node_among(self.rows, other)

    def aligned(self, other: Column) -> bool:
        """Whether the other column has the same rows in the same order."""
        return is_among(self.rows, other)

    def kept(self, mask: Column) -> Any:
        """Keep the rows where the mask is true."""
        return self.frame_class({"": self}).filtered(mask).columns[""].renamed(self.name)

    def reduce(self, operation: str, parameters: Mapping[str, Any]) -> Any:
        """Aggregate, leaving missing values out."""
        plain = operation in {"sum", "mean", "min", "max", "count"} and not parameters
        if operation == "nunique":
            raise NotNative(operation)  # the different values of many rows are found without bringing them together
        if not plain or self.node.dtype not in {INT, FLOAT, INT_OR_FLOAT}:
            return self.collected().reduce(operation, parameters)
        rows = self.rows.derived({"": self.node})
        parts = [part for part in rows.each(("",), _partial) if part[0] or operation == "count"]
        counts, sums, floats, least, most, kinds = zip(*parts, strict=True) if parts else [()] * 6
        if operation == "count":
            return sum(counts)
        if not parts:
            raise NotNative("nothing to aggregate")
        if operation == "mean":
            return sum(floats) / sum(counts)
        if operation in {"min", "max"}:
            found = min(least) if operation == "min" else max(most)
            return float(found) if self.dtype == FLOAT else found
        if FLOAT in kinds or self.dtype == FLOAT:
            return float(sum(floats))
        return (sum(sums) + 2**63) % 2**64 - 2**63  # as NumPy does beyond 64 bits

    def transformed(self, operation: str, parameters: Mapping[str, Any]) -> Self:
        """Running values of many rows in two passes; those of few rows are computed in memory.

        Raises:
            NotNative: there are few rows, or the values cannot be put together from portions.
        """
        periods = parameters.get("periods", 1)
        if type(periods) is not int or operation not in RUNNING or not self.frame_class.is_many(self.rows):
            raise NotNative(operation)
        return self._made(running_field(self.rows, self.node, operation, periods), self.name)

    def __reduce__(self) -> Any:
        return type(self).held, (self.collected(),)


def _partial(frame: PolarsFrame) -> tuple[Any, ...]:
    column = frame.columns[""]
    data = column.data
    return (int(data.count()), data.sum(), data.cast(float).sum(), data.min(), data.max(), column.dtype)


def is_among(rows: Rows, column: Any) -> bool:
    """Whether a column has these rows, in this order."""
    if isinstance(column, PartitionedColumn) and column.rows is rows:
        return True
    if type(column) not in {PolarsColumn} and not isinstance(column, PartitionedColumn):
        return False
    return sum(rows.lengths()) == len(column) and same_labels(rows.index(), column.labels)


def node_among(rows: Rows, column: Any) -> Any:
    """The node of a column over these rows; values that were computed elsewhere are attached.

    Raises:
        NotNative: the column has other rows.
    """
    if isinstance(column, PartitionedColumn) and column.rows is rows:
        return column.node
    if not is_among(rows, column):
        raise NotNative("operands with different labels")
    values = column.collected() if isinstance(column, PartitionedColumn) else column
    pieces, start = [], 0
    for length in rows.lengths():
        pieces.append(piece(values, start, start + length))
        start += length
    return attached_field(pieces)
