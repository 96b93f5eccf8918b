"""A program as JSON, with the tables that it joins as Arrow inside it: loaded without running anything from the file."""

from __future__ import annotations

import base64
import math
from typing import Any

from litsdf.compiling.recorded_calls import RECORDED
from litsdf.compiling.storage import decoded, described, encoded, rebuilt
from litsdf.contract import NotNative
from litsdf.dtypes import BOOL, DATETIME, FLOAT, INT, STR
from litsdf.errors import CompileError
from litsdf.frame import DataFrame
from litsdf.plan import Field
from litsdf.relations import Call, Part, Reference, SavedTable, Source, Step, TracedScalar
from litsdf.series import Series

__all__ = ["program_as_json", "program_from_json"]

FORMAT = 1


def program_as_json(inputs: tuple[Field, ...], result: Source) -> dict[str, Any]:
    """Describe a program.

    Raises:
        CompileError: an argument of a step, or a dtype of a joined table, cannot be saved.
    """
    writer = _Writer()
    fields = [writer.node(column) for column in inputs]
    return {
        "litsdf_program": FORMAT, "inputs": fields, "result": writer.source(result), "nodes": writer.nodes,
        "steps": writer.steps, "tables": writer.tables,
    }  # fmt: skip


class _Writer:
    """Gives nodes, steps and tables numbers; what a description refers to comes before it."""

    def __init__(self) -> None:
        self.nodes: list[dict[str, Any]] = []
        self.steps: list[dict[str, Any]] = []
        self.tables: list[dict[str, Any]] = []
        self._places: dict[int, int] = {}

    def node(self, node: Any) -> int:
        if id(node) not in self._places:
            made = self._described(node)
            self._places[id(node)] = len(self.nodes)
            self.nodes.append(made)
        return self._places[id(node)]

    def _described(self, node: Any) -> dict[str, Any]:
        if isinstance(node, Part):
            return {
                "part": self.step(node.step), "name": encoded(node.name), "dtype": node.dtype,
                "origin": None if node.origin is None else self.step(node.origin), "missing": node.may_be_missing,
                "value": node.is_value,
            }  # fmt: skip
        operands = [self.node(operand) for operand in getattr(node, "operands", ())]
        for decider in getattr(node, "decided_by", ()):
            self.node(decider)
        return described(node, operands, self._places, self.argument)

    def source(self, source: Source) -> dict[str, Any]:
        origin = None if source.origin is None else self.step(source.origin)
        outputs = [[encoded(name), self.node(output)] for name, output in source.outputs.items()]
        keep = None if source.keep is None else self.node(source.keep)
        return {
            "outputs": outputs,
            "keep": keep,
            "origin": origin,
            "single": source.single,
            "name": encoded(source.name),
        }

    def step(self, step: Step) -> int:
        if id(step) not in self._places:
            made = {
                "tables": [self.source(table) for table in step.tables],
                "calls": [
                    [call.name, self.argument(call.arguments), self.argument(call.options)] for call in step.calls
                ],
            }
            self._places[id(step)] = len(self.steps)
            self.steps.append(made)
        return self._places[id(step)]

    def argument(self, value: Any) -> Any:
        """An argument of a call, or a parameter of an operation."""
        if isinstance(value, Reference):
            return {"reference": value.place}
        if isinstance(value, TracedScalar):
            return {"scalar": self.node(value.node), "dtype": value.dtype}
        if isinstance(value, DataFrame | Series | SavedTable):
            self.tables.append(_table_as_json(value.facade() if isinstance(value, SavedTable) else value))
            return {"table": len(self.tables) - 1}
        return encoded(value, self.argument)


def _table_as_json(held: Any) -> dict[str, Any]:
    import pyarrow as pa

    single = isinstance(held, Series)
    frame = held.to_pandas()
    name = frame.name if single else None
    try:
        table = pa.Table.from_pandas(frame.to_frame("__value") if single else frame)
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise CompileError(f"A table that this function joins cannot be saved ({error}).") from error
    arrow = base64.b64encode(sink.getvalue()).decode("ascii")
    return {"arrow": arrow, "single": single, "name": encoded(name)}


def program_from_json(held: dict[str, Any]) -> tuple[tuple[Field, ...], Source]:
    """Rebuild a program from its description: its inputs and its result.

    Raises:
        CompileError: it comes from another version, or asks for something that is no step.
    """
    if held["litsdf_program"] != FORMAT:
        raise CompileError(f"The file has program format {held['litsdf_program']}, this version reads {FORMAT}.")
    reader = _Reader(held)
    inputs = tuple(reader.node(number) for number in held["inputs"])
    return inputs, reader.source(held["result"])


