"""Columns of categories as integer codes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from litmus.steps.arrow import arrow_text, compute
from litsdf import Series
from litsdf.interchange import dtype_name, python_values

__all__ = ["MISSING", "UNKNOWN", "Categories", "count_categories"]

MISSING = -1
"""The code of a missing value."""
UNKNOWN = -2
"""The code of a category that was not among the training rows."""


class Categories:
    """A column's categories, each with its position as code.

    Example:
        >>> Categories(["red", "blue"]).codes(Series(["blue", None, "green"])).tolist()
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

        arrow: Any = pa
        return arrow.array(self.values, type=arrow.large_string())

    def codes(self, column: Series) -> np.ndarray:
        """The code of each row, int64 (rows,): a position, `MISSING` or `UNKNOWN`."""
        few = len(column) <= 16 or len(column) * 20 < len(self.values)  # too few to pay for hashing all categories
        if few and dtype_name(column) == "str":
            return self._looked_up(python_values(column))
        values = arrow_text(column)
        if few:
            return self._looked_up(values.to_pylist())
        codes: np.ndarray = compute().index_in(values, value_set=self._value_set).fill_null(UNKNOWN).to_numpy()
        return np.where(values.is_null().to_numpy(zero_copy_only=False), MISSING, codes).astype(np.int64)

    def _looked_up(self, values: list[Any]) -> np.ndarray:
        find = self._lookup.get
        found = (MISSING if value is None else find(value, UNKNOWN) for value in values)
        return np.fromiter(found, dtype=np.int64, count=len(values))


def count_categories(column: Series) -> tuple[list[str], np.ndarray, int]:
    """The categories, most frequent first and ties in alphabetical order; their counts; and the number missing."""
    values = arrow_text(column)
    counted = compute().value_counts(values.drop_null())
    order = compute().array_sort_indices(counted.field("values"))
    counts = counted.field("counts").take(order).to_numpy()
    frequent = np.argsort(-counts, kind="stable")
    return counted.field("values").take(order.take(frequent)).to_pylist(), counts[frequent], int(values.null_count)
