"""Text columns as Arrow arrays, which count and cut strings a whole column at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

from litsdf import Series
from litsdf.interchange import texts

__all__ = ["arrow_text", "compute", "without_missing"]


def compute() -> Any:
    """The module `pyarrow.compute`, whose functions are made at run time and so have no types."""
    import pyarrow.compute as pc

    return pc


def arrow_text(column: Series) -> Any:
    """The column as one pyarrow array of text; without a copy where the column is held that way.

    Missing values are null; numbers become decimal text, whole floats without ".0".
    """
    try:
        return texts(column)
    except TypeError:
        return texts(_as_text(column))


def without_missing(values: Any) -> Any:
    """Text with missing values empty."""
    return values.fill_null("") if values.null_count else values


def _as_text(column: Series) -> Series:
    """A column of numbers, categories or objects as text, by pandas' rules."""
    import pandas as pd

    held = column.to_pandas()
    if pd.api.types.is_float_dtype(held.dtype):
        values = held.to_numpy(dtype=np.float64, na_value=np.nan)
        distinct, codes = np.unique(values, return_inverse=True)
        shown = [str(int(v)) if np.isfinite(v) and v == np.floor(v) else str(v) for v in distinct.tolist()]
        held = pd.Series(np.array(shown, dtype=object)[codes], index=held.index).where(~np.isnan(values))
    return Series(held.astype("str"), layout="pandas")
