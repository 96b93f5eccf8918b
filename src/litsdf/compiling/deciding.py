"""Which nodes of a plan decide dtypes by their missing values."""

from __future__ import annotations

from typing import Any

from litsdf.dtypes import BY_DATA, LIST
from litsdf.plan import Node, Plan

__all__ = ["deciders"]


def deciders(plan: Plan) -> dict[int, Any]:
    """Nodes whose missing values decide a dtype, or whether `split` gives lists, by their id."""
    found: dict[int, Any] = {}
    for output in plan.outputs.values():
        if output.dtype in BY_DATA:
            for node in (*getattr(output, "decided_by", ()), output):
                if isinstance(node, Node) and node.may_be_missing:
                    found[id(node)] = node
    for node in plan.nodes():
        if node.dtype == LIST and node.operands[0].may_be_missing and isinstance(node.operands[0], Node):
            found[id(node.operands[0])] = node.operands[0]
    return found
