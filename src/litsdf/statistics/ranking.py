"""Ranks: the place of each value among the others, by all of pandas' methods."""

from __future__ import annotations

from typing import Any

import numpy as np

from litsdf.contract import NotNative
from litsdf.statistics.codes import codes_of

__all__ = ["ranked"]


def ranked(
    column: Any, *, method: str = "average", ascending: bool = True, na_option: str = "keep", pct: bool = False
) -> np.ndarray:
    """Rank the values of a column or array: float64, NaN where a value is missing and `na_option` keeps it.

    >>> ranked(np.array([30.0, 10.0, 10.0])).tolist()
    [3.0, 1.5, 1.5]
    """
    if method not in {"average", "min", "max", "first", "dense"} or na_option not in {"keep", "top", "bottom"}:
        raise NotNative("rank")
    numbered = codes_of(column, sort=True)
    codes, count = numbered.codes, numbered.count
    missing = codes < 0
    if not ascending:
        codes = count - 1 - codes
    if missing.any():
        codes = np.where(missing, -1 if na_option == "top" else count, codes)
        codes += na_option == "top"
        count += 1
    kept = codes if na_option != "keep" else codes[~missing]
    sizes = np.bincount(kept, minlength=count)
    ends = np.cumsum(sizes)
    if method == "first":
        order = np.argsort(codes, kind="stable")
        result = np.empty(len(codes))
        result[order] = np.arange(1, len(codes) + 1)
    else:
        lowest = ends - sizes + 1
        table = {"average": (lowest + ends) / 2, "min": lowest, "max": ends, "dense": np.arange(1, count + 1)}[method]
        result = table.astype(np.float64)[codes] if count else np.empty(len(codes))
    if pct and len(kept):
        result = result / (len(np.unique(kept)) if method == "dense" else len(kept))
    if na_option == "keep":
        result[missing] = np.nan
    return result
