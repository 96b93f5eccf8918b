"""A plan as one fused Polars query."""

from __future__ import annotations

from typing import Any, NamedTuple

import polars as pl

from litsdf.compiling.deciding import deciders
from litsdf.contract import NotNative
from litsdf.dtypes import BOOL, BY_DATA, FLOAT, LIST, OPAQUE, STR
from litsdf.layouts.polars import PolarsColumn, PolarsFrame, beyond_ascii
from litsdf.layouts.polars_expressions import Operand, expression, literal
from litsdf.plan import Constant, Field, Node, Plan

__all__ = ["KEEP", "Prepared", "engine_for", "prepare_query", "run_query", "started_query"]

_SPACE = {
    False: r"[^\t-\r\x1c-\x20]+",
    True: r"[^\t-\r\x1c-\x20\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+",
}


KEEP = "__keep"
"""The column that says which rows stay."""


class _Query:
    """Builds the stages of a query: values that are used more than once become columns, computed once."""

    def __init__(self, plan: Plan, *, careful: bool) -> None:
        self.plan = plan
        self.careful = careful
        self.uses = plan.uses()
        self.operands: dict[int, Operand] = {}
        self.stage_of: dict[int, int] = {}
        self.stages: list[list[pl.Expr]] = []

    def operand(self, node: Any) -> Operand:
        """The expression of a node, as others use it."""
        if isinstance(node, Constant):
            return literal(node.value, node.dtype)
        if isinstance(node, Field):
            return Operand(pl.col(node.name), node.dtype, node.may_be_missing)
        return self.operands[id(node)]

    def add(self, node: Node, *, kept: bool) -> None:
        """Build the expression of a node; one that is used again, or kept, becomes a column of its own."""
        stage = max((self.stage_of.get(id(operand), 0) for operand in node.operands), default=0)
        built = _counted_words(self, node)
        if built is None:
            operands = [self.operand(operand) for operand in node.operands]
            built = expression(node.operation, operands, node.parameters, careful=self.careful)
        if kept or self.uses[id(node)] > 1:
            name = f"__{len(self.operands)}"
            while len(self.stages) <= stage:
                self.stages.append([])
            self.stages[stage].append(built.alias(name))
            built, stage = pl.col(name), stage + 1
        self.operands[id(node)] = Operand(built, node.dtype, node.may_be_missing)
        self.stage_of[id(node)] = stage


def _counted_words(query: _Query, node: Node) -> pl.Expr | None:
    """Count words without making lists of them."""
    source = node.operands[0]
    if node.operation != "str.len" or not isinstance(source, Node) or source.operation != "str.split":
        return None
    if source.parameters["pat"] is not None or query.uses[id(source)] > 1:
        return None
    text = query.operand(source.operands[0]).expression
    return text.str.count_matches(_SPACE[query.careful]).cast(pl.Int64)


class Prepared(NamedTuple):
    """A query that only lacks its table: stages, results, and the columns that decide dtypes, by node."""

    stages: list[list[pl.Expr]]
    results: list[pl.Expr]
    deciding: dict[int, str]
    plan: Plan


def prepare_query(plan: Plan, *, careful: bool) -> Prepared:
    """Build the expressions of a plan's query.

    Raises:
        NotNative: an operation has no Polars expression with pandas' exact meaning.
    """
    passed = {name for name, output in plan.outputs.items() if isinstance(output, Field) and output.dtype == OPAQUE}
    outputs = {name: output for name, output in plan.outputs.items() if name not in passed}
    kept = Plan(plan.inputs, outputs, keep=plan.keep)
    query, deciding = _Query(kept, careful=careful), deciders(kept)
    for node in kept.nodes():
        query.add(node, kept=id(node) in deciding)
    if all(isinstance(output, Constant) for output in kept.outputs.values()):
        raise NotNative("only constants")
    results = [query.operand(output).expression.alias(name) for name, output in kept.outputs.items()]
    names = {key: f"__decides_{number}" for number, key in enumerate(deciding)}
    results += [query.operand(deciding[key]).expression.is_null().alias(name) for key, name in names.items()]
    if kept.keep is not None:
        results.append(query.operand(kept.keep).expression.alias(KEEP))
    return Prepared(query.stages, results, names, kept)


