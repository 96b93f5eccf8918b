"""Code of the user's, as litsdf has traced it: a plan of operations, never the code itself."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

import numpy as np

from litmus.program.graph import Kind, Node, NotLoweredError
from litmus.program.operations import Operation, constant, require
from litmus.program.row_code import RowCode
from litmus.program.sketch import Sketch
from litmus.program.text_arrays import Texts

__all__ = ["OPERATIONS", "lower_plan"]

_KINDS: Mapping[str, Kind] = {
    "int64": "number",
    "int32": "number",
    "float64": "number",
    "int64|float64": "number",
    "int32|float64": "number",
    "bool": "truth",
    "str": "text",
    "datetime64[us]": "date",
}
"""Types of litsdf's columns → what they are here."""


def lower_plan(plan: Any, sketch: Sketch) -> Sketch:
    """What a traced function makes of a table of nodes.

    Args:
        plan: a `litsdf.plan.Plan` from table to table.
        sketch: the table that it is called with.

    Raises:
        NotLoweredError: when the plan leaves out rows, has constants that cannot be saved, or cannot answer rows in which a
            whole number is missing.
    """
    from litsdf.plan import Constant, Field

    if plan.keep is not None or plan.single:
        raise NotLoweredError("The function leaves out rows, or gives a column and not a table.")
    made = {name: node for name, node in plan.outputs.items() if not isinstance(node, Constant | Field)}
    called = _called(plan, made, sketch) if made else None
    nodes: dict[str, Node] = {}
    for name, output in plan.outputs.items():
        if isinstance(output, Field):
            nodes[name] = sketch[output.name]
        elif isinstance(output, Constant):
            if isinstance(output.value, bool | int | float):
                nodes[name] = sketch.graph.node("fixed", value=float(output.value))
        elif output.dtype in _KINDS and called is not None:  # else no feature can be made of it
            nodes[name] = sketch.graph.node("own_result", called, name=name, dtype=output.dtype)
    return sketch.holding(nodes)


def _called(plan: Any, made: Mapping[str, Any], sketch: Sketch) -> Node:
    """The node of a plan that makes only some of its columns."""
    from litsdf.compiling.storage import plan_as_json
    from litsdf.errors import LitsdfError
    from litsdf.plan import Field, Plan

    reads = Plan(plan.inputs, dict(made)).nodes()
    used = {id(operand) for node in reads for operand in node.operands if isinstance(operand, Field)}
    inputs = tuple(column for column in plan.inputs if id(column) in used)
    try:
        text = json.dumps(plan_as_json(Plan(inputs, dict(made))), sort_keys=True)
    except LitsdfError as error:
        raise NotLoweredError(f"The function cannot be written down: {error}") from error
    whole = tuple(column.name for column in inputs if column.dtype == "int64")
    if whole:
        _compiled(text, whole)
    operands = [_operand(sketch, column.name, column.dtype) for column in inputs]
    try:
        return sketch.graph.node("own", *operands, plan=text)
    except ValueError as error:
        raise NotLoweredError(f"The function cannot be written down: {error}") from error


def _operand(sketch: Sketch, name: str, dtype: str) -> Node:
    kind = _KINDS.get(dtype)
    if kind == "number":
        return sketch.number(name)
    if kind == "text":
        return sketch.text(name)
    if kind == "date":
        return sketch.date(name)
    node = sketch[name]
    if kind is None or node.kind != kind:
        raise NotLoweredError(f"The function reads the column {name!r} as {dtype}, and it is {node.kind} there.")
    return node


def _read(text: str) -> Any:
    """The plan that was written down.

    Raises:
        ValueError: when it is damaged or has operations that are not litsdf's.
    """
    from litsdf.compiling.storage import plan_from_json

    try:
        plan = plan_from_json(json.loads(text), "the plan")
        require(plan.keep is None and not plan.single, "a plan that leaves out rows")
        require(all(type(name) is str for name in plan.outputs), "a result without a name")
    except Exception as error:  # whatever a damaged plan makes litsdf's rules do
        raise ValueError(f"a plan of own code that cannot be read ({type(error).__name__}: {error})") from error
    return plan


