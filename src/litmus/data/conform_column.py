"""One column of a prediction → its canonical type, or a sentence that says which value does not fit."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from litmus.data.canonical import to_canonical
from litmus.data.cells import read_cells
from litmus.data.counted import counted, shown
from litmus.data.markers import column_markers
from litmus.data.one_value import EXPECTED
from litmus.data.schema import Column
from litmus.errors import PredictionError

__all__ = ["conform_column", "empty_column"]


def conform_column(series: pd.Series, column: Column, index: pd.Index | None = None) -> pd.Series:
    """The column in the canonical type of its kind; `index` names the rows in messages, else they are counted from 0.

    Raises:
        PredictionError: naming the column, the first row that does not fit, and its value.
    """
    cells = read_cells(series, column_markers(column))
    # Training decided how numbers are written: a comma that it never saw is a mistake, not a new way of writing.
    strict = dataclasses.replace(column, number_format=column.number_format or "plain")
    converted = to_canonical(cells, strict, series)
    if converted.unreadable is not None:
        row = int(converted.unreadable.argmax())
        others = int(converted.unreadable.sum()) - 1
        more = f" ({counted(others, 'more row is', 'more rows are')} wrong too)" if others else ""
        place = row if index is None else index[row]
        name = f"{place:,}" if isinstance(place, int | np.integer) else repr(place)
        raise PredictionError(
            f"{column.name}: row {name} has {shown(series.iloc[row])}, {EXPECTED[column.kind]}{more}."
        )
    return converted.values


def empty_column(column: Column, rows: int) -> pd.Series:
    """A column of missing values in the type of its kind."""
    if column.kind == "datetime":
        return pd.Series(np.full(rows, np.datetime64("NaT", "us")))
    if column.kind == "boolean":
        return pd.Series(pd.arrays.BooleanArray(np.zeros(rows, dtype=bool), np.ones(rows, dtype=bool)))
    if column.kind in ("categorical", "text"):
        return pd.Series(pd.array([None] * rows, dtype="str"))
    return pd.Series(np.full(rows, np.nan))
