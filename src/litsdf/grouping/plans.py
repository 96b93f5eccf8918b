# ruff: noqa: SLF001  (friends read one another's held values)
"""What `agg`, `apply`, `filter`, `nth` and their like ask of groups, put together from single results."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from litsdf.contract import NotNative
from litsdf.grouping.calls import aggregated_by, numbers_of
from litsdf.grouping.groups import Groups
from litsdf.grouping.results import Grouping
from litsdf.layouts.columnar import Column, ColumnarFrame, default_labels
from litsdf.passing import Passing
from litsdf.statistics.values import read

if TYPE_CHECKING:
    from litsdf.groupby import GroupBy

__all__ = ["Nth", "aggregate", "applied", "group_number", "kept", "positions_of", "row_numbers"]

_BY_NAME = frozenset({
    "sum", "prod", "mean", "var", "std", "sem", "median", "quantile", "min", "max", "first", "last", "count", "nunique",
    "any", "all", "size", "idxmin", "idxmax",
})  # fmt: skip


def aggregate(by: GroupBy, func: Any, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """Aggregate by a name, a list, a dict, named results or a function; gives what the layout holds."""
    grouping = by._grouping()
    if not {"engine", "engine_kwargs"}.isdisjoint(named):
        raise NotNative("an engine")
    if func is None:
        return _named_results(by, grouping, named)
    if isinstance(func, str):
        if func not in _BY_NAME:
            raise NotNative("an aggregation left to pandas")
        return _held(getattr(by, func)(*args, **named))
    if callable(func):
        return aggregated_by(grouping, lambda part: func(part, *args, **named), by._wrap)
    if args or named:
        raise NotNative("agg with options")
    if isinstance(func, dict) and grouping.is_table and func:
        if not all(isinstance(how, str) or callable(how) for how in func.values()):
            raise NotNative("several aggregations of a column")
        return _collected(by, grouping, {name: (name, how) for name, how in func.items()})
    if isinstance(func, list) and not grouping.is_table and func:
        labels = _names_of(func)
        if len(set(labels)) != len(labels) or None in labels or not grouping.as_index:
            raise NotNative("aggregations of one name")
        name = next(iter(grouping.columns()))
        return _collected(by, grouping, {label: (name, how) for label, how in zip(labels, func, strict=True)})
    raise NotNative("agg")


def _names_of(functions: list[Any]) -> list[Any]:
    """Names of the results; pandas numbers the functions that have no name of their own, where there are several."""
    names = [how if isinstance(how, str) else getattr(how, "__name__", None) for how in functions]
    if len(functions) < 2:
        return names
    numbers = iter(range(len(functions)))
    return [f"<lambda_{next(numbers)}>" if name == "<lambda>" else name for name in names]


def _named_results(by: GroupBy, grouping: Grouping, named: dict[str, Any]) -> Any:
    if not named:
        raise NotNative("no aggregation")
    if not grouping.is_table:
        name = next(iter(grouping.columns()))
        return _collected(by, grouping, {label: (name, how) for label, how in named.items()})
    if not all(isinstance(pair, tuple) and len(pair) == 2 for pair in named.values()):
        raise NotNative("agg")
    return _collected(by, grouping, {label: tuple(pair) for label, pair in named.items()})


def _collected(by: GroupBy, grouping: Grouping, plan: dict[Any, tuple[Any, Any]]) -> Any:
    """A table of one column a result: label → (column, aggregation)."""
    if not all(isinstance(how, str) or callable(how) for _, how in plan.values()):
        raise NotNative("agg")
    arrays = {}
    available = grouping.columns()
    for label, (name, how) in plan.items():
        if isinstance(grouping.held, ColumnarFrame) and (name not in available or not isinstance(name, str)):
            raise NotNative("a column that is not there")
        part = _one_column(by, grouping, name)
        result = part.agg(how) if callable(how) else getattr(part, _known(how))()
        arrays[label] = _column(result).array()
    table = Grouping(grouping.held, grouping.keys, grouping.groups, None, as_index=grouping.as_index)
    table.is_table = True
    return table.collected(arrays)


def _one_column(by: GroupBy, grouping: Grouping, name: Any) -> GroupBy:
    from litsdf.groupby import GroupBy

    if isinstance(grouping.held, Column):
        return by
    chosen = GroupBy(by._owner, by._by, {**by._options, "as_index": True}, name)
    chosen._cached = Grouping(grouping.held, grouping.keys, grouping.groups, name, as_index=True)
    return chosen


def _known(how: str) -> str:
    if how not in _BY_NAME:
        raise NotNative("an aggregation left to pandas")
    return how


def _held(result: Any) -> Any:
    table = getattr(result, "_table", None)
    held = getattr(result, "_column", None) if table is None else table
    if not isinstance(held, Column | ColumnarFrame):
        raise NotNative("a result of another layout")
    return held


def _column(result: Any) -> Column:
    held = _held(result)
    if not isinstance(held, Column):
        raise NotNative("a result that is no column")
    return held


def applied(by: GroupBy, grouping: Grouping, function: Callable[[Any], Any]) -> Any:
    """One number a group from a function of the group's rows, or the tables or columns that it gave below one another."""
    groups = grouping.groups
    if not groups.count:
        raise NotNative("no groups")
    if grouping.is_table and (grouping.chosen is None):
        names = list(grouping.columns())
        held = grouping.held.selected(names)
        parts = (held.taken(groups.rows(group)) for group in range(groups.count))
    else:
        parts = (grouping.rows(groups.rows(group)) for group in range(groups.count))
    values: list[Any] = []
    same_rows = True
    for part in parts:
        given = by._wrap(part)
        index = given.index
        value = function(given)
        if isinstance(value, Passing):
            same_rows = same_rows and value.index.equals(index)  # type: ignore[attr-defined]
        elif not isinstance(value, int | float | np.integer | np.floating | np.bool_):
            raise NotNative("results that are no numbers")
        values.append(value)
    if any(isinstance(value, Passing) for value in values):
        return _below_one_another(by, grouping, values, same_rows=same_rows)
    if not grouping.as_index:
        raise NotNative("results beside their keys")
    name = None if grouping.is_table else next(iter(grouping.columns()))
    labels = default_labels(groups.index())
    return grouping._column_class().from_array(numbers_of(values), name, labels)


