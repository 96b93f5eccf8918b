"""Choosing a step's columns, reading them as numbers, and putting the results back into the table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np

from litmus.errors import DataError
from litsdf import DataFrame, Series
from litsdf.interchange import dtype_names, matrix, with_matrix

__all__ = [
    "ColumnGroup",
    "choose_columns",
    "is_boolean",
    "is_datetime",
    "is_number",
    "matrices",
    "numeric_matrix",
    "replace_columns",
    "take_column",
]

ColumnGroup = Literal["numeric", "numeric or boolean", "category", "datetime", "text", "any"]

_AT_ONCE = 4_000_000
"""Values that `matrices` gives together."""
_LARGEST = float(np.finfo(np.float32).max)
_NUMBER = re.compile(r"(u?int|float|complex)\d+(\[pyarrow\])?|(UInt|Int|Float)\d+|(double|halffloat)\[pyarrow\]")
_BOOLEAN = frozenset({"bool", "boolean", "bool[pyarrow]"})
_TEXT = ("str", "object", "string", "large_string")


def is_number(dtype: str) -> bool:
    """Whether a dtype of this name holds numbers, truth values left out."""
    return _NUMBER.fullmatch(dtype) is not None


def is_boolean(dtype: str) -> bool:
    """Whether a dtype of this name holds truth values."""
    return dtype in _BOOLEAN


def is_datetime(dtype: str) -> bool:
    """Whether a dtype of this name holds dates."""
    return dtype.startswith(("datetime64", "timestamp["))


def choose_columns(df: DataFrame, columns: Sequence[str] | None, group: ColumnGroup, owner: str) -> list[str]:
    """The columns a step works on: those the user named, or else all of the group that the step is for.

    Raises:
        DataError: when a named column is absent or of another group.
    """
    dtypes = dtype_names(df)
    if columns is None:
        return [str(name) for name, dtype in dtypes.items() if _belongs(dtype, group)]
    columns = [columns] if isinstance(columns, str) else list(columns)
    if not dtypes.keys() >= set(columns):
        raise _absent(df, columns, owner)
    wrong = [name for name in columns if not _belongs(dtypes[name], group)]
    if wrong:
        raise DataError(
            f"{owner} works on {group} columns, and column {wrong[0]!r} has type {dtypes[wrong[0]]}. "
            "Leave it out of `columns`, or convert it in a step before."
        )
    return columns


def _belongs(dtype: str, group: ColumnGroup) -> bool:
    if group == "any":
        return True
    if group == "datetime":
        return is_datetime(dtype)
    if group == "numeric":
        return is_number(dtype)
    if group == "numeric or boolean":
        return is_number(dtype) or is_boolean(dtype)
    return dtype.partition("[")[0] in _TEXT or (group == "category" and dtype == "category")


def take_column(df: DataFrame, name: str, owner: str) -> Series:
    """One column.

    Raises:
        DataError: when it is absent.
    """
    try:
        found: Series = df[name]
    except KeyError:
        raise _absent(df, [name], owner) from None
    return found


def _absent(df: DataFrame, columns: Sequence[str], owner: str) -> DataError:
    names = list(df)
    absent = [name for name in columns if name not in names]
    shown = ", ".join(repr(name) for name in absent[:5]) + (" …" if len(absent) > 5 else "")
    present = ", ".join(repr(str(name)) for name in names[:10]) + (" …" if len(names) > 10 else "")
    return DataError(f"{owner} needs column(s) {shown}, and the table has only: {present or 'none'}.")


def numeric_matrix(df: DataFrame, columns: Sequence[str], owner: str) -> np.ndarray:
    """The columns as float64 (rows, columns), never to be written to: it may share the table's memory.

    Missing values are NaN; so is what a float32 feature cannot hold: infinities and numbers beyond 3.4e38.

    Raises:
        DataError: when a column is absent or cannot be read as numbers.
    """
    try:
        values = matrix(df, columns)
    except KeyError:
        raise _absent(df, columns, owner) from None
    except (TypeError, ValueError):
        dtypes = dtype_names(df)
        bad = next((name for name in columns if not _belongs(dtypes[name], "numeric or boolean")), columns[0])
        raise DataError(
            f"{owner} needs numbers in column {bad!r}, which has type {dtypes[bad]} here. Convert the column, or "
            "give an encoder its name."
        ) from None
    if values.size and not -_LARGEST <= values.min() <= values.max() <= _LARGEST:  # also true when one is NaN
        values = np.where(np.abs(values) <= _LARGEST, values, np.nan)
    return values


def matrices(df: DataFrame, columns: Sequence[str], owner: str) -> Iterator[tuple[slice, np.ndarray]]:
    """The columns as `numeric_matrix` gives them, a few at a time when there are many rows, with their places.

    So the copies that a step makes on the way stay small beside a big table.
    """
    width = max(1, _AT_ONCE // max(len(df), 1))
    for start in range(0, len(columns), width):
        place = slice(start, min(start + width, len(columns)))
        yield place, numeric_matrix(df, columns[place], owner)


def replace_columns(
    df: DataFrame,
    columns: Sequence[str],
    values: np.ndarray,
    new_names: Sequence[str] = (),
    new_values: np.ndarray | None = None,
) -> DataFrame:
    """The table with these columns' values taken from `values` (rows, columns), and new columns at the end."""
    df = with_matrix(df, columns, values) if len(columns) else df
    return df if new_values is None or not len(new_names) else with_matrix(df, new_names, new_values)
