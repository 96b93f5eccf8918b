"""Which values are missing, and the rows that a mask keeps, without row numbers in between."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from litsdf.dtypes import BOOL, INT, INT32, OPAQUE, STR
from litsdf.layouts.columnar import default_labels
from litsdf.structure.gathering import sliced
from litsdf.structure.grid import Grid

__all__ = ["kept_column", "kept_labels", "kept_rows", "may_miss", "missing_in"]


def missing_in(column: Any) -> np.ndarray:
    """Which values of a column are missing."""
    data = column.data
    if column.dtype in {BOOL, INT, INT32}:
        return np.zeros(len(column), dtype=bool)
    if column.layout == "polars" and column.dtype != OPAQUE:
        return np.asarray(data.is_null().to_numpy()) if data.null_count() else np.zeros(len(column), dtype=bool)
    if column.layout == "numpy" and column.dtype == STR:
        return np.asarray(data != data, dtype=bool)  # noqa: PLR0124  (only NaN differs from itself; takes half of pandas.isna's time)
    return np.asarray(pd.isna(data))


def may_miss(column: Any) -> bool:
    """Whether a column can have missing values; cheap, so that the others need not be looked through."""
    if column.dtype in {BOOL, INT, INT32}:
        return False
    return not (column.layout == "polars" and column.dtype != OPAQUE and not column.data.null_count())


def kept_labels(index: pd.Index, mask: np.ndarray) -> Any:
    """Labels of the rows where a mask is true."""
    return default_labels(index[mask])


def kept_column(column: Any, mask: np.ndarray, labels: Any) -> Any:
    """The rows of one column where a mask is true."""
    return _kept([column], mask, labels)[0]


def kept_rows(grid: Grid, mask: np.ndarray, labels: Any) -> Grid:
    """The rows of a table where a mask is true."""
    columns = _kept(grid.columns, mask, labels)
    return Grid(columns, grid.header, int(np.count_nonzero(mask)), labels, grid.layout)


def _kept(columns: list[Any], mask: np.ndarray, labels: Any) -> list[Any]:
    if mask.all():
        return [sliced(column, 0, len(column), labels) for column in columns]
    rows = None
    found: Any = iter(())
    in_polars = {str(p): c.data for p, c in enumerate(columns) if c.layout == "polars" and c.dtype != OPAQUE}
    if in_polars:
        import polars as pl

        flags = pl.Series("", mask)
        if len(in_polars) == 1:
            found = iter([data.filter(flags) for data in in_polars.values()])
        else:
            found = iter(pl.DataFrame(in_polars).filter(flags))
    made = []
    for place, column in enumerate(columns):
        if str(place) in in_polars:
            data = next(found)
        else:
            rows = np.flatnonzero(mask) if rows is None else rows
            data = column.data.take(rows)
        made.append(type(column)(data, column.dtype, column.name, labels))
    return made
