# ruff: noqa: SLF001  (the facade's classes are friends: they read one another's held values)
"""Rows of a partitioned table: the portions they come from, the steps on the way, their labels, and their meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from litsdf.contract import NotNative
from litsdf.dtypes import BY_DATA, FLOAT, LIST
from litsdf.layouts.columnar import default_labels
from litsdf.layouts.partition_fields import never_missing, plan_for
from litsdf.layouts.partition_labels import HeldLabels, KeptLabels
from litsdf.layouts.partition_runs import Runner
from litsdf.layouts.polars import PolarsColumn, PolarsFrame
from litsdf.layouts.portions import MASK, Apply, Evaluate, Held, Step, Task, stacked
from litsdf.plan import Field

if TYPE_CHECKING:
    from litsdf.frame import DataFrame

__all__ = ["Rows", "held_rows", "in_facade", "in_polars"]


class Rows:
    """Rows in order, cut into portions.

    Args:
        sources: where the rows of each portion come from.
        fields: the columns there are, by name.
        runner: what computes portions.
        steps: what is done to each portion.
        labels: None for the labels 0 … n-1, else how the hidden columns make them.
        reference: the same rows as a table in memory, operation by operation, for what portions cannot do exactly.
        counted: whether the steps keep the number of rows of the sources.
    """

    def __init__(
        self, sources: Sequence[Any], fields: Mapping[str, Field], runner: Runner, *, steps: tuple[Step, ...] = (),
        labels: Any = None, reference: Callable[[], DataFrame] | None = None, counted: bool = True,
    ) -> None:  # fmt: skip
        self.sources = sources
        self.fields = dict(fields)
        self.runner = runner
        self.steps = steps
        self.labels = labels
        self._reference = reference
        self._counted = counted
        self._lengths: list[int] | None = None
        self._index: Any = None
        self.detours = 0
        """How often only pandas could compute these rows exactly."""

    def each(self, names: Sequence[str], then: Callable[[PolarsFrame], Any]) -> Iterator[Any]:
        """Compute these columns of each portion, and what is to be made of them, in order."""
        return self.each_with(names, [then] * len(self.sources))

    def each_with(self, names: Sequence[str], thens: Sequence[Callable[[PolarsFrame], Any]]) -> Iterator[Any]:
        """Compute these columns of the first portions, each with what is to be made of it, in order."""
        tasks = self.tasks(names, thens)
        return self.runner.each(self.sources[: len(tasks)], tasks)

    def tasks(self, names: Sequence[str], thens: Sequence[Callable[[PolarsFrame], Any]]) -> list[Task]:
        """What it takes to compute these columns of the first portions."""
        steps: list[Step] = []
        wanted = set(names)
        for step in reversed(self.steps):
            pruned, wanted = step.pruned(wanted)
            steps.insert(0, pruned)
        return [
            Task(tuple(step.at(number) for step in steps), number, tuple(sorted(wanted)), then, then is same)
            for number, then in enumerate(thens)
        ]

    def hidden(self) -> tuple[str, ...]:
        """The hidden columns that carry the labels."""
        return () if self.labels is None else tuple(self.labels.columns)

    def lengths(self) -> list[int]:
        """Number of rows of each portion."""
        if self._lengths is None:
            known = [source.rows for source in self.sources] if self._counted else [None]
            if None not in known:
                self._lengths = [int(rows) for rows in known if rows is not None]
            else:
                try:
                    self._lengths = list(self.each((), len))
                except NotNative:
                    self._settle()
                    self._lengths = [len(source.frame) for source in self.sources]
        return self._lengths

    def known_empty(self) -> bool:
        """Whether it is known without computing that there are no rows."""
        return self._counted and all(source.rows == 0 for source in self.sources)

    def index(self) -> Any:
        """Row labels; None for the default ones."""
        if self.labels is None:
            return None
        if self._index is None:
            self._index = default_labels(self.labels.index(stacked(list(self.each(self.hidden(), same)))))
        return self._index

    def derived(self, plan_of: Mapping[str, Any], *, mask: Any = None) -> Rows:
        """Rows with these columns, and only where the mask is true."""
        outputs = dict(plan_of) | ({} if mask is None else {MASK: mask})
        plan, attached, constants = plan_for(outputs)
        number = mask is not None and self.labels is None
        step = Evaluate(plan, masked=mask is not None, numbered=number, attached=attached, constants=constants)
        fields = {name: Field(name, node.dtype, _may_be_missing(node)) for name, node in plan_of.items()}

        def reference() -> DataFrame:
            made = self.replayed(outputs)
            return made if mask is None else made[made[MASK]].drop(columns=MASK)

        rows = Rows(
            self.sources, fields, self.runner, steps=(*self.steps, step), reference=reference,
            labels=KeptLabels(self) if number else self.labels, counted=self._counted and mask is None,
        )  # fmt: skip
        if mask is None:
            rows._lengths, rows._index = self._lengths, self._index
        return rows

    def applied(self, function: Callable[[PolarsFrame], PolarsFrame], fields: Mapping[str, Field], *,
                reference: Callable[[], DataFrame], counted: bool = False) -> Rows:  # fmt: skip
        """Rows that a function makes of each portion, with the labels 0 … n-1."""
        steps = (*self.steps, Apply(function, tuple(self.fields)))
        return Rows(
            self.sources, fields, self.runner, steps=steps, reference=reference, counted=counted and self._counted
        )

    def unlabelled(self) -> Rows:
        """The same rows with the labels 0 … n-1."""

        def reference() -> DataFrame:
            made: DataFrame = self.reference().reset_index(drop=True)
            return made

        rows = Rows(
            self.sources, self.fields, self.runner, steps=self.steps, reference=reference, counted=self._counted
        )
        rows._lengths = self._lengths
        return rows

    def collected(self, names: Sequence[str]) -> PolarsFrame:
        """Bring these columns into memory, with their labels."""
        try:
            frame = stacked(list(self.each((*names, *self.hidden()), same)))
            if not len(frame) or any(_only_missing(frame.columns[name]) for name in names):
                raise NotNative("a dtype that depends on there being values")
            labels = self.index_of(frame)
        except NotNative:
            return self._referred(names)
        columns = {name: frame.columns[name].renamed(name).relabelled(labels) for name in names}
        return PolarsFrame(columns, len(frame), labels)

    def batches(self, names: Sequence[str]) -> Iterator[PolarsFrame]:
        """Compute these columns portion by portion: of the dtypes of the whole, with their labels.

        Raises:
            NotNative: only pandas knows the dtypes.
        """
        dtypes = self.decided({name: self.fields[name] for name in names})
        empty = True
        for frame in self.each((*names, *self.hidden()), same):
            if len(frame):
                empty = False
                yield settled(frame, dtypes, None if self.labels is None else self.labels.index(frame))
        if empty:
            yield self._referred(names)

    def index_of(self, frame: PolarsFrame) -> Any:
        """Labels of a table that has the hidden columns; None for the default ones."""
        if self._index is not None and len(self._index) == len(frame):
            return self._index  # the very index, with its frequency
        return None if self.labels is None else default_labels(self.labels.index(frame))

    def reference(self) -> DataFrame:
        """The rows as a table in memory: exactly, whatever it costs."""
        if self._reference is not None:
            return self._reference()
        frame = stacked(list(self.each((*self.fields, *self.hidden()), same)))
        labels = self.index_of(frame)
        columns = {name: frame.columns[name].renamed(name).relabelled(labels) for name in self.fields}
        return in_facade(PolarsFrame(columns, len(frame), labels))

    def _referred(self, names: Sequence[str]) -> PolarsFrame:
        """Columns of the rows as a table in memory; counted where that went through pandas."""
        reference = self.reference()
        found = reference[list(names)] if names else reference
        self.detours += bool(reference.fallbacks)
        held = in_polars(found)
        return held if names else PolarsFrame({}, len(held), held.labels)

    def _settle(self) -> None:
        """Hold the rows in memory from now on, because portions cannot be computed for themselves."""
        frame = self._referred(tuple(self.fields))
        cuts = None if self._lengths is None else np.concatenate([[0], np.cumsum(self._lengths)])
        made = held_rows(frame, len(self.sources), self.runner, cuts)
        self.sources, self.steps, self.labels = made.sources, (), made.labels
        self._reference, self._counted, self._index = None, True, made._index

    def replayed(self, outputs: Mapping[str, Any]) -> DataFrame:
        """Evaluate outputs over these rows, operation by operation."""
        from litsdf.compiling.replay import replay
        from litsdf.series import Series

        plan, attached, constants = plan_for(outputs)
        held = self.reference().assign(**constants)
        for name, pieces in attached.items():
            if hasattr(pieces, "replayed"):
                held[name] = pieces.replayed()
                continue
            column = stacked([PolarsFrame({"": piece.relabelled(None)}, len(piece)) for piece in pieces]).columns[""]
            held[name] = Series._of(column.relabelled(held._table.labels), None)
        result: DataFrame = replay(plan, held)
        return result

    def decided(self, outputs: Mapping[str, Any]) -> dict[str, str]:
        """Decide the dtypes of outputs, computing those that depend on the values."""
        open_ones = {name: node for name, node in outputs.items() if node.dtype in BY_DATA and is_open(node)}
        found = {name: {BY_DATA.get(node.dtype, node.dtype)} for name, node in outputs.items()}
        if open_ones:
            rows = self.derived(open_ones)
            try:
                portions = list(rows.each(tuple(open_ones), _dtypes))
            except NotNative:
                portions = [_dtypes(rows._referred(tuple(open_ones)))]
            for dtypes in portions:
                for name, dtype in dtypes.items():
                    found[name].add(dtype)
        return {name: FLOAT if FLOAT in dtypes else next(iter(dtypes)) for name, dtypes in found.items()}


def in_facade(table: PolarsFrame) -> DataFrame:
    """The table as users see it, in memory, with a count of its own."""
    from litsdf.frame import DataFrame

    return DataFrame._of(table, None)


def in_polars(reference: DataFrame) -> PolarsFrame:
    """What the polars layout holds of a table in memory, whichever layout its last operation ended in."""
    table = reference._table
    return table if type(table) is PolarsFrame else PolarsFrame.from_pandas(table.to_pandas())


def settled(frame: PolarsFrame, dtypes: Mapping[str, str], labels: Any) -> PolarsFrame:
    """Give a portion the dtypes of the whole, and its labels.

    Raises:
        NotNative: only pandas knows the dtypes.
    """
    columns = {}
    for name, dtype in dtypes.items():
        column = frame.columns[name]
        if column.dtype != dtype and dtype == FLOAT:
            column = PolarsColumn(column.data.cast(pl.Float64), FLOAT)
        if column.dtype != dtype or (dtype == LIST and 0 < len(frame) == column.data.null_count()):
            raise NotNative("portions of different dtypes")
        columns[name] = column.renamed(name).relabelled(labels)
    return PolarsFrame(columns, len(frame), labels)


def is_open(node: Any) -> bool:
    """Whether the values decide a node's dtype."""
    return bool(getattr(node, "decided_by", ())) or node.may_be_missing