def _with_floats(text: str, floats: Sequence[str]) -> Any:
    """The plan with some columns of whole numbers held as floats, as tables hold them when one is missing.

    Raises:
        NotLoweredError: when an operation is not exact on them.
    """
    from litsdf.compiling.storage import decoded
    from litsdf.contract import NotNative
    from litsdf.plan import Constant, Field, Plan, node_of

    held = json.loads(text)
    nodes: list[Any] = []
    for entry in held["nodes"]:
        if "field" in entry and entry["field"] in floats:
            nodes.append(Field(entry["field"], "float64"))
        elif "field" in entry:
            nodes.append(Field(entry["field"], entry["dtype"], entry["missing"]))
        elif "constant" in entry:
            nodes.append(Constant(decoded(entry["constant"]), entry["dtype"], entry["missing"]))
        else:
            parameters = {name: decoded(value) for name, value in entry["parameters"].items()}
            try:
                nodes.append(node_of(entry["operation"], [nodes[place] for place in entry["operands"]], parameters))
            except NotNative as reason:
                raise NotLoweredError(
                    f"The function cannot be compiled for rows in which {', '.join(floats)} is missing: {reason}."
                ) from reason
    inputs = tuple(node for node in nodes if isinstance(node, Field))
    return Plan(inputs, {name: nodes[place] for name, place in held["outputs"].items()})


@lru_cache(256)
def _compiled(text: str, floats: tuple[str, ...]) -> Any:
    """The compiled function of a plan, with some columns of whole numbers held as floats.

    Raises:
        NotLoweredError: when an operation is not exact on them.
    """
    from litsdf import Compiled
    from litsdf.contract import NotNative

    plan = _with_floats(text, floats) if floats else _read(text)
    try:
        return Compiled(plan, plan.inputs, None, None)
    except NotNative as reason:
        raise NotLoweredError(f"The function has no code for one row: {reason}.") from reason


class _Own(Operation):
    """A plan of litsdf: its results by name. Operands are the columns that it reads, in their order."""

    name = "own"
    constants = ("plan",)

    def result(self, operands: Sequence[Node], constants: Mapping[str, Any]) -> tuple[Kind, int]:
        plan = _read(constant(constants, "plan", str))
        expected = [_KINDS.get(column.dtype) for column in plan.inputs]
        require([operand.kind for operand in operands] == expected, "columns of other kinds than the plan reads")
        require(all(node.dtype in _KINDS for node in plan.outputs.values()), "results of kinds that are no features")
        return "results", 1

    def row(self, node: Node, operands: Sequence[str], code: RowCode) -> str:
        plan = _read(node.constants["plan"])
        run = code.bind("own", _row_function(node.constants["plan"], plan))
        listed = ", ".join(f"{column.name!r}: {text}" for column, text in zip(plan.inputs, operands, strict=True))
        return f"{run}({{{listed}}})"

    def arrays(self, node: Node, operands: Sequence[Any]) -> Any:
        plan = _read(node.constants["plan"])
        names = [column.name for column in plan.inputs]
        held = {
            column.name: _column(values, column.dtype) for column, values in zip(plan.inputs, operands, strict=True)
        }
        whole = [column.name for column in plan.inputs if column.dtype == "int64"]
        compiled = _compiled(node.constants["plan"], tuple(name for name in whole if held[name].dtype.kind == "f"))
        if find_spec("pandas") is None:  # where only predictions are made
            listed = [values.values() if isinstance(values, Texts) else values.tolist() for values in held.values()]
            found = [compiled(dict(zip(names, row, strict=True))) for row in zip(*listed, strict=True)]
            return {
                name: _gathered([row[name] for row in found], output.dtype) for name, output in plan.outputs.items()
            }
        table = compiled(_frame(names, held))
        return {name: _array(table[name], output.dtype) for name, output in plan.outputs.items()}


