# ruff: noqa: SLF001  (friends read one another's held values)
"""`concat`: pandas lays out the labels and the names, the columns are put below or beside one another."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from litsdf.contract import NotNative
from litsdf.dtypes import LIST, OPAQUE
from litsdf.layouts.columnar import default_labels, same_labels
from litsdf.structure.calls import wrap
from litsdf.structure.frame_rows import frame_axis
from litsdf.structure.gathering import gathered, positions_in
from litsdf.structure.grid import HOLDING, Grid, grid_of
from litsdf.structure.pandas_arrays import concat_compat
from litsdf.structure.rulers import columns_ruler, series_ruler

__all__ = ["put_together", "stacked"]


_MOST_PIECES = 16
"""Polars keeps the memory of up to so many parts as it is; more are copied into one piece, because each costs a little."""


def stacked(parts: list[Any], keys: Any, options: dict[str, Any]) -> Any:
    """Put tables or columns of one layout below, or beside, one another."""
    if not parts or any(getattr(part, "layout", None) != parts[0].layout for part in parts):
        raise NotNative("parts in different layouts")
    if parts[0].layout not in HOLDING or len(parts) < 1:
        raise NotNative(parts[0].layout)
    options = dict(options) | ({} if keys is None else {"keys": keys})
    axis = frame_axis(options.pop("axis", 0), 0)
    if axis:
        return wrap(parts[0], _beside(parts, options))
    columns: list[Any] = [getattr(part, "_column", None) for part in parts]
    if all(column is not None for column in columns):
        found: Any = pd.concat([series_ruler(column) for column in columns], **options)
        return wrap(parts[0], put_together(columns).renamed(found.name).relabelled(default_labels(found.index)))
    if any(column is not None for column in columns):
        raise NotNative("tables with columns")
    return wrap(parts[0], _below([grid_of(part._table) for part in parts], options))


def _below(grids: list[Grid], options: dict[str, Any]) -> Grid:
    if any(not grid.columns for grid in grids):
        raise NotNative("tables without columns")
    layout = {key: options.pop(key) for key in ("join", "sort") if key in options}
    index = pd.concat([pd.DataFrame({0: np.zeros(len(grid), np.int8)}, grid.index) for grid in grids], **options).index
    names = pd.concat([columns_ruler(grid) for grid in grids], **layout)
    labels = default_labels(index)
    places = positions_in(names.to_numpy()).reshape(names.shape)
    columns = _all_below(grids, places, labels)
    return Grid(columns, names.columns, len(index), labels, grids[0].layout)


def _all_below(grids: list[Grid], places: np.ndarray, labels: Any) -> list[Any]:
    """The columns of the result; those of one dtype that Polars holds are put together on all cores."""
    parts: list[list[Any]]
    parts = [[grid.columns[p] if p >= 0 else None for p in at] for grid, at in zip(grids, places, strict=True)]
    together = [
        place
        for place, (first, *others) in enumerate(zip(*parts, strict=True))
        if first is not None and first.layout == "polars" and first.dtype not in {OPAQUE, LIST}
        and all(other is not None and other.dtype == first.dtype for other in others)
    ]  # fmt: skip
    found: dict[int, Any] = {}
    if len(together) > 1:
        import polars as pl

        frames = [pl.DataFrame({str(place): row[place].data for place in together}) for row in parts]
        joint = pl.concat(frames, rechunk=sum(frame.n_chunks() for frame in frames) > _MOST_PIECES)
        found = {p: type(parts[0][p])(joint[str(p)], parts[0][p].dtype, None, labels) for p in together}
    return [
        found[place] if place in found else _one_below(grids, places[:, place], labels)
        for place in range(places.shape[1])
    ]


def _one_below(grids: list[Grid], places: np.ndarray, labels: Any) -> Any:
    """One column of the result; missing where a table does not have it."""
    if (places >= 0).all():
        parts = [grid.columns[place] for grid, place in zip(grids, places, strict=True)]
        return put_together(parts).relabelled(labels)
    found, positions, length = [], [], 0
    for grid, place in zip(grids, places, strict=True):
        if place < 0:
            positions.append(np.full(len(grid), -1))
            continue
        found.append(grid.columns[place])
        positions.append(np.arange(length, length + len(grid)))
        length += len(grid)
    if not all(len(grid) for grid in grids):
        raise NotNative("tables without rows and with other columns")
    return gathered(put_together(found), np.concatenate(positions), labels)


def put_together(columns: list[Any]) -> Any:
    """Columns below one another, under the dtype that pandas gives them."""
    first, kind = columns[0], type(columns[0])
    if first.dtype in {OPAQUE, LIST} or any(column.dtype != first.dtype for column in columns):
        return kind.from_array(concat_compat([column.array() for column in columns]), None, None)
    if first.layout == "polars":
        import polars as pl

        pieces = sum(column.data.n_chunks() for column in columns)
        return kind(pl.concat([c.data for c in columns], rechunk=pieces > _MOST_PIECES), first.dtype, None, None)
    return kind(np.concatenate([column.data for column in columns]), first.dtype, None, None)


def _same_rows(parts: list[Any], options: dict[str, Any]) -> Grid | None:
    """Tables with the same rows side by side: only the names need laying out. None for anything else."""
    grids = [grid_of(part._table) for part in parts if hasattr(part, "_table")]
    same = len(grids) == len(parts) and all(
        len(grid) == len(grids[0]) and same_labels(grid.labels, grids[0].labels) for grid in grids
    )
    same = same and all(grid.index.names == grids[0].index.names for grid in grids)
    if (
        not same
        or not grids[0].length
        or not grids[0].index.is_unique
        or options.get("sort")
        or any(not grid.columns for grid in grids)
    ):
        return None
    names = pd.concat([columns_ruler(grid) for grid in grids], axis=1, **options).columns
    columns = [column for grid in grids for column in grid.columns]
    labels = grids[0].labels
    return Grid([c.relabelled(labels) for c in columns], names, len(grids[0]), labels, grids[0].layout)


def _beside(parts: list[Any], options: dict[str, Any]) -> Grid:
    together = _same_rows(parts, options)
    if together is not None:
        return together
    rulers: list[Any] = []
    columns: list[Any] = []
    for part in parts:
        column = getattr(part, "_column", None)
        if column is not None:
            rulers.append(series_ruler(column))
            columns.append(column)
            continue
        grid = grid_of(part._table)
        rows = np.repeat(np.arange(len(grid)).reshape(-1, 1), len(grid.columns), axis=1)
        rulers.append(pd.DataFrame(rows, index=grid.index, columns=grid.header))
        columns += grid.columns
    found = pd.concat(rulers, axis=1, **options)
    if found.shape[1] != len(columns):
        raise NotNative("columns that pandas lays out in another way")
    labels = default_labels(found.index)
    taken = [gathered(c, positions_in(found.iloc[:, place]), labels) for place, c in enumerate(columns)]
    return Grid(taken, found.columns, len(found), labels, parts[0].layout)