def _may_be_missing(node: Any) -> bool:
    return bool(node.may_be_missing or (node.dtype in BY_DATA and is_open(node)))


def same(frame: PolarsFrame) -> PolarsFrame:
    return frame


def _dtypes(frame: PolarsFrame) -> dict[str, str]:
    return {name: column.dtype for name, column in frame.columns.items()}


def _only_missing(column: PolarsColumn) -> bool:
    return column.dtype == LIST and column.data.null_count() == len(column)


def held_rows(frame: PolarsFrame, partitions: int, runner: Runner, cuts: Any = None) -> Rows:
    """Cut a table in memory into this many portions, or where `cuts` says: the first row of each, and the end."""
    fields = {name: Field(name, c.dtype, not never_missing(c.dtype)) for name, c in frame.columns.items()}
    columns = {name: column.relabelled(None) for name, column in frame.columns.items()}
    labels = None
    if frame.labels is not None:
        index = frame.labels
        labels = HeldLabels(tuple(index.names), index.nlevels > 1)
        for number, name in enumerate(labels.columns):
            values = index.get_level_values(number)
            columns[name] = PolarsColumn.from_pandas(values.to_series(index=range(len(index)), name=name), None)
    length = len(frame)
    cuts = np.linspace(0, length, partitions + 1).astype(int) if cuts is None else cuts
    sources = [Held(sliced(PolarsFrame(columns, length), a, b)) for a, b in pairwise(cuts)]
    rows = Rows(sources, fields, runner, labels=labels)
    rows._index = frame.labels
    return rows


def sliced(frame: PolarsFrame, start: int, stop: int) -> PolarsFrame:
    """Give the rows start … stop-1 without copying them."""
    columns = {name: piece(column, start, stop) for name, column in frame.columns.items()}
    return PolarsFrame(columns, stop - start)


def piece(column: PolarsColumn, start: int, stop: int) -> PolarsColumn:
    """Give the values start … stop-1 of a column without copying them."""
    return PolarsColumn(column.data[start:stop], column.dtype, column.name)
