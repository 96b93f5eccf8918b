# ruff: noqa: SLF001  (friends read one another's held values; one signature for all methods)
"""Joins: pandas joins numbers that stand for the keys, the columns of both tables follow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from litsdf.contract import NotNative
from litsdf.dtypes import BOOL, DATETIME, INT, STR
from litsdf.layouts.columnar import default_labels
from litsdf.structure.calls import arguments, frame_method, wrap
from litsdf.structure.gathering import gathered, gathered_all, positions_in
from litsdf.structure.grid import Grid, grid_of
from litsdf.structure.pandas_arrays import concat_compat

__all__: list[str] = []

_LEFT, _RIGHT = "left rows", "right rows"


def _other_grid(value: Any, layout: str) -> Grid:
    table = getattr(value, "_table", None)
    if table is None:
        column = getattr(value, "_column", None)
        if column is None or column.layout != layout or column.name is None:
            raise NotNative("a join with something else")
        return Grid([column], pd.Index([column.name]), len(column), column.labels, layout)
    grid = grid_of(table)
    if grid.layout != layout:
        raise NotNative("tables in different layouts")
    return grid


def _without_rows(grid: Grid) -> pd.DataFrame:
    return pd.DataFrame(np.empty((0, len(grid.columns)), dtype=object), columns=grid.header)


def _joint_numbers(left: Any, right: Any) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the keys of both tables, in the order of the keys; missing ones are equal and come last."""
    if left.dtype != right.dtype or isinstance(left.dtype, pd.CategoricalDtype):
        raise NotNative("keys of different dtypes")
    if isinstance(left, np.ndarray) and left.dtype.kind == "i":
        return left, right  # integers are in the order of the keys already
    joint = concat_compat([left, right])
    codes, found = pd.factorize(joint, sort=True)
    if (codes < 0).any() and (getattr(left.dtype, "kind", "O") in "mM" or isinstance(left.dtype, pd.PeriodDtype)):
        raise NotNative("missing dates, which come first")
    codes = np.where(codes < 0, len(found), codes)
    return codes[: len(left)], codes[len(left) :]


