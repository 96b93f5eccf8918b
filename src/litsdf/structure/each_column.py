# ruff: noqa: SLF001, ARG001  (friends read one another's held values; one signature for all methods)
"""Methods of a table that each column answers for itself: replacing, limiting, interpolating, choosing, inferring dtypes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from litsdf.contract import NotNative
from litsdf.kernels.blocks import converted, inferred_objects
from litsdf.layouts.columnar import same_labels
from litsdf.passing import Passing
from litsdf.structure.calls import arguments, frame_method, kept, series_method, wrap
from litsdf.structure.frame_rows import frame_axis
from litsdf.structure.frame_values import by_column
from litsdf.structure.grid import Grid, grid_of

__all__: list[str] = []


def _changed(owner: Any, result: Any, *, inplace: bool) -> Any:
    """Give a table, or hold it in the place of the one that was asked to change; pandas gives that one back."""
    if not inplace:
        return result
    owner._table = result._table
    return owner


def _columns_of(owner: Any) -> Grid:
    grid = grid_of(owner._table)
    if not grid.columns or not grid.length:
        raise NotNative("a table of nothing")
    return grid


@frame_method("replace")
def _replace(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, grid = arguments(owner, name, args, options), _columns_of(owner)
    asked, regex, inplace = p["to_replace"], p["regex"], p["inplace"]
    said = {"value": p["value"]} if "value" in p else {}
    if type(inplace) is not bool or isinstance(asked, Passing) or isinstance(said.get("value"), Passing):
        raise NotNative("columns of values")
    plans = _plans(grid, asked, said, regex)

    def replaced(column: Any, place: int) -> Any:
        plan = plans[place]
        return column if plan is None else column.replace(plan[0], regex=regex, **plan[1])

    return _changed(owner, by_column(owner, grid, replaced), inplace=inplace)


def _plans(grid: Grid, asked: Any, said: dict[str, Any], regex: Any) -> list[Any]:
    """What each column is asked to replace, and by what; None for a column that stays."""
    new = said.get("value")
    if not isinstance(asked, Mapping):
        if isinstance(new, Mapping):
            if not grid.header.is_unique or isinstance(asked, list | tuple) or asked is None:
                raise NotNative("values by column")
            return [(asked, {"value": new[label]}) if label in new else None for label in grid.header]
        if asked is None and not isinstance(regex, bool) and isinstance(regex, Mapping):
            raise NotNative("expressions by column")
        return [(asked, said)] * len(grid.columns)
    if not grid.header.is_unique or not asked:
        raise NotNative("repeated names")
    nested = [isinstance(value, Mapping) for value in asked.values()]
    if "value" not in said:
        if not any(nested):
            return [(dict(asked), {})] * len(grid.columns)
        if not all(nested):
            raise NotNative("a mapping for some columns")
        return [(dict(asked[label]), {}) if asked.get(label) else None for label in grid.header]
    if any(nested) or isinstance(new, list | tuple | np.ndarray):
        raise NotNative("values by column")
    if isinstance(new, Mapping):
        both = set(asked) & set(new)
        return [(asked[label], {"value": new[label]}) if label in both else None for label in grid.header]
    return [(asked[label], said) if label in asked else None for label in grid.header]


@frame_method("clip")
def _clip(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, grid = arguments(owner, name, args, options), _columns_of(owner)
    if p.get("kwargs") or type(p["inplace"]) is not bool or p["axis"] is not None:
        raise NotNative("clip along an axis")
    bounds = (p["lower"], p["upper"])
    if not all(bound is None or isinstance(bound, int | float) for bound in bounds):
        raise NotNative("bounds by row or column")
    if any(column.array().dtype.kind not in "iuf" for column in grid.columns):
        raise NotNative("limits of something else than numbers")
    return _changed(owner, by_column(owner, grid, lambda column, _: column.clip(*bounds)), inplace=p["inplace"])


@frame_method("interpolate")
def _interpolate(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, grid = arguments(owner, name, args, options), _columns_of(owner)
    if frame_axis(p.pop("axis"), 0) or type(inplace := p.pop("inplace")) is not bool:
        raise NotNative("interpolation of rows")
    options = {**p.pop("kwargs", {}), **p}
    if any(column.array().dtype == object for column in grid.columns):
        raise NotNative("interpolation of objects")
    result = by_column(owner, grid, lambda column, _: column.interpolate(**options))
    return _changed(owner, result, inplace=inplace)


@series_method("convert_dtypes", "infer_objects")
def _inferred(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, column = arguments(owner, name, args, options), owner._column
    p.pop("copy", None)
    if "copy" in options or _warned_of(name, args, options):
        raise NotNative("a keyword that pandas warns of")
    values = column.array()
    return owner._of_array(inferred_objects(values) if name == "infer_objects" else converted(values, p))


@frame_method("convert_dtypes", "infer_objects")
def _inferred_by_column(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    arguments(owner, name, args, options)
    if _warned_of(name, args, options):
        raise NotNative("a keyword that pandas warns of")
    grid = _columns_of(owner)
    return by_column(owner, grid, lambda column, _: getattr(column, name)(*args, **options))


def _warned_of(name: str, args: tuple[Any, ...], options: dict[str, Any]) -> bool:
    """Whether `convert_dtypes` is told what to leave as it is, which pandas warns of."""
    return name == "convert_dtypes" and bool(args or options.keys() - {"dtype_backend"})


@frame_method("where", "mask")
def _choose(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, grid = arguments(owner, name, args, options), _columns_of(owner)
    condition = p["cond"](owner) if callable(p["cond"]) and not isinstance(p["cond"], Passing) else p["cond"]
    if p["axis"] is not None or p["level"] is not None or p["inplace"] is not False or not grid.header.is_unique:
        raise NotNative("a choice along an axis, or in place, where pandas keeps the dtypes")
    flags = _flag_columns(owner, grid, condition)
    others: Any = None
    if "other" in p:
        other = p["other"](owner) if callable(p["other"]) and not isinstance(p["other"], Passing) else p["other"]
        others = _other_columns(grid, other)

    def chosen(column: Any, place: int) -> Any:
        return getattr(column, name)(flags[place], *(() if others is None else (others[place],)))

    return by_column(owner, grid, chosen)


def _same_shape(grid: Grid, value: Any) -> Grid:
    theirs = grid_of(value._table)
    if len(theirs) != len(grid) or not same_labels(theirs.labels, grid.labels) or not theirs.header.equals(grid.header):
        raise NotNative("a table with other labels")
    return theirs


def _flag_columns(owner: Any, grid: Grid, condition: Any) -> list[Any]:
    if isinstance(condition, np.ndarray) and condition.shape == (grid.length, len(grid.columns)):
        if condition.dtype != bool:
            raise NotNative("a condition of another form")
        kind = grid.column_class
        return [wrap(owner, kind.from_array(np.ascontiguousarray(part), None, grid.labels)) for part in condition.T]
    column = getattr(condition, "_column", None)
    if column is not None:
        if column.layout != grid.layout or len(column) != len(grid) or not same_labels(column.labels, grid.labels):
            raise NotNative("a condition with other labels")
        return [condition] * len(grid.columns)
    if not hasattr(condition, "_table"):
        raise NotNative("a condition of another form")
    return [wrap(owner, part) for part in _same_shape(grid, condition).columns]


def _other_columns(grid: Grid, other: Any) -> list[Any]:
    if pd.api.types.is_scalar(other):
        return [other] * len(grid.columns)
    if not hasattr(other, "_table"):
        raise NotNative("others of another form")
    from litsdf.series import Series

    return [Series._of(column, None) for column in _same_shape(grid, other).columns]


@frame_method("insert")
def _insert(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    from litsdf.structure.setting_columns import new_column

    p, grid = arguments(owner, name, args, options), grid_of(owner._table)
    place, label = p["loc"], p["column"]
    known = isinstance(label, str | int | float) and not isinstance(label, bool)
    if not known or grid.header.nlevels > 1 or type(place) is not int or not 0 <= place <= len(grid.columns):
        raise NotNative("a column in another place")
    if label in grid.header or not grid.columns or not grid.length:
        raise NotNative("a column that is there, or the first one")
    column = new_column(grid, p["value"])
    columns = [*grid.columns[:place], column, *grid.columns[place:]]
    held = Grid(columns, grid.header.insert(place, label), grid.length, grid.labels, grid.layout)
    return kept(owner, held, inplace=True)


@frame_method("isetitem")
def _set_at(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    from litsdf.structure.setting_columns import new_column

    p, grid = arguments(owner, name, args, options), grid_of(owner._table)
    place = p["loc"]
    if type(place) is not int or not 0 <= place < len(grid.columns) or not grid.length:
        raise NotNative("several columns")
    columns = list(grid.columns)
    columns[place] = new_column(grid, p["value"])
    return kept(owner, Grid(columns, grid.header, grid.length, grid.labels, grid.layout), inplace=True)


@frame_method("iterrows")
def _rows(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    from litsdf.applying.tables import row_columns

    grid = _columns_of(owner)
    return zip(grid.index, row_columns(owner, grid, infer=True), strict=True)


@series_method("case_when")
def _case_when(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    cases = arguments(owner, name, args, options)["caselist"]
    if type(cases) is not list or not cases or any(type(case) is not tuple or len(case) != 2 for case in cases):
        raise NotNative("cases of another form")
    called = [tuple(part(owner) if _is_function(part) else part for part in case) for case in cases]
    kinds = {_kind(new) for _, new in called} | {_kind(owner)}
    if len(kinds) > 1:
        raise NotNative("cases of several dtypes")
    result = owner
    for condition, new in reversed(called):
        result = result.mask(condition, new)
    return result


def _is_function(value: Any) -> bool:
    return callable(value) and not isinstance(value, Passing)


def _kind(value: Any) -> Any:
    if isinstance(value, bool | int | float | str):
        return pd.Series([value]).dtype
    if not hasattr(value, "_column"):
        raise NotNative("a replacement of another form")
    return value.dtype


@series_method("combine_first")
def _combine_first(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    other = arguments(owner, name, args, options)["other"]
    if not hasattr(other, "_column") or other.layout != owner.layout:
        raise NotNative("a column of another layout")
    if owner.dtype != other.dtype:
        raise NotNative("columns of two dtypes")
    if owner.index.equals(other.index):
        return owner.mask(owner.isna(), other)
    from litsdf.functions import concat

    index = owner.index.union(other.index)
    keep_other = other.index.difference(owner.index[owner.notna().to_numpy()])
    keep_this = owner.index.difference(keep_other)
    parts = [owner.reindex(keep_this), other.reindex(keep_other)]
    if any(part.dtype != owner.dtype for part in parts) or any(not len(part) for part in parts):
        raise NotNative("columns that change their dtype")
    return concat(parts).reindex(index).rename(owner.name)


@frame_method("combine_first")
def _combine_first_by_column(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    other, grid = arguments(owner, name, args, options)["other"], _columns_of(owner)
    if not hasattr(other, "_table") or not grid.header.is_unique:
        raise NotNative("a table of another layout")
    theirs = _same_shape(grid, other)
    pairs = list(zip(grid.columns, theirs.columns, strict=True))
    if any(mine.array().dtype != his.array().dtype for mine, his in pairs) or not grid.index.is_unique:
        raise NotNative("columns of two dtypes")
    if not grid.index.is_monotonic_increasing or not grid.header.is_monotonic_increasing:
        raise NotNative("labels that pandas sorts")
    return by_column(owner, grid, lambda column, place: column.mask(column.isna(), wrap(owner, theirs.columns[place])))
