# ruff: noqa: SLF001  (the facade's classes are friends: they read one another's held values)
"""Building columns and tables from what users hand over, and moving them between layouts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from litsdf.choose import choose_layout
from litsdf.contract import NotNative
from litsdf.errors import LayoutError
from litsdf.passing import Passing, column_layout, frame_layout, to_pandas
from litsdf.registry import frame_class, pandas_like_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "build_column",
    "build_frame",
    "column_to",
    "frame_class",
    "frame_to",
    "header_of",
    "hold_column",
    "hold_frame",
    "labels_of",
    "pandas_dtype",
    "unpickle_column",
    "unpickle_frame",
]  # fmt: skip


def build_frame(data: Any, index: Any, columns: Any, dtype: Any, layout: str | None) -> Any:
    """Hold the data in a layout; None chooses it by the number of rows."""
    plain = index is None and columns is None and dtype is None
    if plain and layout in {None, "record"}:
        row = _single_row(data)
        if row is not None:
            try:
                return frame_class("record").from_row(row)
            except NotNative:
                pass
    native = _native_frame(data) if plain else None
    if native is not None:
        return native if layout in {None, native.layout} else frame_to(native, str(layout))
    frame = _pandas_frame(data, index, columns, dtype)
    chosen = layout or choose_layout(len(frame))
    if chosen != "pandas" and not isinstance(data, Mapping | list):
        frame = frame.copy()  # the caller may change the memory of theirs
    return frame_layout(frame, chosen) if layout is None else _exactly(frame, layout)


def _single_row(data: Any) -> Mapping[Any, Any] | None:
    if type(data) is list and len(data) == 1 and type(data[0]) is dict:
        return data[0]
    if type(data) is dict and data and all(type(value) is list and len(value) == 1 for value in data.values()):
        return {name: value[0] for name, value in data.items()}
    return None


def _native_frame(data: Any) -> Any:
    """A Polars or Arrow table is held as Polars without going through pandas."""
    package = type(data).__module__.partition(".")[0]
    if package not in {"polars", "pyarrow"}:
        return _plug_in_frame(data)
    try:
        return frame_class("polars").from_arrow(data)
    except (NotNative, LayoutError):
        return None


def _plug_in_frame(data: Any) -> Any:
    """A table of a library that speaks pandas stays with it."""
    from litsdf.layouts.pandas import PandasFrame

    if isinstance(data, Passing):
        table = getattr(data, "_table", None)
        return table.copied() if isinstance(table, PandasFrame) and table.layout != "pandas" else None
    plug_in = pandas_like_of(data)
    held = None if plug_in is None else plug_in.held_form(data)
    return held.copied() if plug_in is not None and isinstance(held, plug_in) else None


def _plain(data: Any) -> Any:
    """Give pandas' form of a table or column, also of one that a plug-in's library holds."""
    held = to_pandas(data)
    plug_in = pandas_like_of(held)
    return held if plug_in is None else plug_in.as_pandas(held)


def _pandas_frame(data: Any, index: Any, columns: Any, dtype: Any) -> pd.DataFrame:
    import pandas as pd

    if type(data).__module__.partition(".")[0] in {"polars", "pyarrow"} and hasattr(data, "to_pandas"):
        data = data.to_pandas()
    data = _plain(data)
    if isinstance(data, pd.DataFrame) and index is None and columns is None and dtype is None:
        return data.copy(deep=False)
    return pd.DataFrame(data, index=to_pandas(index), columns=to_pandas(columns), dtype=dtype)


def _exactly(frame: pd.DataFrame, layout: str) -> Any:
    try:
        held = frame_layout(frame, layout)
        if held.layout == layout:
            return held
        return frame_class(layout).from_pandas(frame)  # says why it cannot
    except NotNative as reason:
        raise LayoutError(
            f"The {layout} layout cannot hold this table ({reason}). Use layout='pandas', or leave the choice to litsdf."
        ) from None


def frame_to(table: Any, layout: str) -> Any:
    """Give the same table in another layout.

    Raises:
        LayoutError: the layout does not exist, is not installed, or cannot hold the table.
    """
    if layout == table.layout:
        return table.collected() if layout == "polars" and hasattr(table, "collected") else table
    if {layout, table.layout} == {"polars", "dask"}:
        return table.collected() if layout == "polars" else frame_class(layout).held(frame_to(table, "polars"))
    return _exactly(table.to_pandas(), layout)


def column_to(column: Any, layout: str) -> Any:
    """Give the same column in another layout."""
    frame = frame_class(layout)
    series = column.to_pandas()
    held = column_layout(series, layout)
    if held.layout != layout:
        raise LayoutError(f"The {frame.layout} layout cannot hold a column of {len(series)} rows of {series.dtype}.")
    return held


def build_column(data: Any, index: Any, dtype: Any, name: Any, layout: str | None) -> Any:
    """Hold a column's data in a layout; None chooses it by the number of rows."""
    import pandas as pd

    held = _plain(data)
    if type(held).__module__.partition(".")[0] in {"polars", "pyarrow"} and hasattr(held, "to_pandas"):
        held = held.to_pandas()
    if isinstance(held, pd.Series) and index is None and dtype is None:
        series = held.copy(deep=layout != "pandas") if name is None else held.copy().rename(name)
    else:
        series = pd.Series(held, index=to_pandas(index), dtype=dtype, name=name)
    if layout is None:
        return column_layout(series, choose_layout(len(series)))
    column = column_layout(series, layout)
    if column.layout != layout:
        raise LayoutError(f"The {layout} layout cannot hold a column of {len(series)} rows of {series.dtype}.")
    return column


def hold_column(series: pd.Series, layout: str) -> Any:
    """Hold a pandas Series in a layout where possible."""
    return column_layout(series, layout)


def hold_frame(frame: pd.DataFrame, layout: str) -> Any:
    """Hold a pandas DataFrame in a layout where possible."""
    return frame_layout(frame, layout)


def labels_of(held: Any) -> pd.Index:
    """Row labels as a pandas Index."""
    import pandas as pd

    return pd.RangeIndex(len(held)) if held.labels is None else held.labels


def header_of(table: Any) -> pd.Index:
    """Column names as a pandas Index."""
    header = getattr(table, "plain_columns", None)
    if header is None:
        header = getattr(table, "header", None)
    if header is not None:
        return header
    import pandas as pd

    return pd.Index(table.names, dtype="str")


def pandas_dtype(name: str) -> Any:
    """The dtype object that pandas shows for one of litsdf's dtype names."""
    import pandas as pd

    return pd.api.types.pandas_dtype("object" if name == "list" else name)


def unpickle_column(series: pd.Series, layout: str) -> Any:
    """Rebuild a Series in the layout it was pickled in."""
    from litsdf.series import Series

    return Series._of(column_layout(series, layout), None)


def unpickle_frame(frame: pd.DataFrame, layout: str) -> Any:
    """Rebuild a DataFrame in the layout it was pickled in."""
    from litsdf.frame import DataFrame

    return DataFrame._of(frame_layout(frame, layout), None)
