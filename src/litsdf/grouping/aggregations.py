"""One value a group: sums, means, extremes, spreads and counts, by pandas' rules for dtypes and missing values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from litsdf.contract import NotNative
from litsdf.grouping.groups import Groups
from litsdf.statistics.codes import codes_of
from litsdf.statistics.values import Values, boxed, missing_of, read, take_or_missing

__all__ = ["AGGREGATIONS", "DEFAULTS", "NUMERIC_ONLY"]


class _Sorted:
    """The values group after group, and how many of each group are there."""

    __slots__ = ("counts", "data", "groups", "missing", "values")

    def __init__(self, groups: Groups, values: Values) -> None:
        self.groups = groups
        self.values = values
        self.data = values.data[groups.order]
        self.missing = None if values.missing is None else values.missing[groups.order]
        if self.missing is None:
            self.counts = groups.sizes
        else:
            self.counts = np.bincount(groups.sorted_codes[~self.missing], minlength=groups.count)

    def filled(self, fill: Any, dtype: Any) -> np.ndarray:
        data = self.data.astype(dtype, copy=False)
        return data if self.missing is None else np.where(self.missing, data.dtype.type(fill), data)

    def over(self, ufunc: np.ufunc, data: np.ndarray) -> np.ndarray:
        """Reduce each group; no group is empty."""
        return ufunc.reduceat(data, self.groups.starts) if self.groups.count else data[:0]

    def spread(self, results: np.ndarray) -> np.ndarray:
        return np.repeat(results, self.groups.sizes)


def _numbers(groups: Groups, array: Any, *, also: str = "") -> _Sorted:
    values = read(array)
    if values.kind not in "biuf" + also or type(values.array).__name__ == "PeriodArray":
        raise NotNative("numbers of this dtype")
    if values.kind in "mM" and not isinstance(values.array, np.ndarray):
        raise NotNative("dates with a zone")
    return _Sorted(groups, values)


def _skipping(part: _Sorted, *, skipna: bool) -> None:
    if not skipna and part.missing is not None:
        raise NotNative("skipna=False with missing values")


def _result(part: _Sorted, data: np.ndarray, absent: np.ndarray) -> Any:
    return boxed(data, absent if absent.any() else None, part.values)


def _sum(groups: Groups, array: Any, *, min_count: int = 0, skipna: bool = True) -> Any:
    return _folded(groups, array, np.add, 0, min_count, skipna=skipna, also="m")


def _prod(groups: Groups, array: Any, *, min_count: int = 0, skipna: bool = True) -> Any:
    return _folded(groups, array, np.multiply, 1, min_count, skipna=skipna, also="")


def _folded(groups: Groups, array: Any, ufunc: np.ufunc, start: int, min_count: int, *, skipna: bool, also: str) -> Any:
    part = _numbers(groups, array, also=also)
    _skipping(part, skipna=skipna)
    kind, dtype = part.data.dtype.kind, part.data.dtype
    if kind == "m":
        part.data = part.data.view(np.int64)
    wide: Any = np.longdouble if kind == "f" else np.uint64 if kind == "u" else np.int64
    with np.errstate(all="ignore"):
        result = part.over(ufunc, part.filled(start, wide))
        if kind == "m":
            result = result.view(dtype)
        elif kind != "b":
            result = result.astype(dtype)
    absent = part.counts < min_count
    if absent.any() and kind in "biu" and not part.values.is_masked:
        raise NotNative("too few integers to add")
    return _result(part, result, absent)


def _means(part: _Sorted) -> np.ndarray:
    with np.errstate(all="ignore"):
        return part.over(np.add, part.filled(0, np.longdouble)) / part.counts


def _mean(groups: Groups, array: Any, *, skipna: bool = True) -> Any:
    part = _numbers(groups, array, also="mM")
    _skipping(part, skipna=skipna)
    dtype = part.data.dtype
    if dtype.kind in "mM":
        part.data = part.data.view(np.int64)
        means = np.where(part.counts == 0, 0, _means(part)).astype(np.int64).view(dtype)
        return _result(part, means, part.counts == 0)
    return _result(part, _means(part).astype(dtype if dtype == np.float32 else np.float64), part.counts == 0)


def _var(groups: Groups, array: Any, *, ddof: int = 1, skipna: bool = True) -> Any:
    part = _numbers(groups, array)
    return _spread_result(part, _variances(part, ddof, skipna=skipna), ddof)


def _std(groups: Groups, array: Any, *, ddof: int = 1, skipna: bool = True) -> Any:
    part = _numbers(groups, array)
    return _spread_result(part, np.sqrt(_variances(part, ddof, skipna=skipna)), ddof)


def _sem(groups: Groups, array: Any, *, ddof: int = 1, skipna: bool = True) -> Any:
    part = _numbers(groups, array)
    with np.errstate(all="ignore"):
        return _spread_result(part, np.sqrt(_variances(part, ddof, skipna=skipna) / part.counts), ddof)


def _variances(part: _Sorted, ddof: int, *, skipna: bool) -> np.ndarray:
    _skipping(part, skipna=skipna)
    with np.errstate(all="ignore"):
        apart = part.data.astype(np.longdouble) - part.spread(_means(part))
        if part.missing is not None:
            apart[part.missing] = 0
        return part.over(np.add, apart * apart) / (part.counts - ddof)


def _spread_result(part: _Sorted, result: np.ndarray, ddof: int) -> Any:
    absent = part.counts <= ddof
    dtype = np.float32 if part.data.dtype == np.float32 else np.float64
    return _result(part, np.where(absent, 0, result).astype(dtype), absent)


def _quantile(groups: Groups, array: Any, *, q: float = 0.5, interpolation: str = "linear") -> Any:
    part = _numbers(groups, array)
    if part.data.dtype.kind == "b":
        raise NotNative("quantiles of truth values")
    if type(q) not in {int, float} or not 0 <= q <= 1:
        raise NotNative("several quantiles")
    return _at_quantile(part, float(q), interpolation)


def _median(groups: Groups, array: Any, *, skipna: bool = True) -> Any:
    part = _numbers(groups, array)
    _skipping(part, skipna=skipna)
    return _at_quantile(part, 0.5, "median")


def _at_quantile(part: _Sorted, q: float, interpolation: str) -> Any:
    groups, absent = part.groups, part.counts == 0
    kind = part.data.dtype.kind
    if interpolation in {"lower", "higher", "nearest"} and (part.values.is_masked or kind in "iu"):
        raise NotNative("a quantile that is one of the values, as an integer")
    last = np.zeros(len(part.data), dtype=bool) if part.missing is None else part.missing
    order = np.lexsort((part.data, last, groups.sorted_codes))
    data = part.data[order].astype(np.float64 if kind != "f" else part.data.dtype)
    counts = np.maximum(part.counts, 1)
    place = (counts - 1) * q
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, counts - 1)
    if not len(data):
        return _result(part, data, absent)
    with np.errstate(all="ignore"):
        left, right = data[groups.starts + low], data[groups.starts + high]
        share = place - low
        if interpolation == "median":
            result = np.where(share > 0, (left + right) / 2, left)
        elif interpolation == "linear":
            result = np.where(share > 0, left + (right - left) * share, left)
        elif interpolation == "midpoint":
            result = np.where(share > 0, (left + right) / 2, left)
        elif interpolation == "lower":
            result = left
        elif interpolation == "higher":
            result = np.where(share > 0, right, left)
        elif interpolation == "nearest":
            near = np.where((share > 0.5) | ((share == 0.5) & (low % 2 == 1)), right, left)
            result = np.where(share > 0, near, left)
        else:
            raise NotNative("this interpolation")
    return _result(part, result.astype(data.dtype), absent)


def _extreme(groups: Groups, array: Any, *, largest: bool, min_count: int = -1, skipna: bool = True) -> Any:
    """Position of the first extreme value of each group, -1 when there is none."""
    values = read(array)
    if values.kind not in "biufMmO" or (values.kind == "O" and not values.is_text):
        raise NotNative("extremes of this dtype")
    if values.is_text:
        codes = codes_of(array, sort=True).codes
        values = Values(codes, codes < 0 if (codes < 0).any() else None, array)
    part = _Sorted(groups, values)
    _skipping(part, skipna=skipna)
    last = np.zeros(len(part.data), dtype=bool) if part.missing is None else part.missing
    data = part.data.astype(np.int8) if part.data.dtype.kind == "b" else part.data
    if largest:
        data = codes_of(data, sort=True).codes
        data = -data
    order = np.lexsort((data, last, groups.sorted_codes))
    positions = groups.order[order[groups.starts]] if groups.count else np.zeros(0, dtype=np.int64)
    return np.where(part.counts < max(min_count, 1), -1, positions)


def _min(groups: Groups, array: Any, *, min_count: int = -1, skipna: bool = True) -> Any:
    return _taken(array, _extreme(groups, array, largest=False, min_count=min_count, skipna=skipna))


def _max(groups: Groups, array: Any, *, min_count: int = -1, skipna: bool = True) -> Any:
    return _taken(array, _extreme(groups, array, largest=True, min_count=min_count, skipna=skipna))


def _taken(array: Any, positions: np.ndarray) -> Any:
    if (positions < 0).any() and isinstance(array, np.ndarray) and array.dtype.kind in "biuO":
        raise NotNative("a group without a value")
    return take_or_missing(array, positions)


def _edge(groups: Groups, array: Any, *, at_end: bool, min_count: int, skipna: bool) -> Any:
    missing = missing_of(array)
    if not skipna and missing is not None:
        raise NotNative("skipna=False with missing values")
    gone = np.zeros(len(groups.order), dtype=bool) if missing is None else missing[groups.order]
    place = np.arange(len(groups.order))
    counts = np.bincount(groups.sorted_codes[~gone], minlength=groups.count)
    if not groups.count:
        positions = np.zeros(0, dtype=np.int64)
    elif at_end:
        positions = np.maximum.reduceat(np.where(gone, -1, place), groups.starts)
    else:
        positions = np.minimum.reduceat(np.where(gone, len(place), place), groups.starts)
    found = counts >= max(min_count, 1)
    taken = np.full(groups.count, -1, dtype=np.int64)
    taken[found] = groups.order[positions[found]]
    return _taken(array, taken)


def _first(groups: Groups, array: Any, *, min_count: int = -1, skipna: bool = True) -> Any:
    return _edge(groups, array, at_end=False, min_count=min_count, skipna=skipna)


def _last(groups: Groups, array: Any, *, min_count: int = -1, skipna: bool = True) -> Any:
    return _edge(groups, array, at_end=True, min_count=min_count, skipna=skipna)


def _count(groups: Groups, array: Any) -> Any:
    missing = missing_of(array)
    kept = groups.codes >= 0 if missing is None else (groups.codes >= 0) & ~missing
    counts = np.bincount(groups.codes[kept], minlength=groups.count).astype(np.int64)
    if not isinstance(array, np.ndarray) and type(array).__name__ in {"IntegerArray", "FloatingArray", "BooleanArray"}:
        return boxed(counts, None, read(array))
    if type(array).__name__ in {"ArrowExtensionArray", "StringArray"} or str(getattr(array, "dtype", "")) == "string":
        raise NotNative("counts of this dtype")
    return counts


def _nunique(groups: Groups, array: Any, *, dropna: bool = True) -> Any:
    numbered = codes_of(array, sort=False)
    codes = numbered.codes
    if not dropna:
        codes = np.where(codes < 0, numbered.count, codes)
    kept = (codes >= 0) & (groups.codes >= 0)
    width = numbered.count + 1
    pairs = np.unique(groups.codes[kept] * width + codes[kept])
    return np.bincount(pairs // width, minlength=groups.count).astype(np.int64)


def _truth(groups: Groups, array: Any, *, every: bool, skipna: bool) -> Any:
    part = _numbers(groups, array, also="m")
    _skipping(part, skipna=skipna)
    data = part.data != part.data.dtype.type(0)
    if part.missing is not None:
        data = np.where(part.missing, every, data)
    return boxed(part.over(np.logical_and if every else np.logical_or, data), None, part.values)


def _any(groups: Groups, array: Any, *, skipna: bool = True) -> Any:
    return _truth(groups, array, every=False, skipna=skipna)


def _all(groups: Groups, array: Any, *, skipna: bool = True) -> Any:
    return _truth(groups, array, every=True, skipna=skipna)


AGGREGATIONS: dict[str, Callable[..., Any]] = {
    "sum": _sum, "prod": _prod, "mean": _mean, "var": _var, "std": _std, "sem": _sem, "median": _median,
    "quantile": _quantile, "min": _min, "max": _max, "first": _first, "last": _last, "count": _count,
    "nunique": _nunique, "any": _any, "all": _all,
}  # fmt: skip
"""Name → function of the groups, an array of pandas and pandas' options, to one value a group."""
NUMERIC_ONLY = frozenset(
    {"sum", "prod", "mean", "var", "std", "sem", "median", "quantile", "min", "max", "first", "last"}
)
"""Those that take `numeric_only`."""
DEFAULTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("sum", "prod", "min", "max", "first", "last"), ("numeric_only", "min_count", "skipna")),
    "mean": ("numeric_only", "skipna"), "median": ("numeric_only", "skipna"), "any": ("skipna",), "all": ("skipna",),
    "var": ("ddof",), "std": ("ddof",), "sem": ("ddof", "numeric_only", "skipna"), "count": (), "nunique": ("dropna",),
    "quantile": ("q", "interpolation", "numeric_only"),
}  # fmt: skip
"""Names of the options that may be given by position, in pandas' order."""
extreme_positions = _extreme
