"""Portions of a table: where their rows come from, and the steps done on each portion for itself.

A portion is loaded, taken through its steps and reduced to what was asked for in one call, on any thread, process or
machine. Columns whose names start with a zero character are hidden: they carry the row labels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np
import polars as pl

from litsdf.compiling.query import run_query
from litsdf.contract import NotNative
from litsdf.dtypes import BY_DATA, FLOAT, INT, INT32, LIST, OPAQUE
from litsdf.layouts.polars import PolarsColumn, PolarsFrame
from litsdf.layouts.polars_expressions import POLARS_DTYPES
from litsdf.plan import Constant, Field, Node, Plan, TraceColumn

__all__ = [
    "HIDDEN",
    "ROW",
    "Apply",
    "Evaluate",
    "Held",
    "Source",
    "Step",
    "Task",
    "empty_portion",
    "run_task",
    "run_tasks",
    "stacked",
]

HIDDEN = "\0"
ROW = "\0row"
"""Hidden column: number of the portion times 2⁴⁰ plus the position in it, once rows were left out or moved."""
MASK = "\0mask"
SHIFT = 40


class Source(Protocol):
    """Where the rows of one portion come from."""

    rows: int | None
    """Number of rows, when it is known without loading them."""

    def load(self, names: Sequence[str]) -> PolarsFrame:
        """Give these columns."""
        ...


@dataclass(frozen=True)
class Held:
    """Rows in memory."""

    frame: PolarsFrame

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.frame)

    def load(self, names: Sequence[str]) -> PolarsFrame:
        """Give these columns."""
        return PolarsFrame({name: self.frame.columns[name] for name in names}, len(self.frame))


class Step(Protocol):
    """What is done to one portion, knowing nothing of the others."""

    def pruned(self, wanted: set[str]) -> tuple[Step, set[str]]:
        """Give the step that makes no more than these columns, and the columns it needs."""
        ...

    def at(self, number: int) -> Step:
        """Give the step for the portion of this number."""
        ...

    def run(self, frame: PolarsFrame, number: int) -> PolarsFrame:
        """Do it."""
        ...


@dataclass(frozen=True)
class Apply:
    """A function from portion to portion."""

    function: Callable[[PolarsFrame], PolarsFrame]
    inputs: tuple[str, ...]

    def pruned(self, wanted: set[str]) -> tuple[Step, set[str]]:
        """Functions say what they need once, and are asked for everything they give."""
        return self, {*self.inputs, *(name for name in wanted if name.startswith(HIDDEN))}

    def at(self, number: int) -> Step:  # noqa: ARG002  (every portion alike)
        """Give itself."""
        return self

    def run(self, frame: PolarsFrame, number: int) -> PolarsFrame:  # noqa: ARG002
        """Call the function."""
        return self.function(frame)


@dataclass(frozen=True)
class Evaluate:
    """The row-by-row operations of a plan as one fused query; hidden columns pass.

    Args:
        plan: what to compute.
        masked: whether the rows where the output MASK is false are left out.
        numbered: whether to add the hidden column ROW.
        attached: values that come from elsewhere, by name: one column for each portion.
        constants: scalars that are a column, by name.
    """

    plan: Plan
    masked: bool = False
    numbered: bool = False
    attached: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    constants: Mapping[str, Any] = field(default_factory=dict)
    prepared: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def __reduce__(self) -> Any:
        return Evaluate, (self.plan, self.masked, self.numbered, self.attached, self.constants)

    def pruned(self, wanted: set[str]) -> tuple[Step, set[str]]:
        """Leave out the outputs that nobody wants."""
        kept = {MASK} if self.masked else set()
        outputs = {name: node for name, node in self.plan.outputs.items() if name in wanted | kept}
        if not outputs:  # the number of rows is still wanted
            outputs = dict(list(self.plan.outputs.items())[:1])
        fields = _fields(outputs.values())
        attached = {name: pieces for name, pieces in self.attached.items() if name in fields}
        constants = {name: value for name, value in self.constants.items() if name in fields}
        needed = {name for name in fields if name not in attached and name not in constants}
        for pieces in attached.values():
            needed |= getattr(pieces, "needs", frozenset())
        inputs = tuple(column for column in self.plan.inputs if column.name in fields)
        hidden = {name for name in wanted if name.startswith(HIDDEN)}
        numbered = self.numbered and ROW in wanted
        if numbered:
            hidden.discard(ROW)
        return Evaluate(Plan(inputs, outputs), self.masked, numbered, attached, constants), needed | hidden

    def at(self, number: int) -> Step:
        """Keep only the attached values of this portion."""
        if not self.attached:
            return self
        attached = {name: [pieces[number]] for name, pieces in self.attached.items()}
        return Evaluate(self.plan, self.masked, self.numbered, attached, self.constants)

    def run(self, frame: PolarsFrame, number: int) -> PolarsFrame:
        """Compute the plan over the portion."""
        length = len(frame)
        held = {**frame.columns, **{name: _piece(pieces[0], frame) for name, pieces in self.attached.items()}}
        held |= {name: PolarsColumn.repeated(value, length, None) for name, value in self.constants.items()}
        hidden = {name: column for name, column in frame.columns.items() if name.startswith(HIDDEN)}
        if self.numbered:
            positions = np.arange(length, dtype="int64") + (number << SHIFT)
            hidden[ROW] = PolarsColumn(pl.Series(positions), INT, ROW)
        columns = {**evaluated(self.plan, PolarsFrame(held, length), self.prepared), **hidden}
        if not self.masked:
            return PolarsFrame(columns, length)
        mask = columns.pop(MASK)
        kept = {name: column.filtered(mask, None) for name, column in columns.items()}
        return PolarsFrame(kept, int(mask.data.sum()))


def _piece(piece: Any, frame: PolarsFrame) -> PolarsColumn:
    """The attached values of a portion: held, or computed from its columns and from what other portions handed on."""
    column: PolarsColumn = piece.relabelled(None) if isinstance(piece, PolarsColumn) else piece.column(frame)
    return column


def _fields(outputs: Any) -> set[str]:
    """Names of the fields that outputs are made of."""
    found: set[str] = set()
    seen: set[int] = set()
    waiting = list(outputs)
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Field):
            found.add(node.name)
        elif isinstance(node, Node):
            waiting += [*node.operands, *node.decided_by]
    return found


def evaluated(plan: Plan, frame: PolarsFrame, prepared: dict[Any, Any]) -> dict[str, PolarsColumn]:
    """Compute a plan's outputs: as one query where possible, else operation by operation.

    Raises:
        NotNative: the portion cannot be computed for itself with pandas' exact meaning.
    """
    length = len(frame)
    if not length:
        return {name: _empty(name, node.dtype, frame) for name, node in plan.outputs.items()}
    if all(isinstance(node, Field) for node in plan.outputs.values()):
        return {name: frame.columns[node.name].renamed(name) for name, node in plan.outputs.items()}
    constants = {name: node for name, node in plan.outputs.items() if isinstance(node, Constant)}
    rest = {name: node for name, node in plan.outputs.items() if name not in constants}
    columns = {name: PolarsColumn.repeated(node.value, length, None).renamed(name) for name, node in constants.items()}
    if rest:
        columns |= _computed(Plan(plan.inputs, rest), frame, prepared)
    return {name: columns[name] for name in plan.outputs}


def _empty(name: str, dtype: str, frame: PolarsFrame) -> PolarsColumn:
    if dtype == OPAQUE:
        return frame.columns[name] if name in frame.columns else PolarsColumn(np.empty(0, dtype=object), OPAQUE, name)
    settled = BY_DATA.get(dtype, dtype)
    return PolarsColumn(pl.Series("", [], dtype=POLARS_DTYPES[settled]), settled, name)


def empty_portion(nodes: Mapping[str, Any]) -> PolarsFrame:
    """A portion of no rows with the dtypes of these nodes."""
    nothing = PolarsFrame({}, 0)
    return PolarsFrame({name: _empty(name, node.dtype, nothing) for name, node in nodes.items()}, 0)


def _computed(plan: Plan, frame: PolarsFrame, prepared: dict[Any, Any]) -> dict[str, PolarsColumn]:
    signature = tuple(frame.columns[column.name].dtype for column in plan.inputs)
    if signature not in prepared:
        actual = {c.name: dtype for c, dtype in zip(plan.inputs, signature, strict=True)}
        prepared[signature] = (_retyped(plan, actual), {})
    typed, queries = prepared[signature]
    rows = len(frame)
    several = frame if rows > 1 else frame.taken(np.array([0, 0]))  # a single row is a scalar to Polars
    try:
        result = run_query(typed, several, queries).columns
    except NotNative:
        result = _one_by_one(typed, several)
    if rows == 1:
        result = {name: column.taken(np.array([0]), None) for name, column in result.items()}
    return result


def _retyped(plan: Plan, actual: Mapping[str, str]) -> Plan:
    """Give the plan for a portion whose undecided dtypes are decided."""
    if all(column.dtype == actual[column.name] for column in plan.inputs):
        return plan
    labels = object()
    made: dict[int, Any] = {}
    inputs = []
    for column in plan.inputs:
        may = column.may_be_missing and actual[column.name] not in {INT, INT32}
        inputs.append(Field(column.name, actual[column.name], may))
        made[id(column)] = inputs[-1]
    for node in plan.nodes():
        first, *others = [
            operand.value
            if isinstance(operand, Constant)
            else TraceColumn(made[id(operand)], made[id(operand)].dtype, None, labels)
            for operand in node.operands
        ]
        made[id(node)] = first.elementwise(node.operation, others, node.parameters).data
    outputs = {name: made.get(id(node), node) for name, node in plan.outputs.items()}
    return Plan(tuple(inputs), outputs)


def _one_by_one(plan: Plan, frame: PolarsFrame) -> dict[str, PolarsColumn]:
    values: dict[int, Any] = {id(column): frame.columns[column.name] for column in plan.inputs}
    for node in plan.nodes():
        first, *others = [
            operand.value if isinstance(operand, Constant) else values[id(operand)] for operand in node.operands
        ]
        values[id(node)] = first.elementwise(node.operation, others, node.parameters)
    return {name: values[id(node)].renamed(name) for name, node in plan.outputs.items()}


class Task(NamedTuple):
    """All that it takes to compute one portion anywhere."""

    steps: tuple[Step, ...]
    number: int
    names: tuple[str, ...]
    """Columns to load."""
    then: Callable[[PolarsFrame], Any]
    """What to make of the portion before it is sent back."""
    whole: bool
    """Whether the portion itself is sent back, so that only a few may be on their way."""


def run_task(source: Source, task: Task) -> Any:
    """Load one portion, do its steps, and reduce it to what is asked for."""
    frame = source.load(task.names)
    for step in task.steps:
        frame = step.run(frame, task.number)
    return task.then(frame)


def run_tasks(pairs: Sequence[tuple[Any, Task]], held: Sequence[Sequence[Any]]) -> list[Any]:
    """Compute several portions one after the other; `held` is what Dask's futures of each of them stand for."""
    return [
        run_task(source.with_values(values) if values else source, task)
        for (source, task), values in zip(pairs, held, strict=True)
    ]


