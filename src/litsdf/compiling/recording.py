# ruff: noqa: SLF001, ICN001  (friends read one another's held values; dt would be taken for the accessor)
"""Record what brings rows together while a function is traced: groups, orders, joins, running and single values."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from litsdf.compiling.recorded_calls import BESIDE, NEW_ROWS, OF_GROUPS, VALUES
from litsdf.contract import NotNative
from litsdf.dtypes import BOOL, BY_DATA, DATETIME, FLOAT, INT, INT32, LIST, STR, TIMEDELTA, scalar_dtype
from litsdf.frame import DataFrame
from litsdf.layouts.pandas_forms import dtype_name
from litsdf.plan import Constant, KeptRows, TraceColumn, TraceFrame, UntraceableError, node_of, user_line
from litsdf.relations import Call, Part, Reference, SavedTable, Source, Step, TracedScalar
from litsdf.series import Series

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["TracedGroups", "recorded", "renumbered", "run_call"]

_SHOWN: dict[str, list[Any]] = {
    INT: [1, 2], INT32: [1, 2], FLOAT: [0.5, 1.5], BOOL: [True, False], STR: ["a", "b"], LIST: [["a"], ["b"]],
    DATETIME: [datetime.datetime(2024, 1, 1), datetime.datetime(2024, 1, 2)],  # noqa: DTZ001  (they have no zone)
    TIMEDELTA: [datetime.timedelta(1), datetime.timedelta(2)],
}  # fmt: skip


def recorded(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Add one call to the trace, and give what stands for its result.

    Raises:
        UntraceableError: the call needs the values themselves.
    """
    beside = name in BESIDE and isinstance(owner, Series)
    single = name in VALUES and isinstance(owner, Series)
    allowed = beside or single or name in NEW_ROWS or (name == "duplicated")
    if not allowed or options.get("inplace") is True:
        raise UntraceableError(
            f"{user_line()}: {name} needs the values themselves, which are not there when a function is compiled."
        )
    return _Recorder().result(owner, [(name, args, options)], beside=beside or name == "duplicated")


def renumbered(table: TraceFrame) -> Any:
    """A table whose rows are numbered from 0."""
    return recorded(DataFrame._of(table, None), "reset_index", (), {"drop": True})._table


