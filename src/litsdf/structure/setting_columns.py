# ruff: noqa: SLF001  (friends read one another's held values)
"""`df[key] = value` with lists, arrays, columns with other labels, several names, masks and tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from litsdf.contract import NotNative
from litsdf.kernels.arrays import inferred, repeated
from litsdf.layouts.columnar import same_labels
from litsdf.passing import Passing, to_pandas
from litsdf.structure.grid import Grid, grid_of, table_of
from litsdf.structure.setting import assign_at

__all__ = ["assign_columns", "new_column"]


def new_column(grid: Grid, value: Any) -> Any:
    """A column of the rows of a table: from a scalar, values in order, or a column that pandas would align.

    Raises:
        NotNative: it has another number of values, or is something else.
    """
    kind = grid.column_class
    if isinstance(value, pd.Series):
        from litsdf.passing import from_pandas

        value = from_pandas(value.copy(), grid.layout, None)
    if isinstance(value, Passing):
        return _aligned(grid, value)
    if isinstance(value, str | bytes) or pd.api.types.is_scalar(value):
        return kind.from_array(repeated(value, grid.length), None, grid.labels)
    listed = isinstance(value, list | range | np.ndarray | pd.Index | pd.api.extensions.ExtensionArray)
    if not listed or np.ndim(value) != 1 or len(value) != grid.length:
        raise NotNative("values of another form")
    copied = value.copy() if hasattr(value, "copy") else list(value)
    return kind.from_array(inferred(copied), None, grid.labels)


def _aligned(grid: Grid, value: Any) -> Any:
    column = getattr(value, "_column", None)
    if column is None:
        raise NotNative("a table for one column")
    if column.layout != grid.layout:
        value = value.to_layout(grid.layout)
        column = value._column
    if len(column) == grid.length and same_labels(column.labels, grid.labels):
        return column
    if not value.index.is_unique:
        raise NotNative("repeated labels")
    if value.index.equals(grid.index):
        return column.relabelled(grid.labels)
    found = value.reindex(grid.index)._column
    if found.layout != grid.layout:
        raise NotNative("a column that left the layout")
    return found.relabelled(grid.labels)


def assign_columns(owner: Any, key: Any, value: Any) -> None:
    """`df[key] = value`.

    Raises:
        NotNative: it is left to pandas.
    """
    if owner.layout == "record":
        from litsdf.one_row import on_arrays, widened

        on_arrays(owner, lambda wide: assign_columns(wide, widened(key), widened(value)))
        return
    grid = grid_of(owner._table)
    if not grid.length or not grid.columns:
        raise NotNative("a table of nothing")
    if isinstance(key, Passing | np.ndarray) or (isinstance(key, list) and key and type(key[0]) in {bool, np.bool_}):
        _assign_where(owner, grid, key, value)
        return
    if isinstance(key, list):
        owner._table = table_of(_several(grid, key, value))
        return
    if isinstance(key, tuple | slice | pd.Index) or not isinstance(key, str | int | float) or grid.header.nlevels > 1:
        raise NotNative("a key of another form")
    owner._table = table_of(_with_column(grid, key, new_column(grid, value)))


def _with_column(grid: Grid, label: Any, column: Any) -> Grid:
    columns, header = list(grid.columns), grid.header
    if label in header:
        place: Any = header.get_loc(label)
        if type(place) is not int:
            raise NotNative("repeated names")
        columns[place] = column
    else:
        columns.append(column)
        header = header.insert(len(header), label)
    return Grid(columns, header, grid.length, grid.labels, grid.layout)


def _several(grid: Grid, labels: list[Any], value: Any) -> Grid:
    """Several columns at once: each from its column of a table or an array, or all from one scalar."""
    plain = all(isinstance(label, str) for label in labels) and len(set(labels)) == len(labels)
    if not plain or not labels or grid.header.nlevels > 1 or not grid.header.is_unique:
        raise NotNative("names of another form")
    if hasattr(value, "_table"):
        theirs = grid_of(value._table)
        if len(theirs.columns) != len(labels):
            raise NotNative("as many columns as names are needed")
        parts: list[Any] = [value._new(value._table).iloc[:, place] for place in range(len(labels))]
    elif isinstance(value, np.ndarray) and value.ndim == 2 and value.shape == (grid.length, len(labels)):
        parts = [np.ascontiguousarray(part) for part in value.T]
    elif pd.api.types.is_scalar(value):
        parts = [value] * len(labels)
    else:
        raise NotNative("values of another form")
    for label, part in zip(labels, parts, strict=True):
        grid = _with_column(grid, label, new_column(grid, part))
    return grid


def _assign_where(owner: Any, grid: Grid, key: Any, value: Any) -> None:
    """`df[mask] = value`, by rows or by cells."""
    if isinstance(key, Passing) and hasattr(key, "_table"):
        flags = grid_of(key._table)
        if any(column.dtype != "bool" for column in flags.columns) or not pd.api.types.is_scalar(value):
            raise NotNative("cells of another form")
        before = [column.array().dtype for column in grid.columns]
        changed = owner.mask(key, value)
        if [column.array().dtype for column in grid_of(changed._table).columns] != before:
            raise NotNative("a value that the dtype does not hold")
        owner._table = changed._table
        return
    mask = to_pandas(key) if not isinstance(key, Passing) else key
    dtype = getattr(mask, "dtype", None)
    if not isinstance(mask, list) and str(dtype) != "bool":
        raise NotNative("names in an array")
    assign_at(owner, "loc", mask, value)
