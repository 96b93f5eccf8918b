"""What a statistic sees of a column: a NumPy array of its values, and where they are missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from litsdf.contract import NotNative

__all__ = ["Values", "boxed", "missing_of", "read", "take_or_missing"]

_MASKED = frozenset({"IntegerArray", "FloatingArray", "BooleanArray"})
_TEXT = frozenset({"ArrowStringArray", "StringArray", "ArrowStringArrayNumpySemantics", "StringArrayNumpySemantics"})


@dataclass(frozen=True, slots=True)
class Values:
    """Values of a column.

    Args:
        data: shape (rows,); what stands where a value is missing means nothing.
        missing: shape (rows,), true where there is no value; None when nothing is missing.
        array: the array of pandas these were read from.
    """

    data: np.ndarray
    missing: np.ndarray | None
    array: Any

    @property
    def kind(self) -> str:
        """NumPy's letter for the type: b, i, u, f, c, M, m or O."""
        return self.data.dtype.kind

    @property
    def is_masked(self) -> bool:
        """Whether pandas keeps a mask beside the values: its nullable integers, floats and truth values."""
        return type(self.array).__name__ in _MASKED

    @property
    def is_text(self) -> bool:
        """Whether pandas holds these as text."""
        return type(self.array).__name__ in _TEXT

    @property
    def there(self) -> np.ndarray:
        """The values that are not missing."""
        return self.data if self.missing is None else self.data[~self.missing]

    @property
    def count(self) -> int:
        """Number of values that are not missing."""
        return len(self.data) if self.missing is None else len(self.data) - int(self.missing.sum())


def missing_of(array: Any) -> np.ndarray | None:
    """Where an array has no value; None when nothing is missing."""
    if isinstance(array, np.ndarray):
        kind = array.dtype.kind
        if kind in "fc":
            mask = np.isnan(array)
        elif kind in "mM":
            mask = np.isnat(array)
        elif kind == "O":
            import pandas as pd

            mask = pd.isna(array)
        else:
            return None
    else:
        mask = np.asarray(array.isna())
    return mask if mask.any() else None


def read(array: Any) -> Values:
    """See an array of pandas as NumPy's; NotNative for a dtype that has no such form."""
    missing = missing_of(array)
    if isinstance(array, np.ndarray):
        return Values(array, missing, array)
    name = type(array).__name__
    if name in _MASKED:
        dtype = array.dtype.numpy_dtype
        data = array.to_numpy(dtype=dtype, na_value=dtype.type(0))
        if dtype.kind == "f" and np.isnan(data).any():
            raise NotNative("NaN beside NA")
        return Values(data, missing, array)
    if name in _TEXT:
        return Values(np.asarray(array, dtype=object), missing, array)
    if name == "DatetimeArray":
        return Values(array.asi8.view(f"M8[{array.dtype.unit}]"), missing, array)
    if name == "PeriodArray":
        return Values(array.asi8, missing, array)
    raise NotNative(f"statistics of {array.dtype}")


def boxed(data: np.ndarray, missing: np.ndarray | None, like: Values) -> Any:
    """Give calculated numbers the form of the values they came from: masked beside a mask, else NaN where missing."""
    if like.is_masked:
        import pandas as pd

        mask = np.zeros(len(data), dtype=bool) if missing is None else missing
        kind = data.dtype.kind
        if kind == "b":
            return pd.arrays.BooleanArray(data, mask)
        holder: Any = pd.arrays.FloatingArray if kind == "f" else pd.arrays.IntegerArray
        return holder(data, mask)
    if missing is None or not missing.any():
        return data
    if data.dtype.kind in "mM":
        return np.where(missing, np.array("NaT", dtype=data.dtype), data)
    if data.dtype.kind in "iu":
        data = data.astype(np.float64)
    if data.dtype.kind not in "fc":
        raise NotNative("missing values of this dtype")
    return np.where(missing, data.dtype.type(np.nan), data)


def take_or_missing(array: Any, positions: np.ndarray) -> Any:
    """Take rows by position, with a missing value for each -1, in the dtype that pandas gives this."""
    gone = positions < 0
    if not gone.any():
        return array.take(positions)
    if not isinstance(array, np.ndarray):
        return array.take(positions, allow_fill=True)
    kind = array.dtype.kind
    if kind == "b":
        array = array.astype(object)
    elif kind in "iu":
        array = array.astype(np.float64)
    elif kind not in "fcmMO":
        raise NotNative("missing values of this dtype")
    result = array[positions] if len(array) else np.empty(len(positions), dtype=array.dtype)
    result[gone] = np.array("NaT", dtype=array.dtype) if kind in "mM" else np.nan
    return result
