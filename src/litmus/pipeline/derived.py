"""The schema of a table after a user's own steps have added, changed or dropped columns."""

from __future__ import annotations

from litmus.data.schema import Column, Kind, Schema
from litmus.steps.columns import is_boolean, is_datetime, is_number
from litsdf import DataFrame, Series
from litsdf.interchange import dtype_names

__all__ = ["schema_after"]


def schema_after(schema: Schema, frame: DataFrame) -> Schema:
    """The schema of `frame`, which a user's steps made from a table with `schema`.

    A column whose type still fits its kind keeps it; a new or changed one gets the kind of its values.
    """
    columns = []
    for name, dtype in dtype_names(frame).items():
        known = schema.get(str(name))
        if known is not None and (known.kind not in _FITS or _FITS[known.kind](dtype)):
            columns.append(known)
        else:
            kind, why = _kind_of(frame[str(name)], dtype)
            columns.append(Column(str(name), kind, why, dtype=dtype))
    return Schema(columns)


def _is_countable(dtype: str) -> bool:
    return is_number(dtype) or is_boolean(dtype)


def _is_other(dtype: str) -> bool:
    return not _is_countable(dtype) and not is_datetime(dtype)


_FITS = {
    "numeric": _is_countable,
    "boolean": is_boolean,
    "datetime": is_datetime,
    "categorical": _is_other,
    "text": _is_other,
}


def _kind_of(column: Series, dtype: str) -> tuple[Kind, str]:
    """The kind of a column that a step made, from its type and, for text, its words."""
    if is_boolean(dtype):
        return "boolean", "made by a step, true or false: boolean"
    if is_number(dtype):
        return "numeric", "made by a step, numbers: numeric"
    if is_datetime(dtype):
        return "datetime", "made by a step, dates: datetime"
    present = column.to_pandas().dropna().astype(str)
    sample = present if len(present) <= 2000 else present.sample(2000, random_state=0)
    words = float(sample.str.count(r"\S+").mean()) if len(sample) else 0.0
    distinct = int(sample.nunique())
    if words >= 3 and distinct > len(sample) / 2:
        return "text", f"made by a step, {words:.0f} words a row: text"
    return "categorical", f"made by a step, {distinct} distinct values in {len(sample):,} rows: categorical"
