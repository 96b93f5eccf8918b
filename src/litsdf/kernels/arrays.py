# mypy: disable-error-code="attr-defined,import-not-found,type-var,call-arg,unused-ignore"

"""Between what pandas' kernels take and give, and the arrays that columns store."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_list_like
from pandas.core.construction import ensure_wrapped_if_datetimelike, extract_array, sanitize_array

from litsdf.contract import NotNative

__all__ = ["extension", "inferred", "operand", "read_only", "repeated", "stored", "wrapped"]

_SERIES_PRIORITY = 3000


def wrapped(values: Any) -> Any:
    """Give an array as pandas' kernels take it: dates in pandas' own array class."""
    return ensure_wrapped_if_datetimelike(values)


def stored(values: Any) -> Any:
    """Give the result of a kernel as columns store it.

    Raises:
        NotNative: it is no array of one dimension.
    """
    values = extract_array(values, extract_numpy=True, extract_range=True)
    if not isinstance(values, np.ndarray | pd.api.extensions.ExtensionArray) or values.ndim != 1:
        raise NotNative("a result that is no column")
    if isinstance(values, pd.arrays.DatetimeArray | pd.arrays.TimedeltaArray):
        return values.to_numpy() if isinstance(values.dtype, np.dtype) else values
    if isinstance(values, np.ndarray) and values.dtype.kind == "U":
        return values.astype(object)
    return values


def inferred(values: Any, dtype: Any = None) -> Any:
    """Give the array that a Series made of these values would store; the dtype of objects is inferred as there."""
    if isinstance(values, pd.Index):
        return stored(values)
    return stored(sanitize_array(values, None, dtype))


def repeated(value: Any, length: int) -> Any:
    """Give the array of a column that has one scalar in every row."""
    return stored(sanitize_array(value, pd.RangeIndex(length), None))


def operand(other: Any) -> Any:
    """Give the other operand of an operator as pandas' kernels take it.

    Raises:
        NotNative: pandas treats it in a way of its own: a table, a tuple, an array of two dimensions.
    """
    if isinstance(other, np.ndarray):
        if other.ndim > 1 or type(other) is not np.ndarray:
            raise NotNative("an array of two dimensions")
        return other if other.ndim else other[()]
    if isinstance(other, pd.Series | pd.Index):
        return extract_array(other, extract_numpy=True, extract_range=True)
    if isinstance(other, pd.api.extensions.ExtensionArray):
        return extract_array(other, extract_numpy=True)
    if type(other) in {list, range}:
        return other
    if is_list_like(other) or getattr(other, "__pandas_priority__", 0) > _SERIES_PRIORITY:
        raise NotNative(f"a {type(other).__name__}")
    return other


def read_only(values: Any) -> Any:
    """Give a view that its receiver cannot write through."""
    view = values.view()
    view.flags.writeable = False
    return view


def extension(values: Any) -> Any:
    """Give what `Series.array` gives; its receiver cannot change the column through it."""
    values = wrapped(values)
    if isinstance(values, np.ndarray):
        return pd.arrays.NumpyExtensionArray(read_only(values))
    return values.copy()
