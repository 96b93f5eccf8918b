# ruff: noqa: SLF001  (friends read one another's held values)
"""Row-by-row operations, a filter and groups in one Polars query: no column between them is ever whole in memory."""

from __future__ import annotations

from typing import Any

import polars as pl

from litsdf.compiling.program_signature import signature
from litsdf.compiling.query import KEEP, engine_for, started_query
from litsdf.contract import NotNative
from litsdf.dtypes import BOOL, DATETIME, FLOAT, INT, LIST, STR
from litsdf.frame import DataFrame
from litsdf.groupby import GroupBy
from litsdf.layouts.polars import PolarsColumn, PolarsFrame
from litsdf.layouts.polars_expressions import POLARS_DTYPES
from litsdf.plan import Plan
from litsdf.relations import Call, Reference, Step

__all__ = ["DeferredFrame", "can_be_chained", "chained_groups"]

_AGGREGATED = frozenset({"sum", "mean", "min", "max", "count", "first", "last", "nunique"})
_DTYPES = frozenset({INT, FLOAT, BOOL, STR, DATETIME})


class DeferredFrame(PolarsFrame):
    """A table whose columns are known by dtype only, and whose rows are those of a query that was not run yet."""

    __slots__ = ("engine", "query")

    def __init__(self, dtypes: dict[Any, str], rows: int, query: pl.LazyFrame) -> None:
        columns = {
            name: PolarsColumn(pl.Series(name, [], dtype=POLARS_DTYPES[dtype]), dtype, name)
            for name, dtype in dtypes.items()
        }
        super().__init__(columns, rows)
        self.query = query
        self.engine = engine_for(rows)


def can_be_chained(step: Step) -> bool:
    """Whether a step is groups by names of columns, aggregated."""
    if (
        len(step.calls) not in {2, 3}
        or step.calls[0].name != "groupby"
        or isinstance(step.calls[0].arguments[0], Reference)
    ):
        return False
    last = step.calls[-1]
    plain = last.name in _AGGREGATED and not last.arguments and not last.options
    chosen = len(step.calls) == 2 or step.calls[1].name == "[]"
    return chosen and len(step.tables) == 1 and (plain or last.name in {"agg", "aggregate"})


def chained_groups(step: Step, plan: Plan, frame: DataFrame, prepared: dict[Any, Any]) -> Any:
    """The result of a step of groups, with the operations that make its table.

    Raises:
        NotNative: a dtype depends on the values, or the groups have no exact form in a query.
    """
    if any(output.dtype not in _DTYPES for output in plan.outputs.values()) or not all(
        type(name) is str for name in plan.outputs
    ):
        raise NotNative("dtypes that the data decide, or that Polars does not hold")
    if any(node.dtype == LIST for node in plan.nodes()):
        raise NotNative("only missing texts split")
    first, *chosen, last = step.calls
    _check_keys(first, plan)
    known = prepared.setdefault(repr(signature(plan)), {})
    query, _, (_, _, deciding, _) = started_query(plan, frame._table, known)
    if deciding:
        raise NotNative("dtypes that the data decide")
    query = query if plan.keep is None else query.filter(pl.col(KEEP))
    dtypes = {name: output.dtype for name, output in plan.outputs.items()}
    owner = DataFrame._of(DeferredFrame(dtypes, len(frame), query), frame.fallbacks)
    groups = GroupBy(owner, first.arguments[0], dict(first.options))
    for call in chosen:
        groups = groups[call.arguments[0]]
    if last.name in _AGGREGATED:
        found = groups._at_once(last.name, (), {})
    else:
        func, *rest = last.arguments or (None,)
        found = groups._at_once(func, tuple(rest), dict(last.options))
    if found is None:
        raise NotNative("groups that take more than a query")
    return found


def _check_keys(call: Call, plan: Plan) -> None:
    by, options = call.arguments[0], call.options
    keys = by if type(by) is list else [by]
    plain = options.get("level") is None and options.get("sort", True) is True and options.get("dropna", True) is True
    if not plain or not keys or any(type(key) is not str or key not in plan.outputs for key in keys):
        raise NotNative("keys that are no names")
    if any(plan.outputs[key].dtype not in {INT, STR, BOOL, DATETIME} for key in keys):
        raise NotNative("groups by these keys")