_STREAMED = 20_000
"""Rows from which the streaming engine, which cuts a table into portions for all cores, is worth its start."""


def engine_for(rows: int) -> Any:
    """Name the engine that is faster for so many rows."""
    return "streaming" if rows >= _STREAMED else "in-memory"


def started_query(
    plan: Plan, table: PolarsFrame, prepared: dict[bool, Prepared]
) -> tuple[pl.LazyFrame, dict[str, Any], Prepared]:
    """The query of a plan over a table, the columns that it reads, and what was prepared of it.

    Raises:
        NotNative: the table must take the way of the layouts instead.
    """
    if len(table) < 2:
        raise NotNative("few rows")
    held = {}
    for column in plan.inputs:
        found = table.columns[column.name]
        if found.dtype != column.dtype:
            raise NotNative("a column of another dtype")
        held[column.name] = found
    data = {name: column.data for name, column in held.items() if column.dtype != OPAQUE}
    texts = {name: column.data for name, column in held.items() if column.dtype == STR}
    careful = _beyond_ascii(plan) or _any_beyond_ascii(texts, len(table))
    if careful not in prepared:
        prepared[careful] = prepare_query(plan, careful=careful)
    query = pl.DataFrame(data).lazy()
    for stage in prepared[careful].stages:
        query = query.with_columns(stage)
    return query.select(prepared[careful].results), held, prepared[careful]


def run_query(plan: Plan, table: PolarsFrame, prepared: dict[bool, Prepared]) -> PolarsFrame:
    """Run a plan over a table as one query on all cores; `prepared` keeps its expressions for the next table.

    Raises:
        NotNative: the table must take the way of the layouts instead.
    """
    query, held, (_, _, names, kept) = started_query(plan, table, prepared)
    result = query.collect(engine=engine_for(len(table)))
    missing = {key: int(result[name].sum()) for key, name in names.items()}
    _check_lists(kept, held, missing, len(table))
    columns: dict[Any, Any] = {}
    for name, output in plan.outputs.items():
        if name not in kept.outputs:
            columns[name] = held[output.name].renamed(name)
            continue
        series, dtype = result[name], output.dtype
        if dtype in BY_DATA:
            deciding = (*getattr(output, "decided_by", ()), output)
            floats = any(missing.get(id(node)) for node in deciding)
            series, dtype = (series.cast(pl.Float64), FLOAT) if floats else (series, BY_DATA[dtype])
        columns[name] = PolarsColumn(series, dtype, name, table.labels)
    made = PolarsFrame(columns, len(table), table.labels)
    return made if plan.keep is None else made.filtered(PolarsColumn(result[KEEP], BOOL, None, table.labels))


def _check_lists(plan: Plan, held: dict[str, Any], missing: dict[int, int], rows: int) -> None:
    for node in plan.nodes():
        if node.dtype == LIST:
            source = node.operands[0]
            absent = held[source.name].data.null_count() if isinstance(source, Field) else missing.get(id(source), 0)
            if absent == rows:
                raise NotNative("only missing texts split")
        if node.operation == "map" and rows == 0:
            raise NotNative("map of no rows")


def _any_beyond_ascii(texts: dict[str, pl.Series], rows: int) -> bool:
    """Whether one of the texts holds characters beyond ASCII: a column after the other, or all of many rows on all cores."""
    if rows < _STREAMED:
        return any(beyond_ascii(series) for series in texts.values())
    if not texts:
        return False
    tests = [(pl.col(name).str.len_bytes() != pl.col(name).str.len_chars()).any() for name in texts]
    return any(pl.DataFrame(texts).lazy().select(tests).collect(engine="streaming").row(0))


def _beyond_ascii(plan: Plan) -> bool:
    """Whether the constants of a plan bring characters beyond ASCII."""

    def walk(value: Any) -> bool:
        if isinstance(value, str):
            return not value.isascii()
        if isinstance(value, dict):
            return any(walk(item) for pair in value.items() for item in pair)
        return any(walk(item) for item in value) if isinstance(value, tuple | list) else False

    constants = (operand.value for node in plan.nodes() for operand in node.operands if isinstance(operand, Constant))
    return any(walk(value) for value in constants) or any(walk(dict(node.parameters)) for node in plan.nodes())
