"""Many rows, in any form, → an array for each column that a compiled model reads."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from litmus.data.counted import counted, shown
from litmus.data.one_moment import prevailing_day_first
from litmus.data.one_value import EXPECTED, moment_of, refuse_absent
from litmus.data.schema import Column, Schema
from litmus.errors import PredictionError
from litmus.runtime.parsing import MEANINGS, NOTHING, is_column

__all__ = ["RowsKind", "Table", "is_one_row", "read_rows"]

RowsKind = Literal["one", "list", "frame"]
_USUAL: dict[str, frozenset[type]] = {
    "numeric": frozenset({int, float, type(None)}),
    "categorical": frozenset({str, type(None)}),
    "text": frozenset({str, type(None)}),
    "boolean": frozenset({bool, type(None)}),
    "datetime": frozenset({str, type(None)}),
}
"""Kind → the types that are read a column at a time; other values are read one by one."""


@dataclasses.dataclass(frozen=True)
class Table:
    """Rows taken apart.

    Attributes:
        columns: column → array: float64 for numbers and truths, NaN where missing; texts and None in an object array or
            a pyarrow array; datetime64[us].
        n_rows: how many rows there are.
        kind: what was given.
        index: the index of the pandas frame that was given, or None.
        frame: the rows as the litsdf frame that pipelines take, where there is one.
    """

    columns: dict[str, Any]
    n_rows: int
    kind: RowsKind
    index: Any = None
    frame: Any = None


def is_one_row(rows: Any) -> bool:
    """Whether this is one row, a mapping of single values, and not a table of columns."""
    return isinstance(rows, Mapping) and not any(map(is_column, rows.values()))


def read_rows(rows: Any, schema: Schema, needed: Collection[str], *, framed: bool = False) -> Table:
    """The columns of a list of rows or of a table.

    Lists and dicts of columns are read without pandas; frames of any library, and paths, with it.

    Args:
        rows: a list of dicts, a dict of columns, a frame, or a path.
        schema: the columns that rows may have.
        needed: the columns to give.
        framed: whether the frame for pipelines is wanted too.

    Raises:
        PredictionError: as `litmus.data.conform`.
        DataError: when a file cannot be read.

    Example:
        >>> schema = Schema([Column("age", "numeric"), Column("city", "categorical")])
        >>> read_rows([{"age": "39"}, {"city": " Oslo "}], schema, ["age"]).columns
        {'age': array([39., nan])}
    """
    if not framed:
        if isinstance(rows, list | tuple) and all(isinstance(row, Mapping) for row in rows):
            return _of_list(rows, schema, needed)
        if isinstance(rows, Mapping) and all(isinstance(v, list | tuple | np.ndarray) for v in rows.values()):
            return _of_columns(rows, schema, needed)
    return _of_frame(rows, schema, needed)


def _of_list(rows: Sequence[Mapping[Any, Any]], schema: Schema, needed: Collection[str]) -> Table:
    inputs = [schema[name] for name in schema.inputs]
    if rows:
        some = rows[0].keys()
        if not all(column.name in some for column in inputs if column.required):
            refuse_absent(c for c in inputs if c.required and not any(c.name in row for row in rows))
    columns = {}
    for column in inputs:
        if column.kind not in MEANINGS:
            continue
        if column.name in needed or column.kind not in ("categorical", "text"):
            name = column.name
            columns[name] = _column([row.get(name) for row in rows], column)
    return Table({name: columns[name] for name in needed}, len(rows), "list")


def _of_columns(given: Mapping[Any, Any], schema: Schema, needed: Collection[str]) -> Table:
    lengths: dict[int, str] = {}
    for name, values in given.items():
        if isinstance(values, np.ndarray) and values.ndim != 1:
            raise PredictionError(f"A column has shape {values.shape}; give one value a row.")
        lengths.setdefault(len(values), str(name))
    if len(lengths) > 1:
        (first, first_name), (second, second_name) = list(lengths.items())[:2]
        raise PredictionError(
            f"The columns differ in length: {first_name!r} has {first:,} values and {second_name!r} has {second:,}; "
            "give every column the same number."
        )
    n_rows = next(iter(lengths), 0)
    inputs = [schema[name] for name in schema.inputs]
    refuse_absent(column for column in inputs if column.name not in given)
    columns = {}
    for column in inputs:
        if column.kind not in MEANINGS or (column.name not in needed and column.kind in ("categorical", "text")):
            continue
        values = given.get(column.name)
        if values is None:
            columns[column.name] = _array([NOTHING[column.kind]] * n_rows, column)
        elif isinstance(values, np.ndarray):
            columns[column.name] = _of_array(values, column)
        else:
            columns[column.name] = _column(list(values), column)
    return Table({name: columns[name] for name in needed}, n_rows, "frame")


def _of_array(values: np.ndarray, column: Column) -> np.ndarray:
    """A NumPy array as the column's kind has it."""
    if column.kind == "numeric" and values.dtype.kind in "fiub":
        return _finite(values.astype(np.float64))
    if column.kind == "boolean" and values.dtype.kind == "b":
        return values.astype(np.float64)
    if column.kind == "datetime" and values.dtype.kind == "M":
        return values.astype("datetime64[us]")
    held = values.astype("datetime64[us]") if values.dtype.kind == "M" else values
    return _column(held.tolist(), column)


