"""Text columns as Arrow arrays, which count and cut strings a whole column at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

__all__ = ["arrow_text", "as_text", "compute"]


def compute() -> Any:
    """The module `pyarrow.compute`, whose functions are made at run time and so have no types."""
    import pyarrow.compute as pc

    return pc


def as_text(column: pd.Series) -> pd.Series:
    """The column as text with NaN for missing values; numbers become decimal text, whole floats without ".0"."""
    if column.dtype == pd.StringDtype(na_value=np.nan):
        return column
    if pd.api.types.is_float_dtype(column.dtype):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        distinct, codes = np.unique(values, return_inverse=True)
        texts = [str(int(v)) if np.isfinite(v) and v == np.floor(v) else str(v) for v in distinct.tolist()]
        column = pd.Series(np.array(texts, dtype=object)[codes], index=column.index).where(~np.isnan(values))
    return column.astype("str")


def arrow_text(column: pd.Series) -> Any:
    """The column as one pyarrow array of text; without a copy when pandas keeps it that way."""
    import pyarrow as pa

    arrow: Any = pa
    values = arrow.array(as_text(column), type=arrow.large_string(), from_pandas=True)
    return values.combine_chunks() if isinstance(values, arrow.ChunkedArray) else values
