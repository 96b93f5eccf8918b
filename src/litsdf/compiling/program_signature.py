"""What tells two plans of one part of a program apart, so that what was prepared for one is not used for the other."""

from __future__ import annotations

from typing import Any

from litsdf.plan import Constant, Plan

__all__ = ["signature"]


def signature(plan: Plan) -> Any:
    """What differs between two plans of one source: the dtypes of columns, and values that were not known."""
    constants = [repr(item.value) for node in plan.nodes() for item in node.operands if isinstance(item, Constant)]
    return (
        [(column.name, column.dtype) for column in plan.inputs],
        constants,
        [dict(n.parameters) for n in plan.nodes()],
    )
