# ruff: noqa: SLF001, TRY004  (pandas' own exception types; the facade's classes are friends: they read one another's held values)
"""Groups of rows: `df.groupby(…)` and `series.groupby(…)`."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import TYPE_CHECKING, Any

from litsdf.contract import NotNative
from litsdf.layouts.columnar import Column, ColumnarFrame
from litsdf.passing import Delegate, from_pandas, to_pandas

if TYPE_CHECKING:
    from litsdf.grouping.results import Grouping

__all__ = ["GroupBy"]

_AGGREGATED = frozenset({
    "sum", "prod", "mean", "var", "std", "sem", "median", "quantile", "min", "max", "first", "last", "count", "nunique",
    "any", "all",
})  # fmt: skip
_RUNNING = frozenset({
    "cumsum", "cumprod", "cummin", "cummax", "shift", "diff", "pct_change", "ffill", "bfill", "rank",
})  # fmt: skip


def _method(runner: str, name: str) -> Callable[..., Any]:
    def method(self: GroupBy, *args: Any, **options: Any) -> Any:
        return self._natively(name, args, options, lambda grouping: getattr(grouping, runner)(name, args, options))

    method.__name__ = name
    method.__doc__ = f"See pandas' `groupby(…).{name}`."
    return method


def _windows(name: str) -> Callable[..., Any]:
    def method(self: GroupBy, *args: Any, **options: Any) -> Any:
        return self._within(name, args, options)

    method.__name__ = name
    method.__doc__ = f"Windows over the rows of each group, as pandas' `groupby(…).{name}`."
    return method


def _aggregation(name: str) -> Callable[..., Any]:
    def method(self: GroupBy, *args: Any, **options: Any) -> Any:
        return self._aggregated(name, args, options)

    method.__name__ = name
    method.__doc__ = f"Aggregate each group to one value, as pandas' `groupby(…).{name}` does."
    return method


class GroupBy:
    """Groups of the rows of a table or a column.

    Keys become numbers once; aggregations, running values and choices of rows are then made in the layout. What a layout
    cannot give exactly goes through pandas.
    """

    __slots__ = ("_by", "_cached", "_chosen", "_options", "_owner")

    def __init__(self, owner: Any, by: Any, options: dict[str, Any], chosen: Any = None) -> None:
        self._owner = owner
        self._by = by
        self._options = options
        self._chosen = chosen
        self._cached: Any = None
        if chosen is None:
            self._check()

    @property
    def _frame(self) -> Any:
        return self._owner

    def _check(self) -> None:
        """A wrong key raises here, as in pandas."""
        from litsdf.grouping.one_query import plain_keys

        try:
            plain_keys(self)
        except NotNative:
            pass
        else:
            return  # the rows need not be numbered for what one query answers
        try:
            self._grouping()
        except (NotNative, TypeError):
            self._held()

    def _held(self) -> Any:
        from litsdf.grouping.keys import pandas_keys

        held = self._owner._held()
        groups = held.groupby(pandas_keys(self._owner, held, self._by), **self._options)
        return groups if self._chosen is None else groups[self._chosen]

    def _grouping(self) -> Grouping:
        if self._cached is not None:
            return self._cached
        from litsdf.grouping.keys import groups_of, keys_of
        from litsdf.grouping.results import Grouping

        owner = self._owner
        held = getattr(owner, "_table", None)
        held = owner._column if held is None else held
        if not isinstance(held, ColumnarFrame | Column):
            raise NotNative("the pandas layout")
        keys = keys_of(held, self._by, self._options["level"])
        as_index = self._options["as_index"]
        self._cached = Grouping(held, keys, groups_of(keys, self._options), self._chosen, as_index=as_index)
        return self._cached

    def __getitem__(self, key: Any) -> GroupBy:
        owner = self._owner
        if self._chosen is not None:
            raise IndexError(f"Column(s) {self._chosen} already selected")
        if not hasattr(owner, "_table"):
            raise KeyError(f"Column not found: {key}")
        if isinstance(key, tuple):
            raise ValueError("Cannot subset columns with a tuple with more than one element. Use a list instead.")
        key = key if isinstance(key, Hashable | list) else list(key)
        listed = key if isinstance(key, list) else [key]
        if getattr(getattr(owner._table, "header", None), "nlevels", 1) > 1:
            return owner._through_pandas("groupby", lambda _: self._held()[key])
        if any(name not in owner for name in listed):
            if isinstance(key, list):
                raise KeyError(f"Columns not found: {str([name for name in key if name not in owner])[1:-1]}")
            raise KeyError(f"Column not found: {key}")
        made = GroupBy(owner, self._by, self._options, key)
        cached = self._cached
        if cached is not None:
            made._cached = type(cached)(
                cached.held, cached.keys, cached.groups, key, as_index=self._options["as_index"]
            )  # fmt: skip
        return made

    def _wrap(self, held: Any) -> Any:
        from litsdf.frame import DataFrame
        from litsdf.series import Series

        if isinstance(held, ColumnarFrame):
            return DataFrame._of(held, self._owner.fallbacks)
        return Series._of(held, self._owner._fallbacks) if isinstance(held, Column) else held

    def _natively(
        self, name: str, args: tuple[Any, ...], options: dict[str, Any], call: Callable[[Grouping], Any]
    ) -> Any:
        """Run a call on the groups in the layout; what it declines goes through pandas, which also words mistakes."""
        owner = self._owner
        if owner.layout == "pandas":
            return self._pandas(name, args, options)
        try:
            return self._wrap(call(self._grouping()))
        except NotNative:
            return self._pandas(name, args, options)
        except (TypeError, ValueError, KeyError, OverflowError) as error:
            result = self._pandas(name, args, options)  # raises where the caller is wrong
            owner.fallbacks.mistaken(f"groupby.{name}", owner.layout, error)
            return result

    def _aggregated(self, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        found = None if options else self._at_once(name, args, {})
        if found is not None:
            return found
        return self._natively(name, args, options, lambda grouping: grouping.aggregated(name, args, options))

    def _at_once(self, func: Any, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """The usual aggregations in one query of the polars layout; None when it has to be done another way."""
        from litsdf.grouping.one_query import aggregated_at_once

        try:
            return self._wrap(aggregated_at_once(self, func, args, named))
        except NotNative:
            return None

    def _pandas(self, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        owner = self._owner
        if owner.layout != "pandas":
            owner.fallbacks.note(f"groupby.{name}", owner.layout)
        result = getattr(self._held(), name)(*to_pandas(args), **to_pandas(options))
        return from_pandas(result, owner.layout, owner.fallbacks)

    def agg(self, func: Any = None, *args: Any, **named: Any) -> Any:
        """Aggregate each group: a name, a list of names, a dict from column to name, result=(column, name), a function."""
        from litsdf.grouping.plans import aggregate

        found = self._at_once(func, args, named)
        if found is not None:
            return found
        return self._natively("agg", (func, *args), named, lambda _: aggregate(self, func, args, named))

    aggregate = agg

    def transform(self, func: Any = None, *args: Any, **options: Any) -> Any:
        """Give every row what its group gives: by the name of an aggregation, or by a function of the group."""
        if isinstance(func, str) and func in {"cumcount", "ngroup"}:
            return getattr(self, func)(*args, **options)

        def call(grouping: Grouping) -> Any:
            if isinstance(func, str) and func in _AGGREGATED:
                return grouping.spread(func, args, options)
            if isinstance(func, str) and func in _RUNNING:
                return grouping.running(func, args, options)
            if func == "size" and not args and not options and not grouping.is_table and grouping.groups.is_whole:
                sizes = grouping.groups.sizes.astype("int64").take(grouping.groups.codes)
                return grouping.numbered(sizes).renamed(next(iter(grouping.columns())))
            own = getattr(func, "__module__", "").startswith("pandas.")  # it takes pandas' columns and nothing else
            if callable(func) and not own and {"engine", "engine_kwargs"}.isdisjoint(options):
                from litsdf.grouping.calls import transformed_by

                return transformed_by(grouping, lambda part: func(part, *args, **options), self._wrap)
            raise NotNative("transform")

        return self._natively("transform", (func, *args), options, call)

    def apply(self, func: Any, *args: Any, **options: Any) -> Any:
        """Call a function with each group."""
        from litsdf.grouping.plans import applied

        def call(grouping: Grouping) -> Any:
            if not callable(func) or "include_groups" in options:
                raise NotNative("apply")
            return applied(self, grouping, lambda part: func(part, *args, **options))

        return self._natively("apply", (func, *args), options, call)

    def filter(self, func: Any, dropna: Any = True, *args: Any, **options: Any) -> Any:  # noqa: FBT002  (as in pandas)
        """Keep the rows of the groups for which a function is true."""
        from litsdf.grouping.plans import kept

        def call(grouping: Grouping) -> Any:
            if dropna is not True:
                raise NotNative("filter with gaps")
            return kept(self, grouping, lambda part: func(part, *args, **options))

        return self._natively("filter", (func, dropna, *args), options, call)

    def size(self) -> Any:
        """Number of rows of each group."""

        def call(grouping: Grouping) -> Any:
            name = None if grouping.is_table else next(iter(grouping.columns()))
            if not grouping.is_table:
                array = grouping.columns()[name].array()
                nullable = str(array.dtype) != "str" and type(array).__name__ == "ArrowStringArray"
                if nullable or not (hasattr(array, "base") or str(array.dtype) == "str"):
                    raise NotNative("the size of this dtype")
            return grouping.counted(grouping.groups.sizes.astype("int64"), name)

        return self._natively("size", (), {}, call)

    def ngroup(self, ascending: Any = True) -> Any:  # noqa: FBT002  (as in pandas)
        """Number of each row's group."""

        def call(grouping: Grouping) -> Any:
            if not grouping.groups.is_whole or type(ascending) is not bool:
                raise NotNative("rows in no group")
            codes = grouping.groups.codes
            return grouping.numbered(codes if ascending else grouping.groups.count - 1 - codes)

        return self._natively("ngroup", (ascending,), {}, call)

    def cumcount(self, ascending: Any = True) -> Any:  # noqa: FBT002  (as in pandas)
        """Number of each row within its group, from 0."""

        def call(grouping: Grouping) -> Any:
            from litsdf.grouping.plans import row_numbers

            if not grouping.groups.is_whole or type(ascending) is not bool:
                raise NotNative("rows in no group")
            return grouping.numbered(row_numbers(grouping.groups, ascending=ascending))

        return self._natively("cumcount", (ascending,), {}, call)

    def head(self, n: Any = 5) -> Any:
        """The first rows of each group."""
        return self._chosen_rows("head", (n,), {})

    def tail(self, n: Any = 5) -> Any:
        """The last rows of each group."""
        return self._chosen_rows("tail", (n,), {})

    @property
    def nth(self) -> Any:
        """The row of this number of each group: `nth(0)`, `nth[:2]`."""
        from litsdf.grouping.plans import Nth

        return Nth(self)

    def _chosen_rows(self, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        def call(grouping: Grouping) -> Any:
            from litsdf.grouping.plans import positions_of

            return grouping.rows(positions_of(grouping.groups, name, args[0]))

        if len(args) != 1 or options:
            return self._pandas(name, args, options)
        return self._natively(name, args, options, call)

    def get_group(self, name: Any) -> Any:
        """The rows of one group."""

        def call(grouping: Grouping) -> Any:
            from litsdf.grouping.plans import group_number

            return grouping.rows(grouping.groups.rows(group_number(grouping.groups, name)))

        return self._natively("get_group", (name,), {}, call)

    def idxmin(self, *args: Any, **options: Any) -> Any:
        """Label of the first smallest value of each group."""
        return self._natively("idxmin", args, options, lambda grouping: grouping.extremes("idxmin", args, options))

    def idxmax(self, *args: Any, **options: Any) -> Any:
        """Label of the first largest value of each group."""
        return self._natively("idxmax", args, options, lambda grouping: grouping.extremes("idxmax", args, options))

    def _within(self, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """Windows that stay within the groups; what pandas refuses it says itself."""
        owner = self._owner
        if owner.layout in {"numpy", "polars"}:
            from litsdf.windowing.groups import windows_of

            try:
                return windows_of(self, name, args, options)
            except (NotNative, TypeError, ValueError, KeyError, AttributeError, NotImplementedError):
                owner.fallbacks.note(f"groupby.{name}", owner.layout)
        return getattr(Delegate(self._held(), owner.layout, owner.fallbacks), name)(*args, **options)

    def pipe(self, func: Any, *args: Any, **options: Any) -> Any:
        """Call a function on these groups."""
        if isinstance(func, tuple):
            function, target = func
            return function(*args, **{target: self}, **options)
        return func(self, *args, **options)

    @property
    def ngroups(self) -> int:
        """How many groups there are."""
        return len(self)

    def __iter__(self) -> Iterator[Any]:
        owner = self._owner
        try:
            grouping = self._grouping()
            grouped = [grouping.rows(grouping.groups.rows(group)) for group in range(grouping.groups.count)]
        except (NotNative, TypeError):
            for key, group in self._held():
                yield key, from_pandas(group, owner.layout, owner.fallbacks)
            return
        by_list = isinstance(self._by, list) or isinstance(self._options["level"], list)
        labels = grouping.groups.index()
        for label, part in zip(labels, grouped, strict=True):
            yield (label,) if by_list and labels.nlevels == 1 else label, self._wrap(part)

    def __len__(self) -> int:
        try:
            return self._grouping().groups.count
        except (NotNative, TypeError):
            return len(self._held())

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        owner = self._owner
        if self._chosen is None and hasattr(owner, "_table") and name in owner:
            return self[name]
        if owner.layout != "pandas" and name not in {"obj", "groups", "indices", "ndim"}:
            owner.fallbacks.note(f"groupby.{name}", owner.layout)
        return getattr(Delegate(self._held(), owner.layout, owner.fallbacks), name)

    sum = _aggregation("sum")
    prod = _aggregation("prod")
    mean = _aggregation("mean")
    var = _aggregation("var")
    std = _aggregation("std")
    sem = _aggregation("sem")
    median = _aggregation("median")
    quantile = _aggregation("quantile")
    min = _aggregation("min")
    max = _aggregation("max")
    first = _aggregation("first")
    last = _aggregation("last")
    count = _aggregation("count")
    nunique = _aggregation("nunique")
    any = _aggregation("any")
    all = _aggregation("all")

    rolling = _windows("rolling")
    expanding = _windows("expanding")
    ewm = _windows("ewm")

    cumsum = _method("running", "cumsum")
    cumprod = _method("running", "cumprod")
    cummin = _method("running", "cummin")
    cummax = _method("running", "cummax")
    shift = _method("running", "shift")
    diff = _method("running", "diff")
    pct_change = _method("running", "pct_change")
    ffill = _method("running", "ffill")
    bfill = _method("running", "bfill")
    rank = _method("running", "rank")
