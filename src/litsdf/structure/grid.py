"""Tables whose column names are no plain text: numbers, tuples, levels, repeated, named, or none at all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Self

import pandas as pd

from litsdf.contract import NotNative
from litsdf.errors import LayoutError
from litsdf.layouts.columnar import Column, ColumnarFrame, default_labels
from litsdf.registry import frame_class

__all__ = ["Grid", "grid_of", "refuse_polars", "table_of"]

_TEXT: Any = pd.StringDtype(na_value=math.nan)
HOLDING = ("numpy", "polars")
"""Layouts whose columns a grid can hold."""


class Grid:
    """Columns in order under a pandas Index of names; what `ColumnarFrame` is for names of any kind.

    It is no `ColumnarFrame`: code that looks columns up by a text name leaves it to pandas, and stays right.
    """

    __slots__ = ("columns", "header", "labels", "layout", "length")

    def __init__(self, columns: Sequence[Any], header: pd.Index, length: int, labels: Any, layout: str) -> None:
        self.columns = list(columns)
        self.header = header
        self.length = length
        self.labels = labels
        self.layout = layout

    def __len__(self) -> int:
        return self.length

    @property
    def names(self) -> list[Any]:
        """Column names in order."""
        return list(self.header)

    @property
    def index(self) -> pd.Index:
        """Row labels as an Index."""
        return pd.RangeIndex(self.length) if self.labels is None else self.labels

    @classmethod
    def from_pandas(cls, frame: pd.DataFrame, layout: str) -> Self:
        """Hold a pandas DataFrame, whatever its column names are."""
        if layout not in HOLDING:
            raise NotNative(f"the {layout} layout with such column names")
        kind = frame_class(layout).column_class
        labels = default_labels(frame.index)
        columns = [kind.from_pandas(series, labels) for _, series in frame.items()]
        return cls(columns, frame.columns, len(frame), labels, layout)

    def to_pandas(self) -> pd.DataFrame:
        """Give the table as pandas would hold it."""
        index = self.index
        data = {place: column.to_pandas() for place, column in enumerate(self.columns)}
        frame = pd.DataFrame(data, index=index, columns=range(len(data)), copy=False)
        frame.columns = self.header
        return frame

    def to_polars(self) -> Any:
        """Polars has no such column names.

        Raises:
            LayoutError: always.
        """
        raise refuse_polars(self.header)

    def column(self, name: Any) -> Column:
        """One column; KeyError when there is none of this name, NotNative when there are several."""
        place: Any = self.header.get_loc(name)
        if not isinstance(place, int):
            raise NotNative("several columns of one name")
        found: Column = self.columns[place]
        return found

    def copied(self) -> Grid:
        """Give a table of its own over the same columns."""
        return Grid(self.columns, self.header, self.length, self.labels, self.layout)

    @property
    def column_class(self) -> Any:
        """The class of its columns."""
        return frame_class(self.layout).column_class


def refuse_polars(header: pd.Index) -> LayoutError:
    """Say why a table under these names is no Polars table."""
    return LayoutError(
        f"Polars columns have distinct texts as names; these are {list(header)[:5]}. "
        "Rename them first, as with df.set_axis(map(str, range(df.shape[1])), axis=1)."
    )


def grid_of(table: Any) -> Grid:
    """See any columnar table as a grid."""
    if isinstance(table, Grid):
        return table
    if not isinstance(table, ColumnarFrame) or table.layout not in HOLDING:
        raise NotNative(table.layout)
    header = pd.Index(table.names, dtype=_TEXT)
    return Grid(list(table.columns.values()), header, table.length, table.labels, table.layout)


def table_of(grid: Grid) -> Any:
    """Give the plain table that a grid is when its column names are distinct texts."""
    header, labels = grid.header, grid.labels
    columns = [
        column if column.labels is labels and column.name is name else _under(column, name, labels)
        for name, column in zip(header, grid.columns, strict=True)
    ]
    plain = header.dtype == _TEXT and header.name is None and bool(columns) and header.is_unique and not header.hasnans
    if plain:
        return frame_class(grid.layout)(dict(zip(header, columns, strict=True)), grid.length, labels)
    return Grid(columns, header, grid.length, labels, grid.layout)


def _under(column: Any, name: Any, labels: Any) -> Any:
    return column.renamed(name).relabelled(labels)
