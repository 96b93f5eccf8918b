# ruff: noqa: ICN001  (dt would be taken for the accessor)
"""A plan as JSON: saved atomically, loaded without running anything from the file."""

from __future__ import annotations

import datetime
import json
import math
import os
from pathlib import Path
from typing import Any

from litsdf.contract import NotNative
from litsdf.dtypes import BOOL
from litsdf.errors import CompileError
from litsdf.operations import RULES, result_dtype
from litsdf.plan import Constant, Field, Node, Plan

__all__ = ["load_plan", "save_plan"]

_FORMAT = 2


def _encode(value: Any) -> Any:
    if isinstance(value, dict):
        return {"dict": [[_encode(key), _encode(item)] for key, item in value.items()]}
    if isinstance(value, tuple):
        return {"tuple": [_encode(item) for item in value]}
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": str(value)}
    if isinstance(value, datetime.datetime):
        return {"date": value.isoformat()}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise CompileError(f"A {type(value).__name__} in a compiled function cannot be saved.")


def _decode(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, held),) = value.items()
    if kind == "dict":
        return {_decode(key): _decode(item) for key, item in held}
    if kind == "tuple":
        return tuple(_decode(item) for item in held)
    return float(held) if kind == "float" else datetime.datetime.fromisoformat(held)


def save_plan(plan: Plan, path: Any) -> None:
    """Write a plan beside its final name, then put it there in one step."""
    places: dict[int, int] = {}
    written: list[dict[str, Any]] = []

    def place(node: Any) -> int:
        if id(node) not in places:
            written.append(_described(node, [place(operand) for operand in getattr(node, "operands", ())], places))
            places[id(node)] = len(written) - 1
        return places[id(node)]

    for column in plan.inputs:
        place(column)
    outputs = {name: place(output) for name, output in plan.outputs.items()}
    keep = None if plan.keep is None else place(plan.keep)
    text = json.dumps({
        "litsdf_plan": _FORMAT, "nodes": written, "outputs": outputs, "single": plan.single, "name": plan.series_name,
        "keep": keep,
    })  # fmt: skip
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _described(node: Any, operands: list[int], places: dict[int, int]) -> dict[str, Any]:
    if isinstance(node, Field):
        return {"field": node.name, "dtype": node.dtype, "missing": node.may_be_missing}
    if isinstance(node, Constant):
        return {"constant": _encode(node.value), "dtype": node.dtype, "missing": node.may_be_missing}
    decided = [places[id(item)] for item in node.decided_by]
    return {
        "operation": node.operation, "operands": operands, "parameters": _encode(dict(node.parameters)),
        "dtype": node.dtype, "missing": node.may_be_missing, "decided_by": decided,
    }  # fmt: skip


def load_plan(path: Any) -> Plan:
    """Read a plan; every operation in it must be one of litsdf's own, with operands it accepts.

    Raises:
        CompileError: the file is no plan, is damaged, or comes from another version.
    """
    try:
        held = json.loads(Path(path).read_text(encoding="utf-8"))
        if held["litsdf_plan"] != _FORMAT:
            raise CompileError(f"{path} has plan format {held['litsdf_plan']}, this version reads {_FORMAT}.")
        nodes: list[Any] = []
        for entry in held["nodes"]:
            nodes.append(_rebuilt(entry, nodes))
        inputs = tuple(node for node in nodes if isinstance(node, Field))
        outputs = {name: nodes[number] for name, number in held["outputs"].items()}
        keep = None if held["keep"] is None else nodes[held["keep"]]
        if keep is not None and keep.dtype != BOOL:
            raise CompileError(f"{path} is damaged: its filter is {keep.dtype}, not bool.")
        return Plan(inputs, outputs, bool(held["single"]), held["name"], keep)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, NotNative) as error:
        raise CompileError(f"{path} is no compiled function that litsdf saved, or it is damaged ({error}).") from error


def _rebuilt(entry: dict[str, Any], nodes: list[Any]) -> Any:
    if "field" in entry:
        return Field(entry["field"], entry["dtype"], entry["missing"])
    if "constant" in entry:
        return Constant(_decode(entry["constant"]), entry["dtype"], entry["missing"])
    operands = tuple(nodes[number] for number in entry["operands"])
    parameters = _decode(entry["parameters"])
    if entry["operation"] not in RULES:
        raise CompileError(f"{entry['operation']!r} is no operation of this version of litsdf.")
    dtype = result_dtype(entry["operation"], tuple(operand.dtype for operand in operands), parameters)
    decided = tuple(nodes[number] for number in entry["decided_by"])
    return Node(entry["operation"], operands, parameters, dtype, entry["missing"], decided)
