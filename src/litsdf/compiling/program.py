# ruff: noqa: SLF001  (the facade's classes are friends: they read one another's held values)
"""A traced function that brings rows together: fused row-by-row sections between the facade's own steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from litsdf.compiling.fused import Fused
from litsdf.compiling.program_signature import signature
from litsdf.compiling.recording import run_call
from litsdf.compiling.replay import replay, run_operation
from litsdf.contract import NotNative
from litsdf.dtypes import scalar_dtype
from litsdf.frame import DataFrame
from litsdf.layouts.pandas_forms import dtype_name
from litsdf.plan import Constant, Field, Node, Plan, node_of
from litsdf.relations import Part, SavedTable, Source, Step, TracedScalar
from litsdf.series import Series

__all__ = ["Program"]

_VALUE = "__value"
"""What the one column of a step's result is called in a table."""


class Program:
    """Runs the steps that the result needs, and between them only the columns that the next one needs.

    Dtypes that depend on the data are read from the table that a step gave, so nothing about them is guessed.
    """

    def __init__(self, result: Source) -> None:
        self.result = result
        self.constants: dict[tuple[int, str], Any] = {}
        self.queries: dict[int, dict[Any, Any]] = {}
        self._fused: dict[Any, tuple[Any, Fused]] = {}

    def __call__(self, frame: DataFrame) -> Any:
        """Run on a table, in its layout."""
        return _Run(self, frame).table(self.result)

    def section(self, source: Source, plan: Plan, frame: DataFrame, *, exact: bool) -> Any:
        """Run row-by-row operations: fused where their dtypes are native, else call by call."""
        result = None
        if exact and plan.nodes():
            found = signature(plan)
            known = self._fused.get(id(source))
            if known is None or known[0] != found:
                known = self._fused[id(source)] = (found, Fused(plan))
            result = known[1](frame)
        return replay(plan, frame) if result is None else result


class _Run:
    """One run of a program on one table; what several steps need is computed once."""

    def __init__(self, program: Program, frame: DataFrame) -> None:
        self.program = program
        self.frame = frame
        self.results: dict[int, Any] = {}

    def step(self, step: Step) -> Any:
        """The result of a step."""
        if id(step) not in self.results:
            held = self._fused_with_groups(step)
            if held is None:
                held = self.table(step.tables[0])
                for call in step.calls:
                    held = run_call(
                        held, call, lambda reference: self.table(step.tables[reference.place]), self._constant
                    )
            self.results[id(step)] = held
        return self.results[id(step)]

    def _fused_with_groups(self, step: Step) -> Any:
        """Row-by-row operations, a filter and the groups of what is left, as one query; None where it takes several."""
        from litsdf.compiling.chained import can_be_chained, chained_groups

        if not can_be_chained(step):
            return None
        source = step.tables[0]
        base = self.frame if source.origin is None else self.step(source.origin)
        if not isinstance(base, DataFrame) or base.layout != "polars" or _is_whole(source, base):
            return None
        plan, used, exact = self._planned(source, base)
        if not exact:
            return None
        try:
            return chained_groups(step, plan, used, self.program.queries.setdefault(id(step), {}))
        except NotNative:
            return None

    def _constant(self, value: Any) -> Any:
        """A table from outside, in the layout of this run; converted once."""
        layout = self.frame.layout
        held = self.program.constants
        if (id(value), layout) not in held:
            table = value.facade() if isinstance(value, SavedTable) else value
            held[id(value), layout] = table if layout == "record" else table.to_layout(layout)
        return held[id(value), layout]

    def table(self, source: Source) -> Any:
        """A table or column that a step reads, or the result of the function."""
        base = self.frame if source.origin is None else self.step(source.origin)
        if _is_whole(source, base):
            return base
        if isinstance(base, Series):
            base = base.to_frame(_VALUE)
        plan, used, exact = self._planned(source, base)
        result = self.program.section(source, plan, used, exact=exact)
        return result._renamed(source.name) if isinstance(result, Series) else result

    def _planned(self, source: Source, base: DataFrame) -> tuple[Plan, DataFrame, bool]:
        """The row-by-row operations of a source for the dtypes that its table has; whether they are native throughout."""
        section = _Section(self, base)
        outputs = {name: section.rebuilt(output) for name, output in source.outputs.items()}
        keep = None if source.keep is None else section.rebuilt(source.keep)
        fields = tuple(section.fields.values())
        if not fields:
            raise NotNative("only constants")
        plan = Plan(fields, outputs, single=source.single, series_name=source.name, keep=keep)
        used = section.frame[[item.name for item in fields]]
        return plan, used, section.exact


