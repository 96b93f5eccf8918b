# ruff: noqa: SLF001  (the facade's classes are friends: they read one another's held values)
"""Category methods: `series.cat`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litsdf.contract import NotNative
from litsdf.layouts.pandas import PandasColumn
from litsdf.passing import to_pandas

if TYPE_CHECKING:
    from litsdf.series import Series

__all__ = ["CategoryMethods"]


class CategoryMethods:
    """Categories, their codes, and methods that change them, with pandas' names and meaning."""

    __slots__ = ("_series",)

    def __init__(self, series: Series) -> None:
        if isinstance(series._column, PandasColumn):
            series._held().cat  # noqa: B018  (raises what pandas raises for other dtypes)
        elif str(series.dtype) != "category":
            raise AttributeError("Can only use .cat accessor with a 'category' dtype")
        self._series = series

    @property
    def categories(self) -> Any:
        """The categories, as a pandas Index."""
        return self._series.dtype.categories

    @property
    def ordered(self) -> bool:
        """Whether the categories have an order."""
        return bool(self._series.dtype.ordered)

    @property
    def codes(self) -> Series:
        """The number of each value's category; -1 where it is missing."""
        series = self._series
        try:
            return series._of_array(series._array().codes, None)
        except NotNative:
            return series._through_pandas("cat.codes", lambda held: held.cat.codes)

    def _call(self, name: str, *args: Any, **options: Any) -> Any:
        series = self._series
        args, options = to_pandas(args), to_pandas(options)
        if series.layout != "pandas":
            try:
                return series._of_array(getattr(series._array(), name)(*args, **options))
            except NotNative:
                pass
        return series._through_pandas(f"cat.{name}", lambda held: getattr(held.cat, name)(*args, **options))

    def rename_categories(self, new_categories: Any) -> Series:
        """Give the categories other names: a list, a dict, or a function."""
        return self._call("rename_categories", new_categories)

    def reorder_categories(self, new_categories: Any, ordered: Any = None) -> Series:
        """Put the same categories into another order."""
        return self._call("reorder_categories", new_categories, ordered=ordered)

    def add_categories(self, new_categories: Any) -> Series:
        """Add categories behind the others."""
        return self._call("add_categories", new_categories)

    def remove_categories(self, removals: Any) -> Series:
        """Remove categories; their values become missing."""
        return self._call("remove_categories", removals)

    def remove_unused_categories(self) -> Series:
        """Remove the categories that no value has."""
        return self._call("remove_unused_categories")

    def set_categories(self, new_categories: Any, *, ordered: Any = None, rename: bool = False) -> Series:
        """Give the column these categories; values of others become missing."""
        return self._call("set_categories", new_categories, ordered=ordered, rename=rename)

    def as_ordered(self) -> Series:
        """Give the categories an order."""
        return self._call("as_ordered")

    def as_unordered(self) -> Series:
        """Take the order of the categories away."""
        return self._call("as_unordered")