class _Reader:
    """Makes each node and step once."""

    def __init__(self, held: dict[str, Any]) -> None:
        self.held = held
        self._nodes: dict[int, Any] = {}
        self._steps: dict[int, Step] = {}
        self._running: set[tuple[str, int]] = set()

    def node(self, number: int) -> Any:
        if number not in self._nodes:
            self._nodes[number] = self._once(("node", number), lambda: self._node(self.held["nodes"][number]))
        return self._nodes[number]

    def _once(self, place: tuple[str, int], make: Any) -> Any:
        if place in self._running:
            raise CompileError("The file is damaged: a step refers to itself.")
        self._running.add(place)
        try:
            return make()
        finally:
            self._running.remove(place)

    def _node(self, entry: dict[str, Any]) -> Any:
        if "part" in entry:
            origin = None if entry["origin"] is None else self.step(entry["origin"])
            return Part(
                self.step(entry["part"]), decoded(entry["name"]), entry["dtype"], origin, bool(entry["missing"]),
                bool(entry["value"]),
            )  # fmt: skip
        return rebuilt(entry, self.node, self.argument)

    def source(self, entry: dict[str, Any]) -> Source:
        origin = None if entry["origin"] is None else self.step(entry["origin"])
        outputs = {decoded(name): self.node(number) for name, number in entry["outputs"]}
        keep = None if entry["keep"] is None else self.node(entry["keep"])
        return Source(outputs, keep, origin, bool(entry["single"]), decoded(entry["name"]))

    def step(self, number: int) -> Step:
        if number not in self._steps:
            self._steps[number] = self._once(("step", number), lambda: self._step(self.held["steps"][number]))
        return self._steps[number]

    def _step(self, entry: dict[str, Any]) -> Step:
        calls = []
        for name, arguments, options in entry["calls"]:
            if name not in RECORDED:
                raise CompileError(f"{name!r} is no step of this version of litsdf.")
            calls.append(Call(name, self.argument(arguments), self.argument(options)))
        tables = tuple(self.source(table) for table in entry["tables"])
        kept = tables[0].outputs if not calls else {}
        return Step(tables, tuple(calls), kept)

    def argument(self, value: Any) -> Any:
        if isinstance(value, dict) and len(value) <= 2:
            if "reference" in value:
                return Reference(int(value["reference"]))
            if "scalar" in value:
                return _known_later(self.node(value["scalar"]), value["dtype"])
            if "table" in value:
                return _Saved(self.held["tables"][value["table"]])
        return decoded(value, self.argument)


def _known_later(node: Any, dtype: str) -> TracedScalar:
    def refuse(*_: Any) -> Any:
        raise CompileError("The value is not known before the function runs.")

    return TracedScalar(node, dtype, refuse, refuse)


class _Saved(SavedTable):
    """A joined table as it was saved."""

    def __init__(self, entry: dict[str, Any]) -> None:
        self._entry = entry

    def _arrow(self) -> Any:
        import pyarrow as pa

        with pa.ipc.open_stream(pa.py_buffer(base64.b64decode(self._entry["arrow"]))) as reader:
            return reader.read_all()

    def facade(self) -> Any:
        """The table, or column, as users know it."""
        frame = self._arrow().to_pandas()
        if not self._entry["single"]:
            return DataFrame(frame)
        return Series(frame["__value"].rename(decoded(self._entry["name"])))

    def lists(self) -> dict[Any, tuple[str, list[Any]]]:
        """Dtype and Python values of each column, read without pandas."""
        table = self._arrow()
        names = [name for name in table.column_names if not name.startswith("__index_level_")]
        if self._entry["single"] or len(names) < len(table.column_names):
            raise NotNative("a column, or a table with labels")
        found: dict[Any, tuple[str, list[Any]]] = {}
        for name in names:
            column = table[name]
            dtype = _DTYPES.get(str(column.type))
            if dtype is None or (dtype in {INT, BOOL} and column.null_count):
                raise NotNative("a table of other dtypes")
            missing = None if dtype == DATETIME else math.nan
            values = [missing if value is None or value != value else value for value in column.to_pylist()]  # noqa: PLR0124
            found[name] = (dtype, values)
        return found


_DTYPES = {
    "int64": INT, "double": FLOAT, "bool": BOOL, "string": STR, "large_string": STR, "timestamp[us]": DATETIME,
}  # fmt: skip
