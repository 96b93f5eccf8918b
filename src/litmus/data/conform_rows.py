"""Rows of a prediction, in any form, → the canonical columns a model was trained on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd

from litmus.data.conform_column import conform_column, empty_column
from litmus.data.conform_record import conform_record
from litmus.data.frames import is_records
from litmus.data.one_value import refuse_absent
from litmus.data.raw_table import RawTable
from litmus.data.readers import read_source
from litmus.data.schema import Schema
from litmus.errors import DataError, PredictionError
from litsdf import DataFrame
from litsdf.interchange import as_frame

__all__ = ["RowsKind", "conform"]

RowsKind = Literal["one", "list", "frame"]


def conform(rows: Any, schema: Schema) -> tuple[DataFrame, RowsKind]:
    """Bring rows into the form a model takes.

    Columns may come in any order; extra ones are ignored; a column that was sometimes missing in training may be
    absent. Numbers written as text are numbers; the usual markers ("?", "NA", None, NaN) mean missing; categories
    that training never saw pass through.

    Args:
        rows: one row as a dict, a list of such dicts, or any source that `read_table` takes.
        schema: the schema of the training rows.

    Returns:
        A litsdf frame with exactly the columns `schema.inputs`, in that order and in canonical types, with the index of
        the given pandas frame; and "one", "list" or "frame", for what was given.

    Raises:
        PredictionError: when a required column is absent or a value has the wrong type; it names the row by the index of
            the pandas frame, or by its number, counted from 0.
        DataError: when a file cannot be read.

    Example:
        >>> from litmus.data import Column
        >>> frame, kind = conform({"age": "39"}, Schema([Column("age", "numeric", required=True)]))
        >>> kind, int(frame["age"].item())
        ('one', 39)
    """
    if isinstance(rows, Mapping) and not any(map(_is_column, rows.values())):
        return conform_record(rows, schema), "one"
    kind: RowsKind = "list" if is_records(rows) else "frame"
    try:
        table = read_source(rows)
    except DataError as error:
        if isinstance(rows, str) or hasattr(rows, "__fspath__"):
            raise
        raise PredictionError(str(error)) from error
    if kind == "list" and not rows:
        return _frame(RawTable({}, 0), schema, pd.RangeIndex(0), require=False), kind
    index = rows.index if isinstance(rows, pd.DataFrame) else pd.RangeIndex(table.rows)
    return _frame(table, schema, index), kind


def _is_column(value: Any) -> bool:
    """Whether a value of a dict is a column of values, not a single one."""
    if isinstance(value, np.ndarray):
        return value.ndim > 0
    return hasattr(value, "__len__") and not isinstance(value, str | bytes | Mapping)


def _frame(table: RawTable, schema: Schema, index: pd.Index, *, require: bool = True) -> DataFrame:
    inputs = [schema[name] for name in schema.inputs]
    if require:
        refuse_absent(column for column in inputs if column.name not in table.columns)
    columns = {
        column.name: conform_column(table.columns[column.name], column, index)
        if column.name in table.columns
        else empty_column(column, table.rows)
        for column in inputs
    }
    frame = pd.DataFrame(columns, index=pd.RangeIndex(table.rows), copy=len(columns) > 256)
    frame.index = index
    return as_frame(frame)
