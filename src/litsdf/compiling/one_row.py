"""A function that brings rows together, as straight-line Python for one row: tables have one row then, or none."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from litsdf.compiling.one_row_values import AGGREGATED, RUNNING, aggregated, running
from litsdf.compiling.rows import compiled_source, constant_value, reading_lines
from litsdf.contract import NotNative
from litsdf.dtypes import BY_DATA, FLOAT, NUMERIC
from litsdf.layouts.row_code import Scope, Value, is_missing_text
from litsdf.layouts.rows import expression
from litsdf.plan import Constant, Field, Node, Plan, node_of
from litsdf.relations import Call, Part, Reference, Source, Step, TracedScalar

__all__ = ["RowTable", "RowWriter", "program_row_code"]

_SAME_ROW = frozenset({"sort_values", "sort_index", "drop_duplicates"})
"""What leaves a table of one row as it is."""


def program_row_code(inputs: tuple[Field, ...], result: Source) -> tuple[str, Callable[[Mapping[str, Any]], Any]]:
    """Write and compile the code of a program for one row: its source, and the function from a row to the result.

    Raises:
        NotNative: a step has no exact form for one row, or gives several rows.
    """
    return RowWriter(inputs, result).written()


@dataclass(slots=True)
class RowTable:
    """A table of one row, or none, while code is written: how its values are spelled, by name."""

    columns: dict[Any, Value]
    labels: list[tuple[Any, Value]] | None = None
    """The row's label, by level; None for the number 0."""
    exists: str | None = None
    """The condition under which there is a row; None when there always is."""
    single: bool = False
    """Whether it is one column."""
    by: list[tuple[Any, Value]] = field(default_factory=list)
    """Keys of groups that are still to be aggregated."""
    as_index: bool = True
    """Whether these keys become the label of the result, rather than its first columns."""


