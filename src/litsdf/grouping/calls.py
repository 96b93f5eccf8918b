"""Python functions on groups: called with each group's rows in their layout, the results put together as pandas does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from litsdf.contract import NotNative
from litsdf.grouping.results import Grouping, taken_labels
from litsdf.layouts.columnar import Column

__all__ = ["aggregated_by", "column_parts", "numbers_of", "transformed_by"]

_SCALARS = (int, float, np.integer, np.floating, np.bool_)
Wrap = Callable[[Any], Any]


def column_parts(grouping: Grouping, column: Column, wrap: Wrap) -> Iterator[Any]:
    """Each group's rows of a column, as the facade that users know."""
    for group in range(grouping.groups.count):
        positions = grouping.groups.rows(group)
        yield wrap(column.taken(positions, taken_labels(column, positions)))


def numbers_of(results: list[Any]) -> np.ndarray:
    """Hold the scalars that a function gave, by pandas' inference; NotNative for anything but numbers of one kind."""
    if not results or not all(isinstance(result, _SCALARS) for result in results):
        raise NotNative("results that are no numbers")
    kinds = {"b" if isinstance(result, bool | np.bool_) else np.asarray(result).dtype.kind for result in results}
    if kinds == {"b"}:
        return np.array(results, dtype=bool)
    if kinds == {"i"}:
        return np.array(results, dtype=np.int64)
    if kinds <= {"i", "f"}:
        return np.array(results, dtype=np.float64)
    raise NotNative("results of several kinds")


def aggregated_by(grouping: Grouping, function: Callable[..., Any], wrap: Wrap) -> Any:
    """One value a group and column from a Python function of the group's rows of the column."""
    results = {}
    for name, column in grouping.columns().items():
        if not isinstance(column.array(), np.ndarray) or not grouping.groups.count:
            raise NotNative("a dtype that pandas casts results back to")
        values: list[Any] = []
        for part in column_parts(grouping, column, wrap):
            value = function(part)
            if not isinstance(value, _SCALARS):
                raise NotNative("a function whose results are no numbers")
            values.append(value)
        results[name] = numbers_of(values)
    return grouping.collected(results)


def transformed_by(grouping: Grouping, function: Callable[..., Any], wrap: Wrap) -> Any:
    """One value a row from a Python function of each group's rows of a column: a number, or as many as there are rows."""
    if not grouping.groups.is_whole or not grouping.groups.count:
        raise NotNative("rows in no group")
    results = {}
    for name, column in grouping.columns().items():
        if not isinstance(column.array(), np.ndarray):
            raise NotNative("a dtype that pandas casts results back to")
        pieces = [
            _piece(function(part), len(part), part.index) for part in column_parts(grouping, column, wrap)
        ]  # fmt: skip
        kinds = {piece.dtype.kind for piece in pieces}
        if len(kinds) > 1 and not kinds <= {"i", "f"}:
            raise NotNative("results of several kinds")
        joined = np.concatenate(pieces)
        results[name] = grouping.groups.spread(joined, 0)
    return grouping.like_rows(results)


def _piece(value: Any, size: int, index: Any) -> np.ndarray:
    if isinstance(value, _SCALARS):
        return np.repeat(numbers_of([value]), size)
    if isinstance(value, np.ndarray) and value.shape == (size,):
        array = value
    else:
        column = getattr(value, "_column", None)
        if not isinstance(column, Column):
            raise NotNative("a function whose results are not like the group")
        if len(column) != size or not value.index.equals(index):
            if not index.is_unique or not value.index.is_unique:
                raise NotNative("results whose labels are repeated")
            column = value.reindex(index)._column  # noqa: SLF001  (friends read one another's held values)
        array = column.array()
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "bifMm":
        raise NotNative("results of this dtype")
    return array
