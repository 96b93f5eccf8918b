"""One row of a prediction, the short way: a request must not pay for what only long tables need."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from litmus.data.conform_column import conform_column
from litmus.data.one_value import number_of, refuse_absent, text_of, wrong
from litmus.data.schema import Column, Schema
from litmus.errors import PredictionError
from litsdf import DataFrame
from litsdf.interchange import frame_of_row

__all__ = ["conform_record"]

_ABSENT = object()


def conform_record(row: Mapping[Any, Any], schema: Schema) -> DataFrame:
    """One row as a frame in the record layout, which takes no array library; the same as `conform` makes of its frame.

    Raises:
        PredictionError: when a required column is absent or a value has the wrong type.
    """
    values: dict[str, Any] = {}
    dtypes: dict[str, str] = {}
    absent: list[Column] = []
    for name in schema.inputs:
        column = schema[name]
        value = row.get(name, _ABSENT)
        if value is _ABSENT:
            absent.append(column)
            values[name], dtypes[name] = _NOTHING.get(column.kind, (math.nan, "float64"))
        elif column.kind == "numeric" and isinstance(value, str | int | float | None):
            values[name] = number = number_of(value, column)
            dtypes[name] = "int64" if type(number) is int else "float64"
        elif column.kind in ("categorical", "text") and isinstance(value, str | int | float | None):
            text = text_of(value, column)
            values[name], dtypes[name] = math.nan if text is None else text, "str"
        elif column.kind == "boolean" and isinstance(value, bool):
            values[name], dtypes[name] = value, "boolean"
        else:
            values[name] = _the_long_way(value, column)
    refuse_absent(absent)
    return frame_of_row(values, dtypes)


_NOTHING: dict[str, tuple[Any, str]] = {
    "datetime": (None, "datetime64[us]"),
    "boolean": (None, "boolean"),
    "categorical": (math.nan, "str"),
    "text": (math.nan, "str"),
}
"""Kind → the value and type of a column that a row does not have."""


def _the_long_way(value: Any, column: Column) -> Any:
    import pandas as pd

    cell = np.empty(1, dtype=object)
    cell[0] = value
    series = pd.Series(cell, dtype=object)
    try:  # a text stays as it is: it may hold halves of characters, which pandas' own type for texts cannot
        return conform_column(series if isinstance(value, str) else series.infer_objects(), column)
    except PredictionError as error:
        raise wrong(value, column) from error
