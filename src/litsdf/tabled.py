"""Tables of arrays: what a method gives that makes several columns of one."""

# ruff: noqa: SLF001  (friends read one another's held values)
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litsdf.contract import NotNative
from litsdf.layouts.columnar import default_labels
from litsdf.registry import frame_class

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["table_of_arrays"]


def table_of_arrays(series: Any, arrays: list[Any], header: pd.Index, labels: pd.Index) -> Any:
    """Hold arrays as the columns of a table, in the layout of the column they were made from.

    Raises:
        NotNative: the layout has no table with these column names.
    """
    from litsdf.frame import DataFrame

    lazy = getattr(series._column, "frame_class", None)
    layout = series.layout if lazy is None else "polars"
    if layout not in {"numpy", "polars"}:
        raise NotNative("columns under an Index in this layout")
    from litsdf.structure.grid import Grid, table_of

    kind, index = frame_class(layout).column_class, default_labels(labels)
    columns = [kind.from_array(values, name, index) for name, values in zip(header, arrays, strict=True)]
    table = table_of(Grid(columns, header, len(labels), index, layout))
    return DataFrame._of(table if lazy is None else lazy.held(table), series.fallbacks)
