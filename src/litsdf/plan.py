# ruff: noqa: PLR0124  (NaN differs from itself: the fastest test for it)
"""What a traced function did: an expression graph, and the layout whose values are its nodes."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from litsdf.dtypes import BOOL, BY_DATA, FLOAT, INT, LIST, scalar_dtype
from litsdf.errors import CompileError
from litsdf.layouts.columnar import Column, ColumnarFrame
from litsdf.operations import result_dtype

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Constant", "Field", "Node", "Plan", "TraceColumn", "TraceFrame", "UntraceableError", "user_line"]

_NEVER_MISSING = frozenset({"isna", "notna", "eq", "ne", "lt", "le", "gt", "ge", "and", "or", "xor", "invert", "isin"})
_HOME = str(Path(__file__).parent)


class UntraceableError(CompileError):
    """A function does something that is no expression of its columns; the message names the line."""


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """A column of the input."""

    name: str
    dtype: str
    may_be_missing: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Constant:
    """A scalar in the user's function."""

    value: Any
    dtype: str
    may_be_missing: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One operation on other nodes."""

    operation: str
    operands: tuple[Any, ...]
    parameters: Mapping[str, Any]
    dtype: str
    may_be_missing: bool
    decided_by: tuple[Any, ...] = ()
    """Nodes that decide a dtype by the data: float64 when one of their values is missing."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A traced function: what it reads and what it gives, by name, in order."""

    inputs: tuple[Field, ...]
    outputs: dict[str, Any] = field(default_factory=dict)
    single: bool = False
    """Whether the function gives one column instead of a table."""
    series_name: Any = None
    """Name of that column; the key of `outputs` is only a place for it."""
    keep: Any = None
    """Which rows stay: a node of dtype bool, or None when all do. Filters wait until everything else is computed."""

    def nodes(self) -> list[Node]:
        """Every operation once, operands before what uses them."""
        ordered: dict[int, Node] = {}

        def visit(node: Any) -> None:
            if isinstance(node, Node) and id(node) not in ordered:
                for operand in node.operands:
                    visit(operand)
                ordered[id(node)] = node

        visit(self.keep)
        for output in self.outputs.values():
            visit(output)
        return list(ordered.values())

    def uses(self) -> dict[int, int]:
        """How often each node is used, by its id."""
        counts: dict[int, int] = {}
        for node in self.nodes():
            for operand in node.operands:
                counts[id(operand)] = counts.get(id(operand), 0) + 1
        for output in self.outputs.values():
            counts[id(output)] = counts.get(id(output), 0) + 1
        if self.keep is not None:
            counts[id(self.keep)] = counts.get(id(self.keep), 0) + 1
        return counts


def user_line() -> str:
    """Say which line of the user's code is running: the innermost one outside this library."""
    frame = sys._getframe(1)  # noqa: SLF001  (the only way to the caller's line)
    while frame is not None:
        code = frame.f_code
        if not code.co_filename.startswith((_HOME, "<frozen")):
            return f"{Path(code.co_filename).name}, line {frame.f_lineno}, in {code.co_name}"
        if frame.f_back is None:
            break
        frame = frame.f_back
    return "an unknown line"


@dataclass(frozen=True, slots=True, eq=False)
class KeptRows:
    """Row labels of a traced table: which rows are left of the input's; every filter makes new ones."""

    keep: Any = None
    """A node of dtype bool, or None for all rows."""


class TraceColumn(Column):
    """A column whose data is a node of the plan."""

    __slots__ = ()
    layout: ClassVar[str] = "trace"

    def __len__(self) -> int:
        raise UntraceableError(f"{user_line()}: the number of rows is not known when a function is compiled.")

    @classmethod
    def repeated(cls, value: Any, length: int, labels: Any) -> Self:  # noqa: ARG003
        """Make a column of a constant."""
        dtype = scalar_dtype(value)
        return cls(Constant(value, dtype, may_be_missing=value != value), dtype, None, labels)

    def to_pandas(self) -> pd.Series:
        """Refuse: there are no values yet."""
        raise UntraceableError(
            f"{user_line()}: this needs the values themselves, which are not there when a function is compiled."
        )

    def aligned(self, other: Column) -> bool:
        """Columns of one table always have the same rows."""
        return self.labels is other.labels

    def elementwise(self, operation: str, others: Sequence[Any], parameters: Mapping[str, Any]) -> Self:
        """Add an operation to the plan."""
        self.checked_operands(others)
        operands = [self.data]
        operands += [
            other.data if isinstance(other, Column) else Constant(other, scalar_dtype(other)) for other in others
        ]
        dtypes = tuple(operand.dtype for operand in operands)
        dtype = result_dtype(operation, dtypes, parameters)
        if isinstance(self.labels, KeptRows) and self.labels.keep is not None:
            _check_after_filter(operation, operands, dtype)
        node = Node(
            operation, tuple(operands), dict(parameters), dtype, *_missing(operation, operands, dtype, parameters)
        )
        return type(self)(node, dtype, self.result_name(operation, others), self.labels)

    def filtered(self, mask: Column, labels: Any) -> Self:  # noqa: ARG002  (the labels say which rows stay)
        """Give the same node for fewer rows."""
        return type(self)(self.data, self.dtype, self.name, labels)


