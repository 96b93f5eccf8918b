"""The tables and columns that groups give: aggregated by name, running within groups, or rows chosen by position."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from litsdf.contract import NotNative
from litsdf.grouping.aggregations import AGGREGATIONS, DEFAULTS, NUMERIC_ONLY, extreme_positions
from litsdf.grouping.groups import Groups
from litsdf.grouping.keys import Key
from litsdf.grouping.running import POSITIONAL, RUNNING
from litsdf.layouts.columnar import Column, ColumnarFrame, default_labels

__all__ = ["Grouping"]


class Grouping:
    """Groups of a table or a column, with what was chosen from it.

    Args:
        held: the table or column that is grouped.
        keys: the keys.
        groups: the groups they make.
        chosen: the chosen column or columns; None for all that are no keys.
        as_index: whether the keys become the labels of an aggregated table, rather than its first columns.
    """

    def __init__(self, held: Any, keys: Sequence[Key], groups: Groups, chosen: Any, *, as_index: bool) -> None:
        self.held = held
        self.keys = keys
        self.groups = groups
        self.chosen = chosen
        self.as_index = as_index
        self.is_table = isinstance(held, ColumnarFrame) and not isinstance(chosen, str)

    def columns(self, *, numeric_only: bool = False) -> dict[Any, Column]:
        """The columns to work on, by name."""
        if isinstance(self.held, Column):
            found = {self.held.name: self.held}
        elif self.chosen is None:
            gone = {key.name for key in self.keys if key.of_table}
            found = {name: column for name, column in self.held.columns.items() if name not in gone}
        else:
            names = self.chosen if isinstance(self.chosen, list) else [self.chosen]
            found = {name: self.held.columns[name] for name in names}
            if len(found) != len(names):
                raise NotNative("a column chosen twice")
        if any(_is_narrow(column) for column in found.values()):
            raise NotNative("numbers of fewer than 64 bits")
        if not numeric_only:
            return found
        kept = {name: column for name, column in found.items() if _is_number(column)}
        if not self.is_table and not kept:
            raise NotNative("no number")
        return kept

    def aggregated(self, how: str, args: tuple[Any, ...], options: Mapping[str, Any]) -> Any:
        """One value a group and column, by the name of an aggregation."""
        given = _named(how, DEFAULTS[how], args, options)
        numeric_only = given.pop("numeric_only", False)
        if type(numeric_only) is not bool or (numeric_only and how not in NUMERIC_ONLY):
            raise NotNative("numeric_only")
        function = AGGREGATIONS[how]
        columns = self.columns(numeric_only=numeric_only)
        return self.collected(
            {name: function(self.groups, column.array(), **given) for name, column in columns.items()}
        )

    def extremes(self, how: str, args: tuple[Any, ...], options: Mapping[str, Any]) -> Any:
        """The label of the first smallest, or largest, value of each group."""
        if args or options:
            raise NotNative(how)
        import pandas as pd

        labels = pd.RangeIndex(len(self.held)) if self.held.labels is None else self.held.labels
        if labels.nlevels > 1:
            raise NotNative("labels with levels")
        array = labels.array if pd.api.types.is_extension_array_dtype(labels.dtype) else labels.to_numpy()
        results = {}
        for name, column in self.columns().items():
            positions = extreme_positions(self.groups, column.array(), largest=how == "idxmax")
            if (positions < 0).any():
                raise NotNative("a group without a value")
            results[name] = array.take(positions)
        return self.collected(results)

    def collected(self, results: Mapping[Any, Any]) -> Any:
        """Hold one array a column, a value a group, with the groups as labels or as the first columns."""
        if not self.is_table and self.as_index:
            ((name, array),) = results.items()
            return self._column_class().from_array(array, name, default_labels(self.groups.index()))
        if self.as_index:
            return self.table(results, default_labels(self.groups.index()))
        keyed = {key.name: label for key, label in zip(self.keys, self.groups.labels, strict=True)}
        if any(label.dtype == object for label in keyed.values()):
            raise NotNative("keys that pandas infers a dtype for")
        if len(keyed) != len(self.keys) or not keyed.keys().isdisjoint(results) or None in keyed:
            raise NotNative("keys among the columns")
        return self.table({**keyed, **results}, None)

    def _column_class(self) -> Any:
        return self.held.column_class if isinstance(self.held, ColumnarFrame) else type(self.held)

    def table(self, arrays: Mapping[Any, Any], labels: Any) -> Any:
        """Hold arrays as a table in the layout of what was grouped."""
        frame_class = type(self.held)
        if isinstance(self.held, Column):
            from litsdf.registry import frame_class as find

            frame_class = find(self.held.layout)
        frame_class.check_names(arrays)
        length = len(next(iter(arrays.values())))
        if frame_class.layout == "record" and length > 1:
            raise NotNative("more than one row")
        columns = {
            name: frame_class.column_class.from_array(array, name, labels) for name, array in arrays.items()
        }  # fmt: skip
        return frame_class(columns, length, labels)

    def like_rows(self, arrays: Mapping[Any, Any]) -> Any:
        """Hold one array a column, a value a row, with the labels of the rows."""
        if self.is_table:
            return self.table(arrays, self.held.labels)
        ((name, array),) = arrays.items()
        return self._column_class().from_array(array, name, self.held.labels)

    def running(self, how: str, args: tuple[Any, ...], options: Mapping[str, Any]) -> Any:
        """One value a row, from the rows of its group."""
        given = _named(how, POSITIONAL[how], args, options)
        numeric_only = given.pop("numeric_only", False)
        if type(numeric_only) is not bool:
            raise NotNative("numeric_only")
        function = RUNNING[how]
        columns = self.columns(numeric_only=numeric_only)
        return self.like_rows(
            {name: function(self.groups, column.array(), **given) for name, column in columns.items()}
        )

    def spread(self, how: str, args: tuple[Any, ...], options: Mapping[str, Any]) -> Any:
        """Give every row the aggregated value of its group."""
        if not self.groups.is_whole:
            raise NotNative("rows in no group")
        given = _named(how, DEFAULTS[how], args, options)
        if given.pop("numeric_only", False):
            raise NotNative("numeric_only")
        function = AGGREGATIONS[how]
        arrays = {
            name: function(self.groups, column.array(), **given).take(self.groups.codes)
            for name, column in self.columns().items()
        }
        return self.like_rows(arrays)

    def rows(self, positions: np.ndarray) -> Any:
        """The rows at these positions, of what was chosen."""
        held = self.held
        if isinstance(held, ColumnarFrame):
            if self.chosen is not None:
                names = self.chosen if isinstance(self.chosen, list) else [self.chosen]
                held = held.selected(names)
            taken = held.taken(positions)
            return taken if self.is_table else taken.columns[self.chosen]
        labels = taken_labels(held, positions)
        return held.taken(positions, labels)

    def counted(self, values: np.ndarray, name: Any) -> Any:
        """A column of one number a group, with the groups as labels."""
        if not self.as_index and isinstance(self.held, ColumnarFrame):
            from litsdf.kernels.arrays import stored

            index = self.groups.index()
            keyed = {key.name: stored(index.get_level_values(n)) for n, key in enumerate(self.keys)}
            return self.table({**keyed, "size": values}, None)
        return self._column_class().from_array(values, name, default_labels(self.groups.index()))

    def numbered(self, values: np.ndarray) -> Any:
        """A column without a name, of one number a row."""
        return self._column_class().from_array(values, None, self.held.labels)


def taken_labels(held: Any, positions: np.ndarray) -> Any:
    """Row labels after taking rows by position."""
    import pandas as pd

    index = pd.RangeIndex(len(held)) if held.labels is None else held.labels
    return default_labels(index.take(positions))


def _is_narrow(column: Column) -> bool:
    if column.dtype not in {"opaque", "int32"}:
        return False
    dtype = getattr(column.data, "dtype", None)
    return column.dtype == "int32" or (
        getattr(dtype, "kind", "O") in "iufcSU" and str(dtype) not in {"int64", "float64"}
    )


def _is_number(column: Column) -> bool:
    if column.dtype in {"int64", "float64", "bool", "int32"}:
        return True
    if column.dtype != "opaque":
        return False
    import pandas as pd

    dtype = column.array().dtype
    return pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_bool_dtype(dtype)


def _named(how: str, names: tuple[str, ...], args: tuple[Any, ...], options: Mapping[str, Any]) -> dict[str, Any]:
    if len(args) > len(names) or not set(options) <= {*names, "skipna", "numeric_only", "ddof", "min_count"}:
        raise NotNative(f"options of {how}")
    given = dict(zip(names, args, strict=False))
    if given.keys() & options.keys():
        raise NotNative(f"options of {how}")
    return given | dict(options)
