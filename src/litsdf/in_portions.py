# ruff: noqa: SLF001  (the facade's classes are friends: they read one another's held values)
"""Methods of lazy tables that are done portion by portion, as pandas names their arguments.

What looks at each value for itself is recorded for every column; what needs other rows is done in several passes, where there
are many.
"""

from __future__ import annotations

from typing import Any

from litsdf.contract import NotNative
from litsdf.passing import NOT_MOVED

__all__ = ["in_portions", "sorted_table"]

_UNROUNDED = frozenset({"int64", "str", "bool"})
_MOVING = frozenset({"shift", "diff"})
_RUNNING = frozenset({"cumsum", "cummax", "cummin", "ffill", "bfill"})
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


def in_portions(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Answer a method of a lazy table or column portion by portion.

    Raises:
        NotNative: the method or its arguments need all rows together, or there are few.
    """
    if hasattr(owner, "_column"):
        if name == "sort_values":
            return _sorted_column(owner, args, options)
        if name in _DISTINCT and not args and not options:
            return _distinct(owner, name)
        return owner._new(owner._column.transformed(name, _running_parameters(name, args, options)))
    columns = getattr(owner._table, "columns", None)
    if type(columns) is not dict or not columns:
        raise NotNative("a table under other names")
    operation = _elementwise(name, args, options)
    if operation is not None:
        made = {
            key: column if _stays(column, operation) else column.elementwise(*operation)
            for key, column in columns.items()
        }
    else:
        parameters = _running_parameters(name, args, options)
        made = {key: column.transformed(name, parameters) for key, column in columns.items()}
    return owner._new(type(owner._table)(made, rows=owner._table.rows))


_DISTINCT = frozenset({"drop_duplicates", "unique", "nunique"})


def _distinct(owner: Any, name: str) -> Any:
    """The different values of a column with many rows; only they are brought together, and only where they are asked for."""
    column = owner._column
    frame = column.frame_class({"0": column})
    if not frame.is_large():
        raise NotNative("few rows")
    kept = owner._new(frame.filtered(frame.first_rows(["0"])).columns["0"].renamed(column.name))
    if name == "drop_duplicates":
        return kept
    if name == "nunique":
        return kept.count()
    from litsdf.gathered import in_memory

    return in_memory(kept).unique()


def _stays(column: Any, operation: tuple[str, Any, dict[str, Any]]) -> bool:
    """Whether an operation on a table leaves a column as it is: there is nothing to round in integers and text."""
    return operation[0] == "round" and operation[2]["decimals"] >= 0 and column.node.dtype in _UNROUNDED


def _running_parameters(name: str, args: tuple[Any, ...], options: dict[str, Any]) -> dict[str, Any]:
    """How a method whose rows depend on other rows is asked for."""
    if name in _MOVING and len(args) + len(options) <= 1 and options.keys() <= {"periods"}:
        return {"periods": args[0]} if args else dict(options)
    if name not in _RUNNING or args or any(value is not None and value is not False for value in options.values()):
        raise NotNative(name)
    return {}


_ALIKE = {
    "isna": "isna", "isnull": "isna", "notna": "notna", "notnull": "notna", "abs": "abs", "__abs__": "abs", "__neg__": "neg",
    "__invert__": "invert",
}  # fmt: skip
"""Methods without arguments that look at each value, and the operation they are."""
_BY_NAME = {"fillna": "value", "isin": "values", "round": "decimals"}
"""Methods with one argument, and the parameter of the operation."""
_SCALARS = frozenset({bool, int, float, str})


def _elementwise(name: str, args: tuple[Any, ...], options: dict[str, Any]) -> tuple[str, Any, dict[str, Any]] | None:
    """The row-by-row operation that a method of a table is for each of its columns; None for another method."""
    given = {key: value for key, value in options.items() if value is not None and value is not False}
    if name in _ALIKE and not args and not given:
        return _ALIKE[name], (), {}
    if name in _BY_NAME and len(args) + len(given) == 1 and given.keys() <= {_BY_NAME[name]}:
        value = args[0] if args else given[_BY_NAME[name]]
        if name == "isin":
            return None if type(value) not in {list, tuple, set} else ("isin", (), {"values": tuple(value)})
        return None if type(value) not in _SCALARS or (name == "round" and type(value) is not int) else (
            name, (), {_BY_NAME[name]: value}
        )  # fmt: skip
    if name == "clip" and len(args) <= 2 and given.keys() <= {"lower", "upper"}:
        limits = dict(zip(("lower", "upper"), (*args, None, None), strict=False)) | given
        if all(type(limit) in {int, float, type(None)} for limit in limits.values()):
            return "clip", (), limits
        return None
    from litsdf.structure.frame_values import METHODS, OPERATORS

    operation = OPERATORS.get(name) or METHODS.get(name)
    if operation is None or len(args) != 1 or given or type(args[0]) not in _SCALARS:
        return None
    return operation, (args[0],), {}


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
