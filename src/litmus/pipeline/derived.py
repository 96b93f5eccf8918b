"""The schema of a table after a user's own steps have added, changed or dropped columns."""

from __future__ import annotations

import pandas as pd

from litmus.data.schema import Column, Kind, Schema

__all__ = ["schema_after"]


def schema_after(schema: Schema, frame: pd.DataFrame) -> Schema:
    """The schema of `frame`, which a user's steps made from a table with `schema`.

    A column whose type still fits its kind keeps it; a new or changed one gets the kind of its values.
    """
    columns = []
    for name, dtype in frame.dtypes.items():
        known = schema.get(str(name))
        if known is not None and (known.kind not in _FITS or _FITS[known.kind](dtype)):
            columns.append(known)
        else:
            kind, why = _kind_of(frame[str(name)])
            columns.append(Column(str(name), kind, why, dtype=str(dtype)))
    return Schema(columns)


_FITS = {
    "numeric": pd.api.types.is_numeric_dtype,
    "boolean": pd.api.types.is_bool_dtype,
    "datetime": pd.api.types.is_datetime64_any_dtype,
    "categorical": lambda dtype: (
        not pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_datetime64_any_dtype(dtype)
    ),
    "text": lambda dtype: not pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_datetime64_any_dtype(dtype),
}


def _kind_of(values: pd.Series) -> tuple[Kind, str]:
    """The kind of a column that a step made, from its type and, for text, its words."""
    if pd.api.types.is_bool_dtype(values.dtype):
        return "boolean", "made by a step, true or false: boolean"
    if pd.api.types.is_numeric_dtype(values.dtype):
        return "numeric", "made by a step, numbers: numeric"
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return "datetime", "made by a step, dates: datetime"
    present = values.dropna().astype(str)
    sample = present if len(present) <= 2000 else present.sample(2000, random_state=0)
    words = float(sample.str.count(r"\S+").mean()) if len(sample) else 0.0
    distinct = int(sample.nunique())
    if words >= 3 and distinct > len(sample) / 2:
        return "text", f"made by a step, {words:.0f} words a row: text"
    return "categorical", f"made by a step, {distinct} distinct values in {len(sample):,} rows: categorical"
