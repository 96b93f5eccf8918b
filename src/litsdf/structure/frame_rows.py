# ruff: noqa: SLF001, ARG001  (friends read one another's held values; one signature for all methods)
"""Methods of a DataFrame that move rows, or columns, by their labels or positions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from litsdf.contract import NotNative
from litsdf.layouts.columnar import default_labels
from litsdf.structure.calls import arguments, frame_method, kept, wrap
from litsdf.structure.gathering import ABSENT, gathered, positions_in, same_dtype, shifted
from litsdf.structure.grid import Grid, grid_of
from litsdf.structure.rulers import (
    cells_of,
    columns_ruler,
    from_cells,
    grid_from_rows,
    labels_only,
    row_series,
    rows_ruler,
    with_columns,
)

__all__ = ["frame_axis"]

_ONE_AXIS = {
    "head": 0, "tail": 0, "take": 0, "truncate": 0, "sample": 0, "sort_index": 0, "droplevel": 0, "swaplevel": 0,
    "reorder_levels": 0, "set_axis": 0, "add_prefix": 1, "add_suffix": 1, "xs": 0, "between_time": 0, "at_time": 0, "filter": 1,
    "tz_localize": 0, "tz_convert": 0, "to_period": 0, "to_timestamp": 0,
}  # fmt: skip
"""Methods that change one axis → which, when none is given."""


def frame_axis(value: Any, default: int) -> int:
    """Read an axis argument."""
    if value is None:
        return default
    if value in ("index", "rows") or (type(value) is int and value == 0):
        return 0
    if value == "columns" or (type(value) is int and value == 1):
        return 1
    raise NotNative("an axis that pandas refuses")


@frame_method(*_ONE_AXIS)
def _one_axis(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    grid = grid_of(owner._table)
    inplace = options.get("inplace") is True
    p = arguments(owner, name, args, options)
    axis = frame_axis(p.get("axis"), _ONE_AXIS[name])
    if name == "filter" and p.get("cond") is not None:
        raise NotNative("filter by a condition")
    if type(p.get("weights")) is str or hasattr(p.get("weights"), "_column"):
        raise NotNative("weights from a column")
    args, options = labels_only(args, options)
    ruler = columns_ruler(grid) if axis else rows_ruler(grid)
    result = getattr(ruler, name)(*args, **options)
    result = ruler if inplace else result
    return kept(owner, _along(grid, result, axis), inplace=inplace)


def _along(grid: Grid, result: Any, axis: int) -> Any:
    """Turn a ruler along one axis into a table, a row or a column."""
    if isinstance(result, pd.DataFrame):
        return (
            with_columns(grid, positions_in(result.iloc[0]), result.columns) if axis else grid_from_rows(grid, result)
        )
    if not isinstance(result, pd.Series) or len(result) != 1:
        raise NotNative("neither a row nor a column")
    place = int(result.iloc[0])
    if axis:
        return grid.columns[place].renamed(result.name)
    return row_series(grid, np.arange(len(grid.columns)), place, grid.header, result.name)


def _apart(p: dict[str, Any], first: str) -> tuple[Any, Any]:
    """Split arguments that name an axis into what is meant for rows and what for columns; ABSENT when not given."""
    given, rows, columns = p.get(first), p.get("index", ABSENT), p.get("columns", ABSENT)
    rows, columns = (ABSENT if rows is None else rows), (ABSENT if columns is None else columns)
    if given is None:
        if (rows is not ABSENT or columns is not ABSENT) and p.get("axis") not in {None, 0}:
            raise NotNative("an axis given twice")
        return rows, columns
    if rows is not ABSENT or columns is not ABSENT:
        raise NotNative("an axis given twice")
    return (ABSENT, given) if frame_axis(p.get("axis"), 0) else (given, ABSENT)


@frame_method("drop", "rename")
def _drop_or_rename(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p = arguments(owner, name, args, options)
    if name == "rename" and p["axis"] is not None and p["mapper"] is None:
        raise NotNative("an axis given twice")
    grid, inplace = grid_of(owner._table), p.pop("inplace", False) is True
    if options.get("inplace") is not None or "copy" in p:
        p.pop("copy", None)
        _warn_as_pandas(name, {key: options[key] for key in ("inplace", "copy") if key in options})
    rows, columns = _apart(p, "labels" if name == "drop" else "mapper")
    if rows is ABSENT and columns is ABSENT:
        raise NotNative("nothing to do")
    rest = {"level": p["level"], "errors": p["errors"]}
    if columns is not ABSENT:
        (columns,), _ = labels_only((columns,), {})
        ruler = getattr(columns_ruler(grid), name)(columns=columns, **rest)
        grid = with_columns(grid, positions_in(ruler.iloc[0]), ruler.columns)
    if rows is not ABSENT:
        (rows,), _ = labels_only((rows,), {})
        grid = grid_from_rows(grid, getattr(rows_ruler(grid), name)(index=rows, **rest))
    return kept(owner, grid, inplace=inplace)


def _warn_as_pandas(name: str, flags: dict[str, Any]) -> None:
    """Let pandas say what it says about keywords that are going away."""
    empty = pd.DataFrame({0: [0]})
    getattr(empty, name)(**({"labels": []} if name == "drop" else {"columns": {}}), **flags)


@frame_method("rename_axis")
def _rename_axis(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    grid, inplace = grid_of(owner._table), options.get("inplace") is True
    corner = pd.DataFrame(np.empty((grid.length, 0)), index=grid.index)
    header = pd.DataFrame(np.empty((0, len(grid.columns))), columns=grid.header)
    p = arguments(owner, name, args, options)
    both = {key: p[key] for key in ("index", "columns") if key in p}
    if "mapper" in p:
        target = header if frame_axis(p["axis"], 0) else corner
        result = target.rename_axis(*args, **options)
        changed = target if inplace else result
        rows, columns = (corner.index, changed.columns) if target is header else (changed.index, header.columns)
    else:
        if not both:
            raise NotNative("rename_axis of nothing")
        rows = corner.rename_axis(index=both["index"]).index if "index" in both else corner.index
        columns = header.rename_axis(columns=both["columns"]).columns if "columns" in both else header.columns
    labels = default_labels(rows)
    held = Grid([c.relabelled(labels) for c in grid.columns], columns, grid.length, labels, grid.layout)
    return kept(owner, held, inplace=inplace)


@frame_method("reindex", "reindex_like")
def _reindex(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p = arguments(owner, name, args, options)
    grid = grid_of(owner._table)
    if name == "reindex_like":
        other = p.pop("other")
        rows, columns = other.index, other.columns
    else:
        rows, columns = _apart(p, "labels")
    p.pop("copy", None)
    fill = p.get("fill_value", np.nan)
    fill = ABSENT if isinstance(fill, float) and np.isnan(fill) else fill
    how = {key: p[key] for key in ("method", "limit", "tolerance", "level") if p.get(key) is not None}
    if fill is not ABSENT and not pd.api.types.is_scalar(fill):
        raise NotNative("several values to fill with")
    if rows is ABSENT and columns is ABSENT:
        raise NotNative("reindex by nothing")
    if how and columns is not ABSENT and rows is not ABSENT:
        raise NotNative("reindex of both axes with options")
    new_rows = None
    if rows is not ABSENT:
        (rows,), _ = labels_only((rows,), {})
        new_rows = rows_ruler(grid).reindex(index=rows, **how)
    if columns is not ABSENT:
        (columns,), _ = labels_only((columns,), {})
        ruler = columns_ruler(grid).reindex(columns=columns, **how)
        places = positions_in(ruler.iloc[0])
        if (places < 0).any() and (new_rows is not None or how):
            raise NotNative("new columns of new rows")
        grid = with_columns(grid, places, ruler.columns, fill)
    return wrap(owner, grid if new_rows is None else grid_from_rows(grid, new_rows, fill))


@frame_method("shift")
def _shift(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p = arguments(owner, name, args, options)
    grid = grid_of(owner._table)
    if frame_axis(p["axis"], 0) or p.get("suffix") is not None or not isinstance(p["periods"], int | np.integer):
        raise NotNative("shift of columns, or several")
    fill = p.get("fill_value", ABSENT)
    if fill is not ABSENT and (not pd.api.types.is_scalar(fill) or pd.isna(fill)):
        raise NotNative("several values to fill with")
    if not grid.length:
        raise NotNative("shift of no rows")
    periods = int(p["periods"])
    if p["freq"] is None:
        columns = [shifted(column, periods, fill) for column in grid.columns]
        return wrap(owner, Grid(columns, grid.header, grid.length, grid.labels, grid.layout))
    ruler = rows_ruler(grid)[0].shift(periods, freq=p["freq"])
    return wrap(owner, grid_from_rows(grid, ruler, fill))


@frame_method("squeeze", "T", "transpose", "stack")
def _by_cells(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    grid = grid_of(owner._table)
    cells = cells_of(grid)
    if not cells.size:
        raise NotNative("no cells")
    if name != "squeeze":
        _check_one_dtype(grid, strict=name == "stack")
    result = cells.T if name == "T" else getattr(cells, name)(*args, **options)
    return wrap(owner, from_cells(grid, result))


def _check_one_dtype(grid: Grid, *, strict: bool) -> None:
    """Whether cells of several columns come together under a dtype that the columns alone decide."""
    dtypes = [column.array().dtype for column in grid.columns]
    if all(dtype == dtypes[0] for dtype in dtypes):
        return
    numbers = all(isinstance(dtype, np.dtype) and dtype.kind in "iuf" for dtype in dtypes)
    if not numbers and (strict or not isinstance(same_dtype(grid.columns), np.dtype)):
        raise NotNative("cells of several dtypes")


@frame_method("pop")
def _pop(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    (item,), grid = args, grid_of(owner._table)
    ruler = columns_ruler(grid)
    found = ruler.pop(item)
    result: Any
    if isinstance(found, pd.DataFrame):
        result = with_columns(grid, positions_in(found.iloc[0]), found.columns)
    else:
        result = grid.columns[int(found.iloc[0])].renamed(found.name)
    kept(owner, with_columns(grid, positions_in(ruler.iloc[0]), ruler.columns), inplace=True)
    return wrap(owner, result)


@frame_method("unstack")
def _unstack(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p = arguments(owner, name, args, options)
    grid = grid_of(owner._table)
    fill = options.get("fill_value", ABSENT)
    if not isinstance(grid.index, pd.MultiIndex) or len(args) > 1 or fill is not ABSENT:
        raise NotNative("unstack to a column")
    cells = cells_of(grid)
    result: Any = cells.unstack(p["level"], sort=p["sort"])  # noqa: PD010
    if not isinstance(result, pd.DataFrame):
        raise NotNative("unstack to a column")
    width = len(grid.columns)
    found = [positions_in(result.iloc[:, place]) for place in range(result.shape[1])]
    promote = any((positions < 0).any() for positions in found)
    labels = default_labels(result.index)
    columns = []
    for positions in found:
        if (positions < 0).all():
            raise NotNative("a column of nothing")
        source = grid.columns[int(positions.max()) % width]
        rows = np.where(positions < 0, -1, positions // width)
        columns.append(gathered(source, rows, labels, promote=promote))
    return wrap(owner, Grid(columns, result.columns, len(result), labels, grid.layout))
