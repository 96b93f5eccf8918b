# ruff: noqa: SLF001  (the facade's classes are friends: they read one another's held values)
"""Groups of rows: `df.groupby(…)`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from litsdf.contract import NotNative
from litsdf.layouts.columnar import ColumnarFrame
from litsdf.passing import Delegate, from_pandas, to_pandas

if TYPE_CHECKING:
    from litsdf.frame import DataFrame

__all__ = ["GroupBy"]

_NATIVE = frozenset({"sum", "mean", "min", "max", "count", "size"})


class GroupBy:
    """Groups of a table's rows; aggregations of columns run in the layout, everything else goes through pandas."""

    __slots__ = ("_by", "_chosen", "_frame", "_options")

    def __init__(self, frame: DataFrame, by: Any, options: dict[str, Any], chosen: Any = None) -> None:
        self._frame = frame
        self._by = by
        self._options = options
        self._chosen = chosen
        if frame.layout == "pandas":
            self._held()  # a wrong key raises here, as in pandas
        elif type(by) is str and by not in frame:
            raise KeyError(by)

    def _held(self) -> Any:
        groups = self._frame._held().groupby(to_pandas(self._by), **self._options)
        return groups if self._chosen is None else groups[self._chosen]

    def __getitem__(self, key: Any) -> GroupBy:
        if self._chosen is not None:
            raise IndexError(f"Column(s) {self._chosen} already selected")
        for name in key if isinstance(key, list) else [key]:
            if name not in self._frame:
                raise KeyError(f"Column not found: {name}")
        return GroupBy(self._frame, self._by, self._options, key)

    def _keys(self) -> list[Any]:
        keys = [self._by] if type(self._by) is str else self._by
        plain = dict(self._options, as_index=None)
        default = {"level": None, "as_index": None, "sort": True, "group_keys": True, "observed": True, "dropna": True}
        if type(keys) is not list or not keys or any(type(key) is not str for key in keys) or plain != default:
            raise NotNative("groupby by something else than columns")
        return keys

    def _native(self, plan: dict[Any, tuple[Any, str]]) -> Any:
        """Aggregate in the layout: result name → (column, aggregation)."""
        frame = self._frame
        table = frame._table
        keys = self._keys()
        if not isinstance(table, ColumnarFrame) or any(key in plan for key in keys):
            raise NotNative("groupby")
        if any(name not in table.columns for name in keys) or any(
            name not in table.columns for name, _ in plan.values()
        ):
            raise NotNative("a column that is not there")
        grouped = table.grouped(keys, plan)
        if not self._options["as_index"]:
            return frame._new(grouped)
        index = from_pandas(grouped.to_pandas(), "pandas", None).to_pandas().set_index(keys).index
        return frame._new(grouped.without(keys).relabelled(index))

    def agg(self, func: Any = None, *args: Any, **named: Any) -> Any:
        """Aggregate each group: a name, a dict from column to name, or result=(column, name)."""
        try:
            if args or (self._chosen is not None and not isinstance(func, str)):
                raise NotNative("agg with options")
            if func is None and named and all(type(pair) is tuple and len(pair) == 2 for pair in named.values()):
                return self._native(self._checked(named))
            if type(func) is dict and not named:
                return self._native(self._checked({name: (name, how) for name, how in func.items()}))
            if isinstance(func, str) and not named and func in _NATIVE:
                return getattr(self, func)()
        except NotNative:
            pass
        return self._pandas("agg", (func, *args), named)

    aggregate = agg

    @staticmethod
    def _checked(plan: dict[Any, tuple[Any, Any]]) -> dict[Any, tuple[Any, str]]:
        if any(how not in _NATIVE or how == "size" for _, how in plan.values() if isinstance(how, str)):
            raise NotNative("an aggregation left to pandas")
        if any(type(how) is not str for _, how in plan.values()):
            raise NotNative("an aggregation left to pandas")
        return plan

    def _aggregate(self, how: str, options: dict[str, Any]) -> Any:
        try:
            if options:
                raise NotNative(how)
            if type(self._chosen) is str:
                if not self._options["as_index"]:
                    raise NotNative(how)
                return self._native({self._chosen: (self._chosen, how)})[self._chosen]
            names = self._chosen or [name for name in self._frame._table.names if name not in self._keys()]
            return self._native({name: (name, how) for name in names})
        except NotNative:
            return self._pandas(how, (), options)

    def sum(self, **options: Any) -> Any:
        """Sum of each group."""
        return self._aggregate("sum", options)

    def mean(self, **options: Any) -> Any:
        """Mean of each group."""
        return self._aggregate("mean", options)

    def min(self, **options: Any) -> Any:
        """Smallest value of each group."""
        return self._aggregate("min", options)

    def max(self, **options: Any) -> Any:
        """Largest value of each group."""
        return self._aggregate("max", options)

    def count(self) -> Any:
        """Number of values that are not missing, by group."""
        return self._aggregate("count", {})

    def _pandas(self, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        frame = self._frame
        if frame.layout != "pandas":
            frame.fallbacks.note(f"groupby.{name}", frame.layout)
        result = getattr(self._held(), name)(*to_pandas(args), **to_pandas(options))
        return from_pandas(result, frame.layout, frame.fallbacks)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if self._chosen is None and name in self._frame:
            return self[name]
        frame = self._frame
        if frame.layout != "pandas":
            frame.fallbacks.note(f"groupby.{name}", frame.layout)
        return getattr(Delegate(self._held(), frame.layout, frame.fallbacks), name)

    def __iter__(self) -> Iterator[Any]:
        frame = self._frame
        for key, group in self._held():
            yield key, from_pandas(group, frame.layout, frame.fallbacks)

    def __len__(self) -> int:
        return len(self._held())
