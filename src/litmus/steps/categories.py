"""Columns of categories as integer codes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from litmus.steps.arrow import arrow_text, as_text, compute

__all__ = ["MISSING", "UNKNOWN", "Categories", "count_categories"]

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
        return arrow_text(pd.Series(self.values, dtype="str"))

    def codes(self, column: pd.Series) -> np.ndarray:
        """The code of each row, int64 (rows,): a position, `MISSING` or `UNKNOWN`."""
        column = as_text(column)
        if len(column) <= 16 or len(column) * 20 < len(self.values):  # too few to pay for hashing all categories
            find = self._lookup.get
            found = (find(value, UNKNOWN) if isinstance(value, str) else MISSING for value in column.array)
            return np.fromiter(found, dtype=np.int64, count=len(column))
        values = arrow_text(column)
        codes: np.ndarray = compute().index_in(values, value_set=self._value_set).fill_null(UNKNOWN).to_numpy()
        return np.where(values.is_null().to_numpy(zero_copy_only=False), MISSING, codes).astype(np.int64)


def count_categories(column: pd.Series) -> tuple[list[str], np.ndarray, int]:
    """The categories, most frequent first and ties in alphabetical order; their counts; and the number missing."""
    values = arrow_text(column)
    counted = compute().value_counts(values.drop_null())
    order = compute().array_sort_indices(counted.field("values"))
    counts = counted.field("counts").take(order).to_numpy()
    frequent = np.argsort(-counts, kind="stable")
    return counted.field("values").take(order.take(frequent)).to_pylist(), counts[frequent], int(values.null_count)
