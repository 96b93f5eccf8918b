# ruff: noqa: SLF001  (friends read one another's held values)
"""Setting values by label or position: `series[key] = …`, `.loc[key] = …` and its like, where the dtype holds them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from litsdf.contract import NotNative
from litsdf.layouts.columnar import same_labels
from litsdf.own_labels import hold
from litsdf.passing import Passing
from litsdf.structure.gathering import positions_in
from litsdf.structure.grid import HOLDING, Grid, grid_of, table_of
from litsdf.structure.pandas_arrays import LossySetitemError, is_valid_na_for_dtype, np_can_hold_element
from litsdf.structure.rulers import column_index, series_ruler
from litsdf.structure.selecting import key_for

__all__ = ["assign_at", "assign_item", "replaced"]


def replaced(column: Any, positions: Any, value: Any) -> Any:
    """The column with other values at these positions.

    Raises:
        NotNative: the dtype of the column does not hold the values as they are.
    """
    array = column.array()
    if isinstance(array, np.ndarray) and array.dtype.kind not in "mM":
        changed = _set_in_numpy(array, positions, value)
    else:
        changed = _set_in_extension(array, positions, value)
    return type(column).from_array(changed, column.name, column.labels)


def _set_in_numpy(array: np.ndarray, positions: Any, value: Any) -> np.ndarray:
    if array.dtype != object and pd.api.types.is_scalar(value) and is_valid_na_for_dtype(value, array.dtype):
        value = np.nan
    if array.dtype.kind not in "iufcbO":
        raise NotNative(f"setting in {array.dtype}")
    if array.dtype == object and not pd.api.types.is_scalar(value):
        raise NotNative("setting several objects")
    try:
        fitting = np_can_hold_element(array.dtype, value)
    except (LossySetitemError, ValueError, TypeError, OverflowError):
        raise NotNative("a value that the dtype does not hold") from None
    changed = array.copy()
    changed[positions] = fitting
    return changed


def _set_in_extension(array: Any, positions: Any, value: Any) -> Any:
    wrapped = pd.array(array, copy=True) if isinstance(array, np.ndarray) else array.copy()
    if isinstance(wrapped.dtype, pd.SparseDtype):
        raise NotNative("setting sparse values")
    try:
        wrapped[positions] = value
    except (TypeError, ValueError, LossySetitemError, KeyError, IndexError):
        raise NotNative("a value that the dtype does not hold") from None
    return np.asarray(wrapped) if isinstance(array, np.ndarray) else wrapped


def _fitting(value: Any, found: Any) -> Any:
    """A value as it is set: one for all, or as many as there are rows."""
    if isinstance(value, Passing):
        column = getattr(value, "_column", None)
        if column is None or column.layout == "pandas" or not isinstance(found, pd.Series):
            raise NotNative("setting from a table")
        if not same_labels(column_index(column), found.index):
            raise NotNative("setting from other labels")
        return column.array()
    if pd.api.types.is_scalar(value):
        return value
    several = isinstance(value, list | np.ndarray | pd.api.extensions.ExtensionArray)
    if several and isinstance(found, pd.Series) and len(value) == len(found) and np.ndim(value) == 1:
        return np.array(value) if isinstance(value, list) and all(type(v) in {int, float} for v in value) else value
    raise NotNative("setting something else")


def assign_item(owner: Any, key: Any, value: Any) -> None:
    """`series[key] = value`."""
    if owner.layout == "record":
        from litsdf.one_row import on_arrays, widened

        on_arrays(owner, lambda wide: assign_item(wide, widened(key), widened(value)))
        return
    _assign_column(owner, None, key, value)


def assign_at(owner: Any, kind: str, key: Any, value: Any) -> None:
    """`.loc[key] = value` and its like."""
    if owner.layout not in HOLDING:
        raise NotNative(owner.layout)
    if hasattr(owner, "_column"):
        _assign_column(owner, kind, key, value)
    else:
        _assign_table(owner, kind, key, value)


def _assign_column(owner: Any, kind: str | None, key: Any, value: Any) -> None:
    if owner.layout not in HOLDING:
        raise NotNative(owner.layout)
    column = owner._column
    key = key_for(owner, key)
    ruler = series_ruler(column)
    try:
        found = ruler[key] if kind is None else getattr(ruler, kind)[key]
    except (KeyError, IndexError, TypeError, ValueError):
        raise NotNative("labels that are not there") from None
    value = _fitting(value, found)
    positions = positions_in(found) if isinstance(found, pd.Series) else int(found)
    _check_many(positions, value)
    hold(owner, "_column", replaced(column, positions, value))


def _check_many(positions: Any, value: Any) -> None:
    """Several values at one position, or repeated positions, have rules of their own."""
    if (
        not pd.api.types.is_scalar(value)
        and isinstance(positions, np.ndarray)
        and len(np.unique(positions)) != len(positions)
    ):
        raise NotNative("a row set twice")


def _assign_table(owner: Any, kind: str, key: Any, value: Any) -> None:
    grid = grid_of(owner._table)
    key = key_for(owner, key)
    if isinstance(grid.index, pd.MultiIndex) or isinstance(grid.header, pd.MultiIndex) or not grid.header.is_unique:
        raise NotNative("setting in a table with levels")
    rows_key, names_key = key if isinstance(key, tuple) and len(key) == 2 else (key, slice(None))
    if kind in {"at", "iat"} and not isinstance(key, tuple):
        raise NotNative("a key that pandas refuses")
    try:
        rows: Any = getattr(pd.Series(np.arange(grid.length), index=grid.index), kind)[rows_key]
        ruler = pd.Series(np.arange(len(grid.columns)), index=grid.header)
        names: Any
        names = (
            ruler[:] if isinstance(names_key, slice) and names_key == slice(None) else getattr(ruler, kind)[names_key]
        )
    except (KeyError, IndexError, TypeError, ValueError):
        raise NotNative("labels that are not there") from None
    several = isinstance(names, pd.Series)
    value = _fitting(value, rows)
    if several and len(names) != 1 and not pd.api.types.is_scalar(value):
        raise NotNative("several values for several columns")
    positions = positions_in(rows) if isinstance(rows, pd.Series) else int(rows)
    _check_many(positions, value)
    columns = list(grid.columns)
    for place in positions_in(names) if several else [int(names)]:
        columns[place] = replaced(columns[place], positions, value)
    owner._table = table_of(Grid(columns, grid.header, grid.length, grid.labels, grid.layout))
