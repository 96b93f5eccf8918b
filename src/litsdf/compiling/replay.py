"""A plan replayed by the facade, call by call: works in every layout, fallbacks included."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from litsdf.operations import REVERSED
from litsdf.plan import Constant, Field, Plan

if TYPE_CHECKING:
    from litsdf.frame import DataFrame

__all__ = ["replay", "run_operation"]

_BINARY: dict[str, Any] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "truediv": operator.truediv,
    "floordiv": operator.floordiv, "mod": operator.mod, "pow": operator.pow, "eq": operator.eq, "ne": operator.ne,
    "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge, "and": operator.and_,
    "or": operator.or_, "xor": operator.xor,
}  # fmt: skip
_UNARY: dict[str, Any] = {"neg": operator.neg, "abs": abs, "invert": operator.invert}
_UFUNCS = {"log", "log1p", "log2", "log10", "exp", "expm1", "sqrt", "sin", "cos", "tanh", "floor", "ceil"}


def replay(plan: Plan, frame: DataFrame) -> Any:
    """Run a plan on a table with the methods a user would call."""
    values: dict[int, Any] = {id(column): frame[column.name] for column in plan.inputs}
    for node in plan.nodes():
        operands = [
            operand.value if isinstance(operand, Constant) else values[id(operand)] for operand in node.operands
        ]
        values[id(node)] = run_operation(node.operation, node.parameters, operands)

    def result(output: Any) -> Any:
        return output.value if isinstance(output, Constant) else values[id(output)]

    if plan.single:
        column = result(next(iter(plan.outputs.values())))
        return column if plan.keep is None else column[result(plan.keep)]
    table = frame[[column.name for column in plan.inputs]]
    for name, output in plan.outputs.items():
        if not (isinstance(output, Field) and output.name == name):
            table[name] = result(output)
    return table[list(plan.outputs)] if plan.keep is None else table[result(plan.keep)][list(plan.outputs)]


def run_operation(operation: str, given: Mapping[str, Any], operands: list[Any]) -> Any:
    """Do one operation on columns of the facade, or on single values."""
    first, parameters = operands[0], dict(given)
    if operation in _BINARY:
        return _BINARY[operation](*operands)
    if operation in REVERSED:
        return _BINARY[REVERSED[operation]](operands[1], first)
    if operation in _UNARY:
        return _UNARY[operation](first)
    if operation in _UFUNCS:
        import numpy as np

        return getattr(np, operation)(first)
    if operation.startswith("str."):
        if operation == "str.match":
            parameters = {"pat": parameters["pat"]}
        return getattr(first.str, operation[4:])(**parameters)
    if operation.startswith("dt."):
        found = getattr(first.dt, operation[3:])
        return found() if operation in {"dt.normalize", "dt.total_seconds"} else found
    if operation == "where":
        return first.where(*operands[1:])
    if operation == "isin":
        return first.isin(list(parameters["values"]))
    if operation == "map":
        return first.map(parameters["arg"])
    if operation == "replace":
        return first.replace(parameters["mapping"])
    return getattr(first, operation)(**parameters)
