"""One value a row from the rows of its group: running sums, shifts, differences, ranks and filled gaps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from litsdf.contract import NotNative
from litsdf.grouping.groups import Groups
from litsdf.statistics.ranking import ranked
from litsdf.statistics.values import boxed, missing_of, read, take_or_missing

__all__ = ["POSITIONAL", "RUNNING"]

_UFUNCS = {"cumsum": np.add, "cumprod": np.multiply, "cummin": np.minimum, "cummax": np.maximum}


def _accumulated(ufunc: np.ufunc, data: np.ndarray, groups: Groups) -> np.ndarray:
    """Accumulate within groups: group by group, or row number by row number, whichever takes fewer steps."""
    result = data.copy()
    longest = int(groups.sizes.max()) if groups.count else 0
    if groups.count <= longest:
        for start, size in zip(groups.starts.tolist(), groups.sizes.tolist(), strict=True):
            ufunc.accumulate(data[start : start + size], out=result[start : start + size])
        return result
    for number in range(1, longest):
        rows = groups.starts[groups.sizes > number] + number
        result[rows] = ufunc(result[rows - 1], data[rows])
    return result


def _cumulative(name: str) -> Callable[..., Any]:
    ufunc = _UFUNCS[name]

    def run(groups: Groups, array: Any, *, skipna: bool = True) -> Any:
        values = read(array)
        adding = name in {"cumsum", "cumprod"}
        if values.kind not in ("biuf" if adding else "biufm") or not skipna or type(array).__name__ == "PeriodArray":
            raise NotNative(name)
        if not groups.is_whole and not values.is_masked and values.kind != "f":
            raise NotNative("rows in no group")
        data = values.data[groups.order]
        missing = None if values.missing is None else values.missing[groups.order]
        dtype = data.dtype
        if adding:
            wide: Any = np.longdouble if values.kind == "f" else np.uint64 if values.kind == "u" else np.int64
            data = data.astype(wide)
            dtype = np.dtype(np.int64) if values.kind == "b" else dtype
        if missing is not None:
            if values.kind not in "f" and not adding:
                raise NotNative("running extremes with missing values")
            data = np.where(missing, {"cumsum": 0, "cumprod": 1, "cummin": np.inf, "cummax": -np.inf}[name], data)
        with np.errstate(all="ignore"):
            result = groups.spread(_accumulated(ufunc, data, groups).astype(dtype), 0)
        gone = values.missing
        if not groups.is_whole:
            gone = groups.codes < 0 if gone is None else gone | (groups.codes < 0)
        return boxed(result, gone, values)

    return run


def _shifted_positions(groups: Groups, periods: int) -> np.ndarray:
    """The row from which each row takes its value; -1 for none."""
    number = groups.within - periods
    there = (number >= 0) & (number < np.repeat(groups.sizes, groups.sizes))
    source = np.where(there, np.arange(len(groups.order)) - periods, 0)
    rows = np.where(there, groups.order[source] if len(groups.order) else source, -1)
    return groups.spread(rows, -1)


def _shift(groups: Groups, array: Any, *, periods: int = 1) -> Any:
    if type(periods) is not int:
        raise NotNative("several periods")
    return take_or_missing(array, _shifted_positions(groups, periods))


def _diff(groups: Groups, array: Any, *, periods: int = 1) -> Any:
    if type(periods) is not int or not isinstance(array, np.ndarray) or array.dtype.kind not in "iufmM":
        raise NotNative("diff")
    before = take_or_missing(array, _shifted_positions(groups, periods))
    if array.dtype.kind in "iu":
        wide = np.float32 if array.dtype in (np.int8, np.int16) else np.float64
        return array.astype(wide) - before.astype(wide)
    return array - before


def _pct_change(groups: Groups, array: Any, *, periods: int = 1) -> Any:
    if type(periods) is not int or not isinstance(array, np.ndarray) or array.dtype.kind not in "iuf":
        raise NotNative("pct_change")
    before = take_or_missing(array, _shifted_positions(groups, periods))
    with np.errstate(all="ignore"):
        return array / before - 1


def _filled(groups: Groups, array: Any, *, forward: bool, limit: int | None) -> Any:
    missing = missing_of(array)
    if limit is not None or not groups.is_whole:
        raise NotNative("a limit, or rows in no group")
    if missing is None:
        return array
    gone = missing[groups.order]
    place = np.arange(len(gone))
    if forward:
        found = np.maximum.accumulate(np.where(gone, -1, place))
        outside = found < np.repeat(groups.starts, groups.sizes)
    else:
        length = len(gone)
        found = np.minimum.accumulate(np.where(gone, length, place)[::-1])[::-1]
        outside = found >= np.repeat(groups.starts + groups.sizes, groups.sizes)
    rows = np.where(outside, -1, groups.order[np.where(outside, 0, found)])
    spread = groups.spread(rows, -1)
    if isinstance(array, np.ndarray) and array.dtype.kind == "O":
        raise NotNative("filling objects")
    return take_or_missing(array, spread)


def _ffill(groups: Groups, array: Any, *, limit: int | None = None) -> Any:
    return _filled(groups, array, forward=True, limit=limit)


def _bfill(groups: Groups, array: Any, *, limit: int | None = None) -> Any:
    return _filled(groups, array, forward=False, limit=limit)


def _rank(
    groups: Groups, array: Any, *, method: str = "average", ascending: bool = True, na_option: str = "keep",
    pct: bool = False,
) -> Any:  # fmt: skip
    values = read(array)
    if values.kind not in "biufMm" or values.is_masked or values.is_text or not groups.is_whole:
        raise NotNative("ranks of this dtype in groups")
    if values.data.dtype.kind in "iu" and values.missing is not None and values.missing.any():
        raise NotNative("ranks of whole numbers that stand for something missing")
    result = np.full(len(values.data), np.nan)
    order, starts = groups.order, groups.starts.tolist()
    for start, size in zip(starts, groups.sizes.tolist(), strict=True):
        rows = order[start : start + size]
        result[rows] = ranked(values.data[rows], method=method, ascending=ascending, na_option=na_option, pct=pct)
    return result


RUNNING: dict[str, Callable[..., Any]] = {
    **{name: _cumulative(name) for name in _UFUNCS},
    "shift": _shift, "diff": _diff, "pct_change": _pct_change, "ffill": _ffill, "bfill": _bfill, "rank": _rank,
}  # fmt: skip
"""Name → function of the groups, an array of pandas and pandas' options, to one value a row."""
POSITIONAL: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_UFUNCS, ("numeric_only", "skipna")), "shift": ("periods",), "diff": ("periods",),
    "pct_change": ("periods",), "ffill": ("limit",), "bfill": ("limit",),
    "rank": ("method", "ascending", "na_option", "pct"),
}  # fmt: skip
"""Names of the options that may be given by position, in pandas' order."""
