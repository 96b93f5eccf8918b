# ruff: noqa: PLR0124  (NaN differs from itself: the fastest test for it)
"""What a traced function did: an expression graph, and the layout whose values are its nodes."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from litsdf.contract import NotNative
from litsdf.dtypes import BOOL, BY_DATA, FLOAT, INT, LIST, STR, scalar_dtype
from litsdf.errors import CompileError
from litsdf.layouts.columnar import Column, ColumnarFrame
from litsdf.operations import result_dtype
from litsdf.relations import Part, Source, Step, TracedScalar

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Constant", "Field", "Node", "Plan", "TraceColumn", "TraceFrame", "UntraceableError", "node_of", "user_line"]

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


@dataclass(slots=True, eq=False)
class KeptRows:
    """Row labels of a traced table: which rows are left of its origin's; every filter makes new ones."""

    keep: Any = None
    """A node of dtype bool, or None for all rows."""
    origin: Step | None = None
    """The step that gives the rows; None for those of the input."""
    example: Any = None
    """Row labels of an example of that step's result, from which the dtypes of later results are learned."""
    settled: Step | None = None
    """The filter as a step of its own, once something needs to know which rows stay."""

    def settle(self) -> None:
        """Filter now instead of at the end."""
        if self.keep is not None and self.settled is None:
            kept: dict[Any, Any] = {}
            self.settled = Step((Source(kept, self.keep, self.origin),), (), kept)

    @property
    def rows(self) -> tuple[Any, Step | None]:
        """The filter that still has to be done, and whose rows it is for."""
        return (self.keep, self.origin) if self.settled is None else (None, self.settled)

    def current(self, node: Any) -> Any:
        """The node as it is after a filter that has been done."""
        step = self.settled
        if step is None or _origin(node) in {_ANY, step}:
            return node
        name = next((name for name, known in step.kept.items() if known is node), f"kept_{len(step.kept)}")
        step.kept[name] = node
        return Part(step, name, node.dtype, step, node.may_be_missing)


_ANY: Any = object()


def _origin(node: Any) -> Any:
    """Whose rows a node has; `_ANY` for constants and single values."""
    if isinstance(node, Node):
        return next((found for found in map(_origin, node.operands) if found is not _ANY), _ANY)
    if isinstance(node, Field):
        return None
    return node.origin if isinstance(node, Part) and not node.is_value else _ANY


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
        if type(parameters.get("pat")) is str and parameters.get("regex") is not False:
            check_pattern(operation, parameters)
        self.checked_operands(others)
        labels = self.labels if isinstance(self.labels, KeptRows) else None
        operands = [_operand(value, labels) for value in (self, *others)]
        node = node_of(operation, operands, parameters)
        if labels is not None and labels.keep is not None and labels.settled is None and _depends_on_rows(node):
            labels.settle()
            operands = [_operand(value, labels) for value in (self, *others)]
            node = node_of(operation, operands, parameters)
        return type(self)(node, node.dtype, self.result_name(operation, others), self.labels)

    def array(self) -> Any:
        """Refuse: there are no values yet."""
        raise NotNative("values that are not there yet")

    def source(self) -> Source:
        """What the column is made from."""
        keep, origin = self.labels.rows
        return Source({"result": self.labels.current(self.data)}, keep, origin, single=True, name=self.name)

    def kept(self, mask: Any) -> Any:
        """Keep the rows where the mask is true."""
        return TraceFrame({"": self}, 1, self.labels).filtered(mask).columns[""]


def check_pattern(operation: str, parameters: Mapping[str, Any]) -> None:
    """Raise what pandas raises for an invalid regular expression; it need not wait for a row."""
    import re

    try:
        re.compile(parameters["pat"])
    except re.error:
        import pandas as pd

        from litsdf.compiling.replay import run_operation

        run_operation(operation, parameters, [pd.Series(["a"], dtype="str")])


def _operand(value: Any, labels: KeptRows | None) -> Any:
    if isinstance(value, TraceColumn):
        return value.data if labels is None else labels.current(value.data)
    if isinstance(value, Column):
        return value.data
    if isinstance(value, TracedScalar):
        return value.node
    return Constant(value, scalar_dtype(value))


def node_of(operation: str, operands: Sequence[Any], parameters: Mapping[str, Any]) -> Node:
    """Make the node of an operation: its dtype, and whether its values may be missing.

    Raises:
        NotNative: the operation is not defined exactly for these dtypes.
    """
    shown = {name: _STANDS_FOR.get(value.dtype) if isinstance(value, TracedScalar) else value
             for name, value in parameters.items()}  # fmt: skip
    dtype = result_dtype(operation, tuple(operand.dtype for operand in operands), shown)
    missing = _missing(operation, list(operands), dtype, shown)
    return Node(operation, tuple(operands), dict(parameters), dtype, *missing)


_STANDS_FOR = {FLOAT: 0.5, INT: 1, BOOL: True, STR: "a"}
"""What stands for a value that is not known yet where only its type matters."""


def _depends_on_rows(node: Node) -> bool:
    """Whether a dtype depends on which rows are there, so that a filter cannot wait until the end."""
    if node.dtype in BY_DATA or node.dtype == LIST or node.operation == "map":
        return True
    return node.operation == "astype" and node.dtype == INT and node.operands[0].dtype != INT


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

    def relabelled(self, labels: Any) -> Self:  # noqa: ARG002  (numbers from 0 are all it is asked for)
        """Number the rows anew: a step of its own, because it needs to know how many there are."""
        from litsdf.compiling.recording import renumbered

        made: Self = renumbered(self)
        return made

    def filtered(self, mask: Column) -> Self:
        """Keep the rows where the mask is true: recorded, and done at the end."""
        if not isinstance(mask, TraceColumn) or mask.dtype != BOOL or mask.labels is not self.labels:
            raise UntraceableError(
                f"{user_line()}: only a column of true and false of the same table filters its rows."
            )
        (before, origin), keep = self.labels.rows, self.labels.current(mask.data)
        if before is not None:
            keep = Node("and", (before, keep), {}, BOOL, may_be_missing=False)
        labels = KeptRows(keep, origin, self.labels.example)
        columns = {
            name: type(column)(self.labels.current(column.data), column.dtype, column.name, labels)
            for name, column in self.columns.items()
        }
        return type(self)(columns, 1, labels)

    def source(self) -> Source:
        """What the table is made from."""
        keep, origin = self.labels.rows
        return Source({name: self.labels.current(held.data) for name, held in self.columns.items()}, keep, origin)

    @classmethod
    def of_fields(cls, fields: Sequence[Field]) -> Self:
        """Make the table that a function is traced with."""
        labels = KeptRows()
        return cls({f.name: TraceColumn(f, f.dtype, f.name, labels) for f in fields}, 1, labels)