def _check_after_filter(operation: str, operands: list[Any], dtype: str) -> None:
    """Refuse what depends on which rows are there, because filters wait until the end."""
    if dtype in BY_DATA or dtype == LIST or operation == "map":
        raise UntraceableError(f"{user_line()}: the dtype of {operation} after a filter depends on the rows that stay.")
    if operation == "astype" and dtype == INT and operands[0].dtype != INT:
        raise UntraceableError(f"{user_line()}: rows that a filter leaves out may hold no integers.")


def _missing(
    operation: str, operands: list[Any], dtype: str, parameters: Mapping[str, Any]
) -> tuple[bool, tuple[Any, ...]]:
    """Whether a result may be missing, and which nodes decide its dtype by the data."""
    decided: tuple[Any, ...] = ()
    for operand in operands:
        decided += getattr(operand, "decided_by", ())
        if operand.dtype in BY_DATA and operand.may_be_missing:
            decided += (operand,)
    may = any(operand.may_be_missing for operand in operands)
    if dtype == "bool" or operation in _NEVER_MISSING:
        return False, ()
    if operation == "fillna":
        may = parameters["value"] != parameters["value"]
    elif operation == "str.get":
        may = True
    elif operation == "map":
        return True, ()
    elif dtype == FLOAT:
        may = True  # zero by zero, or the logarithm of a negative number
    return may, decided if dtype in BY_DATA else ()


class TraceFrame(ColumnarFrame):
    """A table of nodes."""

    __slots__ = ()
    column_class = TraceColumn
    layout: ClassVar[str] = "trace"

    def __len__(self) -> int:
        raise UntraceableError(f"{user_line()}: the number of rows is not known when a function is compiled.")

    def to_pandas(self) -> pd.DataFrame:
        """Refuse: there are no values yet."""
        raise UntraceableError(
            f"{user_line()}: this needs the values themselves, which are not there when a function is compiled."
        )

    def has_rows_of(self, column: Column) -> bool:
        """Rows always match, because all columns come from one table."""
        return column.labels is self.labels

    @staticmethod
    def kept_rows(columns: Mapping[Any, Column]) -> int:  # noqa: ARG004  (not known, and not needed)
        """Give the placeholder that stands for the number of rows."""
        return 1

    def relabelled(self, labels: Any) -> Self:  # noqa: ARG002  (there are no labels to change)
        """Refuse: the labels of the rows are not known."""
        raise UntraceableError(f"{user_line()}: row labels cannot be changed when a function is compiled.")

    def filtered(self, mask: Column) -> Self:
        """Keep the rows where the mask is true: recorded, and done at the end."""
        if not isinstance(mask, TraceColumn) or mask.dtype != BOOL or mask.labels is not self.labels:
            raise UntraceableError(
                f"{user_line()}: only a column of true and false of the same table filters its rows."
            )
        before, keep = self.labels.keep, mask.data
        if before is not None:
            keep = Node("and", (before, keep), {}, BOOL, may_be_missing=False)
        labels = KeptRows(keep)
        columns = {name: column.filtered(mask, labels) for name, column in self.columns.items()}
        return type(self)(columns, 1, labels)

    @classmethod
    def of_fields(cls, fields: Sequence[Field]) -> Self:
        """Make the table that a function is traced with."""
        labels = KeptRows()
        return cls({f.name: TraceColumn(f, f.dtype, f.name, labels) for f in fields}, 1, labels)
