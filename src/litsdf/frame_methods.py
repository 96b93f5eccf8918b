"""Methods of a table that have a quick way in the layout before the general one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from litsdf.contract import NotNative
from litsdf.layouts.columnar import ColumnarFrame
from litsdf.passing import NOT_MOVED, Passing, from_pandas, to_pandas

if TYPE_CHECKING:
    from litsdf.compiling.recording import TracedGroups
    from litsdf.frame import DataFrame
    from litsdf.groupby import GroupBy
    from litsdf.lazy_groups import LazyGroupBy

__all__ = ["FrameMethods"]

_ABSENT: Any = NOT_MOVED


def _same_layout(table: Any, other: Any) -> bool:
    """Whether two tables are columnar and of one layout; one of them may be lazy."""
    return isinstance(table, ColumnarFrame) and isinstance(other, ColumnarFrame) and table.layout == other.layout


class FrameMethods(Passing):
    """Dropping, renaming, casting, missing values, duplicates, order, labels, groups, joins and functions."""

    __slots__ = ()
    _table: Any

    if TYPE_CHECKING:

        def _new(self, table: Any) -> DataFrame: ...

        assign: Callable[..., DataFrame]

        def __getitem__(self, key: Any) -> Any: ...

    def drop(
        self, labels: Any = None, *, axis: Any = 0, index: Any = None, columns: Any = None, level: Any = None,
        inplace: Any = _ABSENT, errors: Any = "raise",
    ) -> Any:  # fmt: skip
        """Leave out columns or rows."""
        names = (
            columns if columns is not None else labels if axis in (1, "columns") and type(axis) is not bool else None
        )
        table = self._table
        if (
            names is not None
            and index is None
            and level is None
            and inplace is _ABSENT
            and isinstance(table, ColumnarFrame)
        ):
            listed = [names] if type(names) is str else names
            try:
                if type(listed) is list and (columns is None or labels is None):
                    return self._new(table.without(listed))
            except NotNative:
                pass
        options = {
            "axis": axis,
            "index": index,
            "columns": columns,
            "level": level,
            "inplace": inplace,
            "errors": errors,
        }
        return self._run_pandas("drop", (labels,), options)

    def rename(
        self, mapper: Any = None, *, index: Any = None, columns: Any = None, axis: Any = None, copy: Any = None,
        inplace: Any = _ABSENT, level: Any = None, errors: Any = "ignore",
    ) -> Any:  # fmt: skip
        """Give columns or rows other names."""
        plain = (
            mapper is None and index is None and axis is None and copy is None and level is None and inplace is _ABSENT
        )
        if plain and type(columns) is dict and errors == "ignore" and isinstance(self._table, ColumnarFrame):
            try:
                return self._new(self._table.renamed(columns))
            except NotNative:
                pass
        options = {
            "index": index,
            "columns": columns,
            "axis": axis,
            "inplace": inplace,
            "level": level,
            "errors": errors,
        }
        return self._run_pandas("rename", () if mapper is None else (mapper,), options)

    def astype(self, dtype: Any, copy: Any = None, errors: Any = "raise") -> DataFrame:  # noqa: ARG002
        """Give columns another dtype: one for all, or a dict by name."""
        if errors == "raise" and isinstance(self._table, ColumnarFrame):
            wanted = dtype if isinstance(dtype, Mapping) else dict.fromkeys(self._table.names, dtype)
            if all(name in self._table.columns for name in wanted):
                return self.assign(**{name: self[name].astype(kind) for name, kind in wanted.items()})
        return self._run_pandas("astype", (dtype,), {"errors": errors})

    def fillna(self, value: Any, *, axis: Any = None, inplace: bool = False, limit: int | None = None) -> Any:
        """Put a value where one is missing: one for all columns, or a dict by name."""
        columnar = isinstance(self._table, ColumnarFrame) and type(value) is dict
        if columnar and axis is None and not inplace and limit is None:
            return self.assign(
                **{name: self[name].fillna(v) for name, v in value.items() if name in self._table.columns}
            )
        return self._run_pandas("fillna", (value,), {"axis": axis, "inplace": inplace, "limit": limit})

    def dropna(
        self, *, axis: Any = 0, how: Any = _ABSENT, thresh: Any = _ABSENT, subset: Any = None, inplace: Any = _ABSENT,
        ignore_index: bool = False,
    ) -> Any:  # fmt: skip
        """Leave out rows with missing values."""
        table = self._table
        plain = axis in (0, "index") and how in (_ABSENT, "any") and thresh is _ABSENT and inplace is _ABSENT
        if plain and type(ignore_index) is bool and isinstance(table, ColumnarFrame):
            names = table.names if subset is None else [subset] if type(subset) is str else subset
            try:
                if type(names) is list and all(name in table.columns for name in names):
                    kept = table.filtered(table.complete_rows(names))
                    return self._new(kept.relabelled(None) if ignore_index else kept)
            except NotNative:
                pass
        options = {"axis": axis, "subset": subset, "inplace": inplace, "ignore_index": ignore_index}
        options |= {} if how is _ABSENT else {"how": how}
        options |= {} if thresh is _ABSENT else {"thresh": thresh}
        return self._run_pandas("dropna", (), options)

    def drop_duplicates(
        self, subset: Any = None, *, keep: Any = "first", inplace: Any = _ABSENT, ignore_index: bool = False
    ) -> Any:
        """Leave out rows that were there before."""
        table = self._table
        plain = type(keep) is str and keep == "first" and inplace is _ABSENT and type(ignore_index) is bool
        if plain and isinstance(table, ColumnarFrame):
            names = table.names if subset is None else [subset] if type(subset) is str else subset
            try:
                if type(names) is list and all(name in table.columns for name in names):
                    kept = table.filtered(table.first_rows(names))
                    return self._new(kept.relabelled(None) if ignore_index else kept)
            except NotNative:
                pass
        options = {"keep": keep, "inplace": inplace, "ignore_index": ignore_index}
        return self._run_pandas("drop_duplicates", (subset,), options)

    def head(self, n: int = 5) -> DataFrame:
        """The first rows."""
        return self._rows("head", n, lambda length: (0, n if n >= 0 else max(length + n, 0)))

    def tail(self, n: int = 5) -> DataFrame:
        """The last rows."""
        return self._rows("tail", n, lambda length: (max(length - n, 0) if n >= 0 else min(-n, length), length))

    def _rows(self, name: str, n: int, bounds: Callable[[int], tuple[int, int]]) -> DataFrame:
        table = self._table
        if name == "head" and n >= 0 and hasattr(table, "first"):
            return self._new(table.first(n))  # a lazy table computes no more than that
        if isinstance(table, ColumnarFrame) and table.layout in {"numpy", "polars"}:
            from litsdf.structure.grid import grid_of, table_of
            from litsdf.structure.selecting import sliced_rows

            start, stop = bounds(len(table))
            return self._new(table_of(sliced_rows(grid_of(table), start, max(start, min(stop, len(table))))))
        if isinstance(table, ColumnarFrame) and table.layout == "dask":
            import numpy as np

            start, stop = bounds(len(table))
            return self._new(table.taken(np.arange(start, min(stop, len(table)))))
        return self._run_pandas(name, (n,), {})

    def sort_values(
        self, by: Any, *, axis: Any = 0, ascending: Any = True, inplace: Any = _ABSENT, kind: Any = "quicksort",
        na_position: Any = "last", ignore_index: bool = False, key: Any = None,
    ) -> Any:  # fmt: skip
        """Sort the rows by columns."""
        options = {
            "axis": axis, "ascending": ascending, "inplace": inplace, "kind": kind, "na_position": na_position,
            "ignore_index": ignore_index, "key": key,
        }  # fmt: skip
        table = self._table
        if hasattr(table, "sorted_by"):
            from litsdf.in_portions import sorted_table

            try:
                return self._new(sorted_table(table, by, options))
            except NotNative:
                pass
        plain = kind == "stable" and na_position == "last" and key is None and axis == 0 and inplace is _ABSENT
        if plain and type(by) is str and type(ascending) is bool and isinstance(table, ColumnarFrame):
            try:
                taken = table.taken(table.columns[by].sort_positions(ascending=ascending))
                return self._new(taken.relabelled(None) if ignore_index else taken)
            except NotNative:
                pass
        return self._run_pandas("sort_values", (by,), options)

    def reset_index(self, level: Any = None, *, drop: bool = False, inplace: Any = _ABSENT, **options: Any) -> Any:
        """Number the rows 0 … n-1; the labels become columns unless dropped."""
        if drop and level is None and inplace is _ABSENT and not options and isinstance(self._table, ColumnarFrame):
            return self._new(self._table.relabelled(None))
        return self._run_pandas("reset_index", (level,), {"drop": drop, "inplace": inplace, **options})

    def groupby(
        self, by: Any = None, level: Any = None, *, as_index: bool = True, sort: bool = True, group_keys: bool = True,
        observed: bool = True, dropna: bool = True,
    ) -> GroupBy | LazyGroupBy | TracedGroups:  # fmt: skip
        """Group the rows by the values of columns."""
        from litsdf.groupby import GroupBy

        options = {
            "level": level, "as_index": as_index, "sort": sort, "group_keys": group_keys, "observed": observed,
            "dropna": dropna,
        }  # fmt: skip
        if self._lazy():
            from litsdf.lazy_groups import LazyGroupBy

            owner: Any = self
            return LazyGroupBy(owner, by, options)
        if self.layout == "trace":
            from litsdf.compiling.recording import TracedGroups

            return TracedGroups(self, by, options)
        return GroupBy(self, by, options)

    def merge(self, right: Any, how: Any = "inner", on: Any = None, **options: Any) -> Any:
        """Join with another table on columns, as a database does."""
        table, other = self._table, getattr(right, "_table", None)
        if not options and _same_layout(table, other) and on is not None:
            keys = [on] if type(on) is str else on
            try:
                if type(keys) is list:
                    return self._new(table.joined(other, keys, how))
            except NotNative:
                pass
        return self._run_pandas("merge", (right,), {"how": how, "on": on, **options})

    def apply(self, func: Any, axis: Any = 0, **options: Any) -> Any:
        """Call a function on each column, or row."""
        found = self._moved("apply", (func,), {"axis": axis, **options})
        if found is not NOT_MOVED:
            return found
        if self._lazy() or self.layout == "trace":
            return self._run_pandas("apply", (func,), {"axis": axis, **options})

        def call(held: Any, *args: Any, **named: Any) -> Any:
            part = from_pandas(held, "pandas", None) if axis in (0, "index") else held
            return to_pandas(func(part, *args, **named))

        given = call if callable(func) else func
        return self._through_pandas("apply", lambda held: held.apply(given, axis=axis, **to_pandas(options)))

    def to_dict(self, orient: Any = "dict", **options: Any) -> Any:
        """The values as Python dicts and lists."""
        return self._run_pandas("to_dict", (orient,), options)