def _row_function(text: str, plan: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """The plan for one row; one in which a whole number is missing has code of its own."""
    compiled = _compiled(text, ())
    whole = [column.name for column in plan.inputs if column.dtype == "int64"]
    if not whole:
        run: Callable[[dict[str, Any]], dict[str, Any]] = compiled
        return run

    def choose(values: dict[str, Any]) -> dict[str, Any]:
        floats = tuple(name for name in whole if type(values[name]) is not int)
        return (_compiled(text, floats) if floats else compiled)(values)

    return choose


def _column(values: Any, dtype: str) -> Any:
    """An array as a column of litsdf."""
    if dtype == "bool":
        return np.asarray(values, dtype=bool)
    if dtype == "int64" and values.dtype.kind == "f" and np.isfinite(values).all():
        whole = values.astype(np.int64)
        return whole if (whole == values).all() else values
    return values


def _frame(names: Sequence[str], held: Mapping[str, Any]) -> Any:
    import pandas as pd

    columns = {}
    for name in names:
        values = held[name]
        columns[name] = pd.array(list(values.values()), dtype="str") if isinstance(values, Texts) else values
    return pd.DataFrame(columns, copy=False)


def _array(column: Any, dtype: str) -> Any:
    """A column of a pandas frame as an array, or as `Texts`."""
    kind = _KINDS[dtype]
    if kind == "text":
        return Texts([text if isinstance(text, str) else None for text in column.tolist()])
    if kind == "date":
        return column.to_numpy(dtype="datetime64[us]")
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _gathered(values: list[Any], dtype: str) -> Any:
    """The results of many rows, one by one, as an array or as `Texts`."""
    kind = _KINDS[dtype]
    if kind == "text":
        return Texts([text if isinstance(text, str) else None for text in values])
    if kind == "date":
        return np.array(values, dtype="datetime64[us]")
    return np.array([math.nan if value is None else value for value in values], dtype=np.float64)


class _OwnResult(Operation):
    """One of the columns that own code makes."""

    name = "own_result"
    constants = ("name", "dtype")

    def result(self, operands: Sequence[Node], constants: Mapping[str, Any]) -> tuple[Kind, int]:
        require([operand.operation for operand in operands] == ["own"], "a result of something else")
        outputs = json.loads(operands[0].constants["plan"])["outputs"]
        require(constant(constants, "name", str) in outputs, f"the result {constants['name']!r}")
        kind = _KINDS.get(constant(constants, "dtype", str))
        require(kind is not None, f"a result of the type {constants['dtype']!r}")
        plan = _read(operands[0].constants["plan"])
        require(plan.outputs[constants["name"]].dtype == constants["dtype"], "a result of another type")
        return kind or "any", 1

    def row(self, node: Node, operands: Sequence[str], code: RowCode) -> str:
        text = f"{operands[0]}[{node.constants['name']!r}]"
        if node.kind not in ("text", "number"):
            return text
        name = code.named(node, text)
        missing = "None" if node.kind == "text" else "nan"
        test = f"{name} != {name}" if node.kind == "text" else f"{name} is None"
        code.add(f"if {test}:", f"    {name} = {missing}")
        return name

    def arrays(self, node: Node, operands: Sequence[Any]) -> Any:
        return operands[0][node.constants["name"]]


class _Fixed(Operation):
    """The same number for every row."""

    name = "fixed"
    constants = ("value",)

    def result(self, operands: Sequence[Node], constants: Mapping[str, Any]) -> tuple[Kind, int]:
        require(not operands, "a fixed number made of something")
        value = constant(constants, "value", float)
        require(not math.isinf(value), "an infinite number")
        return "number", 1

    def row(self, node: Node, operands: Sequence[str], code: RowCode) -> str:  # noqa: ARG002
        return code.number(node.constants["value"])

    def arrays(self, node: Node, operands: Sequence[Any]) -> Any:  # noqa: ARG002
        return np.float64(node.constants["value"]).reshape(1)


OPERATIONS: tuple[Operation, ...] = (_Own(), _OwnResult(), _Fixed())
