# ruff: noqa: SLF001, ARG001  (friends read one another's held values; one signature for all methods)
"""Methods of a Series that move rows by their labels or positions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from litsdf.contract import NotNative
from litsdf.dtypes import OPAQUE
from litsdf.layouts.columnar import default_labels
from litsdf.own_labels import hold
from litsdf.structure.calls import arguments, kept, series_method, wrap
from litsdf.structure.gathering import ABSENT, gathered, positions_in, shifted, value_at
from litsdf.structure.grid import Grid
from litsdf.structure.masks import kept_column, kept_labels, missing_in
from litsdf.structure.pandas_arrays import array_equals, explode
from litsdf.structure.rulers import column_from, column_index, labels_only, series_ruler

_BY_LABEL = (
    "head", "tail", "take", "truncate", "sample", "sort_index", "droplevel", "swaplevel", "reorder_levels", "set_axis",
    "add_prefix", "add_suffix", "rename", "rename_axis", "drop", "xs", "squeeze", "between_time", "at_time", "filter", "T",
    "tz_localize", "tz_convert", "to_period", "to_timestamp", "repeat", "to_frame", "transpose", "reindex", "shift",
    "asfreq", "unstack", "reset_index", "reindex_like",
)  # fmt: skip
_FILLING = {"reindex", "shift", "asfreq", "unstack"}


@series_method(*_BY_LABEL)
def _by_label(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    column, inplace = owner._column, options.get("inplace") is True
    if name == "reindex_like":
        name, args, options = "reindex", *_reindex_like(args, options)
    fill = ABSENT
    if name in _FILLING and options.get("fill_value") is not None and not args[2:]:
        fill = options.pop("fill_value")
    if name == "shift" and not len(column):
        raise NotNative("shift of no rows")
    if name == "shift" and fill is ABSENT and column.dtype == OPAQUE and _plain_periods(args, options):
        return wrap(owner, shifted(column, *(args or tuple(options.values()) or (1,))))
    if name == "sample" and hasattr(options.get("weights"), "_column"):
        raise NotNative("weights that pandas aligns")
    if name == "filter" and options.get("cond") is not None:
        raise NotNative("filter by a condition")
    args, options = labels_only(args, options)
    ruler = series_ruler(column)
    result: Any = ruler.T if name == "T" else getattr(ruler, name)(*args, **options)
    if name == "reset_index" and isinstance(result if result is not None else ruler, pd.DataFrame):
        return kept(owner, _with_levels(column, result), inplace=inplace)
    if fill is not ABSENT and not pd.api.types.is_scalar(fill):
        raise NotNative("several values to fill with")
    return kept(owner, _decoded(column, ruler if inplace else result, fill), inplace=inplace)


def _plain_periods(args: tuple[Any, ...], options: dict[str, Any]) -> bool:
    """Whether rows are moved by one number; a `fill_value` of None is refused by what does it."""
    given = (*args, *options.values())
    return len(given) <= 1 and options.keys() <= {"periods"} and all(type(one) is int for one in given)


def _reindex_like(args: tuple[Any, ...], options: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    if len(args) != 1 or options:
        raise NotNative("reindex_like with options")
    return (), {"index": args[0].index}


def _decoded(column: Any, result: Any, fill: Any) -> Any:
    if isinstance(result, pd.Series):
        return column_from(column, result, fill)
    if isinstance(result, pd.DataFrame):
        places = [positions_in(result.iloc[:, place]) for place in range(result.shape[1])]
        promote = any((positions < 0).any() for positions in places) and fill is ABSENT
        labels = default_labels(result.index)
        columns = [gathered(column, positions, labels, fill, promote=promote) for positions in places]
        return Grid(columns, result.columns, len(result), labels, column.layout)
    if isinstance(result, int | np.integer):
        return value_at(column, int(result))
    raise NotNative(f"a {type(result).__name__} of rows")


def _with_levels(column: Any, result: pd.DataFrame) -> Grid:
    """`reset_index`: the levels come as columns before the values."""
    labels = default_labels(result.index)
    kind, last = type(column), result.shape[1] - 1
    columns = [kind.from_pandas(result.iloc[:, place], labels) for place in range(last)]
    columns.append(gathered(column, positions_in(result.iloc[:, last]), labels))
    return Grid(columns, result.columns, len(result), labels, column.layout)


@series_method("pop")
def _pop(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    (item,), column = labels_only(args, options)[0], owner._column
    ruler = series_ruler(column)
    if not ruler.index.is_unique:
        raise NotNative("pop of a repeated label, which fails by dtype")
    found = ruler.pop(item)
    result = _decoded(column, found, ABSENT)
    hold(owner, "_column", column_from(column, ruler))
    return wrap(owner, result)


@series_method("get")
def _get(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p = arguments(owner, name, args, options)
    absent = object()
    found = series_ruler(owner._column).get(labels_only((p["key"],), {})[0][0], absent)
    return p["default"] if found is absent else wrap(owner, _decoded(owner._column, found, ABSENT))


@series_method("axes", "ndim", "keys", "dtypes", "hasnans", "nbytes", "items", "equals")
def _described(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    column = owner._column
    if name == "axes":
        return [column_index(column)]
    if name == "ndim":
        return 1
    if name == "keys":
        return column_index(column)
    if name == "dtypes":
        return owner.dtype
    if name == "hasnans":
        return bool(missing_in(column).any())
    if name == "nbytes":
        return column.array().nbytes
    if name == "items":
        return zip(iter(column_index(column)), iter(owner), strict=True)
    return _equals(owner, *args, **options)


def _equals(owner: Any, other: Any) -> bool:
    column, theirs = owner._column, getattr(other, "_column", None)
    if theirs is None or theirs.layout == "pandas":
        raise NotNative("equals something else")
    mine = column.array()
    return column_index(column).equals(column_index(theirs)) and equal_arrays(mine, theirs.array())


def equal_arrays(left: Any, right: Any) -> bool:
    """Whether two arrays have the same dtype and values, missing ones in the same places."""
    return bool(array_equals(left, right))


@series_method("dropna")
def _dropna(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p, column = arguments(owner, name, args, options), owner._column
    inplace = p.get("inplace", False)
    if type(p["ignore_index"]) is not bool or type(inplace) is not bool:
        raise NotNative("options that are no truth values")
    said: Any = {"inplace": inplace} if "inplace" in p else {}
    pd.Series([0.0]).dropna(axis=p["axis"], **said)  # pandas says what it says about the axis and about `inplace`
    stays = ~missing_in(column)
    labels = kept_labels(column_index(column), stays) if not stays.all() else column.labels
    return kept(owner, kept_column(column, stays, None if p["ignore_index"] else labels), inplace=inplace)


@series_method("first_valid_index", "last_valid_index")
def _valid(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    there = np.flatnonzero(~missing_in(owner._column))
    if not len(there):
        return None
    return column_index(owner._column)[there[0 if name == "first_valid_index" else -1]]


@series_method("explode")
def _explode(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    p = arguments(owner, name, args, options)
    column = owner._column
    array = column.array()
    if isinstance(array, np.ndarray) and (array.dtype != object or not len(array)):
        return wrap(owner, column.relabelled(None if p["ignore_index"] else column.labels))
    values, counts = explode(array) if isinstance(array, np.ndarray) else array._explode()
    index = pd.RangeIndex(len(values)) if p["ignore_index"] else column_index(column).repeat(counts)
    made = pd.Series(values, index=index, name=column.name)  # values that were inside others: pandas infers their dtype
    return wrap(owner, type(column).from_pandas(made, default_labels(index)))


@series_method("to_list", "item", "__iter__")
def _python_values(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    array = owner._column.array()
    shown = extension_array(array) if array.dtype.kind in "mM" else array
    if name == "to_list":
        return shown.tolist()
    values = iter(shown) if not isinstance(shown, np.ndarray) else map(shown.item, range(len(shown)))
    if name == "item":
        if len(array) != 1:
            raise ValueError("can only convert an array of size 1 to a Python scalar")
        return next(iter(values))
    return values


@series_method("array", "values")
def _array(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    array = owner._column.array()
    if name == "values":
        if isinstance(array.dtype, pd.DatetimeTZDtype | pd.PeriodDtype | pd.IntervalDtype):
            raise NotNative("values that pandas gives in another form")
        return _copied_array(array)
    if name == "array":
        return extension_array(array.copy())
    raise NotNative(name)


def extension_array(array: Any) -> Any:
    """The array as pandas shows it to users: NumPy's in a wrapper."""
    if not isinstance(array, np.ndarray):
        return array
    return pd.array(array, copy=False) if array.dtype.kind in "mM" else pd.arrays.NumpyExtensionArray(array)


def _copied_array(array: Any) -> Any:
    return np.array(array) if isinstance(array, np.ndarray) else array.copy()


@series_method("unique")
def _unique(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    array = owner._column.array()
    found = pd.unique(array)
    return extension_array(found) if array.dtype.kind in "mM" else found


@series_method("is_unique")
def _is_unique(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    array = owner._column.array()
    return len(pd.unique(array)) == len(array)
