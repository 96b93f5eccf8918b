"""Row numbers in the place of data: how pandas is asked where rows and columns go without being given their values.

A ruler is a pandas Series or DataFrame of the same labels whose values are positions. What pandas answers about it is
turned back into columns by taking those positions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from litsdf.contract import NotNative
from litsdf.layouts.columnar import Column, default_labels
from litsdf.passing import Passing
from litsdf.structure.gathering import (
    ABSENT,
    gathered,
    gathered_all,
    joined_array,
    positions_in,
    row_array,
    same_dtype,
    value_at,
)
from litsdf.structure.grid import Grid

__all__ = [
    "LARGEST_RULER", "cells_of", "column_from", "column_index", "columns_ruler", "from_cells", "grid_from_rows", "label_argument",
    "labels_only", "row_series", "rows_ruler", "series_ruler", "with_columns",
]  # fmt: skip

LARGEST_RULER = 4_000_000
"""Cells of a table for which a whole table of numbers is still cheap beside the data itself."""


def column_index(column: Column) -> pd.Index:
    """Row labels of a column as an Index."""
    return pd.RangeIndex(len(column)) if column.labels is None else column.labels


def series_ruler(column: Column) -> pd.Series:
    """Row numbers under the labels and the name of a column."""
    return pd.Series(np.arange(len(column)), index=column_index(column), name=column.name, copy=False)


def rows_ruler(grid: Grid) -> pd.DataFrame:
    """Row numbers in one column under the row labels of a table."""
    return pd.DataFrame({0: np.arange(grid.length)}, index=grid.index, copy=False)


def columns_ruler(grid: Grid) -> pd.DataFrame:
    """Column numbers in one row under the column names of a table."""
    return pd.DataFrame(np.arange(len(grid.columns)).reshape(1, -1), columns=grid.header, copy=False)


def cells_of(grid: Grid) -> pd.DataFrame:
    """Numbers of all cells: row times the number of columns, plus column."""
    rows, width = grid.length, len(grid.columns)
    if rows * width > LARGEST_RULER:
        raise NotNative("a table of too many cells")
    return pd.DataFrame(np.arange(rows * width).reshape(rows, width), index=grid.index, columns=grid.header, copy=False)


def label_argument(value: Any) -> Any:
    """Give an argument made of labels as pandas takes it; columns of litsdf become an Index, masks an array."""
    if isinstance(value, Passing):
        column = getattr(value, "_column", None)
        if column is None or column.layout == "pandas":
            raise NotNative("a table as an argument")
        values = column.array()
        return values if values.dtype == bool else pd.Index(values, name=column.name)
    if type(value) in {list, tuple}:
        return type(value)(label_argument(item) for item in value)
    if type(value) is dict:
        return {key: label_argument(item) for key, item in value.items()}
    return value


def labels_only(args: tuple[Any, ...], options: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a call as pandas takes them."""
    return tuple(label_argument(arg) for arg in args), {name: label_argument(value) for name, value in options.items()}


def column_from(column: Any, ruler: pd.Series, fill: Any = ABSENT) -> Any:
    """Turn a ruler that pandas gave back into a column."""
    return gathered(column, positions_in(ruler), default_labels(ruler.index), fill).renamed(ruler.name)


def grid_from_rows(grid: Grid, ruler: pd.DataFrame | pd.Series, fill: Any = ABSENT) -> Grid:
    """Turn a ruler of rows that pandas gave back into a table."""
    found = ruler if isinstance(ruler, pd.Series) else ruler.iloc[:, 0]
    positions, labels = positions_in(found), default_labels(found.index)
    columns = gathered_all(grid.columns, positions, labels, fill)
    return Grid(columns, grid.header, len(positions), labels, grid.layout)


def with_columns(grid: Grid, positions: np.ndarray, header: pd.Index, fill: Any = ABSENT) -> Grid:
    """Keep columns by position under new names; -1 gives a column of missing values."""
    if (positions < 0).any() and not grid.columns:
        raise NotNative("columns of nothing")
    columns = [grid.columns[place] if place >= 0 else _absent_column(grid, fill) for place in positions]
    return Grid(columns, header, grid.length, grid.labels, grid.layout)


def _absent_column(grid: Grid, fill: Any) -> Any:
    if fill is ABSENT or (isinstance(fill, float) and fill != fill):  # noqa: PLR0124
        return grid.column_class.from_array(np.full(grid.length, np.nan), None, grid.labels)
    values = pd.Series(fill, index=range(grid.length)).array
    array = values.to_numpy() if isinstance(values.dtype, np.dtype) else values
    return grid.column_class.from_array(array, None, grid.labels)


def row_series(grid: Grid, places: np.ndarray, row: int, labels: pd.Index, name: Any) -> Any:
    """One row of a table as a column whose labels are the column names."""
    if not len(places):
        raise NotNative("a row of no columns")
    values = row_array([grid.columns[place] for place in places], row)
    return grid.column_class.from_array(values, name, default_labels(labels))


def from_cells(grid: Grid, result: Any) -> Any:
    """Turn what pandas gave for a table of cell numbers into a value, a column or a table.

    A column of the result whose cells come from one column takes its rows; one whose cells come from several gets the
    dtype that holds all of them.
    """
    width = max(len(grid.columns), 1)
    if isinstance(result, pd.DataFrame):
        return _table_from_cells(grid, result, width)
    if isinstance(result, pd.Series):
        return _column_from_cells(grid, positions_in(result), default_labels(result.index), result.name, width)
    if isinstance(result, int | np.integer):
        return value_at(grid.columns[int(result) % width], int(result) // width)
    raise NotNative(f"a {type(result).__name__} of cells")


def _table_from_cells(grid: Grid, result: pd.DataFrame, width: int) -> Grid:
    labels = default_labels(result.index)
    if not len(result) or not result.shape[1]:
        return _empty_table(grid, result, labels)
    columns = [
        _column_from_cells(grid, positions_in(result.iloc[:, place]), labels, None, width)
        for place in range(result.shape[1])
    ]
    return Grid(columns, result.columns, len(result), labels, grid.layout)


def _empty_table(grid: Grid, result: pd.DataFrame, labels: Any) -> Grid:
    """A table without rows or without columns: its columns are found by their names."""
    if not result.shape[1]:
        return Grid([], result.columns, len(result), labels, grid.layout)
    if not grid.header.is_unique:
        raise NotNative("repeated names without rows")
    places = grid.header.get_indexer(result.columns)
    if (places < 0).any():
        raise NotNative("new names without rows")
    none = np.array([], dtype=np.intp)
    columns = [gathered(grid.columns[place], none, labels) for place in places]
    return Grid(columns, result.columns, 0, labels, grid.layout)


def _column_from_cells(grid: Grid, cells: np.ndarray, labels: Any, name: Any, width: int) -> Any:
    if not len(cells) or (cells < 0).all():
        raise NotNative("a dtype that no cell tells")
    rows, places = np.where(cells < 0, -1, cells // width), cells % width
    sources = np.unique(places[cells >= 0])
    if len(sources) == 1:
        return gathered(grid.columns[sources[0]], rows, labels).renamed(name)
    if (cells < 0).any():
        raise NotNative("missing cells of several columns")
    if (rows == rows[0]).all():
        return grid.column_class.from_array(row_array([grid.columns[place] for place in places], rows[0]), name, labels)
    same_dtype([grid.columns[place] for place in sources])
    used = joined_array([grid.columns[place].array() for place in sources])
    flat = np.searchsorted(sources, places) * grid.length + rows
    joined = grid.column_class.from_array(used, name, None)
    return joined.taken(flat, labels)