def _is_whole(source: Source, base: Any) -> bool:
    """Whether a source is the result of a step, or the input, as it is."""
    if source.keep is not None:
        return False
    if isinstance(base, Series):
        (node,) = source.outputs.values()
        return source.single and isinstance(node, Part) and node.name is None and source.name == base.name
    if source.single or list(source.outputs) != list(base):
        return False
    return all(
        isinstance(node, Part | Field) and node.name == name and getattr(node, "origin", None) is source.origin
        and (isinstance(node, Field) or node.step is source.origin)
        for name, node in source.outputs.items()
    )  # fmt: skip


class _Section:
    """Row-by-row operations over one table, rebuilt for the dtypes that its columns turned out to have."""

    def __init__(self, run: _Run, frame: DataFrame) -> None:
        self.run = run
        self.frame = frame
        self.fields: dict[str, Field] = {}
        self.exact = True
        self.built: dict[int, Any] = {}

    def rebuilt(self, node: Any) -> Any:
        """The node with actual dtypes, and with the values that are known by now."""
        if id(node) not in self.built:
            self.built[id(node)] = self._built(node)
        return self.built[id(node)]

    def _built(self, node: Any) -> Any:
        if isinstance(node, Field):
            return self._field(node.name)
        if isinstance(node, Part):
            return self._part(node)
        if not isinstance(node, Node):
            return node
        operands = tuple(self.rebuilt(operand) for operand in node.operands)
        parameters = {name: self._parameter(value) for name, value in node.parameters.items()}
        if operands and all(isinstance(operand, Constant) for operand in operands):
            values = [_numpy(operand.value) for operand in operands]
            with np.errstate(all="ignore"):
                return self._value(run_operation(node.operation, parameters, values), node.dtype)
        try:
            return node_of(node.operation, operands, parameters)
        except NotNative:
            self.exact = False
            return Node(node.operation, operands, parameters, node.dtype, node.may_be_missing)

    def _part(self, part: Part) -> Any:
        result = self.run.step(part.step)
        if part.is_value:
            return self._value(result, part.dtype)
        if part.step is part.origin:
            return self._field(_VALUE if part.name is None else part.name)
        name = f"__beside_{id(part.step)}"  # a column beside those of the table
        if name not in self.fields:
            self.frame = self.frame.copy()
            self.frame[name] = result
        return self._field(name)

    def _field(self, name: Any) -> Field:
        if type(name) is not str:
            raise NotNative("column names that are no text")
        if name not in self.fields:
            dtype = dtype_name(self.frame[name].dtype)
            self.fields[name] = Field(name, dtype, may_be_missing=dtype not in {"int64", "int32", "bool"})
        return self.fields[name]

    def _value(self, value: Any, dtype: str) -> Constant:
        value = value.item() if hasattr(value, "item") else value
        try:
            return Constant(value, scalar_dtype(value), may_be_missing=value != value)  # noqa: PLR0124  (NaN)
        except NotNative:
            self.exact = False
            return Constant(value, dtype)

    def _parameter(self, value: Any) -> Any:
        if not isinstance(value, TracedScalar):
            return value
        found = self.rebuilt(value.node)
        return found.value


def _numpy(value: Any) -> Any:
    """A number as NumPy has it, so that division by zero gives what pandas gives."""
    return np.asarray(value)[()] if isinstance(value, int | float) else value