def stacked(frames: Sequence[PolarsFrame]) -> PolarsFrame:
    """Put portions below one another; integers become floats when they are floats in one of the portions.

    Raises:
        NotNative: the dtypes of a column differ in another way.
    """
    if len(frames) == 1:
        return frames[0]
    columns = {name: _joined([frame.columns[name] for frame in frames]) for name in frames[0].columns}
    return PolarsFrame(columns, sum(len(frame) for frame in frames))


def _joined(parts: Sequence[PolarsColumn]) -> PolarsColumn:
    filled = [part for part in parts if len(part)] or list(parts[:1])
    dtypes = {part.dtype for part in filled}
    name = parts[0].name
    if dtypes == {OPAQUE}:
        return PolarsColumn(_opaque([part.data for part in filled]), OPAQUE, name)
    if len(dtypes) == 1:
        return PolarsColumn(pl.concat([part.data.alias("") for part in filled]), dtypes.pop(), name)
    if dtypes <= {INT, INT32, FLOAT} and FLOAT in dtypes and len(dtypes) == 2:
        return PolarsColumn(pl.concat([part.data.alias("").cast(pl.Float64) for part in filled]), FLOAT, name)
    if LIST in dtypes:
        raise NotNative("lists beside other values")
    raise NotNative("portions of different dtypes")


def _opaque(arrays: Sequence[Any]) -> Any:
    if len({str(array.dtype) for array in arrays}) > 1:
        raise NotNative("portions of different dtypes")
    if isinstance(arrays[0], np.ndarray):
        return np.concatenate(arrays)
    if any(array.dtype != arrays[0].dtype for array in arrays):
        raise NotNative("portions of different dtypes")
    return type(arrays[0])._concat_same_type(arrays)  # noqa: SLF001  (pandas' contract for extension arrays)
