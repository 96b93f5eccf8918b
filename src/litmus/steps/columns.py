"""Choosing a step's columns, reading them as numbers, and putting the results back into the table."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pandas as pd

from litmus.errors import DataError

__all__ = ["ColumnGroup", "choose_columns", "numeric_matrix", "replace_columns", "take_column", "take_columns"]

ColumnGroup = Literal["numeric", "numeric or boolean", "category", "datetime", "text", "any"]

_LARGEST = float(np.finfo(np.float32).max)


def choose_columns(df: pd.DataFrame, columns: Sequence[str] | None, group: ColumnGroup, owner: str) -> list[str]:
    """The columns a step works on: those the user named, or else all of the group that the step is for.

    Raises:
        DataError: when a named column is absent or of another group.
    """
    if columns is None:
        return [str(name) for name, dtype in df.dtypes.items() if _belongs(dtype, group)]
    if isinstance(columns, str):
        columns = [columns]
    dtypes = take_columns(df, columns, owner).dtypes
    wrong = [str(name) for name, dtype in dtypes.items() if not _belongs(dtype, group)]
    if wrong:
        raise DataError(
            f"{owner} works on {group} columns, and column {wrong[0]!r} has type {dtypes[wrong[0]]}. "
            "Leave it out of `columns`, or convert it in a step before."
        )
    return list(columns)


def _belongs(dtype: Any, group: ColumnGroup) -> bool:
    if group == "any":
        return True
    if group == "datetime":
        return pd.api.types.is_datetime64_any_dtype(dtype)
    boolean = pd.api.types.is_bool_dtype(dtype) and not isinstance(dtype, pd.CategoricalDtype)
    if group == "numeric":
        return pd.api.types.is_numeric_dtype(dtype) and not boolean
    if group == "numeric or boolean":
        return pd.api.types.is_numeric_dtype(dtype) or boolean
    text = pd.api.types.is_string_dtype(dtype) or pd.api.types.is_object_dtype(dtype)
    return text or (group == "category" and isinstance(dtype, pd.CategoricalDtype))


def take_columns(df: pd.DataFrame, columns: Sequence[str], owner: str) -> pd.DataFrame:
    """These columns of the table, in this order.

    Raises:
        DataError: when one is absent, naming it.
    """
    if len(columns) == len(df.columns) and df.columns.equals(pd.Index(columns)):
        return df
    try:
        return df[list(columns)]
    except KeyError:
        raise _absent(df, columns, owner) from None


def take_column(df: pd.DataFrame, name: str, owner: str) -> pd.Series:
    """One column; several by this are much faster than `take_columns` when the table has few rows.

    Raises:
        DataError: when it is absent.
    """
    try:
        return df[name]
    except KeyError:
        raise _absent(df, [name], owner) from None


def _absent(df: pd.DataFrame, columns: Sequence[str], owner: str) -> DataError:
    absent = [name for name in columns if name not in df.columns]
    shown = ", ".join(repr(name) for name in absent[:5]) + (" …" if len(absent) > 5 else "")
    present = ", ".join(repr(str(name)) for name in df.columns[:10]) + (" …" if len(df.columns) > 10 else "")
    return DataError(f"{owner} needs column(s) {shown}, and the table has only: {present or 'none'}.")


def numeric_matrix(df: pd.DataFrame, columns: Sequence[str], owner: str) -> np.ndarray:
    """The columns as float64 (rows, columns), never to be written to: it may share the table's memory.

    Missing values are NaN; so is what a float32 feature cannot hold: infinities and numbers beyond 3.4e38.

    Raises:
        DataError: when a column is absent or cannot be read as numbers.
    """
    frame = take_columns(df, columns, owner)
    try:
        matrix: np.ndarray = frame.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        bad = next((name for name in columns if not _belongs(frame[name].dtype, "numeric or boolean")), columns[0])
        raise DataError(
            f"{owner} needs numbers in column {bad!r}, which has type {frame[bad].dtype} here. Convert the column, or "
            "give an encoder its name."
        ) from None
    if matrix.size and not -_LARGEST <= matrix.min() <= matrix.max() <= _LARGEST:  # also true when one is NaN
        matrix = np.where(np.abs(matrix) <= _LARGEST, matrix, np.nan)
    return matrix


def replace_columns(
    df: pd.DataFrame,
    columns: Sequence[str],
    matrix: np.ndarray,
    new_names: Sequence[str] = (),
    new_values: np.ndarray | None = None,
) -> pd.DataFrame:
    """The table with these columns' values taken from `matrix` (rows, columns), and new columns at the end.

    Wide tables are put together from whole blocks of neighbouring columns: one by one, 5,000 columns take a second.
    """
    place = {name: number for number, name in enumerate(columns)}
    parts: list[pd.DataFrame] = []
    order = np.array([place.get(str(name), -1) for name in df.columns])
    same = np.where(order[1:] < 0, order[:-1] < 0, (order[:-1] >= 0) & (np.diff(order) == 1))
    edges = [0, *(np.flatnonzero(~same) + 1).tolist(), len(order)] if len(order) else []
    for start, end in pairwise(edges):
        if order[start] < 0:
            parts.append(df.iloc[:, start:end])
        else:
            values = matrix[:, order[start] : order[start] + end - start]
            parts.append(pd.DataFrame(values, columns=df.columns[start:end], index=df.index, copy=False))
    if len(new_names):
        parts.append(pd.DataFrame(new_values, columns=list(new_names), index=df.index, copy=False))
    return parts[0] if len(parts) == 1 else pd.concat(parts, axis=1)
