# ruff: noqa: SLF001, FBT001, FBT002  (friends read one another's values; pandas' own positional flags)
"""The column facade: what pandas users type on a Series, in any layout."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Self

from litsdf import convert
from litsdf.categoricals import CategoryMethods
from litsdf.changing import ChangingColumn, attributes
from litsdf.contract import NotNative
from litsdf.datetimes import DatetimeMethods
from litsdf.dtypes import OPAQUE
from litsdf.elementwise import Elementwise
from litsdf.indexing import Indexer
from litsdf.layouts.columnar import apart
from litsdf.layouts.pandas import PandasColumn
from litsdf.making import ColumnMaking
from litsdf.own_labels import held_with_names, hold, shown
from litsdf.passing import NOT_MOVED, Fallbacks, to_pandas
from litsdf.piping import Piping
from litsdf.series_rest import SeriesRest
from litsdf.strings import StringMethods

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Series"]

_ABSENT: Any = object()


class Series(ColumnMaking, Piping, Elementwise, SeriesRest, ChangingColumn):
    """One column of values with labels, held in a layout; methods have pandas' names and meaning.

    Args:
        data: values: a list, a dict from label to value, an array, a pandas Series, a litsdf Series.
        index: row labels.
        dtype: dtype of the values, by pandas' names.
        name: name of the column.
        layout: where to hold it; None chooses by the number of rows.

    >>> Series([" A", "b"], name="letter", layout="pandas").str.strip().to_list()
    ['A', 'b']
    """

    __slots__ = ("__weakref__", "_column", "_fallbacks", "_named", "_shown")

    def __init__(
        self, data: Any = None, index: Any = None, dtype: Any = None, name: Any = None, *, layout: str | None = None
    ) -> None:
        self._column = convert.build_column(data, index, dtype, name, layout)
        self._fallbacks: Fallbacks | None = None

    @classmethod
    def _of(cls, column: Any, fallbacks: Fallbacks | None) -> Self:
        series = cls.__new__(cls)
        series._column = column
        series._fallbacks = fallbacks
        return series

    def _new(self, column: Any) -> Series:
        series = Series.__new__(Series)
        series._column = column
        series._fallbacks = self._fallbacks
        return series

    def _replace_by(self, held: Any) -> None:
        hold(self, "_column", convert.hold_column(held, self.layout))

    @property
    def layout(self) -> str:
        """Name of the layout that holds the values."""
        return str(self._column.layout)

    def to_layout(self, layout: str) -> Series:
        """Give the same column in another layout.

        Raises:
            LayoutError: there is no such layout, it is not installed, or it cannot hold this many rows.
        """
        return self if layout == self.layout else self._new(convert.column_to(self._column, layout))

    def _held(self) -> pd.Series:
        if isinstance(self._column, PandasColumn):
            return self._column.series
        held = self._column.to_pandas()
        if getattr(self._column, "detours", 0):  # a lazy column that only pandas could compute exactly
            self.fallbacks.note("computing", self.layout)
        return held

    def to_pandas(self) -> pd.Series:
        """Give a pandas Series, to keep and to change."""
        column = self._column
        plug_in = isinstance(column, PandasColumn) and column.layout != "pandas"
        return column.to_pandas() if plug_in else self._changeable()

    @property
    def name(self) -> Any:
        """Name of the column."""
        return self._column.name

    @name.setter
    def name(self, name: Any) -> None:
        hold(self, "_column", self._renamed(name)._column)

    def _renamed(self, name: Any) -> Series:
        column = self._column
        if column.layout == "pandas":
            return self._new(type(column)(column.series.rename(name)))
        return self._new(column.renamed(name))

    @property
    def dtype(self) -> Any:
        """The dtype, as pandas names and compares it."""
        column = self._column
        if column.layout == "pandas" or column.dtype == OPAQUE:
            return self._held().dtype
        return convert.pandas_dtype(column.dtype)

    @property
    def shape(self) -> tuple[int]:
        """Number of rows, in a tuple."""
        return (len(self._column),)

    @property
    def size(self) -> int:
        """Number of rows."""
        return len(self._column)

    @property
    def empty(self) -> bool:
        """Whether there are no rows."""
        return len(self._column) == 0

    @property
    def index(self) -> pd.Index:
        """Row labels."""
        column = self._column
        if column.layout == "pandas":
            labels: pd.Index = column.labels
            return labels
        return shown(self, "_column", "index", convert.labels_of)

    @index.setter
    def index(self, labels: Any) -> None:
        if self.layout in {"record", "numpy", "polars", "dask"}:
            self._column = self.set_axis(labels)._column
            return
        held = self._changeable()
        held.index = labels
        self._replace_by(held)

    def __len__(self) -> int:
        return len(self._column)

    def __iter__(self) -> Iterator[Any]:
        found = self._moved("__iter__", (), {})
        return iter(self._held() if found is NOT_MOVED else found)

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        held: Any = self._held()
        return held.__arrow_c_stream__(requested_schema)

    def __narwhals_series__(self) -> Any:
        """The column as narwhals sees it, over pandas' form."""
        import narwhals

        made = narwhals.from_native(self.to_pandas(), series_only=True)
        return getattr(made, "_compliant_series")  # noqa: B009  (there is no public way)

    def __repr__(self) -> str:
        return repr(self._held())

    def __contains__(self, label: Any) -> bool:
        return label in self.index

    @property
    def attrs(self) -> Any:
        """A dict of the user's own; a column that has one is held by the pandas layout."""
        return attributes(self)

    @attrs.setter
    def attrs(self, value: Any) -> None:
        held = self._changeable()
        held.attrs = value
        self._replace_by(held)

    def __reduce__(self) -> Any:
        return convert.unpickle_column, (self.to_pandas(), self.layout)

    def __copy__(self) -> Series:
        return self._new(self._column)

    def copy(self, deep: bool = True) -> Series:
        """Give a Series of its own with the same values."""
        if self.layout == "pandas":
            return self._new(type(self._column)(self._column.series.copy(deep=deep)))
        return self._new(apart(self._column) if deep and self.layout in {"numpy", "polars"} else self._column)

    def __getitem__(self, key: Any) -> Any:
        if type(key) is str and self.layout == "numpy":
            from litsdf.structure.selecting import value_by_label

            try:
                return value_by_label(self._column, key)
            except NotNative:
                pass
        if isinstance(key, Series) and key._column.layout != "pandas":
            try:
                return self._new(self._filtered(key._column))
            except NotNative:
                pass
        if (
            isinstance(key, slice)
            and key.step is None
            and all(type(k) in {int, type(None)} for k in (key.start, key.stop))
        ):
            return self.iloc[key]
        if self._lazy():
            from litsdf.gathered import gathered, in_memory

            return gathered(self, lambda computed: computed[in_memory(key)])
        if self.layout in {"record", "numpy", "polars"}:
            from litsdf.structure.selecting import select

            try:
                return select(self, key)
            except NotNative:
                pass
        key = to_pandas(key)
        return self._through_pandas("[]", lambda held: held[key])

    def _filtered(self, mask: Any) -> Any:
        column = self._column
        if mask.dtype != "bool" or column.layout != mask.layout or not column.aligned(mask):
            raise NotNative("a mask with different labels")
        if hasattr(column, "kept"):
            return column.kept(mask)  # a lazy column knows its rows without counting them
        frame = convert.frame_class(column.layout)({"": column}, len(column), column.labels)
        return frame.filtered(mask).columns[""].renamed(column.name)

    def __setitem__(self, key: Any, value: Any) -> None:
        if self._lazy():
            from litsdf.gathered import gathered, in_memory

            return gathered(self, lambda computed: computed.__setitem__(in_memory(key), in_memory(value)))
        if self.layout in {"record", "numpy", "polars"}:
            from litsdf.structure.setting import assign_item

            try:
                return assign_item(self, key, value)
            except NotNative:
                pass
        held = self._changeable()
        held[to_pandas(key)] = to_pandas(value)
        if self.layout != "pandas":
            self.fallbacks.note("[]=", self.layout)
        self._replace_by(held)
        return None

    def __getattr__(self, name: str) -> Any:
        if name == "_column":
            return held_with_names(self, name)
        if name.startswith("_"):
            raise AttributeError(name)
        found = name in self.index if self.index.dtype == object or str(self.index.dtype) == "str" else False
        if found:
            return self[name]
        raise AttributeError(f"'Series' object has no attribute {name!r}")

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
        """One value by label."""
        return Indexer(self, "at")

    @property
    def iat(self) -> Indexer:
        """One value by position."""
        return Indexer(self, "iat")

    @property
    def str(self) -> StringMethods:
        """Text methods."""
        return StringMethods(self)

    @property
    def cat(self) -> CategoryMethods:
        """Category methods."""
        return CategoryMethods(self)

    @property
    def dt(self) -> DatetimeMethods:
        """Date methods."""
        return DatetimeMethods(self)

    def apply(
        self, func: Callable[..., Any], args: tuple[Any, ...] = (), *, by_row: Any = "compat", **options: Any
    ) -> Any:
        """Call a function on each value."""
        return self._run_pandas("apply", (func,), {"args": args, "by_row": by_row, **options})

    def groupby(
        self, by: Any = None, level: Any = None, *, as_index: bool = True, sort: bool = True, group_keys: bool = True,
        observed: bool = True, dropna: bool = True,
    ) -> Any:  # fmt: skip
        """Group the values by other values, a function of the labels, or a level of the labels."""
        from litsdf.groupby import GroupBy

        if as_index is not True:
            return self._run_pandas("groupby", (by, level), {"as_index": as_index})
        options = {
            "level": level, "as_index": True, "sort": sort, "group_keys": group_keys, "observed": observed,
            "dropna": dropna,
        }  # fmt: skip
        if self.layout == "trace":
            from litsdf.compiling.recording import TracedGroups

            return TracedGroups(self, by, options)
        return GroupBy(self, by, options)

    def _reduce(self, operation: Any, options: Mapping[Any, Any]) -> Any:
        column = self._column
        if column.layout != "pandas" and not options:
            try:
                return column.reduce(operation, {})
            except NotNative:
                pass
        return self._run_pandas(operation, (), dict(options))

    def item(self) -> Any:
        """The only value.

        Raises:
            ValueError: there is not exactly one.
        """
        found = self._moved("item", (), {})
        return self._held().item() if found is NOT_MOVED else found
