# ruff: noqa: SLF001  (friends read one another's held values)
"""The usual aggregations of a table in the polars layout as one Polars query, on all cores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from litsdf.contract import NotNative
from litsdf.dtypes import BOOL, DATETIME, FLOAT, INT, STR
from litsdf.layouts.columnar import ColumnarFrame

if TYPE_CHECKING:
    from litsdf.groupby import GroupBy

__all__ = ["aggregated_at_once", "plain_keys"]

_NUMBERS = frozenset({INT, FLOAT})
_DTYPES = {
    "sum": _NUMBERS, "mean": _NUMBERS, "min": _NUMBERS, "max": _NUMBERS,
    "count": frozenset({INT, FLOAT, BOOL, STR, DATETIME}), "size": frozenset({INT, FLOAT, BOOL, STR, DATETIME}),
    "nunique": frozenset({INT, BOOL, STR}), "first": frozenset({INT, FLOAT, STR}), "last": frozenset({INT, FLOAT, STR}),
}  # fmt: skip
"""Of which dtypes each aggregation is exactly what pandas gives."""
_COUNTS = frozenset({"count", "size", "nunique"})


def plain_keys(by: GroupBy) -> list[str]:
    """Names of the keys, when they are columns that Polars groups by as pandas does.

    Raises:
        NotNative: they are not, or there are no rows, or the options ask for more.
    """
    table, options = getattr(by._owner, "_table", None), by._options
    if by._owner.layout != "polars" or not isinstance(table, ColumnarFrame) or not len(table):
        raise NotNative("another layout, or no rows")
    plain = {"level": None, "sort": True, "dropna": True}
    if any(options[name] is not value for name, value in plain.items()):
        raise NotNative("options of the groups")
    keys = [by._by] if type(by._by) is str else by._by
    if type(keys) is not list or not keys or any(type(key) is not str for key in keys) or len(set(keys)) != len(keys):
        raise NotNative("keys that are no names")
    for key in keys:
        if key not in table.columns or table.columns[key].dtype not in {INT, STR, BOOL, DATETIME}:
            raise NotNative("groups by these keys")
    return keys


def aggregated_at_once(by: GroupBy, func: Any, args: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
    """What `agg` gives, by one query.

    Raises:
        NotNative: an aggregation is not exactly pandas' there.
    """
    keys = plain_keys(by)
    table, chosen = by._owner._table, by._chosen
    gone = set() if isinstance(chosen, list) else set(keys)
    names = chosen if isinstance(chosen, list) else [name for name in table.columns if name not in gone]
    single = isinstance(chosen, str)
    plan = _plan([chosen] if single else names, func, args, named, single=single)
    if not keys or not plan or not set(keys).isdisjoint(plan) or any(type(label) is not str for label in plan):
        raise NotNative("keys among the columns")
    return _collected(by, keys, plan, single=single and isinstance(func, str))


def _plan(
    names: list[Any], func: Any, args: tuple[Any, ...], named: Mapping[str, Any], *, single: bool
) -> dict[Any, tuple[Any, Any]]:
    """Result → (column, aggregation)."""
    if args or (named and func is not None) or len(set(names)) != len(names):
        raise NotNative("arguments of an aggregation")
    if func is None:
        return {label: (names[0], how) if single else _pair(how) for label, how in named.items()}
    if isinstance(func, str):
        if func == "size":
            raise NotNative("the size of groups")
        return {name: (name, func) for name in names}
    if isinstance(func, list) and single and len(set(map(str, func))) == len(func):
        return {how: (names[0], how) for how in func}
    if type(func) is dict and not single:
        return {name: (name, how) for name, how in func.items()}
    raise NotNative("agg")


def _pair(value: Any) -> tuple[Any, Any]:
    if not isinstance(value, tuple) or len(value) != 2:
        raise NotNative("agg")
    return (value[0], value[1])


def _collected(by: GroupBy, keys: list[str], plan: dict[Any, tuple[Any, Any]], *, single: bool) -> Any:
    import polars as pl

    from litsdf.compiling.query import engine_for
    from litsdf.layouts.polars import PolarsColumn, PolarsFrame

    held = by._owner._table.columns
    for name, how in plan.values():
        if type(how) is not str or how not in _DTYPES or name not in held or held[name].dtype not in _DTYPES[how]:
            raise NotNative("an aggregation that Polars has no exact form for")
    aggregations, results = _aggregations(plan, held)
    used = {*keys, *(name for name, _ in plan.values())}
    deferred = getattr(by._owner._table, "query", None)  # what makes the rows, when it is to run with the groups
    if deferred is None:
        frame = pl.DataFrame({name: held[name].data for name in used}).lazy()
    else:
        frame = deferred.select(list(used))
    there = [pl.col(key).is_not_null() for key in keys if deferred is not None or held[key].data.null_count()]
    frame = frame.filter(*there) if there else frame
    in_order = not {"first", "last"}.isdisjoint(how for _, how in plan.values())
    engine: Any = "auto" if in_order else engine_for(len(by._owner._table))
    ordered = frame.group_by(keys).agg(aggregations).sort(keys).select(*keys, *results).collect(engine=engine)
    if deferred is not None and not ordered.height:
        raise NotNative("no groups")  # pandas decides the dtypes of empty results case by case
    grouped = [PolarsColumn(ordered[key], held[key].dtype, key) for key in keys]
    labels = _labels(grouped) if by._options["as_index"] or single else None
    columns_made = [
        PolarsColumn.from_series(ordered[f"__{number}"], labels).renamed(label) for number, label in enumerate(plan)
    ]
    if single and by._options["as_index"]:
        return columns_made[0]
    if labels is not None and by._options["as_index"]:
        return PolarsFrame({column.name: column for column in columns_made}, ordered.height, labels)
    columns = {column.name: column.relabelled(None) for column in (*grouped, *columns_made)}
    return PolarsFrame(columns, ordered.height)


def _aggregations(plan: Mapping[Any, tuple[Any, Any]], held: Mapping[Any, Any]) -> tuple[list[Any], list[Any]]:
    """What is aggregated, each thing once, and the results made of it: a mean of floats is a sum and a count."""
    import polars as pl

    parts: dict[tuple[Any, str], Any] = {}
    results = []
    for number, (name, how) in enumerate(plan.values()):
        needed = ("sum", "count") if how == "mean" and held[name].dtype == FLOAT else (how,)
        for part in needed:
            if (name, part) not in parts:
                parts[name, part] = _expression(pl.col(name), part, held[name].dtype).alias(f"__part_{len(parts)}")
        made = [pl.col(parts[name, part].meta.output_name()) for part in needed]
        result = made[0] if len(made) == 1 else (made[0] / made[1]).fill_nan(None)
        results.append(result.alias(f"__{number}"))
    return list(parts.values()), results


def _expression(column: Any, how: str, dtype: str) -> Any:
    import polars as pl

    if how == "size":
        return pl.len().cast(pl.Int64)
    if how == "nunique":
        return column.drop_nulls().n_unique().cast(pl.Int64)
    if how in {"first", "last"} and dtype != INT:
        column = column.drop_nulls()
    found = getattr(column, how)()
    return found.cast(pl.Int64) if how in _COUNTS else found


def _labels(keys: list[Any]) -> Any:
    import pandas as pd

    arrays = [column.array() for column in keys]
    if len(arrays) == 1:
        return pd.Index(arrays[0], name=keys[0].name)
    return pd.MultiIndex.from_arrays(arrays, names=[column.name for column in keys])
