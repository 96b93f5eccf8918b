# ruff: noqa: SLF001  (the facade's classes are friends: they read one another's held values)
"""The second way of every column: pandas' own kernels on the array that the column holds (`litsdf.kernels`).

It is taken where the layout has no faster form for a dtype or an argument; no Series or DataFrame is made.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from litsdf.contract import NotNative
from litsdf.layouts.columnar import default_labels, same_labels
from litsdf.layouts.pandas import PandasColumn
from litsdf.own_labels import hold
from litsdf.passing import Passing

__all__ = ["ByArray", "is_index"]

_SAME: Any = object()


class ByArray(Passing):
    """What the methods of a column need to run a kernel: its array, the arrays beside it, and a column of a result."""

    __slots__ = ()
    _column: Any

    def _new(self, column: Any) -> Any:
        raise NotImplementedError

    def _array(self) -> Any:
        """The values as pandas would store them; nobody may change them.

        Raises:
            NotNative: the column is pandas' own already.
        """
        return self._column.array()

    def _of_array(self, values: Any, name: Any = _SAME) -> Any:
        """Make a column of the same rows from the result of a kernel."""
        from litsdf.kernels.arrays import stored

        column = self._column
        values = stored(values)
        if len(values) != len(column):
            raise NotNative("a result of other rows")
        return self._new(column.from_array(values, column.name if name is _SAME else name, column.labels))

    def _beside(self, other: Any) -> Any:
        """The array of another column with the same rows: litsdf's in any layout, or pandas'.

        Raises:
            NotNative: it is a table, or has other row labels.
        """
        from litsdf.layouts.pandas_forms import array_from_pandas

        column = self._column
        if isinstance(column, PandasColumn):
            raise NotNative("a column that a library holds")
        if isinstance(other, ByArray):
            beside = other._column
            held = isinstance(beside, PandasColumn)
            if len(beside) != len(column) or not same_labels(
                column.labels, default_labels(beside.labels) if held else beside.labels
            ):
                raise NotNative("operands with different labels")
            return array_from_pandas(beside.to_pandas()) if held else beside.array()
        if isinstance(other, Passing) or getattr(other, "ndim", 1) != 1:
            raise NotNative("a table")
        if len(other) != len(column) or not same_labels(column.labels, default_labels(other.index)):
            raise NotNative("operands with different labels")
        return array_from_pandas(other)

    def _operand(self, other: Any) -> Any:
        """The other operand as kernels take it: an array for a column with the same rows, else what it is."""
        if isinstance(other, Passing) or _is_pandas(other):
            return self._beside(other)
        return other

    def _name_with(self, other: Any) -> Any:
        """Name of what two operands give: the one they share."""
        name = self._column.name
        if isinstance(other, ByArray):
            found = other._column.name
        elif _is_pandas(other) or is_index(other):
            found = getattr(other, "name", name)
        else:
            return name
        if found is name or (type(found) is type(name) and found == name):
            return name
        from pandas.core.ops.common import _maybe_match_name  # type: ignore[import-not-found]

        return _maybe_match_name(_Named(name), _Named(found))

    def _by_kernel(self, kernel: Callable[[Any], Any]) -> Any:
        """Run a kernel on the array; what the kernel raises is what pandas raises."""
        return self._of_array(kernel(self._array()))

    def _tried(self, call: Callable[[], Any]) -> Any:
        """Run a kernel whose errors pandas words, or turns into another answer, by itself: any error leaves it to pandas."""
        try:
            return call()
        except Exception as error:
            if type(error).__module__.startswith("litsdf"):
                raise
            raise NotNative(str(error)) from error

    def _kept(self, result: Any, *, inplace: bool) -> Any:
        """Give the result, or hold it here when the method was asked to change its object."""
        if not inplace:
            return result
        hold(self, "_column", result._column)
        return self


class _Named:
    """A name, where pandas asks for an object that has one."""

    __slots__ = ("name",)

    def __init__(self, name: Any) -> None:
        self.name = name


def _is_pandas(value: Any) -> bool:
    return type(value).__name__ in {"Series", "DataFrame"} and type(value).__module__.startswith("pandas")


def is_index(value: Any) -> bool:
    """Whether a value is an index of pandas; tells it without loading pandas."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.Index)