@frame_method("merge")
def _merge(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, left = arguments(owner, name, args, options), grid_of(owner._table)
    right = _other_grid(p["right"], left.layout)
    how, sort = p["how"], p["sort"]
    if "copy" in p or how not in {"inner", "left", "right", "outer", "cross"} or not (left.columns and right.columns):
        raise NotNative("merge with unusual arguments")
    if not left.header.is_unique or not right.header.is_unique or left.header.nlevels > 1 or right.header.nlevels > 1:
        raise NotNative("repeated names")
    if p["left_index"] or p["right_index"]:
        return _by_labels(owner, left, right, p)
    schema = {"how": how, "suffixes": p["suffixes"], "indicator": p["indicator"]}
    if how == "cross":
        numbers: list[Any] = []
        empty = _without_rows(left).merge(_without_rows(right), **schema)
        pairs: list[tuple[Any, Any]] = []
    else:
        pairs = _key_pairs(left, right, p)
        mine, theirs = [a for a, _ in pairs], [b for _, b in pairs]
        empty = _without_rows(left).merge(_without_rows(right), left_on=mine, right_on=theirs, **schema)
        if how in {"inner", "left"} and not sort and p["validate"] is None and p["indicator"] is False:
            rows = _rows_in_polars([left.column(a) for a in mine], [right.column(b) for b in theirs], how)
            if rows is not None:
                return wrap(owner, _joined(left, right, pairs, rows, empty.columns))
        numbers = [_joint_numbers(left.column(a).array(), right.column(b).array()) for a, b in pairs]
    places = list(range(len(numbers)))
    rows_left = pd.DataFrame({place: numbers[place][0] for place in places} | {_LEFT: np.arange(len(left))})
    rows_right = pd.DataFrame({place: numbers[place][1] for place in places} | {_RIGHT: np.arange(len(right))})
    more = {} if how == "cross" else {"on": places, "sort": sort}
    found = rows_left.merge(rows_right, how=how, validate=p["validate"], indicator=p["indicator"], **more)
    return wrap(owner, _found(left, right, pairs, found, empty.columns))


def _rows_in_polars(mine: list[Any], theirs: list[Any], how: Any) -> tuple[np.ndarray, np.ndarray] | None:
    """Rows of both tables that Polars finds to belong together, in pandas' order; None for keys it may compare otherwise."""
    kinds = {INT, STR, BOOL, DATETIME}
    if any(
        a.layout != "polars" or a.dtype not in kinds or a.dtype != b.dtype for a, b in zip(mine, theirs, strict=True)
    ):
        return None
    import polars as pl

    keys = [str(place) for place in range(len(mine))]
    left, right = (
        pl.DataFrame({key: column.data for key, column in zip(keys, columns, strict=True)}).with_row_index(name)
        for name, columns in ((_LEFT, mine), (_RIGHT, theirs))
    )
    found = left.join(right, on=keys, how=how, nulls_equal=True, maintain_order="left_right")
    at_left, at_right = (found[name].cast(pl.Int64).fill_null(-1).to_numpy() for name in (_LEFT, _RIGHT))
    return at_left, at_right


def _key_pairs(left: Grid, right: Grid, p: dict[str, Any]) -> list[tuple[Any, Any]]:
    if p["on"] is not None:
        if p["left_on"] is not None or p["right_on"] is not None:
            raise NotNative("keys given twice")
        mine = theirs = p["on"] if isinstance(p["on"], list) else [p["on"]]
    elif p["left_on"] is not None and p["right_on"] is not None:
        mine = p["left_on"] if isinstance(p["left_on"], list) else [p["left_on"]]
        theirs = p["right_on"] if isinstance(p["right_on"], list) else [p["right_on"]]
    elif p["left_on"] is None and p["right_on"] is None:
        mine = theirs = list(left.header.intersection(right.header))
    else:
        raise NotNative("keys of one side")
    hashable = all(isinstance(key, str | int | tuple) for key in [*mine, *theirs])
    if not mine or len(mine) != len(theirs) or not hashable:
        raise NotNative("keys that are no names")
    if any(key not in left.header for key in mine) or any(key not in right.header for key in theirs):
        raise NotNative("keys that are not there")
    if len(set(mine)) != len(mine) or len(set(theirs)) != len(theirs):
        raise NotNative("a key given twice")
    return list(zip(mine, theirs, strict=True))


def _found(left: Grid, right: Grid, pairs: list[tuple[Any, Any]], found: pd.DataFrame, header: pd.Index) -> Grid:
    """The table that pandas' join of row numbers stands for."""
    at_left, at_right = positions_in(found[_LEFT]), positions_in(found[_RIGHT])
    return _joined(left, right, pairs, (at_left, at_right), header, found)


def _joined(  # noqa: PLR0917  (what a join is made of)
    left: Grid, right: Grid, pairs: list[tuple[Any, Any]], rows: tuple[np.ndarray, np.ndarray], header: pd.Index,
    found: pd.DataFrame | None = None,
) -> Grid:  # fmt: skip
    """The columns of both tables side by side; `found` has the labels and what pandas adds, None for neither."""
    at_left, at_right = rows
    shared = {a for a, b in pairs if a == b}
    labels = None if found is None else default_labels(found.index)
    columns = gathered_all(left.columns, at_left, labels)
    if shared and len(at_left) and at_left.min() < 0:
        for place, label in enumerate(left.header):
            if label in shared:
                columns[place] = _key_of_both(left.columns[place], right.column(label), at_left, at_right, labels)
    others = [column for label, column in zip(right.header, right.columns, strict=True) if label not in shared]
    columns += gathered_all(others, at_right, labels)
    if found is not None and len(columns) < len(header):
        columns.append(
            left.column_class.from_pandas(found["_merge" if "_merge" in found else found.columns[-1]], labels)
        )
    if len(columns) != len(header):
        raise NotNative("columns that pandas lays out in another way")
    return Grid(columns, header, len(at_left), labels, left.layout)


def _key_of_both(mine: Any, theirs: Any, at_left: np.ndarray, at_right: np.ndarray, labels: Any) -> Any:
    joint = type(mine).from_array(concat_compat([mine.array(), theirs.array()]), mine.name, None)
    return gathered(joint, np.where(at_left < 0, len(mine) + at_right, at_left), labels)


def _by_labels(owner: Any, left: Grid, right: Grid, p: dict[str, Any]) -> Any:
    """Both sides by their row labels."""
    if not (p["left_index"] is True and p["right_index"] is True) or p["on"] is not None or p["indicator"]:
        raise NotNative("labels of one side")
    how = {"how": p["how"], "left_index": True, "right_index": True, "sort": p["sort"]}
    empty = _without_rows(left).merge(_without_rows(right), **how, suffixes=p["suffixes"])
    rows_left = pd.DataFrame({_LEFT: np.arange(len(left))}, index=left.index)
    rows_right = pd.DataFrame({_RIGHT: np.arange(len(right))}, index=right.index)
    found = rows_left.merge(rows_right, **how, validate=p["validate"])
    return wrap(owner, _found(left, right, [], found, empty.columns))


@frame_method("join")
def _join(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, left = arguments(owner, name, args, options), grid_of(owner._table)
    right = _other_grid(p["other"], left.layout)
    if p["on"] is not None or not left.header.is_unique or not right.header.is_unique or not left.columns:
        raise NotNative("join on a column")
    how = {"how": p["how"], "sort": p["sort"]}
    suffixes = {key: p[key] for key in ("lsuffix", "rsuffix", "suffixes") if key in p}
    empty = _without_rows(left).join(_without_rows(right), **how, **suffixes)
    rows_left = pd.DataFrame({_LEFT: np.arange(len(left))}, index=left.index)
    rows_right = pd.DataFrame({_RIGHT: np.arange(len(right))}, index=right.index)
    found = rows_left.join(rows_right, **how, validate=p["validate"])
    return wrap(owner, _found(left, right, [], found, empty.columns))
