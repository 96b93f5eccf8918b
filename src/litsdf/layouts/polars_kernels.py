"""Functions of NumPy and of Arrow inside Polars expressions, on the memory that Polars holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

__all__ = ["arrow_kernel", "numpy_function"]


def numpy_function(name: str) -> Callable[[pl.Series], pl.Series]:
    """Make a function of NumPy one of a float column; missing values stay missing."""

    def call(series: pl.Series) -> pl.Series:
        import numpy as np
        import pyarrow as pa

        array = series.to_arrow()
        there, held = array.buffers()
        values = np.frombuffer(held, np.float64, len(array), 8 * array.offset) if held is not None else np.empty(0)
        with np.errstate(all="ignore"):  # what is under a missing value does not matter
            made = getattr(np, name)(values)
        if there is not None and array.offset % 8:
            return pl.Series(series.name, made).set(series.is_null(), None)
        flags = there if there is None else there.slice(array.offset // 8)
        result: Any = pa.Array.from_buffers(pa.float64(), len(array), [flags, pa.py_buffer(made)])
        return pl.Series(series.name, result)

    return call


def arrow_kernel(kernel: str, result: Any) -> Callable[[pl.Series], pl.Series]:
    """Make a kernel of Arrow one of a text column; `result` is the dtype that it gives."""

    def call(series: pl.Series) -> pl.Series:
        import pyarrow as pa
        import pyarrow.compute as pc

        array = series.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(pa.large_string())
        return pl.Series(series.name, pc.call_function(kernel, [array]), dtype=result)

    return call
