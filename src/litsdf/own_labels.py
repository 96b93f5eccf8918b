# ruff: noqa: SLF001  (friends read one another's held values)
"""The labels 0 … n-1 as users see them: a name that is given to them reaches the table they belong to."""

from __future__ import annotations

import weakref
from typing import Any

import pandas as pd

__all__ = ["RangeIndex", "shown_labels"]


class RangeIndex(pd.RangeIndex):
    """pandas' RangeIndex of one table or column, which holds no index itself while its labels have no name.

    What is made from it (views, slices) belongs to nobody, as in pandas.
    """

    _owner: Any = None

    @property
    def name(self) -> Any:
        """The name of the labels."""
        return self._name  # type: ignore[attr-defined]

    @name.setter
    def name(self, value: Any) -> None:
        pd.RangeIndex.name.fset(self, value)  # type: ignore[attr-defined]
        self._tell()

    def _set_names(self, values: Any, *, level: Any = None) -> None:
        super()._set_names(values, level=level)  # type: ignore[misc]
        self._tell()

    names = property(pd.RangeIndex._get_names, _set_names)  # type: ignore[attr-defined]

    def _tell(self) -> None:
        """Let the table or column hold these labels from now on."""
        owner = None if self._owner is None else self._owner()
        if owner is None:
            return
        part = "_column" if hasattr(owner, "_column") else "_table"
        held = getattr(owner, part)
        if held.labels is None and len(held) == len(self) and self._name is not None:  # type: ignore[attr-defined]
            setattr(owner, part, _relabelled(held, pd.RangeIndex(len(self), name=self._name)))  # type: ignore[attr-defined]


def _relabelled(held: Any, labels: pd.Index) -> Any:
    if hasattr(held, "relabelled"):
        return held.relabelled(labels)
    columns = [column.relabelled(labels) for column in held.columns]
    return type(held)(columns, held.header, held.length, labels, held.layout)


def shown_labels(owner: Any, length: int) -> pd.Index:
    """The labels 0 … n-1 of a table or column.

    >>> from litsdf import DataFrame
    >>> df = DataFrame({"a": [1, 2]}, layout="numpy")
    >>> df.index.name = "row"
    >>> df.index.name
    'row'
    """
    labels = RangeIndex(length)
    labels._owner = weakref.ref(owner)
    return labels
