# ruff: noqa: SLF001  (the facade's classes are friends: they read one another's held values)
"""Methods of lazy tables with many rows that are done portion by portion in several passes, as pandas names their arguments."""

from __future__ import annotations

from typing import Any

from litsdf.contract import NotNative
from litsdf.passing import NOT_MOVED

__all__ = ["in_portions", "sorted_table"]

_KINDS = frozenset({"quicksort", "mergesort", "heapsort", "stable"})


def sorted_table(table: Any, by: Any, options: dict[str, Any]) -> Any:
    """Sort a lazy table with many rows.

    Raises:
        NotNative: it is no such table, or the arguments ask for more than an order by columns.
    """
    if not hasattr(table, "sorted_by"):
        raise NotNative("a table in memory")
    from litsdf.layouts.partition_order import Order

    keys = [by] if type(by) is str else by
    ascending = options["ascending"]
    listed = [ascending] * len(keys) if type(ascending) is bool and type(keys) is list else ascending
    plain = (
        type(keys) is list and keys and all(type(key) is str for key in keys) and type(listed) is list
        and len(listed) == len(keys) and all(type(value) is bool for value in listed)
        and options["axis"] in (0, "index") and options["key"] is None and options["kind"] in _KINDS
        and options["na_position"] in {"first", "last"} and type(options["ignore_index"]) is bool
        and options["inplace"] is NOT_MOVED
    )  # fmt: skip
    if not plain or len(set(keys)) != len(keys):
        raise NotNative("an order of another kind")
    order = Order(tuple(keys), tuple(not value for value in listed), options["na_position"] == "last")
    return table.sorted_by(order, labelled=not options["ignore_index"])


_MOVING = frozenset({"shift", "diff"})
_RUNNING = frozenset({"cumsum", "cummax", "cummin", "ffill", "bfill"})


def in_portions(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Answer a method of a lazy table or column with many rows in several passes over its portions.

    Raises:
        NotNative: the method or its arguments need all rows together, or there are few.
    """
    if name == "sort_values" and hasattr(owner, "_column"):
        return _sorted_column(owner, args, options)
    parameters: dict[str, Any] = {}
    if name in _MOVING and len(args) + len(options) <= 1 and options.keys() <= {"periods"}:
        parameters = {"periods": args[0]} if args else dict(options)
    elif name not in _RUNNING or args or any(value is not None and value is not False for value in options.values()):
        raise NotNative(name)
    if hasattr(owner, "_column"):
        return owner._new(owner._column.transformed(name, parameters))
    columns = getattr(owner._table, "columns", None)
    if type(columns) is not dict or not columns:
        raise NotNative("a table under other names")
    made = {key: column.transformed(name, parameters) for key, column in columns.items()}
    return owner._new(type(owner._table)(made, rows=owner._table.rows))


def _sorted_column(owner: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    column = owner._column
    given = {
        "axis": 0, "ascending": True, "inplace": NOT_MOVED, "kind": "quicksort", "na_position": "last", "ignore_index": False,
        "key": None,
    }  # fmt: skip
    if args or not options.keys() <= given.keys() or not hasattr(column, "frame_class"):
        raise NotNative("sort_values")
    found = sorted_table(column.frame_class({"0": column}), "0", given | options)
    return owner._new(found.columns["0"].renamed(column.name))
