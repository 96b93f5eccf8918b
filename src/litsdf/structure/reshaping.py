# ruff: noqa: SLF001  (friends read one another's held values; one signature for all methods)
"""Other shapes of a table: melting, exploding, pivoting, and columns of true and false."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from pandas.api.extensions import take

from litsdf.contract import NotNative
from litsdf.dtypes import LIST, OPAQUE
from litsdf.layouts.columnar import default_labels
from litsdf.layouts.pandas_forms import array_from_pandas
from litsdf.structure.calls import arguments, frame_method, wrap
from litsdf.structure.gathering import gathered, joined_array, positions_in
from litsdf.structure.grid import Grid, grid_of
from litsdf.structure.pandas_arrays import concat_compat, explode
from litsdf.structure.rulers import columns_ruler
from litsdf.structure.stacking import put_together

__all__ = ["below", "dummies"]


def below(arrays: list[Any]) -> Any:
    """Arrays one below the other, as `melt` and `concat` join columns."""
    same = all(values.dtype == arrays[0].dtype for values in arrays)
    if same or not all(isinstance(values, np.ndarray) for values in arrays):
        return concat_compat(arrays)
    return joined_array(arrays)


@frame_method("melt")
def _melt(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Pandas melts one row of column numbers; every column is then repeated as often as that row was."""
    p, grid = arguments(owner, name, args, options), grid_of(owner._table)
    if not grid.length:
        raise NotNative("melt of no rows")
    result = columns_ruler(grid).melt(*args, **options)
    times = len(result)
    if not times:
        raise NotNative("melt to no rows")
    rows = np.arange(grid.length)
    labels = None if p["ignore_index"] else default_labels(grid.index.take(np.tile(rows, times)))
    given = p["id_vars"]
    several = isinstance(given, list | tuple | np.ndarray | pd.Index) and not isinstance(grid.header, pd.MultiIndex)
    ids = 0 if given is None else len(given) if several or isinstance(given, list) else 1
    kind = grid.column_class
    places = [int(positions_in(result.iloc[:1, place])[0]) for place in range(ids)]
    columns = [put_together([grid.columns[place]] * times).relabelled(labels) for place in places]
    each = np.repeat(np.arange(times), grid.length)
    names = [kind.from_pandas(result.iloc[:, place], None) for place in range(ids, result.shape[1] - 1)]
    columns += [gathered(column, each, labels) for column in names]
    sources = [grid.columns[place] for place in positions_in(result.iloc[:, -1])]
    if all(column.dtype == sources[0].dtype for column in sources) and sources[0].dtype not in {OPAQUE, LIST}:
        columns.append(put_together(sources).relabelled(labels))
    else:
        columns.append(kind.from_array(below([column.array() for column in sources]), None, labels))
    return wrap(owner, Grid(columns, result.columns, grid.length * times, labels, grid.layout))


