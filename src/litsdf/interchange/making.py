# ruff: noqa: SLF001  (a part of the facade: it reads the values that the facade's classes hold)
"""Tables out of arrays: new columns in the layout of the table they go to."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from litsdf.convert import hold_frame
from litsdf.dtypes import BOOL, FLOAT, INT, OPAQUE, STR
from litsdf.frame import DataFrame
from litsdf.layouts.columnar import ColumnarFrame

__all__ = ["in_place_of", "joined", "polars_frame", "with_columns", "with_matrix"]


Made = Any
"""Values of a new column: a NumPy array, or a pyarrow array of text."""


def with_columns(table: DataFrame, made: Mapping[str, Made]) -> DataFrame:
    """The table with new values: a column of a name that is there is replaced in its place, others come at the end.

    Args:
        table: the table; it does not change.
        made: column → a NumPy array of numbers or truth values, or a pyarrow array of text, with one value for each row.

    >>> with_columns(DataFrame([{"a": 1}]), {"b": np.array([0.5])}).to_dict("records")
    [{'a': 1, 'b': 0.5}]
    """
    held = table._table
    if not made:
        return table
    if isinstance(held, ColumnarFrame):
        columns = dict(held.columns)
        for name, values in made.items():
            columns[name] = _column_of(held, values, name)
        return DataFrame._of(type(held)(columns, held.length, held.labels), table._fallbacks)
    frame = held.to_pandas()
    return DataFrame._of(hold_frame(frame.assign(**_for_pandas(made)), held.layout), table._fallbacks)


def in_place_of(table: DataFrame, made: Mapping[str, Mapping[str, Made]]) -> DataFrame:
    """The table with some columns replaced by none, one or several new ones each, in its place.

    >>> list(in_place_of(DataFrame([{"a": 1, "b": 2}]), {"a": {"x": np.array([1.0]), "y": np.array([2.0])}}))
    ['x', 'y', 'b']
    """
    held = table._table
    columns: dict[Any, Any] = {}
    if isinstance(held, ColumnarFrame):
        for name, column in held.columns.items():
            new = {key: _column_of(held, values, key) for key, values in made[name].items()} if name in made else None
            columns |= {name: column} if new is None else new
        return DataFrame._of(type(held)(columns, held.length, held.labels), table._fallbacks)
    import pandas as pd

    frame = held.to_pandas()
    for name in frame.columns:
        columns |= _for_pandas(made[name]) if name in made else {name: frame[name]}
    return DataFrame._of(
        hold_frame(pd.DataFrame(columns, index=frame.index, copy=False), held.layout), table._fallbacks
    )


def with_matrix(table: DataFrame, columns: Sequence[str], values: np.ndarray) -> DataFrame:
    """The table with these columns' values from a matrix (rows, columns): replaced in their place, or put at the end.

    >>> with_matrix(DataFrame([{"a": 1, "b": 2}]), ["b"], np.array([[0.5]])).to_dict("records")
    [{'a': 1, 'b': 0.5}]
    """
    held = table._table
    if isinstance(held, ColumnarFrame):
        return with_columns(table, {name: values[:, place] for place, name in enumerate(columns)})
    return DataFrame._of(
        hold_frame(_pandas_with_matrix(held.to_pandas(), columns, values), held.layout), table._fallbacks
    )


def _column_of(held: ColumnarFrame, values: Any, name: str) -> Any:
    """A column of the layout of `held` from an array."""
    kind, labels = held.column_class, held.labels
    text = not isinstance(values, np.ndarray)
    if held.layout == "record" and held.length == 1:
        if not text and str(values.dtype) not in {FLOAT, INT, BOOL}:
            return kind(values, OPAQUE, name, labels)
        value = values[0].as_py() if text else values.item()
        return kind(math.nan if value is None else value, STR if text else str(values.dtype), name, labels)
    if text and held.layout == "polars":
        import polars as pl

        return kind(pl.Series("", values, dtype=pl.String), STR, name, labels)
    if text:
        from litsdf.layouts.pandas_forms import text_from_arrow

        values = text_from_arrow(values)
    return kind.from_array(values, name, labels)


def _for_pandas(made: Mapping[str, Made]) -> dict[str, Any]:
    from litsdf.layouts.pandas_forms import text_from_arrow

    return {
        name: values if isinstance(values, np.ndarray) else text_from_arrow(values) for name, values in made.items()
    }


def _pandas_with_matrix(frame: Any, columns: Sequence[str], values: np.ndarray) -> Any:
    """Put a frame together from whole blocks of neighbouring columns: one by one, 5,000 columns take a second."""
    import pandas as pd

    place = {name: number for number, name in enumerate(columns)}
    order = np.array([place.pop(name, -1) for name in frame.columns], dtype=np.int64)
    parts: list[Any] = []
    same = np.where(order[1:] < 0, order[:-1] < 0, (order[:-1] >= 0) & (np.diff(order) == 1))
    edges = [0, *(np.flatnonzero(~same) + 1).tolist(), len(order)] if len(order) else []
    for start, end in pairwise(edges):
        if order[start] < 0:
            parts.append(frame.iloc[:, start:end])
        else:
            block = values[:, order[start] : order[start] + end - start]
            parts.append(pd.DataFrame(block, columns=frame.columns[start:end], index=frame.index, copy=False))
    if place:
        block = values[:, list(place.values())]
        parts.append(pd.DataFrame(block, columns=list(place), index=frame.index, copy=False))
    return parts[0] if len(parts) == 1 else pd.concat(parts, axis=1)


def joined(table: DataFrame, other: DataFrame, names: Sequence[str]) -> DataFrame:
    """Columns of two tables with the same rows, in the order of `names`; the second table's where both have one."""
    held, new = table._table, other._table
    if isinstance(held, ColumnarFrame) and type(new) is type(held):
        columns = {name: (new if name in new.columns else held).columns[name] for name in names}
        return DataFrame._of(type(held)(columns, held.length, held.labels), table._fallbacks)
    import pandas as pd

    first, second = held.to_pandas(), new.to_pandas()
    parts = {name: second[name] if name in second.columns else first[name] for name in names}
    return DataFrame(pd.DataFrame(parts, index=first.index, copy=False), layout="pandas").to_layout(table.layout)


def polars_frame(columns: Mapping[str, Any], rows: int) -> DataFrame:
    """A table in the Polars layout over Arrow's memory, such as that of a mapped file, copying only what must change.

    Args:
        columns: column → a pyarrow array of numbers (NaN where missing), text, truth values or timestamps in
            microseconds; or a pandas array, for any other dtype.
        rows: the number of rows.

    >>> import pyarrow as pa
    >>> polars_frame({"a": pa.array([1.0, 2.0])}, 2).layout
    'polars'
    """
    import polars as pl
    import pyarrow as pa

    from litsdf.layouts.polars import PolarsColumn, PolarsFrame

    arrow: Any = pa
    made: dict[str, Any] = {}
    for name, values in columns.items():
        if not isinstance(values, arrow.Array | arrow.ChunkedArray):
            made[name] = PolarsColumn.from_array(values, name, None)
            continue
        series = pl.Series(name, values)
        if series.dtype == pl.Float64 and not series.is_nan().any():
            made[name] = PolarsColumn(series, FLOAT, name)
        else:
            made[name] = PolarsColumn.from_series(series)
    return DataFrame._of(PolarsFrame(made, rows), None)
