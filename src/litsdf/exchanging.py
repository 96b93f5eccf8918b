"""Methods of lazy tables with many rows that exchange rows between portions, as pandas names their arguments."""

from __future__ import annotations

from typing import Any

from litsdf.contract import NotNative
from litsdf.passing import NOT_MOVED

__all__ = ["sorted_table"]

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
