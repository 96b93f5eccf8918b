# ruff: noqa: SLF001  (a part of the facade: it reads the values that the facade's classes hold)
"""Rows and columns of a table, in any layout."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from litsdf.convert import hold_frame
from litsdf.frame import DataFrame
from litsdf.layouts.columnar import ColumnarFrame, default_labels, same_labels

__all__ = [
    "as_frame",
    "chosen",
    "numbered_rows",
    "rows_at",
    "rows_between",
    "same_rows",
    "with_rows_of",
    "without_columns",
]


def as_frame(table: Any) -> DataFrame:
    """The table as a litsdf DataFrame: one that is given as such is returned itself, others stay where they are held.

    A pandas frame keeps its index and shares its values, which are copied when either is changed.

    >>> import pandas as pd
    >>> as_frame(pd.DataFrame({"a": [1, 2, 3]})).layout
    'pandas'
    """
    if isinstance(table, DataFrame):
        return table
    package = type(table).__module__.partition(".")[0]
    return DataFrame(table, layout="pandas" if package == "pandas" else None)


def same_rows(table: DataFrame, other: DataFrame) -> bool:
    """Whether two tables have the same row labels in the same order.

    >>> same_rows(DataFrame({"a": [1, 2]}), DataFrame({"b": [3, 4]}, index=[0, 1]))
    True
    """
    left, right = table._table, other._table
    if len(left) != len(right):
        return False
    if left.labels is right.labels or same_labels(left.labels, right.labels):
        return True
    return bool(table.index.equals(other.index))


def rows_at(table: DataFrame, positions: np.ndarray) -> DataFrame:
    """The rows at these positions, in this order, numbered from 0."""
    held = table._table
    if isinstance(held, ColumnarFrame) and held.layout != "record":
        columns = {name: column.taken(positions, None) for name, column in held.columns.items()}
        return DataFrame._of(type(held)(columns, len(positions)), table._fallbacks)
    frame = held.to_pandas().take(positions).reset_index(drop=True)
    return DataFrame(frame, layout="pandas")


def rows_between(table: DataFrame, start: int, stop: int) -> DataFrame:
    """The rows from position `start` up to, and without, `stop`; their labels stay with them."""
    held = table._table
    stop = min(stop, len(held))
    if start <= 0 and stop >= len(held):
        return table
    if isinstance(held, ColumnarFrame) and held.layout != "record" and held.columns:
        return DataFrame._of(held.taken(np.arange(start, stop)), table._fallbacks)
    return DataFrame(held.to_pandas().iloc[start:stop], layout="pandas")


def numbered_rows(table: DataFrame) -> DataFrame:
    """The same rows, numbered from 0."""
    held = table._table
    if isinstance(held, ColumnarFrame):
        return table if held.labels is None else DataFrame._of(held.relabelled(None), table._fallbacks)
    if default_labels(held.labels) is None:
        return table
    return DataFrame._of(hold_frame(held.to_pandas().reset_index(drop=True), held.layout), table._fallbacks)


def with_rows_of(table: DataFrame, other: DataFrame) -> DataFrame:
    """The table with the row labels of another one, which has as many rows."""
    if same_rows(table, other):
        return table
    held = table._table
    if isinstance(held, ColumnarFrame):
        return DataFrame._of(held.relabelled(default_labels(other.index)), table._fallbacks)
    return DataFrame._of(hold_frame(held.to_pandas().set_axis(other.index, axis=0), held.layout), table._fallbacks)


def chosen(table: DataFrame, columns: Sequence[Any]) -> DataFrame:
    """These columns of the table, in this order; none at all is allowed.

    Raises:
        KeyError: one is absent.
    """
    held = table._table
    if isinstance(held, ColumnarFrame):
        picked = {name: held.columns[name] for name in columns}
        return DataFrame._of(type(held)(picked, held.length, held.labels), table._fallbacks)
    if held.names == list(columns):
        return table
    return DataFrame._of(hold_frame(held.to_pandas()[list(columns)], held.layout), table._fallbacks)


def without_columns(table: DataFrame, columns: Iterable[Any]) -> DataFrame:
    """The table without these columns; names that it does not have are no error, and all columns may go."""
    held, gone = table._table, set(columns)
    if gone.isdisjoint(held.names):
        return table
    if isinstance(held, ColumnarFrame):
        kept = {name: column for name, column in held.columns.items() if name not in gone}
        return DataFrame._of(type(held)(kept, held.length, held.labels), table._fallbacks)
    frame = held.to_pandas()
    kept_columns = frame.drop(columns=[name for name in gone if name in frame.columns])
    return DataFrame._of(hold_frame(kept_columns, held.layout), table._fallbacks)