class _Recorder:
    """Makes one step: its calls with the traced tables taken out, and its result by an example."""

    def __init__(self) -> None:
        self.tables: list[Source] = []
        self.examples: list[Any] = []

    def result(self, owner: Any, calls: list[tuple[str, Any, Any]], *, beside: bool) -> Any:
        """Record a chain of calls on a traced table or column."""
        if beside:
            _labels(owner).settle()
        self.reference(owner)
        kept = tuple(Call(name, self.taken_out(args), self.taken_out(options)) for name, args, options in calls)
        step = Step(tuple(self.tables), kept)
        example: Any = self.examples[0]
        try:
            for call in kept:
                example = run_call(example, call, lambda reference: self.examples[reference.place], as_pandas)
        except Exception as error:
            raise UntraceableError(f"{user_line()}: {calls[-1][0]} with these arguments ({error}).") from error
        return _standing_for(example, step, _labels(owner) if beside else None)

    def reference(self, traced: Any) -> Reference:
        """Note a traced table among those that the step reads."""
        self.tables.append((traced._table if isinstance(traced, DataFrame) else traced._column).source())
        self.examples.append(_example(traced))
        return Reference(len(self.tables) - 1)

    def taken_out(self, value: Any) -> Any:
        """An argument without the trace's tables; tables from outside are constants."""
        if isinstance(value, DataFrame | Series):
            return self.reference(value) if value.layout == "trace" else value.copy()
        if isinstance(value, pd.DataFrame | pd.Series):
            made = DataFrame(value) if isinstance(value, pd.DataFrame) else Series(value)
            return made.copy()
        if isinstance(value, TracedScalar) or (callable(value) and not isinstance(value, type)):
            raise UntraceableError(f"{user_line()}: a function, or a value that is not known yet, as an argument.")
        if isinstance(value, dict):
            return {key: self.taken_out(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self.taken_out(item) for item in value)
        return value


def run_call(held: Any, call: Call, table: Callable[[Reference], Any], constant: Callable[[Any], Any]) -> Any:
    """Do one call of a step: on the facade's tables, or on pandas' examples."""

    def put_in(value: Any) -> Any:
        if isinstance(value, Reference):
            return table(value)
        if isinstance(value, DataFrame | Series | SavedTable):
            return constant(value)
        if isinstance(value, dict):
            return {key: put_in(item) for key, item in value.items()}
        return type(value)(put_in(item) for item in value) if type(value) in {list, tuple} else value

    arguments, options = put_in(call.arguments), put_in(call.options)
    return held[arguments[0]] if call.name == "[]" else getattr(held, call.name)(*arguments, **options)


def as_pandas(value: Any) -> Any:
    """A table as pandas has it."""
    return value.to_pandas()


def _labels(traced: Any) -> KeptRows:
    held = traced._table if isinstance(traced, DataFrame) else traced._column
    labels: KeptRows = held.labels
    return labels


def _example(traced: Any) -> Any:
    """A small table of pandas with the dtypes and labels that the traced one will have."""
    index = _labels(traced).example
    index = pd.RangeIndex(2) if index is None else index

    def column(held: Any) -> pd.Series:
        dtype = BY_DATA.get(held.dtype, held.dtype)
        values = (_SHOWN.get(dtype, [object(), object()]) * (len(index) // 2 + 1))[: len(index)]
        return pd.Series(values, index=index, dtype=dtype if dtype in _SHOWN and dtype != LIST else object)

    if isinstance(traced, Series):
        return column(traced._column).rename(traced.name)
    return pd.DataFrame({name: column(held) for name, held in traced._table.columns.items()}, index=index)


def _standing_for(example: Any, step: Step, beside: KeptRows | None) -> Any:
    """What the function goes on with: a traced table, column or value."""
    if isinstance(example, pd.DataFrame):
        if not example.columns.is_unique or not len(example.columns) or beside is not None:
            raise UntraceableError(f"{user_line()}: a table with repeated column names, or without columns.")
        labels = KeptRows(None, step, example.index)
        columns = {
            name: TraceColumn(Part(step, name, dtype, step), dtype, name, labels)
            for name, dtype in ((name, dtype_name(kind)) for name, kind in example.dtypes.items())
        }
        return DataFrame._of(TraceFrame(columns, 1, labels), None)
    if isinstance(example, pd.Series):
        labels = KeptRows(None, step, example.index) if beside is None else beside
        origin = step if beside is None else beside.rows[1]
        dtype = dtype_name(example.dtype)
        part = Part(step, None, dtype, origin)
        return Series._of(TraceColumn(part, dtype, example.name, labels), None)
    kind = {"f": FLOAT, "i": INT, "b": BOOL}.get(np.asarray(example).dtype.kind) if np.ndim(example) == 0 else None
    if kind is None:
        raise UntraceableError(f"{user_line()}: {step.calls[-1].name} gives a {type(example).__name__}.")
    return _scalar(Part(step, None, kind, None, is_value=True), kind)


def _scalar(node: Any, dtype: str) -> TracedScalar:
    def calculate(operation: str, operands: list[Any]) -> TracedScalar:
        nodes = [
            item.node if isinstance(item, TracedScalar) else Constant(item, scalar_dtype(item)) for item in operands
        ]
        try:
            made = node_of(operation, nodes, {})
        except NotNative as error:
            raise UntraceableError(f"{user_line()}: {error}") from error
        return _scalar(made, made.dtype)

    def refuse() -> UntraceableError:
        return UntraceableError(f"{user_line()}: this value is not known when a function is compiled.")

    return TracedScalar(node, dtype, calculate, refuse)


class TracedGroups:
    """Groups of the rows of a traced table or column: `df.groupby(…)` while a function is traced."""

    __slots__ = ("_calls", "_owner")

    def __init__(self, owner: Any, by: Any, options: Mapping[str, Any], calls: Any = None) -> None:
        self._owner = owner
        self._calls = calls or [("groupby", (by,), dict(options))]

    def __getitem__(self, key: Any) -> TracedGroups:
        return TracedGroups(self._owner, None, {}, [*self._calls, ("[]", (key,), {})])

    def __getattr__(self, name: str) -> Any:
        if name in OF_GROUPS or name in BESIDE:

            def method(*args: Any, **options: Any) -> Any:
                calls = [*self._calls, (name, args, options)]
                return _Recorder().result(self._owner, calls, beside=name in BESIDE)

            return method
        if len(self._calls) == 1 and isinstance(self._owner, DataFrame) and name in self._owner:
            return self[name]
        raise UntraceableError(f"{user_line()}: groupby.{name} is not recorded when a function is compiled.")

    def __iter__(self) -> Any:
        raise UntraceableError(f"{user_line()}: groups cannot be gone through when a function is compiled.")

    __len__ = __iter__
