"""Cleaned cells → the one data type that each kind of column has everywhere in Litmus."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from litmus.data.cells import Cells
from litmus.data.datetimes import parse_datetimes
from litmus.data.numbers import NumberFormat, parse_numbers
from litmus.data.one_value import TRUTHS

if TYPE_CHECKING:
    from litmus.data.schema import Column

__all__ = ["Canonical", "number_texts", "to_canonical"]


@dataclasses.dataclass(frozen=True)
class Canonical:
    """A column in its canonical type.

    Attributes:
        values: the column.
        unreadable: bool (rows,), True where a cell does not fit the kind and became missing; None when all fit.
    """

    values: pd.Series
    unreadable: np.ndarray | None = None


def to_canonical(cells: Cells, column: Column, raw: pd.Series) -> Canonical:
    """Convert a cleaned column to the type of its kind.

    Numeric → int64, or float64 with NaN; boolean → `boolean`; categorical and text → `str`; datetime →
    datetime64[us] in UTC without zone; identifier and image → as read.
    """
    if column.kind in ("numeric", "weight"):
        return _numeric(cells, column)
    if column.kind == "boolean":
        return _boolean(cells)
    if column.kind == "datetime":
        return _datetime(cells, column)
    if column.kind in ("categorical", "text"):
        return Canonical(_texts(cells, whole=column.kind == "categorical"))
    return Canonical(_as_read(cells, raw))


def _result(values: pd.Series, fits: np.ndarray, cells: Cells) -> Canonical:
    unreadable = ~fits & ~cells.absent
    return Canonical(values, unreadable if unreadable.any() else None)


def _numeric(cells: Cells, column: Column) -> Canonical:
    if cells.form == "number":
        return Canonical(pd.Series(cells.values))
    if cells.form == "boolean":
        whole = cells.values.astype(np.int64)
        return Canonical(pd.Series(np.where(cells.absent, np.nan, whole) if cells.missing else whole))
    if cells.form == "datetime":
        return _result(pd.Series(np.full(cells.rows, np.nan)), np.zeros(cells.rows, dtype=bool), cells)
    style: NumberFormat | None = column.number_format  # type: ignore[assignment]
    numbers = parse_numbers(cells.texts, style)
    fits = np.append(numbers.is_number, False)[cells.codes]
    if numbers.values.dtype == np.int64 and fits.all():
        return Canonical(pd.Series(numbers.values[cells.codes]))
    distinct = np.append(numbers.values.astype(np.float64), np.nan)
    distinct[np.isinf(distinct)] = np.nan
    return _result(pd.Series(distinct[cells.codes]), fits, cells)


def _boolean(cells: Cells) -> Canonical:
    if cells.form == "boolean":
        return Canonical(_booleans(cells.values, cells.absent))
    if cells.form == "number":
        fits = (cells.values == 0) | (cells.values == 1)
        return _result(_booleans(cells.values == 1, ~fits), fits, cells)
    if cells.form == "datetime":
        nothing = np.zeros(cells.rows, dtype=bool)
        return _result(_booleans(nothing, ~nothing), nothing, cells)
    meant = [TRUTHS.get(text.lower()) for text in cells.texts.to_pylist()]
    fits = np.array([truth is not None for truth in meant] + [False])[cells.codes]
    truth = np.array([bool(truth) for truth in meant] + [False])[cells.codes]
    return _result(_booleans(truth, ~fits), fits, cells)


def _booleans(values: np.ndarray, absent: np.ndarray) -> pd.Series:
    return pd.Series(pd.arrays.BooleanArray(values.astype(bool), absent.astype(bool)))


def _datetime(cells: Cells, column: Column) -> Canonical:
    if cells.form == "datetime":
        return Canonical(pd.Series(cells.values))
    if cells.form == "boolean":
        nothing = np.zeros(cells.rows, dtype=bool)
        return _result(pd.Series(np.full(cells.rows, np.datetime64("NaT", "us"))), nothing, cells)
    if cells.form == "number":
        values = _datetimes_of_numbers(cells.values)
    else:
        texts = pd.Series(cells.texts.to_pandas(), dtype="str")
        known = column.datetime_format
        distinct = parse_datetimes(texts, known).values
        values = np.append(distinct, np.datetime64("NaT", "us"))[cells.codes]
    return _result(pd.Series(values), ~np.isnat(values), cells)


def _datetimes_of_numbers(values: np.ndarray) -> np.ndarray:
    """Whole numbers such as 20240131 are days; others are seconds or milliseconds since 1970."""
    numbers = pd.Series(values)
    present = numbers.dropna()
    if not present.empty and present.between(19_000_101, 22_001_231).all() and (present % 1 == 0).all():
        text = numbers.astype("Int64").astype("str")
        return pd.to_datetime(text, format="%Y%m%d", errors="coerce").astype("datetime64[us]").to_numpy()
    unit: Literal["ms", "s"] = "ms" if not present.empty and present.abs().median() > 1e11 else "s"
    return pd.to_datetime(numbers, unit=unit, errors="coerce").astype("datetime64[us]").to_numpy()


def number_texts(values: np.ndarray) -> np.ndarray:
    """Numbers as category texts: whole ones without a fraction ("5"), others as short as they are exact ("0.1")."""
    if values.dtype.kind in "iu":
        return values.astype(str).astype(object)
    texts = values.astype(str).astype(object)
    whole = np.isfinite(values) & (np.abs(values) < 2**53) & (values == np.floor(values))
    texts[whole] = values[whole].astype(np.int64).astype(str)
    return texts


def _texts(cells: Cells, *, whole: bool) -> pd.Series:
    """Texts; with `whole`, category codes that arrive as "5.0" are the "5" they were before a float got hold of them."""
    import pyarrow.compute as pc

    if cells.form == "text":
        if not whole:
            return cells.text_of(cells.texts)
        return cells.text_of(pc.replace_substring_regex(cells.texts, r"^([+-]?\d+)\.0+$", r"\1"))
    codes, distinct = pd.factorize(cells.values)
    codes = np.where(cells.absent, -1, codes).astype(np.int32)
    texts: Any
    if cells.form == "number":
        texts = number_texts(np.asarray(distinct))
    elif cells.form == "boolean":
        texts = np.array(["True" if truth else "False" for truth in distinct], dtype=object)
    else:
        texts = pd.Series(distinct).dt.strftime("%Y-%m-%dT%H:%M:%S").to_numpy(dtype=object)
    return dataclasses.replace(cells, codes=codes).text_of(texts)


def _as_read(cells: Cells, raw: pd.Series) -> pd.Series:
    """The values of an identifier: numbers stay numbers, texts are stripped and their missing cells are NaN."""
    if cells.form == "text" and not cells.is_category:
        return cells.text_of(cells.texts)
    return raw.reset_index(drop=True)
