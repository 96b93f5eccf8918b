# ruff: noqa: SLF001  (friends read one another's held values; one signature for all methods)
"""Columns that become row labels, and labels that become columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from litsdf.contract import NotNative
from litsdf.layouts.columnar import default_labels
from litsdf.structure.calls import arguments, frame_method, kept, said_in_place
from litsdf.structure.grid import Grid, grid_of

__all__: list[str] = []


@frame_method("set_index")
def _set_index(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Columns become labels: labels are a pandas Index in every layout."""
    p, grid = arguments(owner, name, args, options), grid_of(owner._table)
    if "inplace" in options or "verify_integrity" in options:
        raise NotNative("in place")
    keys = p["keys"] if isinstance(p["keys"], list) else [p["keys"]]
    corner = pd.DataFrame({}, index=grid.index)
    gone: list[Any] = []
    given: list[Any] = []
    for key in keys:
        hashable = isinstance(key, str | int | float | tuple) or key is None
        if hashable and key in grid.header:
            column = grid.column(key)
            gone.append(key)
            given.append(pd.Index(column.array(), name=key, copy=True))
        elif isinstance(key, pd.Index | np.ndarray) or hasattr(key, "_column"):
            given.append(_labels_given(key))
        else:
            raise NotNative("a key that is not there")
    index = corner.set_index(given, append=p["append"]).index
    columns, header = grid.columns, grid.header
    if p["drop"] and gone:
        stays = np.flatnonzero(~header.isin(gone))
        columns, header = [columns[place] for place in stays], header[stays]
    labels = default_labels(index)
    return kept(
        owner, Grid([c.relabelled(labels) for c in columns], header, grid.length, labels, grid.layout), inplace=False
    )


def _labels_given(key: Any) -> Any:
    column = getattr(key, "_column", None)
    if column is None:
        return key
    if column.layout == "pandas":
        raise NotNative("labels from the pandas layout")
    return pd.Index(column.array(), name=column.name, copy=True)


@frame_method("reset_index")
def _reset_index(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Labels become columns: pandas lays them out beside the row numbers, the values follow."""
    grid = grid_of(owner._table)
    inplace = said_in_place(pd.DataFrame({0: [0]}), name, options)
    options.pop("inplace", None)
    p = arguments(owner, name, args, options)
    none = pd.DataFrame(np.zeros((0, len(grid.columns)), np.int8), index=grid.index[:0], columns=grid.header)
    header = none.reset_index(*args, **options).columns
    result = pd.DataFrame(index=grid.index).reset_index(p["level"], drop=p["drop"])
    labels = default_labels(result.index)
    more = result.shape[1]
    kind = grid.column_class
    made = [kind.from_pandas(result.iloc[:, place], labels) for place in range(more)]
    columns = [*made, *(column.relabelled(labels) for column in grid.columns)]
    return kept(owner, Grid(columns, header, grid.length, labels, grid.layout), inplace=inplace)
