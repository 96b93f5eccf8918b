# ruff: noqa: SLF001  (the facade's classes are friends: they read one another's held values)
"""Groups of a lazy table: the usual aggregations portion by portion, everything else on the values in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from litsdf.contract import NotNative
from litsdf.gathered import gathered, in_memory

if TYPE_CHECKING:
    from litsdf.frame import DataFrame

__all__ = ["LazyGroupBy"]

_IN_PORTIONS = frozenset({"sum", "mean", "min", "max", "count"})
_PLAIN = {"level": None, "sort": True, "group_keys": True, "observed": True, "dropna": True}


class LazyGroupBy:
    """What `groupby` of a lazy table gives."""

    __slots__ = ("_by", "_chosen", "_frame", "_options")

    def __init__(self, frame: DataFrame, by: Any, options: dict[str, Any], chosen: Any = None) -> None:
        if type(by) is str and by not in frame and by not in getattr(frame._table.rows.labels, "names", ()):
            raise KeyError(by)
        self._frame = frame
        self._by = by
        self._options = options
        self._chosen = chosen

    def __getitem__(self, key: Any) -> LazyGroupBy:
        if self._chosen is not None:
            raise IndexError(f"Column(s) {self._chosen} already selected")
        for name in key if isinstance(key, list) else [key]:
            if name not in self._frame:
                raise KeyError(f"Column not found: {name}")
        return LazyGroupBy(self._frame, self._by, self._options, key)

    def agg(self, func: Any = None, *args: Any, **named: Any) -> Any:
        """Aggregate each group: a name, a dict from column to name, or result=(column, name)."""
        try:
            return self._in_portions(self._plan(func, args, named))
        except NotNative:
            return self._gathered(lambda groups: groups.agg(in_memory(func), *in_memory(args), **in_memory(named)))

    aggregate = agg

    def sum(self, **options: Any) -> Any:
        """Sum of each group."""
        return self._aggregated("sum", options)

    def mean(self, **options: Any) -> Any:
        """Mean of each group."""
        return self._aggregated("mean", options)

    def min(self, **options: Any) -> Any:
        """Smallest value of each group."""
        return self._aggregated("min", options)

    def max(self, **options: Any) -> Any:
        """Largest value of each group."""
        return self._aggregated("max", options)

    def count(self) -> Any:
        """Number of values that are not missing, by group."""
        return self._aggregated("count", {})

    def _aggregated(self, how: str, options: dict[str, Any]) -> Any:
        try:
            if options:
                raise NotNative(how)
            result = self._in_portions(self._plan(how, (), {}))
        except NotNative:
            return self._gathered(lambda groups: getattr(groups, how)(**options))
        return result[self._chosen] if type(self._chosen) is str else result

    def _keys(self) -> list[str]:
        keys = [self._by] if type(self._by) is str else self._by
        plain = all(self._options[name] is value for name, value in _PLAIN.items())
        if type(keys) is not list or not keys or any(type(key) is not str for key in keys) or not plain:
            raise NotNative("groupby by something else than columns")
        return keys

    def _plan(self, func: Any, args: tuple[Any, ...], named: dict[str, Any]) -> dict[str, tuple[str, str]]:
        """Result name → (column, aggregation); NotNative for what is no such thing."""
        found: Mapping[Any, Any] = {}
        if func is None and named and self._chosen is None:
            found = named
        elif type(func) is dict and self._chosen is None and not named:
            found = {name: (name, how) for name, how in func.items()}
        elif type(func) is str and not named:
            if type(self._chosen) is str and not self._options["as_index"]:
                raise NotNative("a column beside its keys")
            if type(self._chosen) not in {str, list, type(None)}:
                raise NotNative("a column whose name is no text")
            chosen = [self._chosen] if type(self._chosen) is str else self._chosen
            found = {name: (name, func) for name in chosen or self._values()}
        plain = all(type(pair) is tuple and len(pair) == 2 for pair in found.values())
        if args or not found or not plain:
            raise NotNative("an aggregation of another form")
        if any(type(pair[1]) is not str or pair[1] not in _IN_PORTIONS for pair in found.values()):
            raise NotNative("an aggregation of all rows")
        return dict(found)

    def _values(self) -> list[str]:
        keys = self._keys()
        return [name for name in self._frame._table.names if name not in keys]

    def _in_portions(self, plan: dict[str, tuple[str, str]]) -> Any:
        keys, table = self._keys(), self._frame._table
        if not hasattr(table, "aggregated"):
            raise NotNative("column names that are no plain text")
        used = {*keys, *(name for name, _ in plan.values())}
        if any(key in plan for key in keys) or not used <= set(table.names):
            raise NotNative("a column that is not there, or twice")
        return self._frame._new(table.aggregated(keys, plan, as_index=self._options["as_index"]))

    def _gathered(self, call: Callable[[Any], Any]) -> Any:
        def on_groups(computed: Any) -> Any:
            groups = computed.groupby(in_memory(self._by), **self._options)
            return call(groups if self._chosen is None else groups[self._chosen])

        return gathered(self._frame, on_groups)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if self._chosen is None and name in self._frame:
            return self[name]
        from pandas.api.typing import DataFrameGroupBy, SeriesGroupBy

        if not callable(getattr(SeriesGroupBy if type(self._chosen) is str else DataFrameGroupBy, name, None)):
            return self._gathered(lambda groups: getattr(groups, name))

        def method(*args: Any, **options: Any) -> Any:
            return self._gathered(lambda groups: getattr(groups, name)(*in_memory(args), **in_memory(options)))

        return method

    def __iter__(self) -> Iterator[Any]:
        return iter(self._gathered(list))

    def __len__(self) -> int:
        return int(self._gathered(len))
