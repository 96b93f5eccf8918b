# ruff: noqa: SLF001  (friends read one another's held values)
"""Tables and columns whose labels differ, brought under the same labels before they meet."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from litsdf.contract import NotNative
from litsdf.structure.calls import arguments, frame_method, series_method, wrap
from litsdf.structure.frame_rows import frame_axis
from litsdf.structure.gathering import ABSENT, positions_in
from litsdf.structure.grid import Grid, grid_of
from litsdf.structure.rulers import (
    column_from,
    column_index,
    columns_ruler,
    grid_from_rows,
    rows_ruler,
    series_ruler,
    with_columns,
)

__all__ = ["aligned_columns", "aligned_tables"]


def _options(p: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    if "copy" in p:
        raise NotNative("a keyword that pandas warns of")
    fill = p["fill_value"]
    fill = ABSENT if fill is None or (isinstance(fill, float) and np.isnan(fill)) else fill
    if fill is not ABSENT and not pd.api.types.is_scalar(fill):
        raise NotNative("several values to fill with")
    return fill, {"join": p["join"], "level": p["level"]}


def aligned_columns(left: Any, right: Any, fill: Any = ABSENT, **how: Any) -> tuple[Any, Any]:
    """Both columns under the same labels; what one of them lacks is missing, or `fill`."""
    if fill is not ABSENT and (left.array().dtype != right.array().dtype or left.array().dtype.kind not in "iufb"):
        raise NotNative("filling something else than numbers")
    if fill is not ABSENT and column_index(left).equals(column_index(right)):
        raise NotNative("filling what is missing already")
    mine, theirs = series_ruler(left).align(series_ruler(right), **how)
    return column_from(left, mine, fill), column_from(right, theirs, fill)


@series_method("align")
def _align(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p = arguments(owner, name, args, options)
    other = getattr(p["other"], "_column", None)
    if other is None or other.layout != owner.layout or p["axis"] not in {None, 0}:
        raise NotNative("a table, or another layout")
    fill, how = _options(p)
    if fill is not ABSENT:
        raise NotNative("filling, which pandas does to missing values too")
    left, right = aligned_columns(owner._column, other, **how)
    return wrap(owner, left), wrap(p["other"], right)


def _under(grid: Grid, rows: Any, columns: Any) -> Grid:
    if columns is not None:
        grid = with_columns(grid, positions_in(columns.iloc[0]), columns.columns)
    return grid if rows is None else grid_from_rows(grid, rows)


def aligned_tables(left: Grid, right: Grid, axis: int | None, **how: Any) -> tuple[Grid, Grid]:
    """Both tables under the same row labels and names; what one of them lacks is missing."""
    rows: tuple[Any, Any] = (None, None)
    columns: tuple[Any, Any] = (None, None)
    if axis != 1:
        rows = rows_ruler(left).align(rows_ruler(right), axis=0, **how)
    if axis != 0:
        columns = columns_ruler(left).align(columns_ruler(right), axis=1, **how)
    return _under(left, rows[0], columns[0]), _under(right, rows[1], columns[1])


@frame_method("align")
def _align_tables(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, grid = arguments(owner, name, args, options), grid_of(owner._table)
    axis = None if p["axis"] is None else frame_axis(p["axis"], 0)
    if not hasattr(p["other"], "_table"):
        raise NotNative("a column")
    other = grid_of(p["other"]._table)
    fill, how = _options(p)
    usable = grid.columns and other.columns and len(grid) and len(other) and other.layout == grid.layout
    if fill is not ABSENT or how["level"] is not None or not usable:
        raise NotNative("alignment with a fill value, by levels, or of nothing")
    left, right = aligned_tables(grid, other, axis, join=how["join"])
    return wrap(owner, left), wrap(p["other"], right)