def _column(values: list[Any], column: Column) -> np.ndarray:
    """The values of a column, read together where all are of the usual types."""
    types = set(map(type, values))
    if types <= _USUAL[column.kind]:
        if column.kind == "numeric":
            try:
                return _finite(np.array(values, dtype=np.float64))
            except OverflowError:  # a whole number beyond the largest float
                return _array(_one_by_one(values, column), column)
        if column.kind == "boolean":
            return np.array(values, dtype=np.float64)
        return _array(_of_distinct(values, column), column)
    return _array(_one_by_one(values, column), column)


def _of_distinct(values: list[Any], column: Column) -> list[Any]:
    """Texts, each different one read once."""
    distinct = list(dict.fromkeys(values))
    try:
        read = _one_by_one(distinct, column)
    except PredictionError:
        return _one_by_one(values, column)  # which names the row
    meant = dict(zip(distinct, read, strict=True))
    return list(map(meant.__getitem__, values))


def _one_by_one(values: Sequence[Any], column: Column) -> list[Any]:
    """Each value as the column's kind has it.

    Raises:
        PredictionError: naming the first row that does not fit, and how many more there are.
    """
    meaning = MEANINGS[column.kind]
    options: dict[str, Any] = {}
    if column.kind == "datetime":
        meaning = moment_of
        options["day_first"] = prevailing_day_first([value for value in values if isinstance(value, str)])
    read, wrong = [], []
    for row, value in enumerate(values):
        try:
            read.append(meaning(value, column, **options))
        except PredictionError:
            wrong.append(row)
    if wrong:
        others = len(wrong) - 1
        more = f" ({counted(others, 'more row is', 'more rows are')} wrong too)" if others else ""
        raise PredictionError(
            f"{column.name}: row {wrong[0]:,} has {shown(values[wrong[0]])}, {EXPECTED[column.kind]}{more}."
        )
    return read


def _array(values: Sequence[Any], column: Column) -> np.ndarray:
    if column.kind in ("numeric", "boolean"):
        return np.array(values, dtype=np.float64)
    if column.kind == "datetime":
        return np.array([_moment(value) for value in values], dtype="datetime64[us]")
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _moment(value: dt.datetime | None) -> np.datetime64:
    return np.datetime64("NaT", "us") if value is None else np.datetime64(value, "us")


def _finite(values: np.ndarray) -> np.ndarray:
    infinite = np.isinf(values)
    return np.where(infinite, np.nan, values) if infinite.any() else values


def _of_frame(rows: Any, schema: Schema, needed: Collection[str]) -> Table:
    try:
        from litmus.data.conform_rows import conform
    except ImportError as error:
        raise PredictionError(
            f"A {type(rows).__name__} is read with pandas and pyarrow, and {error.name} is not installed here; send a dict, "
            "a list of dicts, or a dict of lists."
        ) from error
    from litsdf.interchange import moments, numbers, texts

    frame, kind = conform(rows, schema)
    columns: dict[str, Any] = {}
    for name in needed:
        column, of_kind = frame[name], schema[name].kind
        if of_kind in ("categorical", "text"):
            columns[name] = texts(column)
        else:
            columns[name] = moments(column) if of_kind == "datetime" else numbers(column)
    index = None if kind != "frame" else frame.index
    return Table(columns, len(frame), kind, index, frame)
