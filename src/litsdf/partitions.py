# ruff: noqa: SLF001  (the facade's classes are friends: they read one another's held values)
"""Working with the portions of a lazy table: how many there are, cutting anew, computing, own functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from litsdf.errors import LayoutError

if TYPE_CHECKING:
    from litsdf.frame import DataFrame

__all__ = ["compute", "map_partitions", "partition_count", "repartition"]


def _lazy(frame: Any) -> Any:
    table = getattr(frame, "_table", None)
    table = getattr(frame, "_column", None) if table is None else table
    if not hasattr(table, "partitions"):
        raise LayoutError(
            f"A table in the {frame.layout} layout has no partitions. Use df.to_layout('dask'), or read a file lazily."
        )
    return table


def partition_count(frame: Any) -> int:
    """Count the partitions of a lazy table or column.

    Raises:
        LayoutError: the table is not lazy.
    """
    return int(_lazy(frame).partitions)


def repartition(frame: Any, partitions: int) -> Any:
    """Compute a lazy table or column and cut it into this many partitions, which stay in memory.

    Raises:
        LayoutError: the table is not lazy.
        ValueError: fewer than one partition.
    """
    table = _lazy(frame)
    if partitions < 1:
        raise ValueError(f"A table has at least one partition, not {partitions}.")
    return frame._new(table.held(table.collected(), partitions))


def compute(frame: Any, layout: str = "polars") -> Any:
    """Compute a lazy table or column and hold it in memory, in this layout.

    >>> import litsdf
    >>> df = litsdf.DataFrame({"a": [1, 2, 3]}, layout="dask")
    >>> litsdf.compute(df[df["a"] > 1])["a"].to_list()
    [2, 3]
    """
    from litsdf.frame import DataFrame

    if isinstance(frame, DataFrame):
        table = frame._table
        held = frame._new(table.collected()) if hasattr(table, "collected") else frame
    else:
        column = frame._column
        held = frame._new(column.collected()) if hasattr(column, "collected") else frame
    return held if held.layout == layout else held.to_layout(layout)


def map_partitions(frame: DataFrame, function: Callable[[DataFrame], DataFrame]) -> DataFrame:
    """Call a function on each partition of a lazy table, where it is computed.

    Args:
        frame: a lazy table.
        function: from table to table, in the polars layout, for some of the rows; its names and dtypes must not depend
            on the values. It is called once with no rows to learn them. The result has the labels 0 … n-1.

    Raises:
        LayoutError: the table is not lazy, its names are no distinct texts, or the function gives no table that the
            polars layout holds.

    >>> import litsdf
    >>> df = litsdf.DataFrame({"a": [3, 4]}, layout="dask")
    >>> litsdf.map_partitions(df, lambda part: part.assign(b=part["a"] * 2))["b"].to_list()
    [6, 8]
    """
    table = _lazy(frame)
    if not hasattr(table, "mapped"):
        from litsdf.structure.grid import refuse_polars

        raise refuse_polars(table.header)
    call = _OnPortion(function)
    return frame._new(table.mapped(call, call(table.no_rows())))


class _OnPortion:
    """A function of tables as a function of what holds them."""

    def __init__(self, function: Callable[[DataFrame], DataFrame]) -> None:
        self.function = function

    def __call__(self, table: Any) -> Any:
        from litsdf.frame import DataFrame

        visible = {name: column for name, column in table.columns.items() if not name.startswith("\0")}
        result = self.function(DataFrame._of(type(table)(visible, len(table)), None))
        if not isinstance(result, DataFrame):
            raise LayoutError(f"The function must give a DataFrame, but it gives a {type(result).__name__}.")
        held = result._table if result.layout == "polars" else result.to_layout("polars")._table
        return held.relabelled(None)
