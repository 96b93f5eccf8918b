"""A plan of numbers over arrays, portion by portion on all cores: nothing between input and result fills the memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from litsdf.contract import NotNative
from litsdf.dtypes import BOOL, FLOAT, INT, INT32
from litsdf.layouts.array_kernels import clipped, filled
from litsdf.layouts.numpy import array_operation
from litsdf.plan import Constant, Field, Node, Plan

__all__ = ["Prepared", "calculate", "prepare"]

_SMALLEST, _LARGEST = 1 << 16, 1 << 17
"""Rows that are calculated at once: few enough for the cache of a core, enough for threads not to wait for one another."""
_SHARED = 1 << 17
"""Rows from which the portions are shared out to threads; starting these costs less than it saves."""
_NUMBERS = frozenset({INT, INT32, FLOAT, BOOL})
_INTO = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.true_divide, "eq": np.equal, "ne": np.not_equal,
    "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal, "and": np.bitwise_and,
    "or": np.bitwise_or, "xor": np.bitwise_xor, "invert": np.invert, "neg": np.negative, "abs": np.absolute,
    "log": np.log, "log1p": np.log1p, "log2": np.log2, "log10": np.log10, "exp": np.exp, "expm1": np.expm1,
    "sqrt": np.sqrt, "sin": np.sin, "cos": np.cos, "tanh": np.tanh, "floor": np.floor, "ceil": np.ceil,
}  # fmt: skip
"""Operations that are one NumPy function, which can write into an array that is there already."""


@dataclass(frozen=True, slots=True)
class _Instruction:
    """One operation on a portion: where its operands are, and whether it may write over one that is not needed again."""

    run: Callable[[Sequence[Any], Mapping[str, Any], Any], Any]
    operands: tuple[int, ...]
    parameters: Mapping[str, Any]
    over: int | None
    result: int
    done: tuple[int, ...]
    """Values that nothing needs afterwards."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan as instructions; values have numbers: the inputs first, then constants, then results."""

    inputs: tuple[Field, ...]
    values: dict[int, Any]
    instructions: tuple[_Instruction, ...]
    wanted: dict[int, Any]
    """The nodes whose values are the result, by their numbers."""


def prepare(plan: Plan) -> Prepared:
    """Order the operations of a plan and say which arrays may be written over.

    Raises:
        NotNative: the plan has more than numbers, or operations that NumPy does not do exactly on a portion.
    """
    nodes = plan.nodes()
    outputs = [*plan.outputs.values(), *([] if plan.keep is None else [plan.keep])]
    wanted_nodes = {id(output): output for output in outputs if isinstance(output, Node)}
    if not wanted_nodes:
        raise NotNative("nothing to calculate")
    leaves = {id(operand): operand for node in nodes for operand in node.operands if not isinstance(operand, Node)}
    inputs = tuple(leaf for leaf in leaves.values() if isinstance(leaf, Field))
    constants = [leaf for leaf in leaves.values() if isinstance(leaf, Constant)]
    numbers = {id(value): number for number, value in enumerate([*inputs, *constants, *nodes])}
    last = {id(operand): node for node in nodes for operand in node.operands}
    instructions = []
    for node in nodes:
        if any(operand.dtype not in _NUMBERS for operand in (node, *node.operands)):
            raise NotNative("more than numbers")
        if all(isinstance(operand, Constant) for operand in node.operands):
            raise NotNative("only constants")
        done = {id(operand): operand for operand in node.operands if last[id(operand)] is node}
        done = {key: operand for key, operand in done.items() if isinstance(operand, Node) and key not in wanted_nodes}
        over = next((numbers[key] for key, o in done.items() if _is_new(o) and o.dtype == node.dtype), None)
        instructions.append(_Instruction(
            _function(node), tuple(numbers[id(operand)] for operand in node.operands), node.parameters, over,
            numbers[id(node)], tuple(numbers[key] for key in done),
        ))  # fmt: skip
    values = {numbers[id(constant)]: constant.value for constant in constants}
    return Prepared(inputs, values, tuple(instructions), {numbers[key]: node for key, node in wanted_nodes.items()})


def _is_new(node: Node) -> bool:
    """Whether the array of a node is its own, not that of an operand or of the table."""
    return node.operation in _INTO or (node.operation in {"clip", "fillna", "where"} and node.dtype == FLOAT)


def _function(node: Node) -> Callable[[Sequence[Any], Mapping[str, Any], Any], Any]:
    into = _INTO.get(node.operation)
    if into is not None:
        if node.dtype == FLOAT and any(operand.dtype != FLOAT for operand in node.operands):
            return lambda operands, _, out: into(*map(_as_floats, operands), out=out)
        return lambda operands, _, out: into(*operands, out=out)
    if node.operation == "fillna" and node.dtype == FLOAT:
        return lambda operands, parameters, out: filled(operands[0], float(parameters["value"]), out)
    if node.operation == "clip" and node.dtype == FLOAT:
        return lambda operands, parameters, out: clipped(operands[0], parameters["lower"], parameters["upper"], out)
    if node.operation == "where":
        return lambda operands, _, __: np.where(operands[1], operands[0], operands[2])
    operation = array_operation(node.operation)
    return lambda operands, parameters, _: operation(operands, parameters)


def _as_floats(values: Any) -> Any:
    """Integers as floats at once; NumPy would do it in small pieces."""
    return values.astype(np.float64) if isinstance(values, np.ndarray) and values.dtype != np.float64 else values


def calculate(
    prepared: Prepared,
    rows: int,
    read: Callable[[Field, int, int], Any],
    targets: Mapping[int, Any],
    finish: Callable[[int, Any, int, int], None],
) -> None:
    """Calculate all portions.

    Args:
        prepared: the instructions.
        rows: how many rows there are.
        read: gives the array of an input from one row up to another.
        targets: arrays for the whole results, by the number of the value; values without one are only given to `finish`.
        finish: called with each wanted value of a portion: its number, its array, its first row and its last but one.

    Raises:
        NotNative: the values need another way.
    """
    size = min(max(rows // (4 * _cores()) // 8 * 8, _SMALLEST), _LARGEST)  # whole bytes of flags

    def portion(start: int) -> None:
        stop = min(start + size, rows)
        values = dict(prepared.values)
        values.update((number, read(field, start, stop)) for number, field in enumerate(prepared.inputs))
        with np.errstate(all="ignore"):  # it is set for each thread
            for item in prepared.instructions:
                target = targets.get(item.result)
                out: Any = values[item.over] if target is None and item.over is not None else None
                out = out if target is None else target[start:stop]
                made = item.run([values[number] for number in item.operands], item.parameters, out)
                if target is not None and made is not out:
                    out[...] = made
                    made = out
                for number in item.done:
                    del values[number]
                values[item.result] = made
        for number in prepared.wanted:
            finish(number, values[number], start, stop)

    starts = range(0, rows, size)
    if rows < _SHARED:
        for start in starts:
            portion(start)
        return
    with ThreadPoolExecutor(min(_cores(), len(starts))) as threads:
        for _ in threads.map(portion, starts):
            pass


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
