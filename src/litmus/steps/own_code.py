"""Handing a table to a user's code, and taking its result back as a litsdf table of the same rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litmus.errors import DataError
from litsdf import DataFrame
from litsdf.interchange import as_frame, numbered_rows, same_rows, with_rows_of

__all__ = ["one_line", "own_result", "taken_back"]


def taken_back(result: Any, given: DataFrame, name: str) -> DataFrame:
    """What a user's code returned, as a litsdf table; a pandas or a Polars frame is taken too.

    Raises:
        DataError: it is no table, or has other rows; `name` is the step's.
    """
    package = type(result).__module__.partition(".")[0]
    if not isinstance(result, DataFrame) and type(result).__name__ != "DataFrame":
        hint = " Does it end with `return df`?" if result is None else ""
        raise DataError(f"The step {name!r} returned {type(result).__name__}; it must return a table.{hint}")
    table = as_frame(result)
    if len(table) != len(given):
        raise DataError(
            f"The step {name!r} got {len(given):,} rows and returned {len(table):,}; a step keeps every row. "
            "Remove rows from the data before training instead."
        )
    if package == "polars":  # it has no index, so its rows are those it was given, in their order
        return with_rows_of(table, given)
    if not same_rows(table, given):
        raise DataError(
            f"The step {name!r} returned its rows in another order or with another index; it must keep both "
            "(no sort_values or reset_index of the whole table)."
        )
    return table


def own_result(
    function: Callable[[Any], Any], table: DataFrame, name: str, *, in_pandas: bool
) -> tuple[DataFrame, str | None]:
    """What a user's function makes of a table, and why it got a pandas frame, or None when it got the table itself.

    Functions of pandas itself, such as `pandas.concat`, refuse tables that are not pandas': a function that fails on the
    table is called once more with a pandas frame, so that nothing written for pandas is a dead end.

    Args:
        function: table → table.
        table: what it is called with a copy of.
        name: the name to call it by in messages.
        in_pandas: whether to begin with the pandas frame.

    Raises:
        DataError: when its result is no table of the same rows.
        Exception: whatever it raises on the pandas frame.
    """
    reason, given = None, table
    table = numbered_rows(table)  # functions of pandas itself lose the labels of a column that is not pandas'
    if not in_pandas:
        try:
            return with_rows_of(taken_back(function(table.copy()), table, name), given), None
        except Exception as error:
            reason = one_line(error)
    return with_rows_of(taken_back(function(table.to_pandas()), table, name), given), reason


def one_line(error: Exception) -> str:
    """An error as a short line: what the report says of it."""
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return text if len(text) <= 160 else text[:159] + "…"
