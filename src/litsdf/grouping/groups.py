"""The groups of a table's rows as arrays, computed once for all aggregations."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from litsdf.statistics.codes import Codes

__all__ = ["Groups"]


class Groups:
    """Which row is in which group.

    Args:
        numbered: group number of each row, -1 for a row that is in none, and the first row of each group.
        names: names of the keys.
        labels: one array of pandas a key: the label of each group.
    """

    def __init__(self, numbered: Codes, names: list[Any], labels: list[Any]) -> None:
        self.codes = numbered.codes
        self.firsts = numbered.firsts
        self.count = numbered.count
        self.names = names
        self.labels = labels

    @cached_property
    def is_whole(self) -> bool:
        """Whether every row is in a group."""
        return not bool((self.codes < 0).any())

    @cached_property
    def sizes(self) -> np.ndarray:
        """Rows in each group."""
        return np.bincount(self.codes if self.is_whole else self.codes[self.codes >= 0], minlength=self.count)

    @cached_property
    def order(self) -> np.ndarray:
        """Rows that are in groups, group after group, each in the order of the table."""
        order = np.argsort(self.codes, kind="stable")
        return order[len(self.codes) - int(self.sizes.sum()) :]

    @cached_property
    def starts(self) -> np.ndarray:
        """Where each group starts in `order`."""
        return np.concatenate([[0], np.cumsum(self.sizes)[:-1]]).astype(np.int64) if self.count else self.sizes

    @cached_property
    def sorted_codes(self) -> np.ndarray:
        """Group of each row of `order`."""
        return np.repeat(np.arange(self.count), self.sizes)

    @cached_property
    def within(self) -> np.ndarray:
        """Number of each row of `order` within its group, from 0."""
        return np.arange(len(self.order)) - np.repeat(self.starts, self.sizes)

    def rows(self, group: int) -> np.ndarray:
        """Positions of a group's rows."""
        start = self.starts[group]
        return self.order[start : start + self.sizes[group]]

    def spread(self, values: np.ndarray, fill: Any) -> np.ndarray:
        """Bring values in the order of `order` back to the rows; rows in no group get `fill`."""
        if self.is_whole:
            result = np.empty(len(self.codes), dtype=values.dtype)
        else:
            result = np.full(len(self.codes), fill, dtype=values.dtype)
        result[self.order] = values
        return result

    def index(self) -> Any:
        """The groups' labels as pandas' Index."""
        import pandas as pd

        if len(self.labels) == 1:
            labels, name = self.labels[0], self.names[0]
            if labels.dtype == object:  # pandas infers the dtype of labels that are Python objects
                return pd.Index(labels.tolist(), name=name, tupleize_cols=False)
            return pd.Index(labels, name=name, dtype=labels.dtype)
        return pd.MultiIndex.from_arrays(self.labels, names=self.names)
