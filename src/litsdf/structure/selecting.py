# ruff: noqa: SLF001  (friends read one another's held values)
"""`[]`, `loc`, `iloc`, `at` and `iat`: pandas looks the labels up among row numbers, the columns follow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from litsdf.contract import NotNative
from litsdf.dtypes import BOOL, OPAQUE
from litsdf.layouts.columnar import default_labels, same_labels
from litsdf.passing import Passing
from litsdf.structure.calls import wrap
from litsdf.structure.gathering import positions_in, sliced, value_at
from litsdf.structure.grid import HOLDING, Grid, grid_of
from litsdf.structure.masks import kept_labels, kept_rows
from litsdf.structure.rulers import (
    LARGEST_RULER,
    cells_of,
    column_from,
    columns_ruler,
    from_cells,
    grid_from_rows,
    label_argument,
    row_series,
    rows_ruler,
    series_ruler,
    with_columns,
)

__all__ = ["key_for", "select", "select_at", "select_column", "sliced_rows", "value_by_label"]


def key_for(owner: Any, key: Any) -> Any:
    """Give a key as pandas takes it; a mask of litsdf must have the labels of what it selects from."""
    if callable(key) and not isinstance(key, Passing):
        key = key(owner)
    if isinstance(key, Passing):
        column = getattr(key, "_column", None)
        if column is None:
            raise NotNative("a table as a key")
        held = owner._column if hasattr(owner, "_column") else owner._table
        masks = (
            column.layout != "pandas" and column.dtype in {BOOL, OPAQUE} and column.array().dtype in (bool, "boolean")
        )
        if masks and not (len(column) == len(held) and same_labels(column.labels, held.labels)):
            raise NotNative("a mask with other labels")
    if type(key) is tuple:
        return tuple(key_for(owner, part) for part in key)
    return label_argument(key)


def select(owner: Any, key: Any) -> Any:
    """`df[key]` or `series[key]`."""
    if owner.layout == "record":
        from litsdf.one_row import on_arrays, widened

        return on_arrays(owner, lambda wide: select(wide, widened(key)))
    if owner.layout not in HOLDING:
        raise NotNative(owner.layout)
    key = key_for(owner, key)
    if hasattr(owner, "_column"):
        return _picked(owner, series_ruler(owner._column)[key])
    grid = grid_of(owner._table)
    if isinstance(key, slice):
        return wrap(owner, grid_from_rows(grid, rows_ruler(grid)[key]))
    if isinstance(key, np.ndarray) and key.dtype == bool and key.shape == (grid.length,):
        return wrap(owner, kept_rows(grid, key, kept_labels(grid.index, key)))
    if isinstance(key, np.ndarray | list | pd.Index | pd.api.extensions.ExtensionArray) and _is_mask(key):
        return wrap(owner, grid_from_rows(grid, rows_ruler(grid)[key]))
    if isinstance(key, pd.DataFrame):
        raise NotNative("a table as a mask")
    return wrap(owner, _columns_by(grid, columns_ruler(grid)[key]))


def _columns_by(grid: Grid, found: Any) -> Any:
    if isinstance(found, pd.DataFrame):
        return with_columns(grid, positions_in(found.iloc[0]) if found.shape[1] else np.zeros(0, int), found.columns)
    return grid.columns[int(found.iloc[0])].renamed(found.name)


def _is_mask(key: Any) -> bool:
    if isinstance(key, list):
        return bool(key) and all(isinstance(flag, bool | np.bool_) or flag is pd.NA for flag in key)
    return str(key.dtype) in {"bool", "boolean"} or (
        key.dtype == object and len(key) > 0 and all(isinstance(flag, bool | np.bool_) for flag in key)
    )


def _picked(owner: Any, found: Any) -> Any:
    column = owner._column
    if isinstance(found, pd.Series):
        return wrap(owner, column_from(column, found))
    if isinstance(found, int | np.integer):
        return value_at(column, int(found))
    raise NotNative("neither a value nor rows")


def value_by_label(column: Any, key: str) -> Any:
    """The value under a text label that occurs once: how functions of rows read their columns."""
    labels = column.labels
    if labels is None or labels.nlevels > 1 or labels.dtype.kind in "mM" or isinstance(labels, pd.PeriodIndex):
        raise NotNative("labels of another kind")
    place = labels.get_loc(key)
    if type(place) is not int:
        raise NotNative("repeated labels")
    if column.dtype == OPAQUE and isinstance(column.data, np.ndarray) and column.data.dtype == object:
        return column.data[place]
    return value_at(column, place)


def select_column(owner: Any, kind: str, key: Any) -> Any:
    """`series.loc[key]` and its like."""
    if kind in {"iloc", "iat"} and type(key) is int and 0 <= key < len(owner._column):
        return value_at(owner._column, key)
    return _picked(owner, getattr(series_ruler(owner._column), kind)[key_for(owner, key)])


def select_at(owner: Any, kind: str, key: Any) -> Any:
    """`.loc[key]`, `.iloc[key]`, `.at[key]` or `.iat[key]` of a table or column."""
    if owner.layout not in HOLDING:
        raise NotNative(owner.layout)
    if hasattr(owner, "_column"):
        return select_column(owner, kind, key)
    grid = grid_of(owner._table)
    if kind in {"iloc", "iat"} and type(key) is tuple and len(key) == 2 and type(key[0]) is type(key[1]) is int:
        row, place = key
        if 0 <= row < grid.length and 0 <= place < len(grid.columns):
            return value_at(grid.columns[place], row)
    key = key_for(owner, key)
    if kind in {"loc", "iloc"} and not isinstance(key, tuple):
        return _rows_only(owner, grid, kind, key)
    levels = isinstance(grid.index, pd.MultiIndex) or isinstance(grid.header, pd.MultiIndex)
    if kind in {"loc", "iloc"} and len(key) == 2 and not levels:
        return _both(owner, grid, kind, key)
    if grid.length * len(grid.columns) > LARGEST_RULER:
        raise NotNative("a large table with levels")
    return wrap(owner, from_cells(grid, getattr(cells_of(grid), kind)[key]))


def _rows_only(owner: Any, grid: Grid, kind: str, key: Any) -> Any:
    if isinstance(key, np.ndarray) and key.dtype == bool and key.shape == (grid.length,):
        return wrap(owner, kept_rows(grid, key, kept_labels(grid.index, key)))
    if kind == "iloc" and (bounds := _bounds(key, grid.length)) is not None:
        return wrap(owner, sliced_rows(grid, *bounds))
    found = getattr(rows_ruler(grid), kind)[key]
    if isinstance(found, pd.DataFrame):
        return wrap(owner, grid_from_rows(grid, found))
    return wrap(owner, row_series(grid, np.arange(len(grid.columns)), int(found.iloc[0]), grid.header, found.name))


def _bounds(key: Any, length: int) -> tuple[int, int] | None:
    """First row and end of a slice by positions, None when it is something else."""
    if not isinstance(key, slice) or any(
        type(part) not in {int, type(None)} for part in (key.start, key.stop, key.step)
    ):
        return None
    start, stop, step = (0, 0, 0) if key.step == 0 else key.indices(length)
    return (start, max(start, stop)) if step == 1 else None


def sliced_rows(grid: Grid, start: int, stop: int) -> Grid:
    """Consecutive rows of a table; nothing is copied."""
    labels = default_labels(grid.index[start:stop])
    return Grid([sliced(c, start, stop, labels) for c in grid.columns], grid.header, stop - start, labels, grid.layout)


def _both(owner: Any, grid: Grid, kind: str, key: tuple[Any, Any]) -> Any:
    rows = getattr(pd.Series(np.arange(grid.length), index=grid.index), kind)[key[0]]
    names = getattr(pd.Series(np.arange(len(grid.columns)), index=grid.header), kind)[key[1]]
    if isinstance(names, pd.Series):
        if isinstance(rows, pd.Series):
            return wrap(owner, grid_from_rows(with_columns(grid, positions_in(names), names.index), rows))
        label = grid.index[int(rows)]
        return wrap(owner, row_series(grid, positions_in(names), int(rows), names.index, label))
    column = grid.columns[int(names)]
    if isinstance(rows, pd.Series):
        return wrap(owner, column_from(column, rows.rename(grid.header[int(names)])))
    return value_at(column, int(rows))
