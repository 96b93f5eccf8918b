# ruff: noqa: SLF001  (a part of the facade: it reads the values that the facade's classes hold)
"""Arrays out of columns and tables out of arrays, in any layout: what programs need that take litsdf tables.

Nothing here imports pandas unless the table is held by pandas, or a column has a dtype that only pandas reads.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from litsdf.contract import NotNative
from litsdf.dtypes import BOOL, BY_DATA, DATETIME, FLOAT, INT, INT32, LIST, OPAQUE, STR, is_missing
from litsdf.frame import DataFrame
from litsdf.layouts.columnar import ColumnarFrame, default_labels, same_labels
from litsdf.series import Series

__all__ = [
    "as_frame",
    "chosen",
    "dtype_name",
    "dtype_names",
    "frame_of_row",
    "in_place_of",
    "is_constant",
    "joined",
    "matrix",
    "moments",
    "numbered_rows",
    "numbers",
    "polars_frame",
    "python_values",
    "row_values",
    "row_with",
    "rows_at",
    "rows_between",
    "same_rows",
    "texts",
    "with_columns",
    "with_matrix",
    "with_rows_of",
    "without_columns",
]

Made = Any
"""Values of a new column: a NumPy array, or a pyarrow array of text."""


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


def dtype_names(table: DataFrame) -> dict[Any, str]:
    """Column → the name of its dtype, as pandas prints it; of columns of one name the last.

    >>> dtype_names(DataFrame([{"title": "a", "price": 2.0}]))
    {'title': 'str', 'price': 'float64'}
    """
    held = table._table
    if isinstance(held, ColumnarFrame):
        return {name: _dtype_name(column) for name, column in held.columns.items()}
    return {name: str(dtype) for name, dtype in held.to_pandas().dtypes.items()}


def _dtype_name(column: Any) -> str:
    if column.dtype == LIST:
        return "object"
    return str(column.data.dtype) if column.dtype == OPAQUE else str(column.dtype)


def numbers(column: Series, *, as_held: bool = False) -> np.ndarray:
    """The values as float64 (rows,), NaN where missing; never to be written to, it may share the column's memory.

    Args:
        column: numbers or truth values.
        as_held: give whole numbers, truth values and float32 as they are where nothing is missing, to save a copy.

    Raises:
        TypeError, ValueError: the values are no numbers.

    >>> numbers(Series([1, 2], layout="numpy")).tolist()
    [1.0, 2.0]
    """
    held = column._column
    layout, dtype = held.layout, held.dtype
    if layout == "record" and dtype in {FLOAT, INT, BOOL, INT32} and len(held):
        return np.array([held.data], dtype=np.float64)
    values: Any = None
    if layout == "polars" and dtype in {FLOAT, INT, BOOL, INT32}:
        values = held.data.to_numpy()
    elif layout != "pandas" and isinstance(held.data, np.ndarray):
        values = held.data
    elif layout == "pandas" and isinstance(held.series.dtype, np.dtype):
        values = held.series.to_numpy()
    if values is not None and values.dtype.kind in "fiub":
        return values if as_held else values.astype(np.float64, copy=False)
    if layout != "pandas" and dtype == OPAQUE:
        return np.asarray(held.data.to_numpy(dtype=np.float64, na_value=np.nan))
    return np.asarray(held.to_pandas().to_numpy(dtype=np.float64, na_value=np.nan))


def moments(column: Series) -> np.ndarray:
    """The dates as datetime64[us] (rows,), in universal time where they have a zone; NaT where missing."""
    held = column._column
    if held.layout == "record" and held.dtype == DATETIME and len(held):
        return np.array([held.data], dtype="datetime64[us]")
    if held.layout == "numpy" and held.dtype == DATETIME:
        values: np.ndarray = held.data
        return values
    if held.layout == "polars" and held.dtype == DATETIME:
        return np.asarray(held.data.to_numpy(), dtype="datetime64[us]")
    series = held.to_pandas()
    if getattr(series.dtype, "tz", None) is not None:
        series = series.dt.tz_convert("UTC").dt.tz_localize(None)
    return np.asarray(series.to_numpy(dtype="datetime64[us]"))


def texts(column: Series) -> Any:
    """A column of text as one pyarrow array of `large_string`, null where missing; without a copy where it is held so.

    Raises:
        TypeError: the column is no text.
    """
    import pyarrow as pa

    held = column._column
    if _dtype_of(held) != STR:
        raise TypeError(f"Column {held.name!r} holds {_dtype_of(held)}, and text was expected.")
    arrow: Any = pa
    kind = arrow.large_string()
    if held.layout == "record" and held.dtype == STR and len(held):
        return arrow.array([held.data if type(held.data) is str else None], type=kind)
    if held.layout == "polars" and held.dtype == STR:
        import polars as pl

        values = held.data.to_arrow(compat_level=pl.CompatLevel.oldest())
    elif held.layout == "numpy" and held.dtype == STR:
        values = arrow.array(held.data, type=kind, from_pandas=True)
    else:
        values = arrow.array(held.to_pandas(), type=kind, from_pandas=True)
    return values.combine_chunks() if isinstance(values, arrow.ChunkedArray) else values


def python_values(column: Series) -> list[Any]:
    """The values as plain Python objects, None where missing; for few rows, since each value becomes an object.

    >>> python_values(Series(["a", None], layout="numpy"))
    ['a', None]
    """
    held = column._column
    if held.layout == "record" and held.dtype != OPAQUE and len(held):
        return [None if is_missing(held.data) else held.data]
    if held.layout == "polars" and held.dtype != OPAQUE:
        values: list[Any] = held.data.to_list()
        return values
    listed = held.data.tolist() if held.layout == "numpy" and held.dtype == STR else held.to_pandas().tolist()
    return [None if is_missing(value) else value for value in listed]


def dtype_name(column: Series) -> str:
    """The name of the dtype, as pandas prints it.

    >>> dtype_name(Series(["a"], layout="numpy"))
    'str'
    """
    return _dtype_of(column._column)


def _dtype_of(held: Any) -> str:
    return str(held.dtype if held.layout == "pandas" else _dtype_name(held))


def is_constant(column: Series) -> bool:
    """Whether all rows hold what the first row holds: the same value, or all of them nothing.

    >>> is_constant(Series([1.0, None], layout="numpy"))
    False
    """
    held = column._column
    if len(held) < 2:
        return True
    if held.layout == "polars" and held.dtype not in {OPAQUE, LIST}:
        missing = held.data.null_count()
        return bool(missing == len(held) or (not missing and (held.data == held.data[0]).all()))
    series = held.to_pandas()
    if isinstance(series.dtype, np.dtype) and series.dtype.kind in "iufb":
        values = series.to_numpy()
        return bool((values == values[0]).all()) or bool(values.dtype.kind == "f" and np.isnan(values).all())
    missing = series.isna().to_numpy()
    return bool(missing.all() or (not missing.any() and (series == series.iloc[0]).all()))


def matrix(table: DataFrame, columns: Sequence[str]) -> np.ndarray:
    """The columns as float64 (rows, columns), column by column in memory, NaN where missing; never to be written to.

    Raises:
        KeyError: a column is absent.
        TypeError, ValueError: a column holds no numbers.

    >>> matrix(DataFrame([{"a": 1, "b": 2.5}]), ["b", "a"]).tolist()
    [[2.5, 1.0]]
    """
    held = table._table
    if not isinstance(held, ColumnarFrame):
        frame = held.to_pandas()
        frame = frame if list(frame.columns) == list(columns) else frame[list(columns)]
        values: np.ndarray = frame.to_numpy(dtype=np.float64, na_value=np.nan)
        return values
    if held.layout == "record" and held.length == 1:
        row = [_number(held.columns[name]) for name in columns]
        return np.array(row, dtype=np.float64).reshape(1, len(row))
    made = np.empty((held.length, len(columns)), dtype=np.float64, order="F")
    for place, name in enumerate(columns):
        made[:, place] = numbers(Series._of(held.columns[name], None))
    return made


def _number(column: Any) -> Any:
    """The number in a column of one row."""
    return column.data if column.dtype in {FLOAT, INT, BOOL} else numbers(Series._of(column, None))[0]


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
    return DataFrame._of(type(held)(held.to_pandas()[list(columns)]), table._fallbacks)


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
    return DataFrame._of(type(held)(held.to_pandas().reset_index(drop=True)), table._fallbacks)


def with_rows_of(table: DataFrame, other: DataFrame) -> DataFrame:
    """The table with the row labels of another one, which has as many rows."""
    if same_rows(table, other):
        return table
    held = table._table
    if isinstance(held, ColumnarFrame):
        return DataFrame._of(held.relabelled(default_labels(other.index)), table._fallbacks)
    return DataFrame._of(type(held)(held.to_pandas().set_axis(other.index, axis=0)), table._fallbacks)


def without_columns(table: DataFrame, columns: Iterable[Any]) -> DataFrame:
    """The table without these columns; names that it does not have are no error, and all columns may go."""
    held, gone = table._table, set(columns)
    if gone.isdisjoint(held.names):
        return table
    if isinstance(held, ColumnarFrame):
        kept = {name: column for name, column in held.columns.items() if name not in gone}
        return DataFrame._of(type(held)(kept, held.length, held.labels), table._fallbacks)
    frame = held.to_pandas()
    return DataFrame._of(type(held)(frame.drop(columns=[n for n in gone if n in frame.columns])), table._fallbacks)


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
    return DataFrame._of(type(held)(frame.assign(**_for_pandas(made))), table._fallbacks)


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
    return DataFrame._of(type(held)(pd.DataFrame(columns, index=frame.index, copy=False)), table._fallbacks)


def with_matrix(table: DataFrame, columns: Sequence[str], values: np.ndarray) -> DataFrame:
    """The table with these columns' values from a matrix (rows, columns): replaced in their place, or put at the end.

    >>> with_matrix(DataFrame([{"a": 1, "b": 2}]), ["b"], np.array([[0.5]])).to_dict("records")
    [{'a': 1, 'b': 0.5}]
    """
    held = table._table
    if isinstance(held, ColumnarFrame):
        return with_columns(table, {name: values[:, place] for place, name in enumerate(columns)})
    return DataFrame._of(type(held)(_pandas_with_matrix(held.to_pandas(), columns, values)), table._fallbacks)


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


def frame_of_row(values: Mapping[str, Any], dtypes: Mapping[str, str]) -> DataFrame:
    """One row as a table in the record layout, with dtypes that are said instead of inferred.

    Args:
        values: column → a Python value of that dtype, NaN for a missing number or text, None for a missing date; or a
            pandas Series of one value, whose dtype it says itself.
        dtypes: column → "float64", "int64", "bool", "str" or "datetime64[us]"; others go through pandas.

    >>> frame_of_row({"age": math.nan}, {"age": "float64"}).layout
    'record'
    """
    from litsdf.layouts.record import RecordColumn, RecordFrame

    columns: dict[str, Any] = {}
    for name, value in values.items():
        dtype = dtypes.get(name)
        if dtype in _PLAIN:
            columns[name] = RecordColumn(value, dtype, name)
        elif dtype == "boolean":
            columns[name] = _truth(value).renamed(name)
        else:
            columns[name] = _record_of(value, dtype).renamed(name)
    return DataFrame._of(RecordFrame(columns, 1), None)


_PLAIN = frozenset({FLOAT, INT, BOOL, STR, DATETIME})


@lru_cache(maxsize=3)
def _truth(value: bool | None) -> Any:  # noqa: FBT001  (the value itself)
    """A truth value that may be missing, in the record layout; made once, since columns never change."""
    return _record_of(value, "boolean")


def _record_of(value: Any, dtype: str | None) -> Any:
    import pandas as pd

    from litsdf.layouts.pandas_forms import array_from_pandas
    from litsdf.layouts.record import RecordColumn

    series: Any = value if isinstance(value, pd.Series) else pd.Series([value], dtype=dtype)
    try:
        return RecordColumn.from_pandas(series, None)
    except NotNative:  # such as a date that Python cannot hold
        return RecordColumn(array_from_pandas(series), OPAQUE)


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


def row_values(table: DataFrame, columns: Iterable[str]) -> dict[str, Any]:
    """The values of a table in the record layout with one row, as that layout holds them: NaN or None where missing."""
    held = table._table.columns
    return {name: held[name].data for name in columns}


def row_with(table: DataFrame, values: Mapping[str, Any], dtypes: Mapping[str, str], names: Sequence[str]) -> DataFrame:
    """A table of one row in the record layout with other columns.

    Args:
        table: the table, in the record layout.
        values: column → a value as that layout holds it, for the columns that are new or changed.
        dtypes: their dtypes; "int64|float64" is decided by the value.
        names: the columns of the result, in order.
    """
    from litsdf.layouts.record import RecordColumn

    held = table._table
    columns: dict[str, Any] = {}
    for name in names:
        if name in values:
            value, dtype = values[name], dtypes[name]
            if dtype in BY_DATA:
                dtype = FLOAT if type(value) is float else BY_DATA[dtype]
            columns[name] = RecordColumn(value, dtype, name, held.labels)
        else:
            columns[name] = held.columns[name]
    return DataFrame._of(type(held)(columns, held.length, held.labels), table._fallbacks)


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
