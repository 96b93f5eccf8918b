# ruff: noqa: SLF001  (pandas' windows have no public way to be asked about arrays)
"""pandas' windows over row numbers, made to calculate with the arrays of columns.

pandas checks the arguments of a window, finds where each window starts and ends, and chooses the kernel; all of that it
does on an object of row numbers that has the labels of the table. Only the place where it would read columns and make a
result is taken by `Source`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd

from litsdf.contract import NotNative
from litsdf.layouts.columnar import default_labels
from litsdf.passing import Passing
from litsdf.statistics.reductions import numeric_columns
from litsdf.structure.calls import wrap
from litsdf.structure.grid import Grid
from litsdf.structure.masks import missing_in

__all__ = ["Source", "calculated"]

_aggregations: Any = import_module("pandas._libs.window.aggregations")
_square_root: Any = import_module("pandas.core.window.common").zsqrt


@dataclass(frozen=True, slots=True)
class Source:
    """The columns that a window looks at.

    Args:
        owner: the facade object that results belong to.
        grid: the columns.
        is_table: whether the result is a table; else `grid` has one column.
        on: name and labels of the column that windows are measured on, and the names before it; None when the row labels
            measure them.
    """

    owner: Any
    grid: Grid
    is_table: bool
    on: tuple[Any, pd.Index, list[Any]] | None


def calculated(source: Source, window: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Call a method of a window of pandas with the columns of a source in the place of its row numbers.

    Raises:
        NotNative: what pandas does not calculate column by column, or refuses.
    """
    if options.get("engine") not in {None, "cython"} or window.method != "single":
        raise NotNative("compiled windows")
    after: Callable[[Any], Any] | None = None
    if name == "std" and type(window).__name__.startswith("Exponential"):
        if window.times is not None:
            raise NotNative("std with times")
        name, after = "var", _square_root
    window._apply_columnwise = lambda function, kind, numeric_only=False: _column_by_column(
        source, window, function, kind, after, numeric_only=numeric_only
    )
    if name == "apply":
        window._generate_cython_apply_func = lambda args, kwargs, raw, function: _calling(
            source, window, args, kwargs, function, raw=bool(raw)
        )
    found = getattr(window, name)(*args, **options)
    if not isinstance(found, Passing):
        raise NotNative(f"a window's {name}")
    return found


def _order(window: Any) -> np.ndarray | None:
    """Rows in the order of their groups; None without groups."""
    grouper = getattr(window, "_grouper", None)
    if grouper is None:
        return None
    indices = list(grouper.indices.values())
    if not indices:
        raise NotNative("no groups")
    return np.concatenate(indices).astype(np.intp)


def _column_by_column(
    source: Source, window: Any, function: Callable[..., Any], kind: str, after: Any, *, numeric_only: bool
) -> Any:
    grid, order = source.grid, _order(window)
    if numeric_only and not source.is_table and not pd.api.types.is_numeric_dtype(grid.columns[0].array().dtype):
        raise NotNative("numbers of something else")
    if numeric_only and source.is_table:
        grid = _numbers(grid)
    if not grid.columns or not grid.length:
        raise NotNative("windows over nothing")
    arrays = []
    for column in grid.columns:
        values = (~missing_in(column)).astype(np.int64) if kind == "count" else column.array()
        values = window._prep_values(values if order is None else values.take(order))
        result = function(values)
        arrays.append(np.asarray(result if after is None else after(result)))
    index = grid.index if order is None else grid.index.take(order)
    index = index if len(arrays[0]) == grid.length else index[:: window.step]
    labels = default_labels(index)
    made = [
        grid.column_class.from_array(values, column.name, labels)
        for values, column in zip(arrays, grid.columns, strict=True)
    ]
    if not source.is_table:
        return wrap(source.owner, made[0])
    result_grid = Grid(made, grid.header, len(index), labels, grid.layout)
    return wrap(source.owner, _with_measure(source, result_grid, order))


def _numbers(grid: Grid) -> Grid:
    kept = numeric_columns(grid)
    places = [place for place, column in enumerate(kept.columns) if column.array().dtype.kind != "b"]
    return Grid([kept.columns[p] for p in places], kept.header.take(places), grid.length, grid.labels, grid.layout)


def _with_measure(source: Source, grid: Grid, order: np.ndarray | None) -> Grid:
    """Put the column that windows are measured on back where it was."""
    if source.on is None:
        return grid
    name, on, before = source.on
    index = source.grid.index
    if on.equals(index if order is None else index.take(order)) or name in index.names:
        return grid
    if len(grid) != len(on) or (order is not None and not index.is_unique):
        raise NotNative("a measure with other rows")
    values = on if order is None else on.take(order)
    column = grid.column_class.from_pandas(pd.Series(values, index=grid.index, name=name), grid.labels)
    place = sum(label in before for label in grid.header)
    columns = [*grid.columns[:place], column, *grid.columns[place:]]
    return Grid(columns, grid.header.insert(place, name), grid.length, grid.labels, grid.layout)


def _calling(
    source: Source, window: Any, args: tuple[Any, ...], options: dict[str, Any], function: Any, *, raw: bool
) -> Any:
    """Call a function with the values of every window: an array, or a column under the labels of the rows."""
    kind = source.grid.column_class

    def run(values: np.ndarray, starts: Any, ends: Any, min_periods: int) -> Any:
        held: Any = values
        if not raw:
            if len(window._on) != len(values):
                raise NotNative("rows in no group")
            held = wrap(source.owner, kind.from_array(values, None, default_labels(window._on)))
        return _aggregations.roll_apply(held, starts, ends, min_periods, function, raw, args, options)

    return run
