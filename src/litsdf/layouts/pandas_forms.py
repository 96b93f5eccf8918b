"""How pandas stores what the columnar layouts store natively: dtype names and text."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from litsdf.dtypes import NATIVE, OPAQUE, STR

__all__ = [
    "dtype_name",
    "opaque_from_pandas",
    "opaque_to_pandas",
    "text_from_arrow",
    "text_from_pandas",
    "text_to_pandas",
]


_TEXT: Any = pd.StringDtype(na_value=math.nan)


def dtype_name(series: pd.Series) -> str:
    """Name the dtype of a Series, or `opaque` when the columnar layouts only carry it."""
    dtype = series.dtype
    name = str(dtype)
    if name == STR and dtype != _TEXT:  # text kept in another storage comes back as it was
        return OPAQUE
    return name if name in NATIVE else OPAQUE


def opaque_from_pandas(series: pd.Series) -> Any:
    """Give the array of a dtype that is only carried: NumPy's where it is one, else the extension array."""
    return series.to_numpy() if not pd.api.types.is_extension_array_dtype(series.dtype) else series.array


def opaque_to_pandas(values: Any, index: Any, name: Any) -> pd.Series:
    """Give a carried array as the Series it was; objects are not inferred anew."""
    dtype = object if values.dtype == object else None
    return pd.Series(values, index=index, name=name, dtype=dtype, copy=False)


def text_from_pandas(series: pd.Series) -> Any:
    """Give text as an object array whose missing values are the one `nan`."""
    return series.to_numpy(dtype=object, na_value=math.nan)


def text_to_pandas(values: Any, index: Any, name: Any) -> pd.Series:
    """Give an object array of text as a Series of dtype str."""
    return pd.Series(values, index=index, name=name, dtype=STR)


def text_from_arrow(array: Any, index: Any, name: Any) -> pd.Series:
    """Give Arrow text as a Series of dtype str, without copying where pandas uses Arrow."""
    return pd.Series(_TEXT.__from_arrow__(array), index=index, name=name, copy=False)
