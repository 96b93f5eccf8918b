# ruff: noqa: PLR0124  (NaN differs from itself: the fastest test for it)
"""A plan as one Python loop over some rows: for text in tables too small to be worth a query."""

from __future__ import annotations

import builtins
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from litsdf.compiling.deciding import deciders
from litsdf.contract import NotNative
from litsdf.dtypes import BY_DATA, DATETIME, FLOAT, LIST, OPAQUE, STR
from litsdf.layouts.numpy import NumpyColumn, NumpyFrame
from litsdf.layouts.rows import Scope, Value, expression
from litsdf.plan import Constant, Field, Node, Plan

__all__ = ["loop_function", "run_loop"]


def loop_function(plan: Plan, wanted: Sequence[Any]) -> Any:
    """Compile a function from lists of the inputs to lists of the values of the wanted nodes.

    Raises:
        NotNative: an operation has no Python spelling with pandas' exact meaning.
    """
    scope = Scope({"nan": math.nan})
    values: dict[int, Value] = {}
    inputs = [column for column in plan.inputs if column.dtype != OPAQUE]
    for number, column in enumerate(inputs):
        values[id(column)] = Value(f"in_{number}", column.dtype, column.may_be_missing)

    def value(node: Any) -> Value:
        if not isinstance(node, Constant):
            return values[id(node)]
        name = scope.bind("constant", node.value)
        return Value(name, node.dtype, node.may_be_missing, constant=True, value=node.value)

    lines = []
    for number, node in enumerate(plan.nodes()):
        text = expression(node.operation, [value(operand) for operand in node.operands], node.parameters, scope)
        lines.append(f"        v_{number} = {text}")
        values[id(node)] = Value(f"v_{number}", node.dtype, node.may_be_missing)
    lines += [f"        keep_{number}({values[id(node)].text})" for number, node in enumerate(wanted)]
    if not inputs or not lines:
        raise NotNative("nothing to calculate")
    names = [f"in_{number}" for number in range(len(inputs))]
    start = [f"    out_{number} = []\n    keep_{number} = out_{number}.append" for number in range(len(wanted))]
    loop = f"    for {', '.join(names)}, in zip({', '.join(name.upper() for name in names)}):"
    end = f"    return [{', '.join(f'out_{number}' for number in range(len(wanted)))}]"
    source = "\n".join([f"def run({', '.join(name.upper() for name in names)}):", *start, loop, *lines, end])
    exec(builtins.compile(source, "<compiled by litsdf>", "exec"), scope.names)  # noqa: S102  (our own text, checked parts)
    return scope.names["run"]


def run_loop(plan: Plan, table: NumpyFrame, prepared: tuple[Any, list[Any]] | None = None) -> NumpyFrame:
    """Run a plan over a table row by row, in generated code.

    Raises:
        NotNative: the table must take the way of the layouts instead.
    """
    function, wanted = prepared or prepare_loop(plan)
    lists = []
    for column in plan.inputs:
        held = table.columns[column.name]
        if held.dtype != column.dtype:
            raise NotNative("a column of another dtype")
        if column.dtype == OPAQUE:
            continue
        listed = held.data.tolist()
        if column.dtype == DATETIME and int in set(map(type, listed)):
            raise NotNative("a year that Python has no date for")
        lists.append(listed)
    try:
        results = {id(node): values for node, values in zip(wanted, function(*lists), strict=True)}
    except OverflowError:
        raise NotNative("a date out of range") from None
    missing = {key: any(item != item for item in values) for key, values in results.items()}
    for node in plan.nodes():
        if node.dtype == LIST and all(type(item) is float for item in results[id(node)]):
            raise NotNative("only missing texts split")
    columns = {name: _column(output, name, table, results, missing) for name, output in plan.outputs.items()}
    return NumpyFrame(columns, len(table), table.labels)


def prepare_loop(plan: Plan) -> tuple[Any, list[Any]]:
    """Compile the loop of a plan: its function, and the nodes whose values it gives."""
    wanted = {id(output): output for output in plan.outputs.values() if isinstance(output, Node)} | deciders(plan)
    wanted |= {id(node): node for node in plan.nodes() if node.dtype == LIST}
    listed = [node for node in wanted.values() if isinstance(node, Node)]
    return loop_function(plan, listed), listed


def _column(
    output: Any, name: str, table: NumpyFrame, results: dict[int, list[Any]], missing: dict[int, bool]
) -> NumpyColumn:
    if isinstance(output, Field):
        return table.columns[output.name].renamed(name)
    if isinstance(output, Constant):
        return NumpyColumn.repeated(output.value, len(table), table.labels).renamed(name)
    values, dtype = results[id(output)], output.dtype
    if dtype in BY_DATA:
        floats = any(missing.get(id(node), False) for node in (*output.decided_by, output))
        dtype = FLOAT if floats else BY_DATA[dtype]
    if dtype in {STR, LIST}:
        data = np.empty(len(values), dtype=object)
        data[:] = values
    else:
        data = np.array(values, dtype=dtype)
    return NumpyColumn(data, dtype, name, table.labels)
