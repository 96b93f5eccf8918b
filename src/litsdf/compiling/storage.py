# ruff: noqa: ICN001  (dt would be taken for the accessor)
"""A plan as JSON: saved atomically, loaded without running anything from the file."""

from __future__ import annotations

import datetime
import json
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from litsdf.contract import NotNative
from litsdf.dtypes import BOOL
from litsdf.errors import CompileError
from litsdf.operations import RULES
from litsdf.plan import Constant, Field, Node, Plan, node_of

__all__ = ["decoded", "described", "encoded", "load", "plan_as_json", "rebuilt", "save"]

_FORMAT = 3


def encoded(value: Any, inner: Callable[[Any], Any] | None = None) -> Any:
    """A constant as JSON holds it; `inner` encodes what is in it.

    Raises:
        CompileError: it is of a kind that is not saved.
    """
    inner = inner or encoded
    if isinstance(value, dict):
        return {"dict": [[inner(key), inner(item)] for key, item in value.items()]}
    if isinstance(value, tuple | list):
        return {type(value).__name__: [inner(item) for item in value]}
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": str(value)}
    if isinstance(value, datetime.datetime):
        return {"date": value.isoformat()}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise CompileError(f"A {type(value).__name__} in a compiled function cannot be saved.")


def decoded(value: Any, inner: Callable[[Any], Any] | None = None) -> Any:
    """What `encoded` was given."""
    inner = inner or decoded
    if not isinstance(value, dict):
        return value
    ((kind, held),) = value.items()
    if kind == "dict":
        return {inner(key): inner(item) for key, item in held}
    if kind in {"tuple", "list"}:
        items = [inner(item) for item in held]
        return tuple(items) if kind == "tuple" else items
    return float(held) if kind == "float" else datetime.datetime.fromisoformat(held)


def plan_as_json(plan: Plan) -> dict[str, Any]:
    """Describe a plan."""
    places: dict[int, int] = {}
    written: list[dict[str, Any]] = []

    def place(node: Any) -> int:
        if id(node) not in places:
            written.append(
                described(node, [place(operand) for operand in getattr(node, "operands", ())], places, encoded)
            )
            places[id(node)] = len(written) - 1
        return places[id(node)]

    for column in plan.inputs:
        place(column)
    outputs = {name: place(output) for name, output in plan.outputs.items()}
    keep = None if plan.keep is None else place(plan.keep)
    return {
        "litsdf_plan": _FORMAT, "nodes": written, "outputs": outputs, "single": plan.single, "name": plan.series_name,
        "keep": keep,
    }  # fmt: skip


def save(held: dict[str, Any], path: Any) -> None:
    """Write a description beside its final name, then put it there in one step."""
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        temporary.write_text(json.dumps(held), encoding="utf-8")
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def described(node: Any, operands: list[int], places: dict[int, int], encode: Callable[[Any], Any]) -> dict[str, Any]:
    """Describe a field, a constant or an operation; the nodes that it refers to have their places."""
    if isinstance(node, Field):
        return {"field": node.name, "dtype": node.dtype, "missing": node.may_be_missing}
    if isinstance(node, Constant):
        return {"constant": encoded(node.value), "dtype": node.dtype, "missing": node.may_be_missing}
    decided = [places[id(item)] for item in node.decided_by]
    return {
        "operation": node.operation, "operands": operands, "parameters": {name: encode(value) for name, value in node.parameters.items()},
        "dtype": node.dtype, "missing": node.may_be_missing, "decided_by": decided,
    }  # fmt: skip


def load(path: Any) -> tuple[Plan | None, tuple[tuple[Field, ...], Any] | None]:
    """Read what was saved: a plan, or the inputs and the result of a program.

    Raises:
        CompileError: the file holds neither, is damaged, or comes from another version.
    """
    try:
        held = json.loads(Path(path).read_text(encoding="utf-8"))
        if "litsdf_program" in held:
            from litsdf.compiling.program_storage import program_from_json

            return None, program_from_json(held)
        if held["litsdf_plan"] != _FORMAT:
            raise CompileError(f"{path} has plan format {held['litsdf_plan']}, this version reads {_FORMAT}.")
        return plan_from_json(held, path), None
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, NotNative) as error:
        raise CompileError(f"{path} is no compiled function that litsdf saved, or it is damaged ({error}).") from error


def plan_from_json(held: dict[str, Any], path: Any) -> Plan:
    """Rebuild a plan; every operation in it must be one of litsdf's own, with operands it accepts.

    Raises:
        CompileError: it is not.
    """
    nodes: list[Any] = []
    for entry in held["nodes"]:
        nodes.append(rebuilt(entry, nodes.__getitem__, decoded))
    inputs = tuple(node for node in nodes if isinstance(node, Field))
    outputs = {name: nodes[number] for name, number in held["outputs"].items()}
    keep = None if held["keep"] is None else nodes[held["keep"]]
    if keep is not None and keep.dtype != BOOL:
        raise CompileError(f"{path} is damaged: its filter is {keep.dtype}, not bool.")
    return Plan(inputs, outputs, bool(held["single"]), held["name"], keep)


def rebuilt(entry: dict[str, Any], node: Callable[[int], Any], decode: Callable[[Any], Any]) -> Any:
    """Make a field, a constant or an operation from its description."""
    if "field" in entry:
        return Field(entry["field"], entry["dtype"], entry["missing"])
    if "constant" in entry:
        return Constant(decoded(entry["constant"]), entry["dtype"], entry["missing"])
    operands = tuple(node(number) for number in entry["operands"])
    parameters = {name: decode(value) for name, value in entry["parameters"].items()}
    if entry["operation"] not in RULES:
        raise CompileError(f"{entry['operation']!r} is no operation of this version of litsdf.")
    dtype = node_of(entry["operation"], operands, parameters).dtype
    decided = tuple(node(number) for number in entry["decided_by"])
    return Node(entry["operation"], operands, parameters, dtype, entry["missing"], decided)
