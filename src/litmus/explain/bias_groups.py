"""From columns of any kind to the rows that are compared, and to which labels count as positive."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection
from typing import Any

import numpy as np

from litmus.errors import ParameterError

__all__ = ["Facet", "as_codes", "facets_of", "positive_codes"]

_FEW_VALUES = 10


@dataclasses.dataclass(frozen=True)
class Facet:
    """Rows that are looked at, and those they are compared with.

    Attributes:
        name: which rows are looked at, in words.
        others: which ones they are compared with.
        inside, outside: whether a row is one of them (rows,); a row with a missing value is neither.
    """

    name: str
    others: str
    inside: np.ndarray
    outside: np.ndarray


def facets_of(values: Any, wanted: Any, *, column: str, each: bool = False) -> list[Facet]:
    """The rows that are looked at: those that are wanted, or each value's, or the rarer one's of two.

    Raises:
        ParameterError: when no row has what is wanted, or there is nothing to compare with.
    """
    array, missing = _as_array(values)
    numeric = array.dtype.kind in "fiu"
    present = ~missing
    if wanted is not None:
        inside, name = _inside(array, wanted, numeric=numeric)
        inside &= present
        if not inside.any():
            raise ParameterError(f"No row of {column or 'the column'} is {name}; give a value that occurs.")
        if inside.sum() == present.sum():
            raise ParameterError(f"Every row of {column or 'the column'} is {name}; there is nothing to compare with.")
        return [Facet(name, "all others", inside, present & ~inside)]
    distinct = _distinct(array[present])
    if len(distinct) < 2:
        raise ParameterError(
            f"{column or 'The column'} has {len(distinct)} different values; bias compares at least two."
        )
    if numeric and len(distinct) > _FEW_VALUES:
        return _quarters(array.astype(np.float64), present)
    sizes = {value: int((array[present] == value).sum()) for value in distinct}
    ordered = sorted(sizes, key=lambda value: (-sizes[value], str(value)))
    if len(ordered) == 2 and not each:
        ordered = ordered[1:]
    return [
        Facet(
            str(_shown(value)),
            "all others" if len(sizes) > 2 else str(_shown(_other(sizes, value))),
            mask,
            present & ~mask,
        )
        for value in ordered
        if (mask := present & (array == value)).any()
    ]


def _other(sizes: dict[Any, int], value: Any) -> Any:
    return next(each for each in sizes if each != value)


def _quarters(array: np.ndarray, present: np.ndarray) -> list[Facet]:
    bounds = np.unique(np.quantile(array[present], [0.25, 0.5, 0.75]))
    found = []
    for place in range(len(bounds) + 1):
        low = -math.inf if place == 0 else bounds[place - 1]
        high = math.inf if place == len(bounds) else bounds[place]
        mask = present & (array > low) & (array <= high)
        if not mask.any():
            continue
        if place == 0:
            name = f"up to {high:g}"
        else:
            name = f"above {low:g}" if math.isinf(high) else f"above {low:g} to {high:g}"
        found.append(Facet(name, "all others", mask, present & ~mask))
    return found


def _inside(array: np.ndarray, wanted: Any, *, numeric: bool) -> tuple[np.ndarray, str]:
    if isinstance(wanted, Collection) and not isinstance(wanted, str | bytes):
        mask = np.zeros(len(array), dtype=bool)
        for value in wanted:
            mask |= _equal(array, value)
        return mask, " or ".join(str(value) for value in wanted)
    if numeric and isinstance(wanted, int | float) and len(_distinct(array)) > _FEW_VALUES:
        with np.errstate(invalid="ignore"):
            return array > wanted, f"above {wanted:g}"
    return _equal(array, wanted), str(wanted)


def _equal(array: np.ndarray, value: Any) -> np.ndarray:
    return np.asarray(array == value, dtype=bool) if array.ndim else np.zeros(0, dtype=bool)


def _as_array(values: Any) -> tuple[np.ndarray, np.ndarray]:
    """The values, numbers as such and everything else as objects, and which of them are missing."""
    array = values.to_numpy() if hasattr(values, "to_numpy") else np.asarray(values)
    if array.ndim != 1:
        raise ParameterError(f"Values of shape {array.shape} were given; give one a row.")
    if array.dtype.kind in "iu":
        return array, np.zeros(len(array), dtype=bool)
    if array.dtype.kind == "f":
        return array, np.isnan(array)
    if array.dtype.kind == "b":
        array = array.astype(object)
    listed = [None if _is_missing(value) else value for value in array.tolist()]
    missing = np.array([value is None for value in listed], dtype=bool)
    kinds = {type(value) for value in listed} - {type(None)}
    if kinds and kinds <= {int, float}:
        numbers = np.array([math.nan if value is None else value for value in listed], dtype=np.float64)
        return numbers, missing
    if len(kinds) > 1:  # such as numbers and texts of one column
        listed = [None if value is None else str(value) for value in listed]
    objects = np.empty(len(listed), dtype=object)
    objects[:] = listed
    return objects, missing


def _is_missing(value: Any) -> bool:
    return value is None or type(value).__name__ in ("NAType", "NaTType") or value != value  # noqa: PLR0124 - NaN


def _distinct(array: np.ndarray) -> list[Any]:
    return list(dict.fromkeys(array.tolist()))


def _shown(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def as_codes(values: Any, n_rows: int, what: str) -> np.ndarray:
    """A number for each different value, -1 where missing.

    Raises:
        ParameterError: when there are not as many values as rows.
    """
    array, missing = _as_array(values)
    if len(array) != n_rows:
        raise ParameterError(f"{what} has {len(array):,} values and the column {n_rows:,}; give one a row.")
    numbers = {value: number for number, value in enumerate(_distinct(array[~missing]))}
    codes = np.full(n_rows, -1, dtype=np.int64)
    codes[~missing] = [numbers[value] for value in array[~missing].tolist()]
    return codes


def positive_codes(
    labels: Any, predictions: Any, positive: Any, n_rows: int
) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray, str]:
    """Labels and predictions as codes (-1 where there is none), which codes are positive, and that in words.

    Raises:
        ParameterError: when lengths differ, or it cannot be told what is positive.
    """
    given = [None if each is None else _as_array(each) for each in (labels, predictions)]
    for found, what in zip(given, ("labels", "predictions"), strict=True):
        if found is not None and len(found[0]) != n_rows:
            raise ParameterError(f"{what} has {len(found[0]):,} values and the column {n_rows:,}; give one a row.")
    known = [array[~missing] for array, missing in filter(None, given)]
    distinct = _distinct(np.concatenate([part.astype(object) for part in known])) if known else []
    numeric = all(part.dtype.kind in "fiu" for part in known)
    if numeric and len(distinct) > _FEW_VALUES and not _is_listed(positive):
        bound = float(np.median(known[0])) if positive is None else float(positive)
        codes = [_above(found, bound, n_rows) for found in given]
        return (codes[0], codes[1]), np.array([False, True]), f"{bound:g} or more"
    chosen = _chosen_labels(distinct, positive)
    numbers = {value: number for number, value in enumerate(distinct)}
    coded = []
    for found in given:
        code = np.full(n_rows, -1, dtype=np.int64)
        if found is not None:
            code[~found[1]] = [numbers[value] for value in found[0][~found[1]].tolist()]
        coded.append(code)
    mask = np.array([value in chosen for value in distinct], dtype=bool)
    return (coded[0], coded[1]), mask, " or ".join(str(_shown(value)) for value in chosen)


def _above(found: tuple[np.ndarray, np.ndarray] | None, bound: float, n_rows: int) -> np.ndarray:
    if found is None:
        return np.full(n_rows, -1, dtype=np.int64)
    with np.errstate(invalid="ignore"):
        return np.where(found[1], -1, found[0] >= bound).astype(np.int64)


def _is_listed(positive: Any) -> bool:
    return isinstance(positive, Collection) and not isinstance(positive, str | bytes)


def _chosen_labels(distinct: list[Any], positive: Any) -> list[Any]:
    if positive is None:
        if len(distinct) > 2:
            raise ParameterError(
                f"There are {len(distinct)} labels; say which count as good: positive=… (one, or a list of them)."
            )
        return sorted(distinct, key=str)[-1:]
    wanted = list(positive) if _is_listed(positive) else [positive]
    absent = [value for value in wanted if value not in distinct]
    if absent and len(absent) == len(wanted):
        names = ", ".join(repr(value) for value in distinct[:6])
        raise ParameterError(f"No label is {absent[0]!r}; there is {names}. Give one of them as positive=….")
    return [value for value in wanted if value in distinct]
