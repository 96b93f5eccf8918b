"""Columns of categories as integer codes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["MISSING", "UNKNOWN", "Categories", "as_text", "count_categories"]

MISSING = -1
"""The code of a missing value."""
UNKNOWN = -2
"""The code of a category that was not among the training rows."""


class Categories:
    """A column's categories, each with its position as code.

    Example:
        >>> Categories(["red", "blue"]).codes(pd.Series(["blue", None, "green"])).tolist()
        [1, -1, -2]
    """

    def __init__(self, values: Sequence[str]) -> None:
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    @cached_property
    def _lookup(self) -> dict[Any, int]:
        return {value: code for code, value in enumerate(self.values)}

    @cached_property
    def _value_set(self) -> Any:
        import pyarrow as pa

        return pa.array(self.values, type=pa.large_string())

    def codes(self, column: pd.Series) -> np.ndarray:
        """The code of each row, int64 (rows,): a position, `MISSING` or `UNKNOWN`."""
        column = as_text(column)
        if len(column) <= 16 or len(column) * 20 < len(self.values):  # too few to pay for hashing all categories
            find = self._lookup.get
            found = (find(value, UNKNOWN) if isinstance(value, str) else MISSING for value in column.array)
            return np.fromiter(found, dtype=np.int64, count=len(column))
        import pyarrow as pa
        import pyarrow.compute as pc

        values = pa.array(column, from_pandas=True)
        codes = pc.index_in(values, value_set=self._value_set)
        unknown = pc.if_else(values.is_null(), pa.scalar(MISSING, pa.int64()), pa.scalar(UNKNOWN, pa.int64()))
        return np.asarray(pc.coalesce(codes.cast(pa.int64()), unknown))


def count_categories(column: pd.Series) -> tuple[list[str], np.ndarray, int]:
    """The categories, most frequent first and ties in alphabetical order; their counts; and the number missing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    values = pa.array(as_text(column), from_pandas=True)
    counted = pc.value_counts(values.drop_null())
    table = pa.table({"value": counted.field("values"), "count": counted.field("counts")})
    table = table.sort_by([("count", "descending"), ("value", "ascending")])
    return table["value"].to_pylist(), table["count"].to_numpy(), int(values.null_count)


def as_text(column: pd.Series) -> pd.Series:
    """The column as text with NaN for missing values; numbers become decimal text, whole floats without ".0"."""
    if isinstance(column.dtype, pd.StringDtype) and column.dtype.na_value is np.nan:
        return column
    if pd.api.types.is_float_dtype(column.dtype):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        distinct, codes = np.unique(values, return_inverse=True)
        texts = [str(int(v)) if v == np.floor(v) and np.isfinite(v) else str(v) for v in distinct.tolist()]
        column = pd.Series(np.array(texts, dtype=object)[codes], index=column.index).where(~np.isnan(values))
    return column.astype("str")