class RowWriter:
    """Writes the lines of a program for one row; what several steps need is written once."""

    def __init__(self, inputs: tuple[Field, ...], result: Source) -> None:
        self.scope = Scope({"nan": math.nan}, single_row=True)
        self.values: dict[int, Value] = {}
        self.counts: dict[str, int] = {}
        self.steps: dict[int, Any] = {}
        self.result = result
        self.lines = reading_lines(Plan(inputs), self.scope, self.values)
        self.fields = {column.name: self.values[id(column)] for column in inputs}
        self.spine = _spine(result)

    def written(self) -> tuple[str, Callable[[Mapping[str, Any]], Any]]:
        """The whole function."""
        table = self.table(self.result, on_spine=True)
        if table.exists is not None:
            self.lines.append(f"    if not {table.exists}:\n        return None")
        texts = {name: value.text for name, value in table.columns.items()}
        if self.result.single:
            self.lines.append(f"    return {next(iter(texts.values()))}")
        else:
            self.lines.append("    return {" + ", ".join(f"{name!r}: {text}" for name, text in texts.items()) + "}")
        return compiled_source(_needed(self.lines), self.scope)

    def named(self, base: str, text: str, dtype: str, *, may_be_missing: bool) -> Value:
        """Give an expression a name of its own."""
        base = base.rpartition(".")[2]
        self.counts[base] = self.counts.get(base, 0) + 1
        name = f"{base}_{self.counts[base]}"
        self.lines.append(f"    {name} = {text}")
        return Value(name, dtype, may_be_missing)

    def leave_when(self, condition: str) -> None:
        """Leave rows of this kind to the function itself."""
        self.lines.append(f"    if {condition}:\n        {self.scope.bind('leave', _leave)}()")

    def table(self, source: Source, *, on_spine: bool) -> RowTable:
        """The row that a source gives."""
        base = RowTable({}) if source.origin is None else self.step(source.origin)
        exists = base.exists
        if source.keep is not None:
            kept = self.value(source.keep).text
            if on_spine:  # without it there is no row at the end
                self.lines.append(f"    if not {kept}:\n        return None")
            else:
                exists = kept if exists is None else f"({exists} and {kept})"
        columns = {name: self.value(output) for name, output in source.outputs.items()}
        if source.single:
            columns = {source.name: next(iter(columns.values()))}
        return RowTable(columns, base.labels, exists, single=source.single)

    def step(self, step: Step) -> Any:
        """The table of a step, or the value that it is."""
        if id(step) not in self.steps:
            on_spine = id(step) in self.spine
            held: Any = self.table(step.tables[0], on_spine=on_spine)
            for call in step.calls:
                held = self.called(held, call, step, on_spine=on_spine)
            if isinstance(held, RowTable) and held.by:
                raise NotNative("groups without an aggregation")
            self.steps[id(step)] = held
        return self.steps[id(step)]

    def called(self, table: RowTable, call: Call, step: Step, *, on_spine: bool) -> Any:
        """What one call gives."""
        if call.name == "groupby":
            return self.grouped(table, call, step, on_spine=on_spine)
        if call.name == "[]":
            (key,) = call.arguments
            names = key if type(key) is list else [key]
            columns = {name: table.columns[name] for name in names}
            single = type(key) is not list
            return RowTable(columns, table.labels, table.exists, single=single, by=table.by, as_index=table.as_index)
        if table.by or (table.single and call.name in AGGREGATED):
            return aggregated(self, table, call)
        if call.name in RUNNING and (table.single or call.name == "duplicated"):
            return running(self, table, call)
        from litsdf.compiling.one_row_steps import STEPS

        if call.name in _SAME_ROW:
            if call.options.get("key") is not None or call.options.get("axis") not in {None, 0}:
                raise NotNative(call.name)
            labels = None if call.options.get("ignore_index") else table.labels
            return RowTable(table.columns, labels, table.exists, single=table.single)
        if call.name not in STEPS:
            raise NotNative(call.name)
        return STEPS[call.name](self, table, call, lambda ref: self.table(step.tables[ref.place], on_spine=False),
                                on_spine=on_spine)  # fmt: skip

    def grouped(self, table: RowTable, call: Call, step: Step, *, on_spine: bool) -> RowTable:
        """The row as a group of its own; without a key it is in none."""
        options = {name: value for name, value in call.options.items() if name not in {"sort", "observed"}}
        usual: dict[str, set[Any]] = {
            "as_index": {True, False},
            "dropna": {True},
            "level": {None},
            "group_keys": {True},
        }
        for name, value in options.items():
            if name not in usual or value not in usual[name]:
                raise NotNative(f"groups by {name}")
        (by,) = call.arguments
        keys = []
        for part in by if type(by) is list else [by]:
            if isinstance(part, Reference):
                series = self.table(step.tables[part.place], on_spine=False)
                ((name, value),) = series.columns.items()
                if series.exists != table.exists:
                    raise NotNative("a key of other rows")
            elif type(part) is str and part in table.columns:
                name, value = part, table.columns[part]
            else:
                raise NotNative("groups by these keys")
            keys.append((name, value))
        exists = table.exists
        beside = any(later.name in {"transform", *RUNNING} for later in step.calls)
        for _, value in keys:
            if value.dtype in BY_DATA:
                raise NotNative("keys of a dtype that the data decide")
            if not value.may_be_missing:
                continue
            missing = is_missing_text(value, self.scope)
            if beside:
                self.leave_when(missing)
            elif on_spine:
                self.lines.append(f"    if {missing}:\n        return None")
            else:
                there = f"(not ({missing}))"
                exists = there if exists is None else f"({exists} and {there})"
        chosen = [later.arguments[0] for later in step.calls if later.name == "[]"]
        gone = {name for name, value in keys if table.columns.get(name) is value} if not table.single else set()
        for key in chosen:  # a key that is chosen outright stays
            gone -= set(key) if type(key) is list else {key}
        columns = {name: value for name, value in table.columns.items() if name not in gone}
        as_index = call.options.get("as_index", True)
        return RowTable(columns, table.labels, exists, single=table.single, by=keys, as_index=as_index)

    def value(self, node: Any) -> Value:
        """How a node is spelled; its operations are written before."""
        if id(node) not in self.values:
            self.values[id(node)] = self._value(node)
        return self.values[id(node)]

    def _value(self, node: Any) -> Value:
        if isinstance(node, Field):
            return self.fields[node.name]
        if isinstance(node, Constant):
            return constant_value(node, self.scope)
        if isinstance(node, Part):
            return self._part(node)
        operands = [self.value(operand) for operand in node.operands]
        if any(isinstance(value, TracedScalar) for value in node.parameters.values()):
            return self._filled(node, operands[0])
        built = node_of(node.operation, [_known(value) for value in operands], node.parameters)
        text = expression(node.operation, operands, node.parameters, self.scope)
        return self.named(node.operation, text, built.dtype, may_be_missing=built.may_be_missing)

    def _part(self, part: Part) -> Value:
        held = self.step(part.step)
        if isinstance(held, Value):
            return held
        if part.name is None:
            return next(iter(held.columns.values()))
        if part.name not in held.columns:
            raise NotNative("a column that one row does not have")
        found: Value = held.columns[part.name]
        return found

    def _filled(self, node: Node, value: Value) -> Value:
        """A missing value replaced by one that is known when the function runs."""
        filler = node.parameters.get("value")
        if node.operation != "fillna" or not isinstance(filler, TracedScalar) or value.dtype != FLOAT:
            raise NotNative("a parameter that is not known yet")
        found = self.value(filler.node)
        if found.dtype not in NUMERIC:
            raise NotNative("filled with no number")
        text = f"(float({found.text}) if {is_missing_text(value, self.scope)} else {value.text})"
        return self.named("fillna", text, FLOAT, may_be_missing=True)


def _needed(lines: list[str]) -> list[str]:
    """Leave out the lines of values that nothing uses."""
    kept: list[str] = []
    used: set[str] = set()
    for line in reversed(lines):
        given = re.match(r"    (\w+_\d+) = ", line)
        if given is None or given[1].startswith("in_") or given[1] in used:
            kept.append(line)
            used.update(re.findall(r"\w+", line if given is None else line[given.end() :]))
    return kept[::-1]


def _known(value: Value) -> Any:
    """What stands for a value where only its dtype matters."""
    if value.constant:
        return Constant(value.value, value.dtype, value.may_be_missing)
    return Field(value.text, value.dtype, value.may_be_missing)


def _spine(result: Source) -> set[int]:
    """The steps whose rows become the rows of the result."""
    found, source = set(), result
    while source.origin is not None:
        found.add(id(source.origin))
        source = source.origin.tables[0]
    return found


def _leave() -> None:
    raise NotNative("a row that the function itself answers")
