# mypy: disable-error-code="attr-defined,import-not-found,type-var,call-arg,unused-ignore"
# ruff: noqa: PLW0177  (the names and errors are those of pandas, whose stubs leave them out)
"""Casts, membership, lookup and export of arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from pandas._libs import lib
from pandas.core import algorithms
from pandas.core.dtypes.astype import astype_array_safe
from pandas.core.dtypes.cast import can_hold_element

from litsdf.kernels.arrays import inferred, read_only, stored, wrapped

__all__ = ["astype", "isin", "isna", "listed", "map_values", "round_objects", "to_numpy", "to_values"]


def astype(values: Any, dtype: Any, errors: str = "raise") -> Any:
    """Give an array another dtype."""
    dtype = pd.api.types.pandas_dtype(dtype)
    result: Any = astype_array_safe(wrapped(values), dtype, copy=False, errors=errors)  # type: ignore[call-overload]
    return stored(result)


def isna(values: Any) -> Any:
    """Whether each value is missing, as an array of flags."""
    return stored(np.asarray(pd.isna(wrapped(values))))


def isin(values: Any, members: Any) -> Any:
    """Whether each value is among the members."""
    return stored(algorithms.isin(wrapped(values), members))


def map_values(values: Any, mapper: Any, na_action: Any) -> Any:
    """Replace each value by what a dict, a Series or a function says."""
    values = wrapped(values)
    if isinstance(values, pd.api.extensions.ExtensionArray):
        return inferred(values.map(mapper, na_action=na_action))
    return inferred(algorithms.map_array(values, mapper, na_action=na_action))


def round_objects(values: Any, decimals: int) -> Any:
    """Round Python objects one by one."""
    rounded: Callable[[Any], Any] = lambda value: round(value, decimals)  # noqa: E731  (typed)
    return inferred(lib.map_infer(values, rounded, convert=False))


def listed(values: Any) -> list[Any]:
    """Give the values as Python objects."""
    result: list[Any] = wrapped(values).tolist()
    return result


def to_numpy(values: Any, dtype: Any, *, copy: bool, na_value: Any) -> Any:
    """Give a NumPy array that shares no memory with the column that its receiver could write to."""
    values = wrapped(values)
    options = {} if na_value is lib.no_default else {"na_value": na_value}
    if isinstance(values.dtype, pd.api.extensions.ExtensionDtype):
        result = values.to_numpy(dtype, copy=copy, **options)
        shared = result.flags.writeable and any(np.may_share_memory(result, held) for held in _memory(values))
        return result.copy() if shared else result
    filled = options and not (na_value is np.nan and values.dtype.kind == "f")
    missing = np.asarray(pd.isna(values)) if filled else None
    if missing is not None and missing.any():
        values = values.copy() if can_hold_element(values, na_value) else np.array(values, dtype=dtype)
        values[missing] = na_value
        return np.asarray(values, dtype=dtype)
    result = np.asarray(values, dtype=dtype)
    if copy:
        return result.copy()
    return read_only(result) if np.may_share_memory(result, values) else result


def _memory(values: Any) -> list[Any]:
    """NumPy's arrays in which an array of pandas holds its values."""
    return [
        held
        for held in (*getattr(values, "__dict__", {}).values(), getattr(values, "_ndarray", None))
        if isinstance(held, np.ndarray)
    ]


def to_values(values: Any) -> Any:
    """Give what `Series.values` gives: NumPy's array where there is one, else pandas' own."""
    if isinstance(values.dtype, pd.PeriodDtype | pd.IntervalDtype):
        return values.astype(object)
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return read_only(values.tz_convert(None).to_numpy())
    return read_only(values) if isinstance(values, np.ndarray) else values.copy()