def _below_one_another(by: GroupBy, grouping: Grouping, values: list[Any], *, same_rows: bool) -> Any:
    """Tables or columns, one a group: under the keys, or with all rows there in the order of the rows."""
    from litsdf.structure.stacking import stacked

    tables = all(hasattr(value, "_table") for value in values)
    columns = all(hasattr(value, "_column") for value in values) and not grouping.is_table
    if not (tables or columns) or not grouping.as_index or not grouping.groups.is_whole:
        raise NotNative("results of several kinds, or beside their keys")
    groups = grouping.groups
    if by._options["group_keys"]:
        result = stacked(values, groups.index(), {"names": groups.names, "sort": False})
    else:
        result = stacked(values, None, {})
        if same_rows:
            index = by._owner.index
            if not index.is_unique:
                raise NotNative("repeated labels")
            result = result.reindex(index)
    if columns:
        result = result.rename(next(iter(grouping.columns())))
    return _held(result)


def kept(by: GroupBy, grouping: Grouping, function: Callable[[Any], Any]) -> Any:
    """The rows of the groups for which a function is true, in the order of the table."""
    groups = grouping.groups
    chosen = []
    for group in range(groups.count):
        rows = groups.rows(group)
        answer = function(by._wrap(grouping.rows(rows)))
        if not isinstance(answer, bool | np.bool_):
            raise NotNative("an answer that is no truth value")
        if answer:
            chosen.append(rows)
    positions = np.sort(np.concatenate(chosen)) if chosen else np.zeros(0, dtype=np.int64)
    return grouping.rows(positions)


def row_numbers(groups: Groups, *, ascending: bool) -> np.ndarray:
    """Number of each row within its group."""
    within = groups.within if ascending else np.repeat(groups.sizes, groups.sizes) - 1 - groups.within
    return groups.spread(within.astype(np.int64), -1)


def positions_of(groups: Groups, how: str, number: Any) -> np.ndarray:
    """Positions of the first, last or numbered rows of each group, in the order of the table."""
    from_start, sizes = groups.within, np.repeat(groups.sizes, groups.sizes)
    from_end = sizes - 1 - from_start
    if how in {"head", "tail"}:
        if not isinstance(number, int) or isinstance(number, bool):
            raise NotNative(how)
        ahead, behind = (from_start, from_end) if how == "head" else (from_end, from_start)
        mask = ahead < number if number >= 0 else behind >= -number
    else:
        mask = np.zeros(len(from_start), dtype=bool)
        for one in number if isinstance(number, list | tuple) else [number]:
            mask |= _numbered(from_start, from_end, one)
    return np.sort(groups.order[mask])


def _numbered(from_start: np.ndarray, from_end: np.ndarray, number: Any) -> np.ndarray:
    if isinstance(number, int | np.integer) and not isinstance(number, bool):
        return from_start == number if number >= 0 else from_end == -number - 1
    if isinstance(number, slice):
        start, stop, step = number.start, number.stop, number.step
        if step not in {None, 1}:
            raise NotNative("a step")
        mask = np.ones(len(from_start), dtype=bool)
        if start is not None:
            mask &= from_start >= start if start >= 0 else from_end < -start
        if stop is not None:
            mask &= from_start < stop if stop >= 0 else from_end >= -stop
        return mask
    raise NotNative("nth")


def group_number(groups: Groups, name: Any) -> int:
    """Number of the group of this label; KeyError when there is none."""
    labels = groups.index()
    if labels.nlevels == 1:
        name = name[0] if isinstance(name, tuple) and len(name) == 1 else name
        raw = read(groups.labels[0])
        if raw.kind not in "biufO":
            raise NotNative("labels of this dtype")
    found = labels.get_loc(name)
    if not isinstance(found, int | np.integer):
        raise NotNative("a label of several groups")
    return int(found)


class Nth:
    """Rows by their number within each group: called, or indexed by slices."""

    __slots__ = ("_by",)

    def __init__(self, by: GroupBy) -> None:
        self._by = by

    def __call__(self, n: Any, dropna: Any = None) -> Any:
        """The rows of this number, or these numbers, of each group."""
        if dropna is not None:
            return self._by._pandas("nth", (n, dropna), {})
        return self._by._chosen_rows("nth", (n,), {})

    def __getitem__(self, n: Any) -> Any:
        return self(n)