@frame_method("explode")
def _explode(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, grid = arguments(owner, name, args, options), grid_of(owner._table)
    names = p["column"] if isinstance(p["column"], list) else [p["column"]]
    hashable = all(isinstance(label, str | int | tuple) for label in names)
    if not grid.header.is_unique or not hashable or any(label not in grid.header for label in names) or len(names) != 1:
        raise NotNative("explode of several columns")
    column = grid.column(names[0])
    array = column.array()
    if not isinstance(array, np.ndarray) or array.dtype != object or not len(array):
        raise NotNative("explode of what holds no lists")
    values, counts = explode(array)
    rows = np.repeat(np.arange(grid.length), counts)
    index = pd.RangeIndex(len(rows)) if p["ignore_index"] else grid.index.take(rows)
    labels = default_labels(index)
    made = pd.Series(values)  # values that were inside others: pandas infers their dtype
    exploded = grid.column_class.from_pandas(made, labels)
    columns = [exploded if part is column else gathered(part, rows, labels) for part in grid.columns]
    return wrap(owner, Grid(columns, grid.header, len(rows), labels, grid.layout))


@frame_method("pivot")
def _pivot(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, grid = arguments(owner, name, args, options), grid_of(owner._table)
    if "values" not in p or isinstance(p["values"], list | tuple) or not grid.header.is_unique or not grid.length:
        raise NotNative("pivot of several columns")
    source = grid.column(p["values"])
    frame = {label: _labels(grid, label) for key in ("index", "columns") for label in _listed(p.get(key))}
    ruler = pd.DataFrame(frame, index=grid.index)
    ruler[p["values"]] = np.arange(grid.length)
    if len(ruler.columns) != len(frame) + 1:
        raise NotNative("a column used twice")
    result = ruler.pivot(**{key: value for key, value in p.items() if value is not None})  # noqa: PD010
    found = [positions_in(result.iloc[:, place]) for place in range(result.shape[1])]
    promote = any((positions < 0).any() for positions in found)
    labels = default_labels(result.index)
    columns = [gathered(source, positions, labels, promote=promote) for positions in found]
    return wrap(owner, Grid(columns, result.columns, len(result), labels, grid.layout))


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _labels(grid: Grid, label: Any) -> Any:
    if label not in grid.header:
        raise NotNative("a column that is not there")
    return pd.Index(grid.column(label).array())


def dummies(owner: Any, options: dict[str, Any]) -> Any:
    """`get_dummies`: pandas encodes the distinct values, the rows take theirs."""
    if hasattr(owner, "_column"):
        column = owner._column
        if column.layout not in {"numpy", "polars"}:
            raise NotNative(column.layout)
        numbers, sample, _ = _distinct(column.array())
        encoded = pd.get_dummies(pd.Series(sample, name=column.name), **options)
        grid = Grid([column], pd.Index([column.name]), len(column), column.labels, column.layout)
        return wrap(owner, _spread(grid, [], encoded, [(numbers, encoded.shape[1])]))
    return wrap(owner, _table_dummies(grid_of(owner._table), options))


def _distinct(array: Any) -> tuple[np.ndarray, Any, int]:
    """Numbers of an array's values; the distinct values, and a missing one when there is one; how many are not missing."""
    if not len(array) or isinstance(array.dtype, pd.ArrowDtype):
        raise NotNative("no values, or in Arrow's dtypes")
    held = array if isinstance(array.dtype, pd.CategoricalDtype) else pd.Categorical(array)
    width = len(held.categories)
    if not width:
        raise NotNative("nothing but missing values")
    missing = bool((held.codes < 0).any())
    sample: Any = pd.Categorical.from_codes([*range(width), *[-1] * missing], dtype=held.dtype)
    if held is not array:
        values = held.categories.array
        sample = take(values, [*range(width), -1], allow_fill=True) if missing else values
        if held.categories.dtype != array.dtype:
            raise NotNative("values of several kinds")
    return np.where(held.codes < 0, width, held.codes), sample, width


def _table_dummies(grid: Grid, options: dict[str, Any]) -> Grid:
    wanted = options.get("columns")
    if not grid.header.is_unique or not grid.length or not (wanted is None or isinstance(wanted, list)):
        raise NotNative("dummies of unusual columns")
    if wanted is None:
        wanted = [label for label, column in zip(grid.header, grid.columns, strict=True) if _is_encoded(column)]
    distinct = {label: _distinct(grid.column(label).array()) for label in wanted}
    longest = max((len(sample) for _, sample, _ in distinct.values()), default=1)
    rows = np.arange(longest)
    data = {
        place: distinct[label][1].take(np.minimum(rows, len(distinct[label][1]) - 1)) if label in distinct else rows
        for place, label in enumerate(grid.header)
    }
    frame = pd.DataFrame(data)
    frame.columns = grid.header
    encoded = pd.get_dummies(frame, **options)
    drop, with_missing = bool(options.get("drop_first")), bool(options.get("dummy_na"))
    widths = [(distinct[label][0], distinct[label][2] + with_missing - drop) for label in wanted]
    others = [column for label, column in zip(grid.header, grid.columns, strict=True) if label not in distinct]
    if len(others) + sum(width for _, width in widths) != encoded.shape[1]:
        raise NotNative("dummies that are laid out in another way")
    return _spread(grid, others, encoded, widths)


def _is_encoded(column: Any) -> bool:
    dtype = column.array().dtype
    if isinstance(dtype, pd.ArrowDtype):
        raise NotNative("Arrow's dtypes")
    return bool(dtype.kind == "O") or isinstance(dtype, pd.CategoricalDtype | pd.StringDtype)


def _spread(grid: Grid, others: list[Any], encoded: pd.DataFrame, widths: list[tuple[np.ndarray, int]]) -> Grid:
    """Let every row take the dummies of its own value."""
    columns, place = list(others), len(others)
    for codes, width in widths:
        numbers = codes.astype(np.intp)  # once for all columns
        for _ in range(width):
            values = array_from_pandas(encoded.iloc[:, place])
            columns.append(grid.column_class.from_array(values.take(numbers), None, grid.labels))
            place += 1
    return Grid(columns, encoded.columns, grid.length, grid.labels, grid.layout)
