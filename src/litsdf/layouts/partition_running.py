"""Values that depend on the rows before: computed in two passes, the first of which learns what each portion hands on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import polars as pl

from litsdf.contract import NotNative
from litsdf.dtypes import DATETIME, FLOAT, INT, STR
from litsdf.layouts.partition_fields import AttachedField, numbered_name, plan_for
from litsdf.layouts.partition_rows import Rows, settled
from litsdf.layouts.polars import PolarsColumn, PolarsFrame
from litsdf.layouts.polars_expressions import POLARS_DTYPES
from litsdf.layouts.portions import Evaluate

__all__ = ["RUNNING", "running_field"]

_MOST = 100_000
"""Rows that a portion hands on to others at most."""
_NUMBERS = frozenset({INT, FLOAT})
_ANY = frozenset({INT, FLOAT, STR, DATETIME})
RUNNING = {
    "cumsum": _NUMBERS, "cummax": _NUMBERS, "cummin": _NUMBERS, "diff": _NUMBERS, "shift": _ANY, "ffill": _ANY, "bfill": _ANY,
}  # fmt: skip
"""The methods, and the dtypes they are done for."""


def running_field(rows: Rows, node: Any, method: str, periods: int) -> AttachedField:
    """A field of running values over a node; what the portions hand on is computed now, the values when they are needed.

    Raises:
        NotNative: the dtype is held for pandas, or more rows are handed on than a portion has.
    """
    dtype = rows.decided({"": node})[""]
    moves = method in {"shift", "diff"}
    if dtype not in RUNNING.get(method, ()) or (moves and (not periods or abs(periods) > _MOST)):
        raise NotNative(f"{method} of {dtype} in portions")
    summary = partial(_summary, method=method, periods=periods, dtype=dtype)
    summaries = list(rows.derived({"": node}).each(("",), summary))
    states = _STATES[method](summaries, periods, dtype) if moves else _STATES[method](summaries)
    pieces = _Running(rows, node, (method, periods, dtype), states)
    made = FLOAT if moves and dtype == INT else dtype
    return AttachedField(numbered_name("running"), made, made != INT, pieces)


def _summary(frame: PolarsFrame, *, method: str, periods: int, dtype: str) -> Any:
    data = settled(frame, {"": dtype}, None).columns[""].data
    if method in {"shift", "diff"}:
        return data.tail(periods) if periods > 0 else data.head(-periods)
    if method in {"ffill", "bfill"}:
        there = data.drop_nulls()
        return there[-1 if method == "ffill" else 0] if len(there) else None
    return {"cumsum": data.sum, "cummax": data.max, "cummin": data.min}[method]() if data.count() else None


def _added(summaries: Sequence[Any], combine: Callable[[Any, Any], Any]) -> list[Any]:
    """For each portion what those before it come to; None where they have no values."""
    states: list[Any] = []
    total = None
    for summary in summaries:
        states.append(total)
        total = summary if total is None else total if summary is None else combine(total, summary)
    return states


def _sum(left: Any, right: Any) -> Any:
    total = left + right
    return (total + 2**63) % 2**64 - 2**63 if type(total) is int else total  # as NumPy does beyond 64 bits


def _later(left: Any, right: Any) -> Any:  # noqa: ARG001  (the one that came last)
    return right


def _from_the_end(summaries: Sequence[Any]) -> list[Any]:
    return _added(list(reversed(summaries)), _later)[::-1]


def _rows_beside(summaries: Sequence[Any], periods: int, dtype: str) -> list[Any]:
    """For each portion the rows that move into it: of those before, or after when the periods are negative."""
    size = abs(periods)
    carried = pl.Series("", [None] * size, dtype=POLARS_DTYPES[dtype])
    states = []
    for summary in summaries if periods > 0 else reversed(summaries):
        states.append(carried)
        parts = [carried, summary.alias("")] if periods > 0 else [summary.alias(""), carried]
        carried = pl.concat(parts).tail(size) if periods > 0 else pl.concat(parts).head(size)
    return states if periods > 0 else states[::-1]


_STATES: dict[str, Callable[..., list[Any]]] = {
    "cumsum": partial(_added, combine=_sum), "cummax": partial(_added, combine=max), "cummin": partial(_added, combine=min),
    "ffill": partial(_added, combine=_later), "bfill": _from_the_end, "shift": _rows_beside, "diff": _rows_beside,
}  # fmt: skip


class _Running(Sequence[Any]):
    """The running values of each portion, as attached values are: found by number."""

    def __init__(self, rows: Rows, node: Any, call: tuple[str, int, str], states: Sequence[Any]) -> None:
        self._rows = rows
        self._node = node
        self._call = call
        self._states = states
        plan, attached, constants = plan_for({"": node})
        self._step = Evaluate(plan, attached=attached, constants=constants)
        self.needs = self._step.pruned({""})[1]
        """The columns of the portions that the values are made of."""

    def __len__(self) -> int:
        return len(self._states)

    def __getitem__(self, number: Any) -> Any:
        return _RunningPiece(self._step.at(number), *self._call, self._states[number])

    def replayed(self) -> Any:
        """The values of all rows by the facade."""
        method, periods, _ = self._call
        column = self._rows.replayed({"": self._node})[""]
        return getattr(column, method)(*([periods] if method in {"shift", "diff"} else []))


@dataclass(frozen=True)
class _RunningPiece:
    """The running values of one portion."""

    step: Any
    method: str
    periods: int
    dtype: str
    state: Any

    def column(self, frame: PolarsFrame) -> PolarsColumn:
        """Compute them."""
        held = settled(self.step.run(frame, 0), {"": self.dtype}, None).columns[""]
        if self.method in {"shift", "diff"}:
            return self._moved(held)
        data = _VALUES[self.method](held.data, self.state)
        return PolarsColumn(data.fill_nan(None) if self.dtype == FLOAT else data, self.dtype)

    def _moved(self, held: PolarsColumn) -> PolarsColumn:
        data, size = held.data.alias(""), abs(self.periods)
        if self.periods > 0:
            moved = pl.concat([self.state, data]).head(len(data))
        else:
            moved = pl.concat([data, self.state]).slice(size)
        if self.method == "diff":
            moved = data - moved
        if self.dtype in _NUMBERS:
            return PolarsColumn(moved.cast(pl.Float64).fill_nan(None), FLOAT)
        return PolarsColumn(moved, self.dtype)


def _limited(data: pl.Series, state: Any, choose: Any) -> pl.Series:
    if state is None:
        return data
    return pl.select(pl.when(data.is_not_null()).then(choose(data, pl.lit(state, dtype=data.dtype)))).to_series()


_VALUES: dict[str, Callable[[pl.Series, Any], pl.Series]] = {
    "cumsum": lambda data, state: data.cum_sum() if state is None else data.cum_sum() + pl.Series([state], dtype=data.dtype),
    "cummax": lambda data, state: _limited(data.cum_max(), state, pl.max_horizontal),
    "cummin": lambda data, state: _limited(data.cum_min(), state, pl.min_horizontal),
    "ffill": lambda data, state: _filled(data.fill_null(strategy="forward"), state),
    "bfill": lambda data, state: _filled(data.fill_null(strategy="backward"), state),
}  # fmt: skip


def _filled(data: pl.Series, state: Any) -> pl.Series:
    return data if state is None else data.fill_null(pl.lit(state, dtype=data.dtype))
