"""How pandas stores what the columnar layouts store natively: dtype names and text."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from litsdf.dtypes import NATIVE, OPAQUE, STR

__all__ = [
    "array_from_pandas", "dtype_name", "opaque_to_pandas", "text_from_array", "text_from_arrow", "text_to_array",
]  # fmt: skip


_TEXT: Any = pd.StringDtype(na_value=math.nan)


def dtype_name(dtype: Any) -> str:
    """Name a dtype, or `opaque` when the columnar layouts only carry it."""
    name = str(dtype)
    if name == STR and dtype != _TEXT:  # text kept in another storage comes back as it was
        return OPAQUE
    return name if name in NATIVE else OPAQUE


def array_from_pandas(series: pd.Series) -> Any:
    """Give the array of a Series: NumPy's where it is one, else the extension array."""
    return series.to_numpy() if not pd.api.types.is_extension_array_dtype(series.dtype) else series.array


def opaque_to_pandas(values: Any, index: Any, name: Any) -> pd.Series:
    """Give a carried array as the Series it was; objects are not inferred anew."""
    dtype = object if values.dtype == object else None
    return pd.Series(values, index=index, name=name, dtype=dtype, copy=False)


def text_from_array(values: Any) -> Any:
    """Give text as an object array whose missing values are the one `nan`."""
    return values.to_numpy(dtype=object, na_value=math.nan)


def text_to_array(values: Any) -> Any:
    """Give an object array of text as pandas' array of dtype str."""
    return pd.array(values, dtype=_TEXT)


def text_from_arrow(array: Any) -> Any:
    """Give Arrow text as pandas' array of dtype str, without copying where pandas uses Arrow."""
    return _TEXT.__from_arrow__(array)
