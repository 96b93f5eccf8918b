"""Numbering the different values of a column: the start of groups, counts, ranks and sets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from litsdf.contract import NotNative
from litsdf.statistics.values import missing_of, read

__all__ = ["Codes", "by_appearance", "codes_of", "combined"]


@dataclass(frozen=True, slots=True)
class Codes:
    """Different values, numbered.

    Args:
        codes: shape (rows,), int64: the number of each row's value, -1 where it is missing.
        firsts: shape (different values,): the first row that has each value.
    """

    codes: np.ndarray
    firsts: np.ndarray

    @property
    def count(self) -> int:
        """How many different values there are."""
        return len(self.firsts)


def codes_of(column: Any, *, sort: bool) -> Codes:
    """Number the different values of a column (or array), in their order or as they appear."""
    array = column if isinstance(column, np.ndarray) or not hasattr(column, "array") else None
    if array is None and getattr(column, "layout", "") == "polars" and column.dtype == "str":
        numbered = _text_in_polars(column.data)
    else:
        numbered = _ordered(column.array() if array is None else array, sort=sort)
    return numbered if sort else by_appearance(numbered)


def by_appearance(numbered: Codes) -> Codes:
    """Number the values anew, in the order in which they first appear."""
    order = np.argsort(numbered.firsts, kind="stable")
    ranks = np.empty(len(order) + 1, dtype=np.int64)
    ranks[order] = np.arange(len(order))
    ranks[-1] = -1  # where a value is missing
    return Codes(ranks[numbered.codes], numbered.firsts[order])


def combined(parts: list[Codes], *, sort: bool) -> Codes:
    """Number the different rows of several columns; a row with a missing value has none."""
    codes = parts[0].codes
    count = parts[0].count
    for part in parts[1:]:
        if count * max(part.count, 1) >= 2**62:
            raise NotNative("too many different keys")
        missing = (codes < 0) | (part.codes < 0)
        codes = np.where(missing, -1, codes * part.count + part.codes)
        numbered = _compressed(codes)
        codes, count = numbered.codes, numbered.count
    numbered = _compressed(codes)
    return numbered if sort else by_appearance(numbered)


def _compressed(codes: np.ndarray) -> Codes:
    there = np.flatnonzero(codes >= 0)
    _, firsts, inverse = np.unique(codes[there], return_index=True, return_inverse=True)
    result = np.full(len(codes), -1, dtype=np.int64)
    result[there] = inverse
    return Codes(result, there[firsts])


def _text_in_polars(series: Any) -> Codes:
    codes = series.rank("dense").cast(int).fill_null(0).to_numpy().astype(np.int64) - 1
    return _compressed(codes)


def _ordered(array: Any, *, sort: bool) -> Codes:
    if type(array).__name__ == "Categorical":
        return _compressed(np.asarray(array.codes, dtype=np.int64))
    values = read(array)
    if values.kind == "O":
        return _objects(values.data, values.missing, sort=sort)
    if values.kind not in "biufMm":
        raise NotNative("keys of this dtype")
    there = None if values.missing is None else np.flatnonzero(~values.missing)
    kept = values.data if there is None else values.data[there]
    _, firsts, inverse = np.unique(kept, return_index=True, return_inverse=True)
    if there is None:
        return Codes(inverse.astype(np.int64, copy=False), firsts)
    codes = np.full(len(values.data), -1, dtype=np.int64)
    codes[there] = inverse
    return Codes(codes, there[firsts])


def _objects(data: np.ndarray, missing: np.ndarray | None, *, sort: bool) -> Codes:
    """Number Python objects by their hashes, then sort the different ones; TypeError when they cannot be."""
    missing = missing_of(data) if missing is None else missing
    seen: dict[Any, int] = {}
    firsts: list[int] = []
    codes = np.full(len(data), -1, dtype=np.int64)
    for position, value in enumerate(data.tolist()):
        if missing is not None and missing[position]:
            continue
        code = seen.setdefault(value, len(firsts))
        if code == len(firsts):
            firsts.append(position)
        codes[position] = code
    starts = np.array(firsts, dtype=np.int64)
    if not sort:
        return Codes(codes, starts)
    keys = list(seen)
    if len({type(key) for key in keys}) > 1 and not all(isinstance(key, int | float) for key in keys):
        raise NotNative("sorting objects of several types")
    order = np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int64)
    ranks = np.empty(len(keys) + 1, dtype=np.int64)
    ranks[order] = np.arange(len(keys))
    ranks[-1] = -1
    return Codes(ranks[codes], starts[order])
