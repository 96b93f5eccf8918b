# ruff: noqa: SLF001, FBT001, FBT002  (friends read one another's values; pandas' own positional flags)
"""The table facade: what pandas users type on a DataFrame, in any layout."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Self

from litsdf import convert
from litsdf.contract import NotNative
from litsdf.frame_rest import FrameRest
from litsdf.indexing import Indexer
from litsdf.layouts.columnar import ColumnarFrame, apart
from litsdf.layouts.pandas import PandasFrame
from litsdf.passing import NOT_MOVED, Fallbacks, Passing, from_pandas, to_pandas
from litsdf.series import Series
from litsdf.writers import Writing

if TYPE_CHECKING:
    import pandas as pd

    from litsdf.compiling.recording import TracedGroups
    from litsdf.groupby import GroupBy
    from litsdf.lazy_groups import LazyGroupBy

__all__ = ["DataFrame"]

_ABSENT: Any = NOT_MOVED


def _same_layout(table: Any, other: Any) -> bool:
    """Whether two tables are columnar and of one layout; one of them may be lazy."""
    return isinstance(table, ColumnarFrame) and isinstance(other, ColumnarFrame) and table.layout == other.layout


class DataFrame(Writing, FrameRest, Passing):
    """A table held in a layout; methods have pandas' names and meaning.

    Args:
        data: a dict of columns, a list of dicts, an array, a pandas, Polars or Arrow table, a litsdf DataFrame.
        index: row labels.
        columns: column names, to choose or to order.
        dtype: one dtype for all columns.
        layout: where to hold the table; None chooses by the number of rows.

    >>> df = DataFrame([{"price": 2.0, "quantity": 3}])
    >>> df["total"] = df["price"] * df["quantity"]
    >>> df.layout, df["total"].item()
    ('record', 6.0)
    """

    __slots__ = ("__weakref__", "_fallbacks", "_table")

    def __init__(
        self, data: Any = None, index: Any = None, columns: Any = None, dtype: Any = None, *, layout: str | None = None
    ) -> None:
        self._table = convert.build_frame(data, index, columns, dtype, layout)
        self._fallbacks: Fallbacks | None = None

    @classmethod
    def _of(cls, table: Any, fallbacks: Fallbacks | None) -> Self:
        frame = cls.__new__(cls)
        object.__setattr__(frame, "_table", table)
        object.__setattr__(frame, "_fallbacks", fallbacks)
        return frame

    def _new(self, table: Any) -> DataFrame:
        return DataFrame._of(table, self.fallbacks)

    def _replace_by(self, held: Any) -> None:
        self._table = convert.hold_frame(held, self.layout)

    @property
    def layout(self) -> str:
        """Name of the layout that holds the table."""
        return str(self._table.layout)

    def to_layout(self, layout: str) -> DataFrame:
        """Give the same table in another layout.

        Raises:
            LayoutError: there is no such layout, it is not installed, or it cannot hold the table.
        """
        if layout == self.layout:
            return self.copy()
        return self._new(convert.frame_to(self._table, layout))

    def _held(self) -> pd.DataFrame:
        if isinstance(self._table, PandasFrame):
            return self._table.frame
        held = self._table.to_pandas()
        if getattr(self._table, "detours", 0):  # a lazy table that only pandas could compute exactly
            self.fallbacks.note("computing", self.layout)
        return held

    def to_pandas(self) -> pd.DataFrame:
        """Give a pandas DataFrame, to keep and to change."""
        table = self._table
        return table.to_pandas() if isinstance(table, PandasFrame) and table.layout != "pandas" else self._changeable()

    def to_polars(self) -> Any:
        """Give a Polars DataFrame; row labels are left out."""
        return convert.frame_to(self._table, "polars").to_polars()

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and columns."""
        return (len(self._table), len(self._table.names))

    @property
    def size(self) -> int:
        """Number of values."""
        return len(self._table) * len(self._table.names)

    @property
    def ndim(self) -> int:
        """Number of dimensions: 2."""
        return 2

    @property
    def empty(self) -> bool:
        """Whether there are no rows or no columns."""
        return self.size == 0

    @property
    def index(self) -> pd.Index:
        """Row labels."""
        if self.layout in {"numpy", "polars"} and self._table.labels is None:
            from litsdf.own_labels import shown_labels

            return shown_labels(self, len(self._table))
        return convert.labels_of(self._table)

    @property
    def columns(self) -> pd.Index:
        """Column names."""
        if isinstance(self._table, PandasFrame):
            return self._table.plain_columns
        header = getattr(self._table, "header", None)
        if header is not None:
            return header
        import pandas as pd

        return pd.Index(self._table.names, dtype="str")

    @property
    def dtypes(self) -> pd.Series:
        """The dtype of each column, as a pandas Series."""
        if isinstance(self._table, PandasFrame):
            return self._table.plain_dtypes
        import pandas as pd

        if getattr(self._table, "header", None) is None:
            return pd.Series({name: self[name].dtype for name in self._table.names}, dtype=object)
        dtypes = [Series._of(column, None).dtype for column in self._table.columns]
        return pd.Series(dtypes, index=self._table.header, dtype=object)

    @property
    def values(self) -> Any:
        """The values as pandas gives them."""
        return self.to_numpy()

    def __len__(self) -> int:
        return len(self._table)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._table.names)

    def __contains__(self, name: object) -> bool:
        return name in self._table.names

    def __repr__(self) -> str:
        return repr(self._held())

    def _repr_html_(self) -> str | None:
        html: Any = getattr(self._held(), "_repr_html_")  # noqa: B009  (the stubs take it for a column)
        return html()

    def __reduce__(self) -> Any:
        return convert.unpickle_frame, (self.to_pandas(), self.layout)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        import numpy as np

        if copy is None:
            return np.array(self._table.to_pandas(), dtype=dtype)
        return np.array(self._table.to_pandas(), dtype=dtype, copy=copy)

    def __dataframe__(self, nan_as_null: bool = False, allow_copy: bool = True) -> Any:
        held: Any = self._table.to_pandas()
        return held.__dataframe__(nan_as_null, allow_copy)

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        held: Any = self._table.to_pandas()
        return held.__arrow_c_stream__(requested_schema)

    def __narwhals_dataframe__(self) -> Any:
        """The table as narwhals sees it, over pandas' form: scikit-learn and others know names and dtypes by it."""
        import narwhals

        return getattr(narwhals.from_native(self.to_pandas()), "_compliant_frame")  # noqa: B009  (no public way)

    def __bool__(self) -> bool:
        raise ValueError(
            "The truth value of a DataFrame is ambiguous. Use a.empty, a.bool(), a.item(), a.any() or a.all()."
        )

    def __copy__(self) -> DataFrame:
        return self.copy()

    def copy(self, deep: bool = True) -> DataFrame:
        """Give a table of its own with the same values."""
        table = self._table.copied()
        if deep and table.layout == "pandas":
            table = type(table)(table.frame.copy())
        if deep and table.layout in {"numpy", "polars"} and isinstance(table, ColumnarFrame):
            table.columns = {name: apart(column) for name, column in table.columns.items()}
        return self._new(table)

    def __getitem__(self, key: Any) -> Any:
        table = self._table
        if isinstance(table, ColumnarFrame):
            if type(key) is str:
                return Series._of(table.columns[key], self.fallbacks)
            try:
                return self._selected(table, key)
            except NotNative:
                pass
        key = key(self) if callable(key) and not isinstance(key, Passing) else key
        if self._lazy():
            from litsdf.gathered import gathered, in_memory

            return gathered(self, lambda computed: computed[in_memory(key)])
        if self.layout in {"record", "numpy", "polars"}:
            from litsdf.structure.selecting import select

            try:
                return select(self, key)
            except NotNative:
                pass
        held_key = to_pandas(key)
        return self._through_pandas("[]", lambda held: held[held_key])

    def _selected(self, table: ColumnarFrame, key: Any) -> DataFrame:
        if type(key) is list and key and all(type(name) is str for name in key):
            if missing := [name for name in key if name not in table.columns]:
                raise KeyError(f"{missing} not in index")
            return self._new(table.selected(key))
        if isinstance(key, Series) and key.layout != "pandas":
            return self._new(table.filtered(key._column))
        raise NotNative("[]")

    def __setitem__(self, key: Any, value: Any) -> None:
        table = self._table
        if isinstance(table, ColumnarFrame) and not callable(value):
            try:
                table.set_column(key, value._column if isinstance(value, Series) else value)
            except NotNative:
                pass
            else:
                return
        if self._lazy():
            from litsdf.gathered import gathered, in_memory

            gathered(self, lambda computed: computed.__setitem__(in_memory(key), in_memory(value)))
            return
        held = self._changeable()
        held[to_pandas(key)] = to_pandas(value)
        if self.layout != "pandas":
            self.fallbacks.note("[]=", self.layout)
        self._replace_by(held)

    def __delitem__(self, key: Any) -> None:
        if key not in self.columns:
            raise KeyError(key)
        self._table = self.drop(columns=[key])._table

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and name in self._table.names:
            return self[name]
        raise AttributeError(f"'DataFrame' object has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_"):
            object.__setattr__(self, name, value)
        elif name in {"columns", "index"} and self.layout in {"numpy", "polars", "trace"}:
            self._table = self.set_axis(value, axis=name)._table
        elif name in {"columns", "index"}:
            held = self._changeable()
            setattr(held, name, to_pandas(value))
            self._replace_by(held)
        elif name == "attrs":
            held = self._changeable()
            held.attrs = value
            self._replace_by(held)
        elif name in self._table.names:
            self[name] = value
        else:
            raise AttributeError(f"A column is made with df[{name!r}] = …, not as an attribute.")

    @property
    def loc(self) -> Indexer:
        """Select and set by label."""
        return Indexer(self, "loc")

    @property
    def iloc(self) -> Indexer:
        """Select and set by position."""
        return Indexer(self, "iloc")

    @property
    def at(self) -> Indexer:
        """One value by labels."""
        return Indexer(self, "at")

    @property
    def iat(self) -> Indexer:
        """One value by positions."""
        return Indexer(self, "iat")

    def _located(self, kind: str, key: Any) -> Any:
        """`df.loc[mask]` and `df.loc[mask, columns]` without leaving the layout."""
        if kind != "loc" or isinstance(self._table, PandasFrame):
            raise NotNative(kind)
        rows, names = key if type(key) is tuple and len(key) == 2 else (key, None)
        if not isinstance(rows, Series) or not (names is None or type(names) in {list, str}):
            raise NotNative(kind)
        if type(names) is str and names not in self._table.names:
            raise KeyError(names)
        wanted = self if names is None else self._selected(self._table, [names] if type(names) is str else names)
        kept = wanted._selected(wanted._table, rows)
        return kept[names] if type(names) is str else kept

    def assign(self, **columns: Any) -> DataFrame:
        """Give a table with more, or other, columns; a function is called with the table."""
        result = self.copy(deep=False)
        for name, value in columns.items():
            result[name] = value(result) if callable(value) else value
        return result

    def pipe(self, func: Any, *args: Any, **options: Any) -> Any:
        """Call a function on this table."""
        if isinstance(func, tuple):
            function, target = func
            return function(*args, **{target: self}, **options)
        return func(self, *args, **options)

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

            return LazyGroupBy(self, by, options)
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
