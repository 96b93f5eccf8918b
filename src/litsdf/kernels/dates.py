# mypy: disable-error-code="attr-defined,import-not-found,type-var,call-arg,unused-ignore"

"""Fields and methods of dates, durations and periods, on arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from litsdf.contract import NotNative
from litsdf.kernels.arrays import inferred

__all__ = ["LEFT_TO_PANDAS", "call", "dates_of", "is_dates", "property_of"]

LEFT_TO_PANDAS = {"freq", "to_pydatetime", "to_pytimedelta", "isocalendar", "components"}
"""What pandas makes of a whole column, or in a way of its own."""


def is_dates(dtype: Any) -> bool:
    """Whether `.dt` is there for a dtype."""
    if isinstance(dtype, pd.CategoricalDtype):
        return is_dates(dtype.categories.dtype)
    if isinstance(dtype, pd.DatetimeTZDtype | pd.PeriodDtype):
        return True
    if isinstance(dtype, pd.ArrowDtype):
        return dtype.kind in "mM"
    return isinstance(dtype, np.dtype) and dtype.kind in "mM"


def dates_of(values: Any) -> Any:
    """Give an array of dates as the object whose fields and methods pandas' `.dt` calls."""
    dtype = values.dtype
    if isinstance(dtype, pd.DatetimeTZDtype) or (isinstance(dtype, np.dtype) and dtype.kind == "M"):
        return pd.DatetimeIndex(values, copy=False)
    if isinstance(dtype, np.dtype) and dtype.kind == "m":
        return pd.TimedeltaIndex(values, copy=False)
    if isinstance(dtype, pd.PeriodDtype):
        return values
    raise NotNative(f".dt of {dtype}")


def property_of(values: Any, name: str) -> Any:
    """Give a field: an array, or a value of the whole column such as its time zone."""
    if name in LEFT_TO_PANDAS:
        raise NotNative(f"dt.{name}")
    result = getattr(dates_of(values), name)
    if isinstance(result, np.ndarray):
        result = result.astype("int64") if result.dtype.kind in "iu" else result
    elif not pd.api.types.is_list_like(result):
        return result
    return inferred(np.asarray(result))


def call(values: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Call a method: an array, or a scalar."""
    if name in LEFT_TO_PANDAS:
        raise NotNative(f"dt.{name}")
    result = getattr(dates_of(values), name)(*args, **options)
    if not pd.api.types.is_list_like(result):
        return result
    if isinstance(result, pd.DataFrame):
        raise NotNative("a table")
    return inferred(result)
