# ruff: noqa: SLF001  (friends read one another's held values; one signature for all methods)
"""What `rolling(…)`, `expanding(…)` and `ewm(…)` give: windows over the rows of a table, a column, or groups of them."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd

from litsdf.contract import NotNative
from litsdf.passing import Delegate, Passing, to_pandas
from litsdf.structure.calls import frame_method, series_method
from litsdf.structure.grid import Grid, grid_of
from litsdf.structure.rulers import column_index, label_argument
from litsdf.windowing.kernels import Source, calculated

__all__ = ["Windows"]

_KINDS = ("rolling", "expanding", "ewm")
_common: Any = import_module("pandas.core.common")


@series_method(*_KINDS)
@frame_method(*_KINDS)
def _windows(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    windows = Windows(owner, name, args, options)
    windows._over_row_numbers()  # pandas says what is wrong with the arguments
    return windows


def _method(name: str) -> Callable[..., Any]:
    def method(self: Windows, *args: Any, **options: Any) -> Any:
        return self._call(name, args, options)

    method.__name__ = name
    method.__doc__ = f"See pandas' windows: `rolling(…).{name}`."
    return method


class Windows:
    """Windows over rows; each method gives one value a row.

    Args:
        owner: the table or column.
        kind: `rolling`, `expanding` or `ewm`.
        args: what was given by position.
        options: what was given by name.
        groups: the groups within which windows stay, None for all rows.
        chosen: the column, or the list of columns, that was chosen with `[]`.

    >>> import litsdf
    >>> litsdf.Series([1.0, 2.0, 4.0], layout="numpy").rolling(2).sum().to_list()
    [nan, 3.0, 6.0]
    """

    __slots__ = ("_args", "_chosen", "_groups", "_kind", "_options", "_owner", "finish")

    def __init__(  # noqa: PLR0917  (what windows are made of)
        self, owner: Any, kind: str, args: tuple[Any, ...], options: dict[str, Any], groups: Any = None,
        chosen: Any = None,
    ) -> None:  # fmt: skip
        self._owner = owner
        self._kind = kind
        self._args = args
        self._options = options
        self._groups = groups
        self._chosen = chosen
        self.finish: Callable[[Any], Any] = lambda result: result

    def _with(self, chosen: Any) -> Windows:
        made = Windows(self._owner, self._kind, self._args, self._options, self._groups, chosen)
        made.finish = self.finish
        return made

    def __getitem__(self, key: Any) -> Windows:
        owner = self._owner
        if self._chosen is not None:
            raise IndexError(f"Column(s) {self._chosen} already selected")
        listed = key if isinstance(key, list) else [key]
        if not hasattr(owner, "_table") or any(name not in owner for name in listed):
            raise KeyError(f"Column not found: {key}")
        return self._with(key)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if self._chosen is None and hasattr(self._owner, "_table") and name in self._owner:
            return self[name]
        self._owner.fallbacks.note(f"{self._kind}.{name}", self._owner.layout)
        return getattr(Delegate(self._held(), self._owner.layout, self._owner.fallbacks), name)

    def __iter__(self) -> Any:
        self._owner.fallbacks.note(self._kind, self._owner.layout)
        return iter(Delegate(self._held(), self._owner.layout, self._owner.fallbacks))

    def _held(self) -> Any:
        """The windows of pandas over the values."""
        held = self._owner._held() if self._groups is None else self._groups._held()
        windows = getattr(held, self._kind)(*to_pandas(self._args), **to_pandas(self._options))
        chosen_before = self._groups is not None and self._groups.grouped._chosen is not None
        return windows if self._chosen is None or chosen_before else windows[self._chosen]

    def _call(self, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        try:
            return self.finish(self._natively(name, args, options))
        except Exception as error:
            if type(error).__module__.startswith("litsdf") and not isinstance(error, NotNative):
                raise
        owner = self._owner  # pandas gives the answer, or the right exception
        owner.fallbacks.note(f"{self._kind}.{name}", owner.layout)
        return self.finish(getattr(Delegate(self._held(), owner.layout, owner.fallbacks), name)(*args, **options))

    def _natively(self, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        if any(isinstance(value, Passing) for value in (*args, *options.values())):
            raise NotNative("windows over two columns")
        window, source = self._over_row_numbers(), self._source()
        if not hasattr(window, name):
            raise NotNative(name)
        return calculated(source, window, name, args, options)

    def _measure(self) -> pd.Index | None:
        """The column that windows are measured on; None for the row labels."""
        on = self._options.get("on")
        if on is None or isinstance(on, pd.Index):
            return None
        table = getattr(self._owner, "_table", None)
        if table is None or on not in table.names:
            raise NotNative("a measure that is not there")
        column = grid_of(table).column(on)
        return pd.Index(column.array(), name=on, copy=False)

    def _over_row_numbers(self) -> Any:
        """The windows of pandas over row numbers, under the row labels of the owner."""
        owner, options = self._owner, dict(self._options)
        column = getattr(owner, "_column", None)
        index = column_index(column) if column is not None else grid_of(owner._table).index
        if self._kind == "rolling" and len(self._args) > 4:
            raise NotNative("a measure by position")
        measure = self._measure()
        if measure is not None:
            options["on"] = measure
            index = measure if self._groups is not None and self._chosen is not None else index
        args = tuple(label_argument(arg) for arg in self._args)
        options = {name: label_argument(value) for name, value in options.items()}
        numbers = np.zeros(len(index), dtype=np.int8)
        ruler: Any = (
            pd.Series(numbers, index=index) if self._is_column else pd.DataFrame({_PLACE: numbers}, index=index)
        )
        if self._groups is not None:
            ruler = self._groups.over(ruler)
        return getattr(ruler, self._kind)(*args, **options)

    @property
    def _is_column(self) -> bool:
        chosen = self._chosen
        return hasattr(self._owner, "_column") or (chosen is not None and not isinstance(chosen, list))

    def _source(self) -> Source:
        owner, chosen = self._owner, self._chosen
        column = getattr(owner, "_column", None)
        if column is not None:
            grid = Grid([column], pd.Index([column.name]), len(column), column.labels, column.layout)
            return Source(owner, grid, is_table=False, on=None)
        grid = grid_of(owner._table)
        if not grid.header.is_unique or grid.header.nlevels > 1:
            raise NotNative("repeated names")
        on, measure = self._options.get("on"), self._measure()
        names = list(grid.header) if chosen is None else chosen if isinstance(chosen, list) else [chosen]
        before = names[: names.index(on)] if measure is not None and on in names else names
        gone = set() if self._groups is None else set(self._groups.names)
        names = [name for name in names if not (measure is not None and name == on) and name not in gone]
        columns = [grid.column(name) for name in names]
        if self._groups is not None and measure is not None and chosen is not None:
            grid = Grid(columns, grid.header, grid.length, measure, grid.layout)
        header = grid.header.take([list(grid.header).index(name) for name in names])
        measured = None if measure is None else (on, measure, before)
        kept = Grid(columns, header, grid.length, grid.labels, grid.layout)
        return Source(owner, kept, is_table=not self._is_column, on=measured)

    def agg(self, func: Any = None, *args: Any, **options: Any) -> Any:
        """Several methods at once, by name or by function: a name, a list of them, or a dict by column."""
        try:
            return self.finish(self._aggregated(func, args, options))
        except NotNative:
            pass
        owner = self._owner
        owner.fallbacks.note(f"{self._kind}.agg", owner.layout)
        found = Delegate(self._held(), owner.layout, owner.fallbacks).agg(func, *args, **options)
        return self.finish(found)

    aggregate = agg

    def _aggregated(self, func: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        from litsdf.functions import concat

        if isinstance(func, str):
            return self._natively_or_not(func, args, options)
        if callable(func):
            known = _common.get_cython_func(func)
            if known is not None and not args and not options:
                return self._natively_or_not(known, (), {})
            return self._natively_or_not("apply", (func,), {"raw": False, "args": args, "kwargs": options})
        if args or options or (self._groups is not None and not self._is_column) or self._options.get("on") is not None:
            raise NotNative("aggregations with options")
        if isinstance(func, dict):
            several = any(not isinstance(part, str) for part in func.values())
            if not func or self._is_column or any(name not in self._names() for name in func):
                raise NotNative("columns that are not there")
            listed = {k: [v] if several and (isinstance(v, str) or callable(v)) else v for k, v in func.items()}
            parts = [self._with(name)._aggregated(part, (), {}) for name, part in listed.items()]
            return concat(parts, axis=1, keys=list(func))
        if not isinstance(func, list) or not func:
            raise NotNative("aggregations of another form")
        labels = [one if isinstance(one, str) else _common.get_callable_name(one) or one for one in func]
        if len(set(labels)) != len(labels):
            raise NotNative("an aggregation twice")
        if self._is_column:
            return concat([self._aggregated(one, (), {}) for one in func], axis=1, keys=labels)
        names = self._names()
        return concat([self._with(name)._aggregated(func, (), {}) for name in names], axis=1, keys=names)

    def _names(self) -> list[Any]:
        return list(self._owner.columns) if self._chosen is None else self._chosen

    def _natively_or_not(self, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """A part of several aggregations; any error leaves all of them to pandas."""
        try:
            return self._natively(name, args, options)
        except Exception as error:
            raise NotNative(str(error)) from error

    def pipe(self, func: Any, *args: Any, **options: Any) -> Any:
        """Call a function on these windows."""
        if isinstance(func, tuple):
            function, target = func
            return function(*args, **{target: self}, **options)
        return func(self, *args, **options)

    sum = _method("sum")
    mean = _method("mean")
    median = _method("median")
    min = _method("min")
    max = _method("max")
    std = _method("std")
    var = _method("var")
    sem = _method("sem")
    skew = _method("skew")
    kurt = _method("kurt")
    count = _method("count")
    quantile = _method("quantile")
    rank = _method("rank")
    first = _method("first")
    last = _method("last")
    nunique = _method("nunique")
    apply = _method("apply")
    cov = _method("cov")
    corr = _method("corr")


_PLACE = "row"
