"""The distinct values of a target column, in the type the user gave them, and a code for each row."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd

from litmus.data.canonical import number_texts
from litmus.data.cells import Cells, read_cells
from litmus.data.numbers import Numbers, parse_numbers
from litmus.data.one_value import TRUTHS

__all__ = ["Label", "Labels", "match_labels", "read_labels"]

Label = str | int | float | bool


@dataclasses.dataclass(frozen=True)
class Labels:
    """A target column taken apart.

    Attributes:
        codes: int64 (rows,), positions in `values`, -1 where missing.
        values: the distinct labels, sorted, as plain Python values of one type.
        markers: marker → how many cells held it.
        infinite: how many cells held an infinity, which counts as missing.
        is_date: whether the column holds dates, which nothing can be trained on yet.
        from_text: whether the labels are texts as they stand in the table.
    """

    codes: np.ndarray
    values: tuple[Label, ...]
    markers: dict[str, int]
    infinite: int = 0
    is_date: bool = False
    from_text: bool = False

    def numbers(self) -> np.ndarray | None:
        """The column as float64 (rows,), NaN where missing, or None when a label is no number."""
        distinct = self.values
        if self.from_text:
            parsed = _parse(self.values)
            if not parsed.is_number.all():
                return None
            values = parsed.values.astype(np.float64)
        else:
            values = np.array(distinct, dtype=np.float64)
        spread = np.append(values, np.nan)
        spread[np.isinf(spread)] = np.nan
        return spread[self.codes]


def _parse(texts: Sequence[Label]) -> Numbers:
    import pyarrow as pa

    return parse_numbers(pa.array([str(text) for text in texts], pa.large_string()))


def read_labels(series: pd.Series, markers: frozenset[str], *, untyped: bool) -> Labels:
    """Take a target column apart.

    Args:
        series: the raw column.
        markers: texts that mean "missing".
        untyped: whether the source knows text only, so that "1" means the number 1 and "true" the truth value.
    """
    if isinstance(series.dtype, pd.CategoricalDtype):
        series = series.astype(series.cat.categories.dtype if not series.isna().any() else object)
    cells = read_cells(series, markers)
    if cells.form == "text":
        return _of_texts(cells, untyped=untyped)
    if cells.form == "datetime":
        return Labels(np.where(cells.absent, -1, 0), (), {}, is_date=True)
    distinct, codes = np.unique(cells.values, return_inverse=True)
    codes = np.where(cells.absent, -1, codes.ravel()).astype(np.int64)
    if cells.form == "boolean":
        return _used(Labels(codes, tuple(bool(value) for value in distinct), {}))
    whole = cells.values.dtype.kind == "i" or "int" in cells.dtype.lower()
    values = tuple(int(v) if whole and np.isfinite(v) else float(v) for v in distinct if not np.isnan(v))
    return Labels(codes, values, cells.markers, infinite=cells.infinite)


def _used(labels: Labels) -> Labels:
    """Without values that no row has (the stand-in of a missing truth value)."""
    present, codes = np.unique(labels.codes[labels.codes >= 0], return_inverse=True)
    spread = np.full(len(labels.codes), -1)
    spread[labels.codes >= 0] = codes.ravel()
    return dataclasses.replace(labels, codes=spread, values=tuple(labels.values[int(p)] for p in present))


def _of_texts(cells: Cells, *, untyped: bool) -> Labels:
    if not len(cells.texts):
        return Labels(cells.codes.astype(np.int64), (), cells.markers)
    texts = np.asarray(cells.texts.to_pylist(), dtype=object)
    if untyped:
        numbers = parse_numbers(cells.texts)
        if numbers.is_number.all() and not numbers.leading_zeros and not numbers.too_large:
            finite = np.isfinite(numbers.values)
            distinct, codes = np.unique(numbers.values, return_inverse=True)
            infinite = int((~np.append(finite, True)[cells.codes]).sum())
            codes = np.where(finite, codes.ravel(), -1)
            kept = distinct[np.isfinite(distinct)]
            codes = np.where(codes >= 0, codes - int((distinct == -np.inf).any()), -1)
            return Labels(np.append(codes, -1)[cells.codes], tuple(kept.tolist()), cells.markers, infinite)
        lowered = [str(text).lower() for text in texts]
        if set(lowered) <= {"true", "false"}:
            truths = np.array([text == "true" for text in lowered])
            distinct, codes = np.unique(truths, return_inverse=True)
            return Labels(np.append(codes.ravel(), -1)[cells.codes], tuple(bool(v) for v in distinct), cells.markers)
    order = np.argsort(texts)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return Labels(np.append(rank, -1)[cells.codes], tuple(texts[order]), cells.markers, from_text=True)


def match_labels(found: Labels, classes: Sequence[Label]) -> np.ndarray:
    """The code of each row's label in `classes`: -1 where missing, -2 where the label is none of them.

    A number and its text are the same label, as are True, 1 and "true" when the classes are truth values.
    """
    known = {_key(label, classes): code for code, label in enumerate(classes)}
    codes = np.array([known.get(_key(value, classes), -2) for value in found.values] + [-1], dtype=np.int64)
    return codes[found.codes]


def _key(value: Label, classes: Sequence[Label]) -> object:
    wanted = type(classes[0]) if classes else str
    if wanted is bool:
        text = str(value).lower()
        return TRUTHS.get(text, text)
    if wanted in (int, float):
        if isinstance(value, str):
            numbers = _parse([value])
            return float(numbers.values[0]) if numbers.is_number[0] else value
        return float(value)
    if isinstance(value, bool):
        return next((label for label in classes if str(label).lower() == str(value).lower()), str(value))
    if isinstance(value, int | float):
        return str(number_texts(np.array([value]))[0])
    return value
